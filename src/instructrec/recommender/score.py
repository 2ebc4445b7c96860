"""The scores of requests: of the whole catalog, or of the items that may be listed where the catalog is too
large.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from instructrec.language.listwise import MOST
from instructrec.language.rerank import NAME, Reranker
from instructrec.models.fast import FastModel
from instructrec.recommender.diversify import top_items
from instructrec.types import Context, Item, Request

Shortlisted = tuple[np.ndarray, dict[str, np.ndarray]]  # item numbers, and their terms


@dataclass(frozen=True, slots=True)
class ScoredItems:
    """The terms of the scores of some items, or of all where `items` is None."""

    parts: Mapping[str, np.ndarray]  # channel -> (some,) float32
    allowed: np.ndarray  # some, bool
    items: np.ndarray | None = None  # some: item numbers
    scores: np.ndarray = field(init=False)  # some, float64: float32 would rank by rounding

    def __post_init__(self) -> None:
        total = np.zeros(len(self.allowed))
        for values in self.parts.values():
            total += values
        object.__setattr__(self, "scores", total)


def score_requests(
    model: FastModel, contexts: Sequence[Context], allowed: Sequence[np.ndarray]
) -> list[ScoredItems]:
    """Score each context for the items that it allows, (items,) bool.

    One by one where only some items are scored: for a single request, or where there is a shortlist.
    Otherwise all items are scored for all contexts together, which costs less than one pass each.
    """
    alone = len(contexts) == 1 or model.shortlist is not None
    short = [
        model.shortlisted(c, passes) if alone else None for c, passes in zip(contexts, allowed, strict=True)
    ]
    whole = [row for row, found in enumerate(short) if found is None]
    parts = model.parts([contexts[row] for row in whole]) if whole else {}
    scored = {row: ScoredItems(values, allowed[row][items], items) for row, (items, values) in _found(short)}
    for place, row in enumerate(whole):
        scored[row] = ScoredItems({name: values[place] for name, values in parts.items()}, allowed[row])
    return [scored[row] for row in range(len(contexts))]


def _found(short: Sequence[Shortlisted | None]) -> Iterator[tuple[int, Shortlisted]]:
    return ((row, each) for row, each in enumerate(short) if each is not None)


def rerank(
    found: ScoredItems, reranker: Reranker, request: Request, context: Context, items: Sequence[Item]
) -> tuple[ScoredItems, list[str]]:
    """The scores with the language model's term for the best items, and a note where it read fewer or
    none.
    """
    places = top_items(found.scores, found.allowed, MOST)
    numbers = places if found.items is None else found.items[places]
    history = [items[n].title for n in context.history.tolist()]
    titles = [items[n].title for n in numbers.tolist()]
    added, note = reranker.read(context.instruction.text, history, titles, request.rerank_seconds)
    notes = [note] if note else []
    if added is None:
        return found, notes
    values = np.zeros(len(found.allowed), np.float32)
    values[places[: len(added)]] = added
    return ScoredItems({**found.parts, NAME: values}, found.allowed, found.items), notes
