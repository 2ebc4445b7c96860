"""Reasons in a language model's words, taken over only where the facts of the slate say all of it.

The facts are those of the plain reason, which is the arithmetic of the score: how an item meets the
conditions, and the terms that lift it most. What a sentence may do with them is the rule of
`writing.checked`; where it does more the plain reason stands. The model is shown two sentences of the very
shape that is wanted, since one so small copies what does not fit.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from instructrec.recommender.explain import SAYINGS
from instructrec.types import Recommendation, Slate
from instructrec.writing.checked import HERE, supported
from instructrec.writing.writer import Writer

LONGEST = 80  # tokens of a sentence
# What the two examples are about: the item, its year, an item of the history, and names.
EXAMPLES = (
    ("Alien", "1979", "Blade Runner", ("Horror", "Sci-Fi", "Dark", "Slow")),
    ("Casablanca", "1942", "Notorious", ("Romance", "War", "Quiet", "Long")),
)
NUMBER = re.compile(r"\d[\d.,]*")


def worded(writer: Writer, slate: Slate) -> Slate:
    """Let the model say each reason; the plain one stands where there is none or it says more, and a note
    counts them.
    """
    lines = list(slate.recommendations)
    told = [place for place, line in enumerate(lines) if line.reason]
    if not told:
        return replace(
            slate, notes=(*slate.notes, "no reason is in the model's words: there are no facts to say")
        )
    kept = 0
    for place, ways in zip(
        told, writer.lines([_asked(lines[place]) for place in told], LONGEST), strict=True
    ):
        line = lines[place]
        text = f"{_opening(line.item.title)} {ways[0].strip()}"
        if supported(text, _opening(line.item.title), *_sayable(line)):
            lines[place] = replace(line, reason=text if text.endswith((".", "!", "?")) else f"{text}.")
            kept += 1
    rest = "" if kept == len(told) else "; the others would have said more than the facts"
    note = f"{kept} of {len(told)} reasons are in the model's words{rest}"
    return replace(slate, recommendations=tuple(lines), notes=(*slate.notes, note))


def _asked(line: Recommendation) -> str:
    """The beginning of a text that the model goes on with: two examples, the facts, and the opening of the
    sentence.
    """
    met, because = _sayable(line)
    shown = "".join(_example(met, because, *example) for example in EXAMPLES)
    return f"{shown}{_facts(line.item.title, met, because)}Sentence: {_opening(line.item.title)}"


def _example(
    met: Sequence[str], because: Sequence[str], title: str, year: str, other: str, names: Sequence[str]
) -> str:
    """Facts like these about another item, and a sentence that says them."""
    fresh = iter(names)
    met = [NUMBER.sub(year, fact) if NUMBER.search(fact) else next(fresh, fact) for fact in met]
    because = [_about(other, fact) for fact in because]
    sentence = f"{_opening(title)}{_said(met, because)}."
    return f"{_facts(title, met, because)}Sentence: {sentence}\n\n"


def _said(met: Sequence[str], because: Sequence[str]) -> str:
    """What a good sentence says after its opening."""
    if not met:
        return HERE + " and ".join(because)
    numbers = [f"from the {fact}" for fact in met if NUMBER.search(fact)]
    names = " and ".join(fact for fact in met if not NUMBER.search(fact))
    first = " ".join(filter(None, [names, " and ".join(numbers)]))
    return " " + ", ".join([first, *because[:-1], *(f"and {fact}" for fact in because[-1:])])


def _about(title: str, fact: str) -> str:
    """What is said of one item of the history, said of another."""
    for saying in SAYINGS.values():
        before, named, after = saying.partition("{title}")
        if named and fact.startswith(before) and fact.endswith(after):
            return saying.format(title=title)
    return fact


def _facts(title: str, met: Sequence[str], because: Sequence[str]) -> str:
    return f"Facts: {'; '.join([title, *met, *because])}\n"


def _opening(title: str) -> str:
    return f"{title} is"


def _sayable(line: Recommendation) -> tuple[list[str], list[str]]:
    """The facts in the order in which a sentence says them, names before numbers, each once."""
    return sorted(dict.fromkeys(line.met), key=lambda fact: bool(NUMBER.search(fact))), list(
        dict.fromkeys(line.because)
    )
