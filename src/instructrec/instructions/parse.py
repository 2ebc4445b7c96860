"""What a person typed -> Instruction: conditions that will hold, and the rest as wishes.

Names come from the catalog's own vocabulary; a negator reaches from where it stands to the end of its clause or list.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from instructrec.instructions.numbers import find_numbers
from instructrec.instructions.tokens import LIMIT, Token, normalize, tokenize
from instructrec.instructions.vocabulary import Term, Vocabulary, common, key, lexicon
from instructrec.types import Condition, Instruction, Intention, Item

NEGATIVE = {"contains": "not_contains", "=": "!=", "in": "not_in", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
HAN = re.compile(r"[㐀-鿿]")


def parse(text: str, catalog: Vocabulary | Iterable[Item]) -> Instruction:
    """Understand one sentence against a catalog; the first 4,000 characters are read.

    A condition that the catalog cannot check is left out of `conditions` and its place is listed in `unresolved`.

    >>> films = [Item(id="1", title="Alien", attributes={"categories": ["Sci-Fi", "Horror"], "year": 1979})]
    >>> [(c.field, c.op, c.value) for c in parse("science fiction from the 70s, not horror", films).conditions]
    [('categories', 'contains', 'Sci-Fi'), ('year', 'between', [1970, 1979]), ('categories', 'not_contains', 'Horror')]
    """
    vocabulary = catalog if isinstance(catalog, Vocabulary) else Vocabulary.of(catalog)
    text = text[:LIMIT]
    plain = normalize(text)
    tokens = tokenize(plain)
    terms = vocabulary.find(tokens)
    reach = _negated(tokens, terms)
    named, unresolved = _named(tokens, terms, reach)
    numbers, unknown = _checkable(find_numbers(plain, vocabulary), vocabulary, tokens, reach)
    conditions = tuple(sorted([*named, *numbers], key=lambda c: c.span))
    wishes = _without(text, [c.span for c in conditions])
    return Instruction(
        text=text,
        language="zh" if HAN.search(text) else "en",
        conditions=conditions,
        wishes=wishes,
        intention=Intention.SPECIFIC if conditions else Intention.VAGUE if wishes else Intention.NONE,
        unresolved=tuple(sorted([*unresolved, *unknown])),
    )


def positive_text(instruction: Instruction) -> str:
    """The sentence without what is not wanted: what the encoder and the lexical channel read.

    A vector cannot say no: the vector of "not horror" lies next to horror.
    """
    refused = [c.span for c in instruction.conditions if c.op in ("not_contains", "!=", "not_in")]
    return _without(instruction.text, [*refused, *instruction.unresolved])


@cache
def _words(section: str, language: str) -> frozenset[tuple[str, ...]]:
    return frozenset(key(phrase) for phrase in lexicon()[section][language])


def _match(tokens: Sequence[Token], place: int, section: str, names: Sequence[str]) -> int:
    """How many tokens a phrase of that section takes at a place; 0 when there is none."""
    for length in range(min(4, len(tokens) - place), 0, -1):
        stems = tuple(t.stem for t in tokens[place : place + length])
        if any(stems in _words(section, name) for name in names):
            return length
    return 0


def _negated(tokens: Sequence[Token], terms: Sequence[Term]) -> list[int | None]:
    """For every token, the token where the negator that reaches it starts, or None."""
    inside = {k: t for t in terms for k in range(t.start, t.end)}
    reach: list[int | None] = [None] * len(tokens)
    negator: int | None = None
    place = 0
    while place < len(tokens):
        if place not in inside and (length := _match(tokens, place, "negators", ("en", "zh"))):
            twice = negator is not None and all(tokens[k].stem not in ("nor", "or") for k in range(place, place + length))
            negator = None if twice and place - (negator or 0) <= 2 else place
            reach[place : place + length] = [negator] * length
            place += length
            continue
        if negator is not None and place not in inside and _ends(tokens, place, inside):
            negator = None
        reach[place] = negator
        place += 1
    return reach


def _ends(tokens: Sequence[Token], place: int, inside: dict[int, Term]) -> bool:
    """Whether a negation stops here: at a contrast, or at a comma that does not go on with the list."""
    if _match(tokens, place, "breaks", ("en", "zh")):
        return True
    return tokens[place].closes and not _list_goes_on(tokens, place, inside)


def _list_goes_on(tokens: Sequence[Token], place: int, inside: dict[int, Term]) -> bool:
    """`no horror, war or drama`: after the comma come only names and commas, and then an `or`."""
    if tokens[place].text not in ",，":
        return False
    for k in range(place + 1, len(tokens)):
        if _match(tokens, k, "joins", ("or", "and")):
            return k > place + 1 or k + 1 in inside
        if k not in inside and tokens[k].text not in ",，":
            return False
    return False


def _named(
    tokens: Sequence[Token], terms: Sequence[Term], reach: Sequence[int | None]
) -> tuple[list[Condition], list[tuple[int, int]]]:
    conditions: list[Condition] = []
    unresolved: list[tuple[int, int]] = []
    previous: Term | None = None
    claimed: set[int] = set()
    for term in terms:
        negator = reach[term.start]
        first = term.start
        if negator is not None and negator not in claimed:
            claimed.add(negator)
            first = negator
        span = (tokens[first].start, tokens[term.end - 1].end)
        if term.field is None:
            if negator is not None:
                unresolved.append(span)
            continue
        condition = Condition(field=term.field, op="contains", value=term.value, span=span, source="vocabulary")
        if term.field == "brand":
            condition = replace(condition, op="=")
        if negator is not None:
            condition = replace(condition, op=NEGATIVE[condition.op])
        elif previous and conditions and _joined_by_or(tokens, previous, term) and conditions[-1].field == term.field:
            condition = _either(conditions.pop(), condition)
        conditions.append(condition)
        previous = term if negator is None else None
    return conditions, unresolved


def _joined_by_or(tokens: Sequence[Token], left: Term, right: Term) -> bool:
    return right.start - left.end == 1 and bool(_match(tokens, left.end, "joins", ("or",)))


def _either(left: Condition, right: Condition) -> Condition:
    values = left.value if left.op == "in" else [left.value]
    return replace(left, op="in", value=[*values, right.value], span=(left.span[0], right.span[1]))


def _checkable(
    found: Iterable[Condition], vocabulary: Vocabulary, tokens: Sequence[Token], reach: Sequence[int | None]
) -> tuple[list[Condition], list[tuple[int, int]]]:
    """Number conditions that the catalog can check, turned round where negated, and the places of the others."""
    conditions, unresolved = [], []
    for condition in found:
        start, end = condition.span
        negators = [r for t, r in zip(tokens, reach, strict=True) if r is not None and t.start >= start and t.end <= end]
        if negators:
            condition = _turned(condition, tokens[negators[0]].start)
        unclear = condition.value is None or (negators and condition.op == "between")  # "not between" has no operator
        if condition.field in vocabulary.fields and not unclear:
            conditions.append(condition)
        else:
            unresolved.append(condition.span)
    return conditions, unresolved


def _turned(condition: Condition, start: int) -> Condition:
    """The opposite of a number condition; a range of years becomes the list of years to avoid."""
    span = (min(start, condition.span[0]), condition.span[1])
    if condition.op == "between" and condition.field == "year":
        first, last = condition.value
        return replace(condition, op="not_in", value=list(range(first, last + 1)), span=span)
    return replace(condition, op=NEGATIVE.get(condition.op, condition.op), span=span)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with some places cut out, tidied."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(text[place : max(start, place)])
        place = max(place, end)
    kept.append(text[place:])
    rest = re.sub(r"\s+", " ", " ".join(kept))
    rest = re.sub(r"\s*([,，。.;；、])(?:\s*[,，。.;；、])*", r"\1", rest)
    rest = rest.strip(" ,，。.;；、的")
    return rest if set(key(rest)) - common() else ""
