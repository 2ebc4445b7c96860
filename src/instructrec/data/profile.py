"""What a catalog's columns are: the profile that is made when it is read, and that a person may correct."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a column of a catalog is for."""

    ID = "id"
    TITLE = "title"
    TEXT = "text"  # prose
    NAMES = "names"  # values that sort the items: one, or a list
    PERSON = "person"
    PLACE = "place"
    BRAND = "brand"  # a maker, a publisher, an employer
    NUMBER = "number"
    MONEY = "money"
    AMOUNT = "amount"  # a number with a unit
    YEAR = "year"
    DATE = "date"
    YESNO = "yesno"
    LEVEL = "level"  # one step of an ordered scale
    IMAGE = "image"
    LINK = "link"
    OTHER = "other"  # codes, versions, times of day
    IGNORE = "ignore"  # empty, one value for all, or the number of the row
    UNKNOWN = "unknown"  # nothing tells: the owner is asked


NAMED = (
    Role.NAMES,
    Role.PERSON,
    Role.PLACE,
    Role.BRAND,
    Role.LEVEL,
)  # roles whose values are asked for by name
MEASURED = (Role.NUMBER, Role.MONEY, Role.AMOUNT, Role.YEAR)  # roles whose values are compared


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column is, and how its cells are read.

    `separators` are the signs at which cells are cut into names: "[]" and "{}" stand for written lists.
    `missing` are words that say that there is no value. `per` is the time that money is paid for. `order` are
    the steps of a scale, lowest first. `words` are the words by which people ask for the column, and
    `value_words` those by which they ask for one of its values, beside their own.
    """

    column: str  # the name that the source gives it
    role: Role
    unit: str = ""
    magnitude: float = 1.0  # what a number in a cell is multiplied with, as 10,000 in a column of 万
    separators: tuple[str, ...] = ()
    decimal: str = ""
    missing: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    value_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: int = 0
    filled: int = 0
    distinct: int = 0
    unread: int = 0  # filled cells whose text says nothing that this role can hold
    least: float | None = None
    most: float | None = None
    frequent: tuple[tuple[str, int], ...] = ()
    why: str = ""  # what the role was told by

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is not set."""
        values = asdict(self) | {"role": str(self.role)}
        empty = {f.name: f.default for f in fields(self)} | {"value_words": {}}
        return {k: v for k, v in values.items() if k == "column" or v != empty[k]}

    @staticmethod
    def of(values: Mapping[str, Any]) -> "ColumnProfile":
        """The profile of a column from plain JSON values."""
        known = {f.name for f in fields(ColumnProfile)}
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known
        }
        given["frequent"] = tuple((str(v), int(n)) for v, n in given.get("frequent", ()))
        given["value_words"] = {k: tuple(v) for k, v in given.get("value_words", {}).items()}
        given["role"] = Role(given["role"])
        return ColumnProfile(**given)

    def reads_like(self, other: "ColumnProfile") -> bool:
        """Whether two profiles read a cell in the same way."""
        return all(getattr(self, name) == getattr(other, name) for name in READING)


# what decides which value is stored for a cell
READING = ("role", "unit", "magnitude", "separators", "decimal", "missing")
# what a person may correct
CORRECTED = ("role", "unit", "magnitude", "separators", "decimal", "missing", "order", "words", "value_words")


@dataclass(frozen=True, slots=True)
class CatalogProfile:
    """The columns of a catalog by the field that an item has them in; `identity` are the columns that stand
    for an id where none is one.
    """

    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    identity: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __bool__(self) -> bool:
        return bool(self.columns)

    def __getitem__(self, name: str) -> ColumnProfile:
        return self.columns[name]

    def get(self, name: str) -> ColumnProfile | None:
        """The profile of a field, None where there is none."""
        return self.columns.get(name)

    def playing(self, *roles: Role) -> list[str]:
        """The fields with one of some roles, in the order of the file."""
        return [name for name, column in self.columns.items() if column.role in roles]

    def with_edits(self, edits: Mapping[str, Mapping[str, Any]]) -> "CatalogProfile":
        """The profile as a person corrected it; corrections of fields that it does not have are kept
        aside.
        """
        columns = {
            name: replace(
                column, **{k: _typed(k, v) for k, v in edits.get(name, {}).items() if k in CORRECTED}
            )
            for name, column in self.columns.items()
        }
        return replace(self, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        columns = {name: column.to_dict() for name, column in self.columns.items()}
        return {"columns": columns, "identity": list(self.identity)}

    @staticmethod
    def of(values: Mapping[str, Any]) -> "CatalogProfile":
        """The profile from plain JSON values."""
        columns = {name: ColumnProfile.of(column) for name, column in values.get("columns", {}).items()}
        return CatalogProfile(columns, tuple(values.get("identity", ())))


def _typed(name: str, value: Any) -> Any:
    if name == "role":
        return Role(value)
    if name == "value_words":
        return {key: tuple(words) for key, words in value.items()}
    return tuple(value) if isinstance(value, list) else value
