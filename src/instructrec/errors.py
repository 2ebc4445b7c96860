"""The errors meant for people: each says what was wrong, what is allowed and what to do next.

InstructRecError
|- ConfigError          an option or a rule that does not exist or does not fit
|- DataError            data that cannot be read or used
|  `- ReadError         ... with file, row and column
|- UnknownUser, UnknownItem
|- NotTrained           a step that needs an earlier one
|- StoreError           a workspace that cannot be opened or written
|- MissingExtra         an optional dependency that is not installed
`- MissingResource      weights or data that could not be found or fetched
"""

from collections.abc import Collection
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType


class InstructRecError(Exception):
    """A mistake or a lack that the user can mend; the command line prints it as one line."""


class ConfigError(InstructRecError):
    """An option or a rule that does not exist or does not fit."""


class DataError(InstructRecError):
    """Data that cannot be read or used."""


class ReadError(DataError):
    """A place in a file that could not be read."""

    def __init__(self, message: str, *, file: str, row: int | None = None, column: str | None = None) -> None:
        place = (
            file + (f", row {row}" if row is not None else "") + (f", column {column!r}" if column else "")
        )
        super().__init__(f"{place}: {message}")
        self.file, self.row, self.column = file, row, column


class UnknownUser(InstructRecError):
    """A user id that the store does not hold."""


class UnknownItem(InstructRecError):
    """An item id that the catalog does not hold."""

    def __init__(self, item: str, known: Collection[str]) -> None:
        near = ", ".join(get_close_matches(item, list(known)[:50_000], n=3)) or "none"
        super().__init__(f"no item {item!r} among {len(known)} items; nearest ids: {near}")


class NotTrained(InstructRecError):
    """A step that needs the result of an earlier one."""


class StoreError(InstructRecError):
    """A workspace that cannot be opened or written."""


class MissingExtra(InstructRecError):
    """An optional dependency that is not installed."""


class MissingResource(InstructRecError):
    """Weights or data that could not be found or fetched."""


def require(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, or say which extra brings it.

    >>> require("json", "train").__name__
    'json'
    """
    try:
        return import_module(module)
    except ImportError as error:
        missing = getattr(error, "name", None) or module
        raise MissingExtra(
            f"{missing} is needed here and is not installed: pip install 'instructrec[{extra}]'"
        ) from error
