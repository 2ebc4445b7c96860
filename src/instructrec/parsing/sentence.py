"""One sentence against a vocabulary: its tokens, what the lexicon says at each of them, and what it mentions."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from instructrec.lexicon.numbers import COUNTED
from instructrec.lexicon.words import LIMIT, Token, meant, normalize, spoken, tokenize
from instructrec.lexicon.years import YEARS
from instructrec.parsing.vocabulary import PEOPLE, Targets, Vocabulary
from instructrec.types import Condition

HAN = re.compile(r"[㐀-鿿]")
FACING = {"<=": ">=", ">=": "<="}
WITH_ITSELF = re.compile(
    r"\b(?:or|and) \w+|at (?:least|most)|\+|以上|以下|以内|之内|起|至少|最多", re.IGNORECASE
)  # "or longer", 两小时以上
ALONE = ",.;!?，。；！？、"
REFUSING = ("not_contains", "not_mentions", "!=", "not_in")
QUOTES = str.maketrans("", "", '"“”《》')
FAR = 12  # tokens between a title and "hated it"
SUBJECT = 6  # tokens of a clause in which it says whom it speaks of
AFTER = 8  # tokens between "no wait" and what is meant instead
GIVEN_UP = re.compile(r"(?<=[,。…\s])算了")  # takes back what was said before it; right after a name it refuses that
BOUNDS = ("<", "<=", ">", ">=")
REACH = 4  # tokens that a phrase of the lexicon which ends before a place may have

Group = tuple[Condition, ...]
NEGATIVE = {
    "contains": "not_contains", "mentions": "not_mentions", "=": "!=", "in": "not_in",
    "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing said: one of the `options`, or titles, or dials; `hard` when it must be checked and has no options."""

    start: int  # token numbers
    end: int
    options: tuple[Condition, ...] = ()
    listable: bool = True  # a name may stand in a list of alternatives, a number not
    hard: bool = False
    ids: tuple[str, ...] = ()
    dials: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The attributes it may speak of, where all that hold people are one."""
        return frozenset("people" if c.field in PEOPLE else c.field for c in self.options)

    @property
    def kind(self) -> str:
        """What it speaks of: people, a name of any list ("name"), or one attribute; "" where the catalog cannot check it."""
        if not self.options:
            return ""
        first = self.options[0]
        return "people" if first.field in PEOPLE else "name" if first.op == "contains" else first.field


class Sentence:
    """The tokens of a sentence, with what is known of each; finders add the mentions and mark their tokens as taken."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text, self.vocabulary = text, vocabulary
        self.plain = normalize(text)
        self.tokens = tokenize(self.plain)
        self.stems = [t.stem for t in self.tokens]
        self.said, self.meant = spoken(self.stems), vocabulary.measured(self.stems, meant(self.stems))
        self.clauses = _clauses(self.tokens)  # where the clause of each token begins and ends, and of the end
        self.mentions: list[Mention] = []
        self.taken: set[int] = set()  # tokens that belong to a mention or stand in quotes
        self.forgotten: list[Mention] = []  # what was taken back or says how many, and is no wish either
        self.n: int | None = None  # how many are wanted
        self.sort: list[tuple[str, str]] = []  # the columns that the answer is sorted by, and which way

    def add(self, found: Iterable[Mention]) -> None:
        """Add mentions as they are found, so that the next is not read from the same tokens."""
        for mention in found:
            self.mentions.append(mention)
            self.taken.update(range(mention.start, mention.end))
        self.mentions.sort(key=lambda m: m.start)

    def free(self, start: int, end: int) -> bool:
        """Whether some tokens belong to no mention yet."""
        return self.taken.isdisjoint(range(start, end))

    def span(self, first: int, last: int) -> Span:
        """The place in the text of some tokens."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def written(self, first: int, last: int) -> str:
        """Some tokens as they were typed."""
        return self.text[slice(*self.span(first, last))]

    def says(self, section: str) -> bool:
        """Whether a list of the lexicon has a phrase anywhere in the sentence."""
        return any(section in here for here in self.said)

    @property
    def asks(self) -> bool:
        """Whether it ends with a question mark."""
        return self.text.rstrip(" 。.!").endswith(("?", "？"))

    def at(self, place: int, section: str) -> bool:
        """Whether a list of the lexicon has a phrase at a place, which may be the end."""
        return place < len(self.said) and section in self.said[place]

    def before(self, section: str, place: int) -> bool:
        """Whether a phrase of a list of the lexicon ends just before a place."""
        return any(self.said[k].get(section) == place - k for k in range(max(0, place - REACH), place))

    def ends(self, place: int) -> bool:
        """Whether a clause ends at a place."""
        return place >= len(self.tokens) or self.tokens[place].closes

    def capital(self, place: int) -> bool:
        """Whether a token was typed with a capital."""
        return 0 <= place < len(self.tokens) and self.text[self.tokens[place].start].isupper()

    def names(self, place: int) -> list[tuple[int, Targets]]:
        """The length and the targets of every name of the catalog at a place, the longest first."""
        return self.vocabulary.phrases.at(self.stems, place)

    @cached_property
    def name_places(self) -> set[int]:
        """Where names of the catalog begin."""
        return {k for k in range(len(self.stems)) if self.names(k)}


def apart(sentence: Sentence, place: int) -> bool:
    """Whether a space parts Chinese words before a place, as a comma would."""
    before, after = sentence.tokens[place - 1 : place + 1]
    return before.end < after.start and bool(HAN.match(before.text))


def _clauses(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    found, first = [], 0
    for end in [*(k for k, token in enumerate(tokens) if token.closes), len(tokens)]:
        found += [(first, end)] * (end + 1 - first)
        first = end + 1
    return found


def find_dials(sentence: Sentence) -> Iterator[Mention]:
    """What turns a dial: "surprise me", 冷门一点."""
    place = 0
    while place < len(sentence.tokens):
        length, dials = sentence.meant[place].get("dial", (0, ()))
        if length and sentence.free(place, place + length):
            yield Mention(place, place + length, listable=False, dials=dials)
        place += length or sentence.said[place].get("plain", 1)


def correct(sentence: Sentence) -> None:
    """Forget what is taken back for something of its kind: "by Scorsese... no wait, make that Spike Lee"."""
    given_up = {found.start() for found in GIVEN_UP.finditer(sentence.plain)}
    places = [k for k, token in enumerate(sentence.tokens) if "correction" in sentence.said[k] or token.start in given_up]
    bounds = {m.start for m in sentence.mentions if m.options and not m.listable and m.options[0].op in BOUNDS}
    places += [k for k, t in enumerate(sentence.tokens) if sentence.plain.startswith("还是", t.start) and k + 2 in bounds]
    for place in places:
        sentence.add(_renumbered(sentence, place))
        after = next((m for m in sentence.mentions if place <= m.start <= place + AFTER), None)
        before = [m for m in sentence.mentions if m.end <= place and after and m.fields & after.fields]
        if before and not any("postfix" in sentence.said[k] for k in range(before[-1].end, place)):  # 科幻片看腻了，换成...
            again = [m for m in before if after and _values(m.options[0]) == _values(after.options[0])]
            gone = (again or before)[-1]  # of "A或者B，算了不要A" A is
            sentence.mentions.remove(gone)
            sentence.forgotten.append(gone)
            sentence.mentions = [_bounded(m, gone) if m is after else m for m in sentence.mentions]


def forget_others(sentence: Sentence) -> None:
    """Forget what only others have or do, where something else is asked for: "my son is watching a western, I need a mystery".

    What they refuse stays, and so does all where it is for them too: "my son loves dinosaurs, I want a puzzle for him".
    """
    if not sentence.says("own") or sentence.says("shared"):
        return
    other = {"negators", "tight", "postfix", "weary", "own"}
    told = {c for c in set(sentence.clauses) if not any(other & sentence.said[k].keys() for k in range(*c))}
    named = [m for m in sentence.mentions if m.listable and m.options]
    talked = {m.start: m for m in named if sentence.clauses[m.start] in told and _of_relatives(sentence, m.start, SUBJECT)}
    if len(talked) < len(named):
        sentence.mentions = [m for m in sentence.mentions if m.start not in talked]
        sentence.forgotten.extend(talked.values())


def _of_relatives(sentence: Sentence, place: int, within: int = LIMIT) -> bool:
    """Whether somebody else is named in a clause before a place, in its first tokens."""
    first = sentence.clauses[place][0]
    return any("relatives" in sentence.said[k] for k in range(first, min(first + within, place)))


def _renumbered(sentence: Sentence, place: int) -> Iterator[Mention]:
    """The last amount before a place with the bare number after it: "30 dollars max ... actually no, 40"."""
    bare = [k for k in range(place, min(place + AFTER, len(sentence.tokens))) if sentence.tokens[k].text.isdecimal()]
    amounts = [m for m in sentence.mentions if m.end <= place and not m.listable and m.options and m.options[0].op in BOUNDS]
    if bare and amounts and sentence.free(bare[0], bare[0] + 1) and sentence.ends(bare[0] + 1):
        value, span = float(sentence.tokens[bare[0]].text), sentence.span(bare[0], bare[0] + 1)
        yield Mention(bare[0], bare[0] + 1, (replace(amounts[-1].options[0], value=value, span=span),), listable=False)


def _bounded(mention: Mention, before: Mention) -> Mention:
    """A bare amount is a bound like the one it corrects: "under $20, actually make it $30"."""
    if not mention.options or not before.options or mention.options[0].op != "=" or before.options[0].op not in BOUNDS:
        return mention
    first = replace(mention.options[0], op=before.options[0].op)
    return replace(mention, options=(first, *mention.options[1:]))


def turned(condition: Condition, span: Span, text: str = "") -> list[Group]:
    """The opposite of a condition as alternatives; a range of years becomes the list of those to avoid, if all can be years.

    A bound that was said without itself lets itself pass when it is refused: 4 passes "nothing rated below 4".
    """
    said = text[slice(*condition.span)]
    counted = COUNTED.search(said) and not condition.field.endswith("year")
    if counted and condition.op in FACING and not WITH_ITSELF.search(said):
        return [(replace(condition, op=FACING[condition.op], span=span),)]
    if condition.op != "between":
        return [(replace(condition, op=NEGATIVE[condition.op], span=span),)]
    low, high = condition.value
    if condition.field == "year" and low in YEARS and high in YEARS:
        return [(replace(condition, op="not_in", value=list(range(low, high + 1)), span=span),)]
    return [(replace(condition, op="<", value=low, span=span),), (replace(condition, op=">", value=high, span=span),)]


def complained(sentence: Sentence, mention: Mention) -> bool:
    """Whether something is said to be too much of what nobody asked for: "Lego is too expensive", 太贵了."""
    before = [t.text for t in sentence.tokens[max(0, mention.start - 1) : mention.start]]
    after = [t.text for t in sentence.tokens[mention.end : mention.end + 2]]
    if not mention.listable:
        return sentence.tokens[mention.start].text == "太" or before == ["too"]
    return before == ["too"] or after[:1] == ["太"] or after in (["is", "too"], ["are", "too"])


def disliked(sentence: Sentence) -> list[str]:
    """The titles that were no pleasure: "I watched Titanic last week and hated it", 看过Titanic，不喜欢."""
    found: list[str] = []
    for place, here in enumerate(sentence.said):
        if (length := here.get("disliked")) and sentence.ends(place + length):
            before = [m for m in sentence.mentions if place - FAR <= m.start < place]
            found.extend(before[-1].ids if before else ())
    return found


def consistent(conditions: Sequence[Condition], sentence: Sentence) -> list[Condition]:
    """Without what is asked for and refused at once: nothing would fit.

    What is refused is not asked for where more is said of it: "no zombies, zombies are boring", "I test VR headsets, so no VR".
    What somebody else refuses can be asked for after it: "my wife hates horror, but she's away, so bring on the horror". Where
    it stands by itself both hold: "no comedy. comedy".
    """
    refused = {(c.field, value): c.span[0] for c in conditions if c.op in REFUSING for value in _values(c)}
    asked = {value: c.span[0] for c in conditions if c.op in ("contains", "mentions", "=") for value in _values(c)}
    starts, others = [token.start for token in sentence.tokens], sentence.says("relatives")

    def theirs(place: int) -> bool:
        return others and _of_relatives(sentence, bisect_left(starts, place))

    def holds(condition: Condition) -> bool:
        place, values = condition.span[0], _values(condition)
        if condition.op in REFUSING:
            return not (theirs(place) and all(asked.get(value, -1) > place for value in values))
        if condition.op not in ("contains", "mentions", "=") or (no := refused.get((condition.field, values[0]))) is None:
            return True
        more = sentence.text[condition.span[1] :].lstrip()[:1]
        return (no < place and theirs(no)) or not more or more in ALONE

    return [c for c in conditions if holds(c)]


def _values(condition: Condition) -> list[str]:
    return [str(value).lower() for value in (condition.value if isinstance(condition.value, list) else [condition.value])]


def left_over(sentence: Sentence, spans: Sequence[Span]) -> str:
    """What is left without the given places and without the filler around them."""
    kept = _content(sentence)
    pieces, start, place = [], 0, 0
    for first, last in [*sorted(spans), (len(sentence.text), len(sentence.text))]:
        inside = []
        while place < len(kept) and kept[place].start < first:
            inside += [kept[place]] if kept[place].start >= start else []
            place += 1
        if inside:
            pieces.append(sentence.text[inside[0].start : inside[-1].end])
        start = max(start, last)
    return " ".join(pieces).translate(QUOTES)


def _content(sentence: Sentence) -> list[Token]:
    content, place = [False] * len(sentence.tokens), 0
    while place < len(sentence.tokens):
        said = sentence.said[place]
        length = said.get("filler") or said.get("exempt", 0)
        content[place] = not length and sentence.tokens[place].text[0].isalnum()
        place += length or 1
    return [t for t, c in zip(sentence.tokens, content, strict=True) if c]
