"""What a person typed -> Instruction: conditions that will hold, and the rest as wishes.

Names come from the catalog's own vocabulary; a negator reaches from where it stands to the end of its clause or list.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from instructrec.parsing.negation import negations
from instructrec.parsing.numbers import find_numbers
from instructrec.parsing.tokens import LIMIT, Token, key, normalize, tokenize
from instructrec.parsing.vocabulary import Term, Vocabulary, common, spoken
from instructrec.types import Condition, Instruction, Intention, Item

NEGATIVE = {"contains": "not_contains", "=": "!=", "in": "not_in", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
HAN = re.compile(r"[㐀-鿿]")
QUOTED = re.compile(r'《[^》]{1,80}》|"[^"]{1,80}"|“[^”]{1,80}”')
DANGLING = re.compile(r"(?:^|(?<=\s))(?:but|and|or)$|(?:但|而|和|或)$", re.IGNORECASE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing said that may be a condition: one of the `options`, or none that this catalog can check."""

    start: int  # token numbers
    end: int
    options: tuple[Condition, ...]
    listable: bool = True  # a name may stand in a list of alternatives, a number not


def parse(text: str, catalog: Vocabulary | Iterable[Item]) -> Instruction:
    """Understand one sentence against a catalog; the first 4,000 characters are read.

    A condition that the catalog cannot check is left out of `conditions` and its place is listed in `unresolved`.

    >>> films = [Item(id="1", title="Alien", attributes={"categories": ["Sci-Fi", "Horror"], "year": 1979})]
    >>> [(c.field, c.op, c.value) for c in parse("science fiction from the 70s, not horror", films).conditions]
    [('categories', 'contains', 'Sci-Fi'), ('year', 'between', [1970, 1979]), ('categories', 'not_contains', 'Horror')]
    """
    vocabulary = catalog if isinstance(catalog, Vocabulary) else Vocabulary.of(catalog)
    text = text[:LIMIT]
    sentence = _Sentence(text, vocabulary)
    wanted, uncheckable = sentence.wanted()
    refused, unclear = sentence.refused()
    conditions = tuple(sorted([*wanted, *refused], key=lambda c: c.span))
    unresolved = tuple(sorted([*uncheckable, *unclear]))
    wishes = sentence.wishes([*(c.span for c in conditions), *unresolved])
    return Instruction(
        text=text,
        language="zh" if HAN.search(text) else "en",
        conditions=conditions,
        wishes=wishes,
        intention=Intention.SPECIFIC if conditions else Intention.VAGUE if wishes else Intention.NONE,
        unresolved=unresolved,
    )


def positive_text(instruction: Instruction) -> str:
    """The sentence without what is not wanted: what the encoder and the lexical channel read.

    A vector cannot say no: the vector of "not horror" lies next to horror.
    """
    refused = [c.span for c in instruction.conditions if c.op in ("not_contains", "!=", "not_in") or c.field == "price"]
    return _without(instruction.text, [*refused, *instruction.unresolved])


class _Sentence:
    """One sentence while it is read: its tokens, what they mention, and how far each negator reaches."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text, self.vocabulary = text, vocabulary
        plain = normalize(text)
        self.tokens = tokenize(plain)
        self.stems = [t.stem for t in self.tokens]
        self.said = spoken(self.stems)
        numbers = self._numbers(find_numbers(plain, vocabulary))
        self.mentions = sorted([*numbers, *self._names(numbers)], key=lambda m: m.start)
        spans = [(m.start, m.end, not m.listable) for m in self.mentions]
        self.reaches = negations(self.tokens, self.said, spans)
        self.negated = {m for reach in self.reaches for m in reach.mentions}

    def wanted(self) -> tuple[list[Condition], list[Span]]:
        """Conditions that were not negated, alternatives as one, and the places of numbers that cannot be checked."""
        conditions, unresolved = [], []
        for group in self._groups():
            first = group[0]
            if len(group) > 1:
                conditions.extend(_either(group))
            elif first.options:
                conditions.append(first.options[0])
            elif not first.listable:
                unresolved.append(self._span(first.start, first.end))
        return conditions, unresolved

    def refused(self) -> tuple[list[Condition], list[Span]]:
        """Conditions turned round by each negator, and the places of what it refuses that cannot be checked."""
        conditions: list[Condition] = []
        unresolved: list[Span] = []
        for reach in self.reaches:
            start = reach.start
            for number in reach.mentions:
                mention = self.mentions[number]
                span = self._span(min(start, mention.start), max(mention.end, reach.after if reach.back else 0))
                turned = [t for option in mention.options if (t := _turned(option, span))]
                conditions.extend(turned)
                unresolved.extend([] if turned else [span])
                start = mention.end
            if reach.rest:
                unresolved.append(self._span(reach.rest[0], reach.rest[1]))
        return conditions, unresolved

    def wishes(self, spans: Sequence[Span]) -> str:
        """What is left without the given places and without the filler around them."""
        kept = self._content()
        pieces, start, place = [], 0, 0
        for first, last in [*sorted(spans), (len(self.text), len(self.text))]:
            inside = []
            while place < len(kept) and kept[place].start < first:
                inside += [kept[place]] if kept[place].start >= start else []
                place += 1
            if inside:
                pieces.append(self.text[inside[0].start : inside[-1].end])
            start = max(start, last)
        return " ".join(pieces)

    def _content(self) -> list[Token]:
        content, place = [False] * len(self.tokens), 0
        while place < len(self.tokens):
            length = self.said[place].get("filler") or self.said[place].get("exempt", 0)
            content[place] = not length and self.tokens[place].text[0].isalnum()
            place += length or 1
        return [t for t, c in zip(self.tokens, content, strict=True) if c]

    def _span(self, first: int, last: int) -> Span:
        return self.tokens[first].start, self.tokens[last - 1].end

    def _numbers(self, found: Sequence[Condition]) -> list[Mention]:
        mentions, place = [], 0
        for condition in found:
            low, high = condition.span
            while place < len(self.tokens) and self.tokens[place].end <= low:
                place += 1
            start = place
            while place < len(self.tokens) and self.tokens[place].start < high:
                place += 1
            checkable = condition.field in self.vocabulary.fields and condition.value is not None
            mentions.append(Mention(start, place, (condition,) if checkable else (), listable=False))
        return [m for m in mentions if m.end > m.start]

    def _names(self, numbers: Sequence[Mention]) -> list[Mention]:
        closed = {k for m in numbers for k in range(m.start, m.end)}
        quoted = [m.span() for m in QUOTED.finditer(self.text) if m.group() != self.text.strip()]
        closed |= {k for k, t in enumerate(self.tokens) if any(a <= t.start < b for a, b in quoted)}
        brands: set[int] = set()  # where a brand ends that was meant

        def meant(term: Term) -> bool:
            if not closed.isdisjoint(range(term.start, term.end)):
                return False
            if term.targets and term.targets[0][0] == "brand":
                if not self._brand_meant(term, brands):
                    return False
                brands.add(term.end)
            return True

        return [self._mention(term) for term in self.vocabulary.find(self.stems, meant)]

    def _mention(self, term: Term) -> Mention:
        span = self._span(term.start, term.end)
        options = (
            Condition(field=f, op="=" if f == "brand" else "contains", value=v, span=span, source="vocabulary")
            for f, v in term.targets
        )
        return Mention(term.start, term.end, tuple(options))

    def _brand_meant(self, term: Term, brands: set[int]) -> bool:
        """A brand's name is often a word like another: it needs a cue, or capitals that the sentence would not give it."""
        if self._before("blocks", term.start):
            return False
        joined = term.start - 1 in brands and not self.said[term.start - 1].keys().isdisjoint(("or", "and"))
        cued = any(self._before(s, term.start) for s in ("cues", "negators"))
        return joined or cued or self._cue_after(term.end) or self._written(term)

    def _cue_after(self, place: int) -> bool:
        return place < len(self.stems) and self.stems[place] != "by" and "cues" in self.said[place]

    def _before(self, section: str, place: int) -> bool:
        """Whether a phrase of the lexicon ends just before a place."""
        return any(self.said[k].get(section) == place - k for k in range(max(0, place - 4), place))

    def _written(self, term: Term) -> bool:
        """Whether a name is written as a name: with the catalog's capitals, or next to Chinese with no space between."""
        start, end = self._span(term.start, term.end)
        said, value = self.text[start:end], term.targets[0][1]
        if HAN.match(self.text[max(0, start - 1) : start]) or HAN.match(self.text[end : end + 1]):
            return True
        small = {word for word in said.split() if word[0].islower()}
        first = term.start == 0 and said in (said.capitalize(), said.lower())
        return not (self.text.isupper() or small - set(value.split()) or said.islower()) and not (
            first and self.stems[0] in self.vocabulary.ordinary
        )

    def _groups(self) -> list[list[Mention]]:
        """The mentions that were not negated, those that an `or` makes alternatives together."""
        groups: list[list[Mention]] = []
        pending: list[str] = []  # how the members of the last group are joined
        previous = -1
        for number, mention in enumerate(self.mentions):
            if number in self.negated:
                continue
            join = self._joined(self.mentions[previous], mention) if previous == number - 1 and number else ""
            if join and (join == "or" or "or" not in pending) and mention.listable and groups[-1][-1].listable:
                groups[-1].append(mention)
                pending.append(join)
            else:
                groups.extend(_settled(groups, pending))
                groups.append([mention])
                pending = []
            previous = number
        groups.extend(_settled(groups, pending))
        return groups

    def _joined(self, left: Mention, right: Mention) -> str:
        """How two mentions are joined: `or`, `,`, or not at all."""
        between = range(left.end, right.start)
        words = [k for k in between if self.stems[k] not in (",", "、", "的", "a", "an")]
        if words and self.said[words[0]].get("or") == len(words):
            return "or"
        return "," if between and not words and self.stems[left.end] in (",", "、") else ""


def _settled(groups: list[list[Mention]], joins: Sequence[str]) -> list[list[Mention]]:
    """Take the last group apart where no `or` makes it alternatives."""
    return [[m] for m in groups.pop()] if joins and "or" not in joins else []


def _either(group: Sequence[Mention]) -> list[Condition]:
    """One condition for alternatives; none where no attribute has all of them, since each alone would be too much."""
    options = [{c.field: c for c in mention.options} for mention in group]
    for field, first in options[0].items():
        if all(field in other for other in options):
            values = list(dict.fromkeys(other[field].value for other in options))
            return [replace(first, op="in", value=values, span=(first.span[0], options[-1][field].span[1]))]
    return []


def _turned(condition: Condition, span: Span) -> Condition | None:
    """The opposite of a condition; a range of years becomes the list of years to avoid, one of prices has no opposite."""
    if condition.op == "between" and condition.field == "year":
        first, last = condition.value
        return replace(condition, op="not_in", value=list(range(first, last + 1)), span=span)
    return replace(condition, op=NEGATIVE[condition.op], span=span) if condition.op in NEGATIVE else None


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with some places cut out, tidied."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(text[place : max(start, place)])
        place = max(place, end)
    kept.append(text[place:])
    rest = re.sub(r"\s+", " ", " ".join(kept))
    rest = re.sub(r"\s?([,，。.;；、])(?:\s?[,，。.;；、])*", r"\1", rest)
    rest = DANGLING.sub("", rest.strip(" ,，。.;；、")).strip(" ,，。.;；、的")
    return rest if set(key(rest)) - common() else ""
