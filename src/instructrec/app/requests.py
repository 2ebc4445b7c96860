"""Files of requests: what a line may hold, and how a file is answered."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from instructrec.data.facets import Facets
from instructrec.errors import ConfigError, ReadError
from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse
from instructrec.recommender.recommender import MAX_ITEMS, Recommender, not_unicode
from instructrec.types import Instruction, Item, Progress, Request, Slate, no_progress

BLOCK = 256  # requests answered and written together


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request: what it means, what it must be, and a check of that."""

    meaning: str
    wanted: str
    fits: Callable[[Any], bool]


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_n(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ITEMS


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


# The documentation's table and the checks are made of this one list.
FIELDS: Mapping[str, Field] = {
    "request_id": Field("returned with the answer; made up where it is missing", "a string", _is_text),
    "instruction": Field("a sentence in English or Chinese", "a string", _is_text),
    "user": Field("whose stored history to use", "a string", _is_text),
    "history": Field(
        "item ids, oldest first, instead of the stored history", "a list of item ids (strings)", _is_ids
    ),
    "candidates": Field("choose among these item ids only", "a list of item ids (strings)", _is_ids),
    "exclude": Field("never these item ids", "a list of item ids (strings)", _is_ids),
    "n": Field("how many items; 10 where it is missing", f"a whole number from 1 to {MAX_ITEMS:,}", _is_n),
    "allow_missing": Field(
        "whether items without the attribute of a condition may pass",
        "true or false",
        lambda value: isinstance(value, bool),
    ),
    "rerank": Field(
        "let the tuned language model reorder the first items", 'the string "lm"', lambda value: value == "lm"
    ),
    "rerank_seconds": Field("the time reranking may take; 2 where it is missing", "a time above 0", _is_time),
    "reasons": Field("let a language model word the reasons", 'the string "lm"', lambda value: value == "lm"),
}


def answer_file(
    recommender: Recommender, source: Path, output: Path | None = None, progress: Progress = no_progress
) -> int:
    """Answer a file of requests, one JSON object a line; returns how many there were.

    The answers go to `output`, which appears whole or not at all, or to standard output. All lines are
    checked before the first is answered: raises ReadError with the row and field that is wrong, ConfigError
    where `output` cannot be written.
    """
    check_output(source, output)
    requests = read_requests(source)
    with _writer_to(output) as file:
        for done, slate in enumerate(_answer_blocks(recommender, requests), start=1):
            file.write(json.dumps(slate.to_dict(), ensure_ascii=False) + "\n")
            progress("requests", done, len(requests))
    return len(requests)


def parse_file(
    nearest: NearestName,
    items: Sequence[Item],
    source: Path,
    output: Path | None = None,
    *,
    matching: bool = False,
    progress: Progress = no_progress,
) -> int:
    """Read the instructions of a file of requests over some items without answering them; returns how many
    there were.

    Each line gives one object: the request's id and what `parse --json` prints; with `matching` every
    condition also has the ids of the items that pass it. Raises as `answer_file` does.
    """
    check_output(source, output)
    requests = read_requests(source)
    facets = Facets(items)
    with _writer_to(output) as file:
        for done, request in enumerate(requests, start=1):
            parsed = parse(request.instruction, nearest.vocabulary, nearest)
            line = with_matching(parsed, facets) if matching else parsed.to_dict()
            written = {"request_id": request.id} if request.id else {}
            file.write(json.dumps(written | line, ensure_ascii=False) + "\n")
            progress("requests", done, len(requests))
    return len(requests)


def with_matching(parsed: Instruction, facets: Facets) -> dict[str, Any]:
    """An instruction as plain values, every condition with the ids of the items that pass it, and where there
    are groups the ids that pass one of them.
    """

    def ids(passes: np.ndarray) -> list[str]:
        return [facets.items[number].id for number in np.flatnonzero(passes).tolist()]

    line = parsed.to_dict()
    written = [*line["conditions"], *line["soft"], *(each for group in line["any_of"] for each in group)]
    conditions = [*parsed.conditions, *parsed.soft, *(each for group in parsed.any_of for each in group)]
    for each, condition in zip(written, conditions, strict=True):
        each["matching"] = ids(facets.passes(condition))
    if parsed.any_of:
        line["any_of_matching"] = ids(facets.mask((), parsed.any_of))
    line["unresolved_text"] = [parsed.text[start:end] for start, end in parsed.unresolved]
    return line


def check_output(source: Path, output: Path | None) -> None:
    """Raise ConfigError where answers would replace their requests."""
    if output and output.exists() and output.resolve() == source.resolve():
        raise ConfigError(f"--output {output} is the file of requests itself; name another file")


def read_requests(source: Path) -> list[Request]:
    """All requests of a file."""
    try:
        # not splitlines, which also breaks at characters that JSON allows inside a string, such as U+2028
        lines = source.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"cannot be read as UTF-8 text: {error}", file=str(source)) from error
    return [read_request(line, source, row) for row, line in enumerate(lines, start=1) if line.strip()]


def read_request(line: str, file: Path, row: int) -> Request:
    """One line of a file as a Request; raises ReadError that says what is wrong with it."""
    try:
        given = json.loads(line)
    # also a number of too many digits, and endlessly nested lists
    except (ValueError, RecursionError) as error:
        raise ReadError(f"not a JSON object: {error}", file=str(file), row=row) from error
    if not isinstance(given, dict):
        raise ReadError(f"not a JSON object but {type(given).__name__}", file=str(file), row=row)
    if unknown := sorted(given.keys() - FIELDS.keys()):
        raise ReadError(
            f"no field {unknown[0]!r}; a request has: {', '.join(FIELDS)}", file=str(file), row=row
        )
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        _check_field(name, value, file, row)
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    id = fields.pop("request_id", "")
    return Request(id=id, **fields)


def _check_field(name: str, value: Any, file: Path, row: int) -> None:
    field, shown = FIELDS[name], json.dumps(value, ensure_ascii=False)[:80]
    if not field.fits(value):
        raise ReadError(f"is {shown}; it must be {field.wanted}", file=str(file), row=row, column=name)
    if broken := not_unicode(value):
        message = f"is {shown}; it must be whole Unicode, and {broken} is half a character"
        raise ReadError(message, file=str(file), row=row, column=name)


def _answer_blocks(recommender: Recommender, requests: list[Request]) -> Iterator[Slate]:
    for start in range(0, len(requests), BLOCK):
        yield from recommender.answer(requests[start : start + BLOCK])


@contextmanager
def _writer_to(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole or not at all."""
    if output is None:
        yield sys.stdout
        return
    draft = output.with_name(output.name + ".part")
    try:
        if output.is_dir():
            raise IsADirectoryError(f"{output} is a folder")
        with draft.open("w", encoding="utf-8") as file:
            yield file
        draft.replace(output)
    except OSError as error:
        raise ConfigError(
            f"--output {output} cannot be written ({error}); name a file in a folder that can be"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
