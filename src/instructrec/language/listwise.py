"""Prompts and scores of a short list: by labels, or by how likely its titles follow the history.

The second is more accurate (`bench/language.py`) and is what `--rerank lm` uses.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

LABELS = "ABCDEFGHIJKLMNOPQRST"  # one token each in every tokenizer tried
MOST = len(LABELS)
SHOWN = 8  # titles of a history
LONGEST = 80  # characters of a title

Reading = Callable[[str, Sequence[str], Sequence[str]], np.ndarray]  # (said, history, titles) -> a value each


class Teller(Protocol):
    """The part of a language model that the likelihood of titles needs."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> np.ndarray:
        """Log-probability of each whole answer after one prompt; (answers,)."""
        ...


def listwise(instruction: str, history: Sequence[str], candidates: Sequence[str]) -> str:
    """The prompt of a labelled list: history, wish, and a line with label and title for each candidate.

    Raises ValueError for more candidates than labels.

    >>> print(listwise("something short", ["Emma"], ["Dune", "Ulysses"]))
    Had before: Emma
    Wish: something short
    A. Dune
    B. Ulysses
    Which one is best? Answer with its letter.
    """
    if len(candidates) > MOST:
        raise ValueError(f"{len(candidates)} candidates; at most {MOST} can be labelled")
    lines = [f"{label}. {title[:LONGEST]}" for label, title in zip(LABELS, candidates, strict=False)]
    return "\n".join([*_known(instruction, history), *lines, "Which one is best? Answer with its letter."])


def matching(instruction: str, history: Sequence[str]) -> str:
    """The prompt that a title answers: history and wish.

    >>> print(matching("something short", ["Emma", "Dune"]))
    Had before: Emma; Dune
    Wish: something short
    What comes next?
    """
    return "\n".join([*_known(instruction, history), "What comes next?"])


def _known(instruction: str, history: Sequence[str]) -> list[str]:
    had = "; ".join(title[:LONGEST] for title in history[-SHOWN:])
    return [*([f"Had before: {had}"] if had else []), *([f"Wish: {instruction}"] if instruction else [])]


class TitleLikelihood:
    """How much likelier each title is after a history and an instruction than alone: pointwise mutual
    information.

    Without the second part a short or common title would always win. The likelihood of a title alone is
    computed once and kept in `alone`.
    """

    def __init__(self, model: Teller, alone: Mapping[str, float] | None = None) -> None:
        self.model, self.alone = model, dict(alone or {})

    def __call__(self, instruction: str, history: Sequence[str], titles: Sequence[str]) -> np.ndarray:
        """Values around zero; (titles,) float32."""
        shown = [title[:LONGEST] for title in titles]
        if new := list(dict.fromkeys(title for title in shown if title not in self.alone)):
            self.alone |= dict(zip(new, self.model.likelihood(matching("", []), new).tolist(), strict=True))
        given = self.model.likelihood(matching(instruction, history), shown)
        found = given - np.array([self.alone[title] for title in shown])
        return (found - found.mean()).astype(np.float32)
