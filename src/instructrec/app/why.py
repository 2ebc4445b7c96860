"""Why a sentence is read as it is: what was found in it, the cues around, and what became of each."""

from dataclasses import dataclass

from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse, read
from instructrec.parsing.sentence import REFUSING, Mention, Span
from instructrec.recommender.eligibility import describe
from instructrec.types import Condition, Instruction

# The lists of the lexicon that decide what becomes of a name, as they are shown.
_CUES = {
    "negators": "refuses what follows",
    "tight": "refuses the next word",
    "postfix": "refuses what stands before",
    "liked": "likes what follows",
    "liked_after": "likes what stands before",
    "loved": "tells of taste",
    "or": "alternatives",
    "breaks": "ends a refusal",
    "correction": "takes back what was said",
    "neither": "asks for nothing",
    "allowed": "allows what stands before",
    "like": "a title may follow",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Some words of a sentence, what they may mean, and what became of it."""

    words: str
    meaning: str
    source: str
    outcome: str


def why(text: str, nearest: NearestName) -> list[Step]:
    """Everything that was found in a sentence, in the order of its words, with what became of it."""
    instruction = parse(text, nearest.vocabulary, nearest)
    sentence = read(instruction.text, nearest.vocabulary, nearest)
    found = [(sentence.span(m.start, m.end), m) for m in sentence.mentions]
    steps = [(span, _step(instruction, span, m, m in sentence.forgotten)) for span, m in found]
    places = [span for span, _ in found]
    steps += [
        (span, Step(instruction.text[slice(*span)], "unknown", "", "not checked"))
        for span in instruction.unresolved
        if not any(start < span[1] and span[0] < end for start, end in places)
    ]
    for place, here in enumerate(sentence.said):
        for section in here.keys() & _CUES.keys():
            span = sentence.span(place, place + here[section])
            steps.append((span, Step(instruction.text[slice(*span)], _CUES[section], "cue", "")))
    return [step for _, step in sorted(steps, key=lambda each: each[0])]


def _step(instruction: Instruction, span: Span, mention: Mention, ordered: bool) -> Step:
    special = "a title" if mention.ids else "a dial" if mention.dials else ""
    meaning = special or " / ".join(map(describe, mention.options)) or ("an order" if ordered else "unknown")
    source = mention.options[0].source if mention.options else ""
    followed = mention.ids or mention.dials or ordered
    outcome = "followed" if followed else _outcome(instruction, span)
    return Step(instruction.text[slice(*span)], meaning, source, outcome)


def _outcome(instruction: Instruction, span: Span) -> str:
    """What became of the words at a place."""
    kinds = {
        "demanded": [c for c in instruction.conditions if c.op not in REFUSING],
        "refused": [c for c in instruction.conditions if c.op in REFUSING],
        "liked": instruction.soft,
        "one of several": [c for group in instruction.any_of for c in group],
    }
    found = [name for name, conditions in kinds.items() if any(_meets(c, span) for c in conditions)]
    if not found and any(start < span[1] and span[0] < end for start, end in instruction.unresolved):
        found = ["not checked"]
    return ", ".join(found) or "asks for nothing to check"


def _meets(condition: Condition, span: Span) -> bool:
    return condition.span[0] < span[1] and span[0] < condition.span[1]
