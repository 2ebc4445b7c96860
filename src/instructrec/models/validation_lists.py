"""The lists that a model made for validation requests before it saw them: reranking is weighed on these."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from instructrec.config import build

LIST_LENGTH = 20


@dataclass(frozen=True, slots=True)
class ValidationList:
    """A validation request and the items the model listed, by number; `relevant` may hold others."""

    instruction: str
    history: tuple[int, ...]  # oldest first
    items: tuple[int, ...]  # best first
    scores: tuple[float, ...]
    relevant: tuple[int, ...]


def write_lists(path: Path, lists: Sequence[ValidationList]) -> None:
    """One JSON object a line."""
    lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in lists)
    path.write_text("".join(lines), encoding="utf-8")


def read_lists(path: Path) -> list[ValidationList]:
    """The lists in a file; none where there is no file."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        build(ValidationList, {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()})
        for row in rows
    ]
