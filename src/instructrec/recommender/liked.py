"""What an instruction likes without demanding it, and the order that it asks for."""

from collections.abc import Sequence

import numpy as np

from instructrec.data.facets import Facets
from instructrec.recommender.eligibility import condition_facts, describe
from instructrec.recommender.score import ScoredItems
from instructrec.types import Condition, Instruction, Item

LIKED = "liked"  # the term of the score
_LIFT = 1.0  # standard deviations of the scores by which an item is lifted for each liking that it meets
_SORTED = 2_000  # items that are scored where the answer is sorted; the first of the order


def with_liked(scored: ScoredItems, instruction: Instruction, facets: Facets) -> ScoredItems:
    """The scores with a term for what is liked: for each liking met as much as the scores usually differ."""
    if not instruction.soft or not scored.allowed.any():
        return scored
    passed = np.sum([facets.passes(condition) for condition in instruction.soft], axis=0)
    passed = passed if scored.items is None else passed[scored.items]
    spread = float(scored.scores[scored.allowed].std()) or 1.0
    term = (_LIFT * spread * passed).astype(np.float32)
    return ScoredItems({**scored.parts, LIKED: term}, scored.allowed, scored.items)


def liked_facts(numbers: Sequence[int], instruction: Instruction, facets: Facets) -> list[str]:
    """What some items have of what is liked, in words; "" where one has nothing."""
    passed = [(condition, facets.passes(condition)) for condition in instruction.soft]
    return [
        ", ".join(
            _described(facets.items[number], condition) for condition, passes in passed if passes[number]
        )
        for number in numbers
    ]


def _described(item: Item, condition: Condition) -> str:
    return ", ".join(condition_facts(item, condition)) or describe(condition)


def sort_keys(instruction: Instruction, facets: Facets) -> np.ndarray | None:
    """The places of all items in the order asked for, NaN where there is no value; None without one."""
    if not instruction.sort:
        return None
    field, way = instruction.sort[0]
    values = facets.numbers(field)
    if np.isnan(values).all():  # dates are texts, and sorted as such
        written = np.array([str(item.attributes.get(field) or "") for item in facets.items])
        values = np.where(written == "", np.nan, np.unique(written, return_inverse=True)[1])
    return values if way == "asc" else -values


def first_in_order(keys: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The allowed items that come first in an order; (items,) bool."""
    numbers = np.flatnonzero(allowed)
    found = np.zeros(len(allowed), bool)
    found[numbers[np.argsort(keys[numbers], kind="stable")][:_SORTED]] = True
    return found


def in_order(scored: ScoredItems, keys: np.ndarray, n: int) -> np.ndarray:
    """The first n allowed items of an order, places in what was scored; equal ones by their scores, and last
    those without a value.
    """
    places = np.flatnonzero(scored.allowed)
    own = keys[places if scored.items is None else scored.items[places]]
    return places[np.lexsort((-scored.scores[places], own))][:n]
