"""What a model listed for validation requests while it knew train only: a later channel is weighed on these
lists.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from instructrec.config import build

LISTED = 20  # items of a list


@dataclass(frozen=True, slots=True)
class Tried:
    """A validation request in words, and the best items as that model saw them, by number; `relevant` may
    hold others.
    """

    said: str
    history: tuple[int, ...]  # oldest first
    items: tuple[int, ...]  # best first
    scores: tuple[float, ...]
    relevant: tuple[int, ...]


def write(path: Path, tried: Sequence[Tried]) -> None:
    """One JSON object a line."""
    path.write_text(
        "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in tried), encoding="utf-8"
    )


def read(path: Path) -> list[Tried]:
    """The lists; none where the model is from before they were kept."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        build(Tried, {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}) for row in rows
    ]
