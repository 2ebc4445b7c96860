"""Which items may be recommended at all: conditions as predicates over the catalog's current attributes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from instructrec.data.mentions import LISTED, Texts
from instructrec.errors import ConfigError
from instructrec.types import Attribute, Condition, Item

COMPARE: Mapping[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "=": np.equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
PEOPLE = (
    "director",
    "directors",
    "actors",
    "cast",
    "author",
    "authors",
    "artist",
    "writer",
    "composer",
    "singer",
)
OPPOSITE = {"!=": "=", "not_in": "in", "not_contains": "contains", "not_mentions": "mentions"}
TITLE = "title"  # of an item, which is no attribute and can be searched as one


class Facets:
    """The attributes of all items as columns.

    A missing value never passes a positive condition, unless the request allows it, and always a negative
    one.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._numbers: dict[str, np.ndarray] = {}
        self._names: dict[str, dict[str, np.ndarray]] = {}
        self._texts: dict[str, Texts] = {}

    @cached_property
    def fields(self) -> frozenset[str]:
        """Attributes that at least one item has."""
        return frozenset(key for item in self.items for key in item.attributes)

    def mask(
        self,
        conditions: Iterable[Condition],
        any_of: Sequence[Sequence[Condition]] = (),
        allow_missing: bool = False,
    ) -> np.ndarray:
        """Items that pass every condition and, where there are any, all of one group of `any_of`; (items,)
        bool.
        """
        allowed = np.ones(len(self.items), bool)
        for condition in conditions:
            allowed &= self.passes(condition, allow_missing)
        if any_of:
            allowed &= np.logical_or.reduce([self.mask(group, (), allow_missing) for group in any_of])
        return allowed

    def passes(self, condition: Condition, allow_missing: bool = False) -> np.ndarray:
        """Items that pass one condition; (items,) bool. Raises ConfigError for a field or an operator that
        does not exist.
        """
        searched = condition.field == TITLE and condition.op in ("mentions", "not_mentions")
        if condition.field not in self.fields and not searched:
            raise ConfigError(
                f"no attribute {condition.field!r} in this catalog; it has: {', '.join(sorted(self.fields))}"
            )
        if positive := OPPOSITE.get(condition.op):
            return ~self._positive(condition.field, positive, condition.value)
        passed = self._positive(condition.field, condition.op, condition.value)
        return passed | self._missing(condition.field) if allow_missing else passed

    def numbers(self, field: str) -> np.ndarray:
        """An attribute as numbers, NaN where it is missing or a text; (items,) float64."""
        return self._column(field)

    def texts(self, field: str) -> Texts:
        """An attribute, or the title, as texts that can be searched for words; kept once it was asked for."""
        if field not in self._texts:
            self._texts[field] = Texts(written(item, field) for item in self.items)
        return self._texts[field]

    def _missing(self, field: str) -> np.ndarray:
        return np.array([item.attributes.get(field) in (None, []) for item in self.items], bool)

    def _positive(self, field: str, op: str, value: Any) -> np.ndarray:
        if op == "between":
            low, high = value
            return self._positive(field, ">=", low) & self._positive(field, "<=", high)
        if op == "in":
            parts = [self._positive(field, "=", v) for v in value]
            return np.logical_or.reduce(parts) if parts else np.zeros(len(self.items), bool)
        if op == "mentions":
            return self.texts(field).mentioning(str(value))
        if op == "contains" or isinstance(value, str):
            return self._named(field, str(value))
        if op not in COMPARE:
            raise ConfigError(
                f"no operator {op!r}; there are: = != in not_in < <= > >= between contains not_contains "
                "mentions not_mentions"
            )
        # a missing number is NaN, and NaN compares false
        return COMPARE[op](self._column(field), float(value))

    def _column(self, field: str) -> np.ndarray:
        if field not in self._numbers:
            self._numbers[field] = np.array([_number(item.attributes.get(field)) for item in self.items])
        return self._numbers[field]

    def _named(self, field: str, value: str) -> np.ndarray:
        """Items with that name in the field, compared without case; equal to one of a list's members, or to
        the text.
        """
        if field not in self._names:
            places: dict[str, list[int]] = {}
            for number, item in enumerate(self.items):
                for name in _members(field, item.attributes.get(field)):
                    places.setdefault(name.casefold(), []).append(number)
            self._names[field] = {k: np.array(v) for k, v in places.items()}
        passed = np.zeros(len(self.items), bool)
        passed[self._names[field].get(value.casefold(), np.zeros(0, np.int64))] = True
        return passed


def written(item: Item, field: str) -> str:
    """An attribute of an item, or its title, as one text; a list with signs between that no words pass."""
    value = item.title if field == TITLE else item.attributes.get(field)
    if isinstance(value, list):
        return LISTED.join(value)
    return value if isinstance(value, str) else ""


def _number(value: Attribute) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _members(field: str, value: Attribute) -> list[str]:
    """The names in an attribute: of a list its members, of a text itself, and of people's names in one text
    each.
    """
    if value is None:
        return []
    if isinstance(value, list):
        return value
    people = [part.strip() for part in str(value).split(",")] if field in PEOPLE else []
    return [str(value), *(p for p in people if p and p != value)]
