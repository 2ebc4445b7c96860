"""Reasons in a language model's words, used only where the facts of the slate support every word.

The facts are those of the plain reason, which is the arithmetic of the score. `writing.checked` says what a
sentence may do with them; where it does more, the plain reason stays. The model is shown two sentences of the
wanted shape.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from instructrec.channels.registry import CHANNELS
from instructrec.types import Recommendation, Slate
from instructrec.writing.checked import HERE, supported
from instructrec.writing.writer import Writer

MAX_TOKENS = 80
# The example facts: an item, its year, an item of the history, and names.
SAMPLES = (
    ("Alien", "1979", "Blade Runner", ("Horror", "Sci-Fi", "Dark", "Slow")),
    ("Casablanca", "1942", "Notorious", ("Romance", "War", "Quiet", "Long")),
)
NUMBER = re.compile(r"\d[\d.,]*")


def verbalize(writer: Writer, slate: Slate) -> Slate:
    """Let the model word each reason; an unsupported one stays plain, and a note counts them."""
    lines = list(slate.recommendations)
    rows = [row for row, line in enumerate(lines) if line.reason]
    if not rows:
        note = "no reason is in the model's words: there are no facts to word"
        return replace(slate, notes=(*slate.notes, note))
    kept = 0
    prompts = [_prompt(lines[row]) for row in rows]
    for row, ways in zip(rows, writer.lines(prompts, MAX_TOKENS), strict=True):
        opening = f"{lines[row].item.title} is"
        text = f"{opening} {ways[0].strip()}"
        if supported(text, opening, *_ordered_facts(lines[row])):
            lines[row] = replace(lines[row], reason=text if text.endswith((".", "!", "?")) else f"{text}.")
            kept += 1
    rest = "" if kept == len(rows) else "; the others were not supported by the facts"
    note = f"{kept} of {len(rows)} reasons are in the model's words{rest}"
    return replace(slate, recommendations=tuple(lines), notes=(*slate.notes, note))


def _prompt(line: Recommendation) -> str:
    """Two examples, the facts, and the opening of the sentence for the model to continue."""
    met, because = _ordered_facts(line)
    shown = "".join(_example(met, because, *sample) for sample in SAMPLES)
    return f"{shown}{_facts_line(line.item.title, met, because)}Sentence: {line.item.title} is"


def _example(
    met: Sequence[str], because: Sequence[str], title: str, year: str, other: str, names: Sequence[str]
) -> str:
    """Facts like these about another item, and a sentence that words them."""
    fresh = iter(names)
    met = [NUMBER.sub(year, fact) if NUMBER.search(fact) else next(fresh, fact) for fact in met]
    because = [_about(other, fact) for fact in because]
    return f"{_facts_line(title, met, because)}Sentence: {title} is{_sentence(met, because)}.\n\n"


def _sentence(met: Sequence[str], because: Sequence[str]) -> str:
    """A good sentence after its opening."""
    if not met:
        return HERE + " and ".join(because)
    numbers = [f"from the {fact}" for fact in met if NUMBER.search(fact)]
    names = " and ".join(fact for fact in met if not NUMBER.search(fact))
    first = " ".join(filter(None, [names, " and ".join(numbers)]))
    return " " + ", ".join([first, *because[:-1], *(f"and {fact}" for fact in because[-1:])])


def _about(title: str, fact: str) -> str:
    """The same fact with another item of the history in it."""
    for channel in CHANNELS.values():
        before, named, after = f"it is {channel.reason['en']}".partition("{}")
        if named and fact.startswith(before) and fact.endswith(after):
            return f"{before}{title}{after}"
    return fact


def _facts_line(title: str, met: Sequence[str], because: Sequence[str]) -> str:
    return f"Facts: {'; '.join([title, *met, *because])}\n"


def _ordered_facts(line: Recommendation) -> tuple[list[str], list[str]]:
    """The facts in the order in which a sentence gives them: names, numbers, then clauses, each once."""
    met = sorted(dict.fromkeys(line.conditions_met), key=lambda fact: bool(NUMBER.search(fact)))
    return met, [f"it is {fact}" for fact in dict.fromkeys(line.because)]
