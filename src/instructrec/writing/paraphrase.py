"""Paraphrases of an instruction by a language model; only those that parse to exactly the same are kept.

English only: SmolLM2 writes no Chinese.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from instructrec.data.text import plain_text
from instructrec.encoders.base import Encoder
from instructrec.instructions.template import content_words
from instructrec.lexicon.words import lexicon
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Instruction
from instructrec.writing.writer import Writer

LONGEST = 60  # tokens
TRIES = 6  # texts drawn for each that is wanted
NEAR = 0.7  # cosine with the original, as in `instructions.augment`
SHOWN = """Wish: a funny film from the 80s, no cartoons
Other words: I am looking for a comedy of the 1980s, but nothing animated

Wish: shoes under 60 dollars by Alto
Other words: Show me Alto shoes that cost less than 60 dollars

Wish: something like Heat, but shorter
Other words: I would like to see a shorter one that is similar to Heat

"""


@dataclass(frozen=True, slots=True)
class JudgedParaphrase:
    """One paraphrase with the conditions it lost and added and any other objection; kept without any."""

    text: str
    lost: tuple[Condition, ...] = ()
    added: tuple[Condition, ...] = ()
    why: str = ""

    @property
    def kept(self) -> bool:
        """Whether nothing speaks against it."""
        return not (self.lost or self.added or self.why)


def paraphrases(
    writer: Writer, text: str, vocabulary: Vocabulary, encoder: Encoder, many: int, seed: int = 0
) -> tuple[list[JudgedParaphrase], list[JudgedParaphrase]]:
    """At most `many` that are kept, and those that were dropped before; the same for the same seed."""
    before, seen = parse(text, vocabulary), {plain_text(text)}
    kept: list[JudgedParaphrase] = []
    dropped: list[JudgedParaphrase] = []
    for line in writer.lines([f"{SHOWN}Wish: {text}\nOther words:"], LONGEST, TRIES * many, seed)[0]:
        other = line.strip()
        if len(kept) == many or plain_text(other) in seen:
            continue
        seen.add(plain_text(other))
        judged = judge(before, other, vocabulary, encoder)
        (kept if judged.kept else dropped).append(judged)
    return kept, dropped


def judge(before: Instruction, text: str, vocabulary: Vocabulary, encoder: Encoder) -> JudgedParaphrase:
    """Whether a text means the same as a parsed instruction."""
    after = parse(text, vocabulary)
    lost, added = (
        _without_condition(before.conditions, after.conditions),
        _without_condition(after.conditions, before.conditions),
    )
    if lost or added:
        return JudgedParaphrase(text, lost, added)
    one, other = encoder.encode([before.text, text])
    return JudgedParaphrase(
        text,
        why=_differs(before, after) or ("" if float(one @ other) >= NEAR else "it is far from what was said"),
    )


def _differs(before: Instruction, after: Instruction) -> str:
    """What else is not understood alike; empty where all is."""
    parts = {
        "alternatives": (_groups(before), _groups(after)),
        "titles": ((set(before.like), set(before.unlike)), (set(after.like), set(after.unlike))),
        "dials": (dict(before.dials), dict(after.dials)),
        "number": (before.n, after.n),
        "task": (before.task, after.task),
        "wishes": (set(content_words(before.wishes)), set(content_words(after.wishes))),
        "refusals": (_refusals(before.text), _refusals(after.text)),
        "words that the catalog cannot check": (len(before.unresolved), len(after.unresolved)),
    }
    return next((f"it has other {name}" for name, (one, other) in parts.items() if one != other), "")


def _refusals(text: str) -> int:
    """How many words of a text refuse or deny."""
    denying = {*(w for each in lexicon()["negators"].values() for w in each), "nothing", "nobody", "none"}
    return sum(word in denying or word.endswith("n't") for word in re.findall(r"[\w']+", text.lower()))


def _without_condition(these: Iterable[Condition], those: Sequence[Condition]) -> tuple[Condition, ...]:
    known = {_fact(c) for c in those}
    return tuple(c for c in these if _fact(c) not in known)


def _groups(instruction: Instruction) -> set[frozenset[tuple[str, str, str]]]:
    return {frozenset(map(_fact, group)) for group in instruction.any_of}


def _fact(condition: Condition) -> tuple[str, str, str]:
    return condition.field, condition.op, repr(condition.value)
