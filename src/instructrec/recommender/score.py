"""The scores of requests: of the whole catalog, or of what may be in a list where the catalog is too large
for that.

Where it is asked for, the language model reads the first items and adds to their scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from instructrec.language.listwise import MOST
from instructrec.language.rerank import NAME, Reranker
from instructrec.models.fast import FastModel
from instructrec.recommender.choose import top
from instructrec.types import Context, Item, Request


@dataclass(frozen=True, slots=True)
class Scored:
    """The parts of the scores of some items, or of all where `items` is None."""

    parts: Mapping[str, np.ndarray]  # channel -> (some,) float32
    allowed: np.ndarray  # some, bool
    items: np.ndarray | None = None  # some: item numbers
    scores: np.ndarray = field(init=False)  # some, doubles: single ones would rank by their rounding

    def __post_init__(self) -> None:
        total = np.zeros(len(self.allowed))
        for values in self.parts.values():
            total += values
        object.__setattr__(self, "scores", total)


def scored(model: FastModel, contexts: Sequence[Context], allowed: Sequence[np.ndarray]) -> list[Scored]:
    """Score each context for the items that it allows, (items,) bool.

    One by one where only some items of a catalog are scored: for a request alone, or where there is a
    shortlist. Otherwise all items are scored for all contexts together, which takes less than a part for
    each.
    """
    apart = len(contexts) == 1 or model.shortlist is not None
    short = [
        model.shortlisted(context, passes) if apart else None
        for context, passes in zip(contexts, allowed, strict=True)
    ]
    whole = [row for row, found in enumerate(short) if found is None]
    parts = model.parts([contexts[row] for row in whole]) if whole else {}
    place = {row: k for k, row in enumerate(whole)}
    found = []
    for row, (some, passes) in enumerate(zip(short, allowed, strict=True)):
        if some is None:
            found.append(Scored({name: values[place[row]] for name, values in parts.items()}, passes))
        else:
            items, values = some
            found.append(Scored(values, passes[items], items))
    return found


def reread(
    found: Scored, reranker: Reranker, request: Request, context: Context, items: Sequence[Item]
) -> tuple[Scored, list[str]]:
    """The scores with what the language model adds to the best ones, and a note where it was not asked or
    read less.
    """
    places = top(found.scores, found.allowed, MOST)
    numbers = places if found.items is None else found.items[places]
    history = [items[n].title for n in context.history.tolist()]
    titles = [items[n].title for n in numbers.tolist()]
    added, note = reranker.read(context.instruction.text, history, titles, request.rerank_seconds)
    notes = [note] if note else []
    if added is None:
        return found, notes
    values = np.zeros(len(found.allowed), np.float32)
    values[places[: len(added)]] = added
    return Scored({**found.parts, NAME: values}, found.allowed, found.items), notes
