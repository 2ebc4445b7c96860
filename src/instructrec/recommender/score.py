"""The scores of requests: of the whole catalog, or of what may be in a list where the catalog is too large for that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from instructrec.models.fast import FastModel
from instructrec.types import Context


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
    """Score each context for the items that it allows, (items,) bool; those of which all items are scored together."""
    short = [model.shortlisted(context, passes) for context, passes in zip(contexts, allowed, strict=True)]
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
