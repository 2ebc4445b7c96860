"""Which items may be shown for a request, why they are few, and what would give more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from instructrec.data.facets import OPPOSITE, TITLE, Facets
from instructrec.types import Condition, Instruction, Item, Relaxation, Request

OFFERS = 3  # relaxations offered at most


@dataclass(slots=True)
class Eligibility:
    """The items that are left after each step, and the steps in words."""

    allowed: np.ndarray  # items, bool
    steps: list[str] = field(default_factory=list)
    free: np.ndarray | None = None  # what would be allowed without any condition

    def keep(self, passes: np.ndarray, words: str) -> None:
        """Keep the items that pass; `words` says what the rest lacked, with {} for how many are left."""
        self.allowed = self.allowed & passes
        self.steps.append(words.replace("{}", str(int(self.allowed.sum())), 1))

    def shortfall(self, n: int) -> str | None:
        """Why there are fewer than n; None when there are enough."""
        found = int(self.allowed.sum())
        if found >= n:
            return None
        return f"{found} of {n}: of {len(self.allowed)} items, {', '.join(self.steps) or 'there are no more'}"


def eligibility(
    request: Request,
    instruction: Instruction,
    facets: Facets,
    present: np.ndarray,
    numbers: Mapping[str, int],
    seen: np.ndarray,
    *,
    saved: Sequence[Instruction] = (),
) -> Eligibility:
    """Filter the catalog, in this order: candidates, saved instructions, conditions, exclusions, items seen
    before.

    `present` (items, bool) are those still in the catalog, `numbers` the number of each id, `seen` numbers of
    items.
    """
    found = Eligibility(present.copy())
    if not present.all():
        found.steps.append(f"{present.sum()} are still in the catalog")
    if request.candidates is not None:
        found.keep(
            id_mask(request.candidates, numbers),
            f"{{}} of the {len(set(request.candidates))} candidates are in the catalog",
        )
    for each in (s for s in saved if s.conditions or s.any_of or s.unlike):
        found.keep(
            instruction_mask(each, facets, numbers, request.allow_missing),
            f'{{}} satisfy the saved instruction "{each.text}"',
        )
    before = found.allowed
    if instruction.conditions or instruction.any_of:
        passes = facets.mask(instruction.conditions, instruction.any_of, request.allow_missing)
        found.keep(passes, f"{{}} meet the conditions ({'; '.join(describe_all(instruction))})")
    others = present.copy()
    if request.exclude:
        others &= ~id_mask(request.exclude, numbers)
        found.keep(others, "{} remain after removing excluded items")
    if len(seen):
        others[seen] = False
        found.keep(others, "{} remain after removing items seen before")
    found.free = before & others
    return found


def instruction_mask(
    instruction: Instruction, facets: Facets, numbers: Mapping[str, int], allow_missing: bool = False
) -> np.ndarray:
    """The items that an instruction allows: they pass its conditions and are not among those that it refuses
    by title.
    """
    return facets.mask(instruction.conditions, instruction.any_of, allow_missing) & ~id_mask(
        instruction.unlike, numbers
    )


def relaxations(
    instruction: Instruction, facets: Facets, free: np.ndarray, n: int, allow_missing: bool = False
) -> tuple[Relaxation, ...]:
    """The nearest ways to more items, the one that gives most first; only offered, since a condition is never
    given up for n.

    A number is loosened just so far that n items pass, any other condition is dropped. `free` are the items
    that would be allowed without conditions.
    """
    offers = []
    for condition in instruction.conditions:
        rest = [c for c in instruction.conditions if c is not condition]
        others = free & facets.mask(rest, instruction.any_of, allow_missing)
        items = int(others.sum())
        value = _nearest(condition, facets, others, n)
        if value is not None:
            loosened = Condition(field=condition.field, op=condition.op, value=value)
            items = int((others & facets.passes(loosened, allow_missing)).sum())
        offers.append(Relaxation(condition=condition, items=items, value=value))
    now = int((free & facets.mask(instruction.conditions, instruction.any_of, allow_missing)).sum())
    better = [offer for offer in offers if offer.items > now]
    return tuple(sorted(better, key=lambda offer: -offer.items)[:OFFERS])


def _nearest(condition: Condition, facets: Facets, others: np.ndarray, n: int) -> float | int | None:
    """The closest looser bound with which n of the other items pass, or as many as there are."""
    if condition.op not in ("<", "<=", ">", ">="):
        return None
    values = facets.numbers(condition.field)[others]
    values = np.sort(values[~np.isnan(values)])
    if not len(values):
        return None
    upper = condition.op in ("<", "<=")
    value = float(values[min(n, len(values)) - 1] if upper else values[-min(n, len(values))])
    if condition.op in ("<", ">"):
        value += 1 if upper else -1
    loosens = value > condition.value if upper else value < condition.value
    return (int(value) if value.is_integer() else value) if loosens else None


def id_mask(ids: Iterable[str], numbers: Mapping[str, int]) -> np.ndarray:
    """The items with the given ids; (items,) bool. Unknown ids are ignored."""
    found = np.zeros(len(numbers), bool)
    found[[numbers[i] for i in ids if i in numbers]] = True
    return found


def describe_all(instruction: Instruction) -> list[str]:
    """Everything that must hold, in words."""
    groups = [" and ".join(map(describe, group)) for group in instruction.any_of]
    return [*map(describe, instruction.conditions), *([f"one of: {' / '.join(groups)}"] if groups else [])]


def describe(condition: Condition) -> str:
    """A condition in words.

    >>> describe(Condition(field="year", op="between", value=[1990, 1999]))
    'year between 1990 and 1999'
    """
    operators = {"contains": "has", "not_contains": "without", "in": "is one of", "not_in": "is none of"}
    operators["not_mentions"] = "does not mention"
    value = condition.value
    if condition.op == "between":
        words = f"{_plain(value[0])} and {_plain(value[1])}"
    else:
        words = ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    return f"{condition.field} {operators.get(condition.op, condition.op)} {words}"


def offer(relaxation: Relaxation) -> str:
    """A relaxation in words.

    >>> offer(Relaxation(condition=Condition(field="price", op="<=", value=5.0), items=10, value=7.5))
    'price <= 7.5 instead of price <= 5: 10 items'
    """
    condition, words = relaxation.condition, describe(relaxation.condition)
    if relaxation.value is None:
        return f"without {words!r}: {relaxation.items} items"
    loosened = f"{condition.field} {condition.op} {_plain(relaxation.value)}"
    return f"{loosened} instead of {words}: {relaxation.items} items"


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def condition_facts(item: Item, condition: Condition) -> list[str]:
    """The facts by which an item meets a condition that asks for something."""
    value = item.title if condition.field == TITLE else item.attributes.get(condition.field)
    if condition.op in OPPOSITE or value is None:
        return []
    if condition.op in ("contains", "mentions"):
        return [str(condition.value)]
    if condition.op == "in" and isinstance(value, list):
        return [v for v in value if v in condition.value]
    return [f"{condition.field} {value}"]
