"""Requests with an instruction: the train-side track, and the mask of the conditions that every row of a table must keep."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from instructrec.data.facets import Facets
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import Allowed
from instructrec.instructions.generate import evaluation_instruction
from instructrec.instructions.understand import Reader
from instructrec.types import Context, Item


def allowed_by(facets: Facets) -> Allowed:
    """The items that pass each context's conditions, as the mask that `evaluate` takes."""

    def allowed(contexts: list[Context]) -> np.ndarray:
        return np.stack([facets.mask(c.instruction.conditions, c.instruction.any_of) for c in contexts])

    return allowed


def instruct(requests: Sequence[Case], items: Sequence[Item], reader: Reader, seed: int) -> list[Case]:
    """The same requests, each with the train-side instruction of one of its relevant items; relevant are all that pass it."""
    rng = np.random.default_rng(seed)
    texts = []
    for case in requests:
        target = items[int(rng.choice(case.relevant))]
        texts.append(evaluation_instruction(target, [items[i] for i in case.context.history.tolist()], rng))
    contexts = reader.with_instruction([c.context for c in requests], texts)
    facets = Facets(items)
    found = []
    for case, context in zip(requests, contexts, strict=True):
        passes = facets.mask(context.instruction.conditions, context.instruction.any_of)
        found.append(replace(case, context=context, relevant=case.relevant[passes[case.relevant]]))
    return [case for case in found if len(case.relevant)]
