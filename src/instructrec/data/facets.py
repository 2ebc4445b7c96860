"""Which items may be recommended at all: conditions as predicates over the catalog's current attributes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from instructrec.errors import ConfigError
from instructrec.types import Attribute, Condition, Item

COMPARE: Mapping[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "=": np.equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
OPPOSITE = {"!=": "=", "not_in": "in", "not_contains": "contains"}


class Facets:
    """The attributes of all items as columns; a missing value never passes a positive condition, and always a negative one."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._numbers: dict[str, np.ndarray] = {}
        self._names: dict[str, dict[str, np.ndarray]] = {}

    @cached_property
    def fields(self) -> frozenset[str]:
        """Attributes that at least one item has."""
        return frozenset(key for item in self.items for key in item.attributes)

    def mask(self, conditions: Iterable[Condition]) -> np.ndarray:
        """Items that pass every condition; (items,) bool."""
        allowed = np.ones(len(self.items), bool)
        for condition in conditions:
            allowed &= self.passes(condition)
        return allowed

    def passes(self, condition: Condition) -> np.ndarray:
        """Items that pass one condition; (items,) bool. Raises ConfigError for a field or an operator that does not exist."""
        if condition.field not in self.fields:
            raise ConfigError(f"no attribute {condition.field!r} in this catalog; it has: {', '.join(sorted(self.fields))}")
        if positive := OPPOSITE.get(condition.op):
            return ~self._positive(condition.field, positive, condition.value)
        return self._positive(condition.field, condition.op, condition.value)

    def _positive(self, field: str, op: str, value: Any) -> np.ndarray:
        if op == "between":
            low, high = value
            return self._positive(field, ">=", low) & self._positive(field, "<=", high)
        if op == "in":
            parts = [self._positive(field, "=", v) for v in value]
            return np.logical_or.reduce(parts) if parts else np.zeros(len(self.items), bool)
        if op == "contains" or isinstance(value, str):
            return self._named(field, str(value))
        if op not in COMPARE:
            raise ConfigError(f"no operator {op!r}; there are: = != in not_in < <= > >= between contains not_contains")
        return COMPARE[op](self._column(field), float(value))  # a missing number is NaN, and NaN compares false

    def _column(self, field: str) -> np.ndarray:
        if field not in self._numbers:
            self._numbers[field] = np.array([_number(item.attributes.get(field)) for item in self.items])
        return self._numbers[field]

    def _named(self, field: str, value: str) -> np.ndarray:
        """Items with that name in the field, compared without case; equal to one of a list's members, or to the text."""
        if field not in self._names:
            places: dict[str, list[int]] = {}
            for number, item in enumerate(self.items):
                for name in _members(item.attributes.get(field)):
                    places.setdefault(name.casefold(), []).append(number)
            self._names[field] = {k: np.array(v) for k, v in places.items()}
        passed = np.zeros(len(self.items), bool)
        passed[self._names[field].get(value.casefold(), np.zeros(0, np.int64))] = True
        return passed


def _number(value: Attribute) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _members(value: Attribute) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [str(value)]
