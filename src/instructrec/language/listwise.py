"""The choice among labelled candidates, read from one step of the model: what a short list is ranked by."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

LABELS = "ABCDEFGHIJKLMNOPQRST"  # one token each in every tokenizer tried
MOST = len(LABELS)
SHOWN = 10  # titles of a history
LONGEST = 80  # characters of a title


class Chooser(Protocol):
    """The part of a language model that this needs."""

    def choose(self, prompts: Sequence[str], choices: Sequence[str]) -> np.ndarray:
        """Log-probability of each choice as the answer; (prompts, choices)."""
        ...


def listwise(said: str, history: Sequence[str], candidates: Sequence[str]) -> str:
    """The prompt: what was had, what is wished, and the candidates, a label and a title a line.

    Raises ValueError for more candidates than there are labels.

    >>> print(listwise("something short", ["Emma"], ["Dune", "Ulysses"]))
    Had before: Emma
    Wish: something short
    A. Dune
    B. Ulysses
    Which one is best? Answer with its letter.
    """
    if len(candidates) > MOST:
        raise ValueError(f"{len(candidates)} candidates; at most {MOST} can be labelled")
    had = "; ".join(title[:LONGEST] for title in history[-SHOWN:])
    lines = [f"Had before: {had}"] if had else []
    lines += [f"Wish: {said}"] if said else []
    lines += [f"{label}. {title[:LONGEST]}" for label, title in zip(LABELS, candidates, strict=False)]
    return "\n".join([*lines, "Which one is best? Answer with its letter."])


def once(model: Chooser, said: str, history: Sequence[str], candidates: Sequence[str]) -> np.ndarray:
    """The log-probability of each label with the list in this one order, bias and all; (candidates,) float32."""
    return model.choose([listwise(said, history, candidates)], list(LABELS[: len(candidates)]))[0]


def score(model: Chooser, said: str, history: Sequence[str], candidates: Sequence[str]) -> np.ndarray:
    """How much the model is for each candidate, around zero; (candidates,) float32.

    The list is read in both orders and the two log-probabilities of a candidate are averaged, so that the liking for a label
    counts for none and against none (position bias: Wang et al. 2023).
    """
    labels = list(LABELS[: len(candidates)])
    orders = [listwise(said, history, candidates), listwise(said, history, candidates[::-1])]
    forth, back = model.choose(orders, labels)
    both = (forth + back[::-1]) / 2
    return (both - both.mean()).astype(np.float32)
