"""What a sentence mentions: names and titles of the catalog, amounts, dials, and how many are wanted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from instructrec.parsing.grammar import Heard, Phrase, find_phrases
from instructrec.parsing.quantities import YEARS, conditions_of
from instructrec.parsing.vocabulary import Targets, Term, Vocabulary
from instructrec.parsing.words import common, known_words, language_names, meant, normalize, spoken, tokenize
from instructrec.types import Condition

HAN = re.compile(r"[㐀-鿿]")
QUOTED = re.compile(r'《[^》]{1,80}》|"[^"]{1,80}"|“[^”]{1,80}”')
CAPITAL = re.compile(r"[A-Z0-9]")
FARTHEST = 9  # tokens of a title that "那样的" may follow
MOST = 100  # items that one can ask for in words; "500 sheets" is no such number
TURN = 0.5  # how far a phrase turns a dial
WEAK = ("with", "from", "on", "stars", "site")  # too common to say that a name must follow
NOTHING = ("",)
LISTING = frozenset(("or", "and", "filler", "things"))  # what may stand between "like" and a title

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


class Sentence:
    """One sentence against a vocabulary: its tokens, what the lexicon says at each, and what it mentions."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text, self.vocabulary = text, vocabulary
        self.plain = normalize(text)
        self.tokens = tokenize(self.plain)
        self.stems = [t.stem for t in self.tokens]
        self.said, self.meant = spoken(self.stems), meant(self.stems)
        self.taken: set[int] = set()  # tokens that belong to a mention or stand in quotes
        self.n: int | None = None
        self.mentions = self._gathered()

    def span(self, first: int, last: int) -> Span:
        """The place in the text of some tokens."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def says(self, section: str) -> bool:
        """Whether a list of the lexicon has a phrase anywhere in the sentence."""
        return any(section in here for here in self.said)

    def _gathered(self) -> list[Mention]:
        found = [*self._quoted(), *self._titles()]
        self._take(found)
        phrases = find_phrases(Heard(self.plain, self.tokens, self.said, self.meant, self._name_places, self.taken))
        found += self._amounts(phrases)
        self._take(found)
        for more in (self._names, self._unknown_names, self._uncheckable, self._dials, self._typos):
            new = list(more())
            self._take(new)
            found += new
        return sorted(found, key=lambda m: m.start)

    def _take(self, found: Sequence[Mention]) -> None:
        self.taken.update(k for m in found for k in range(m.start, m.end))

    def _free(self, start: int, end: int) -> bool:
        return self.taken.isdisjoint(range(start, end))

    @cached_property
    def _name_places(self) -> set[int]:
        return {k for k in range(len(self.stems)) if self.vocabulary.phrases.at(self.stems, k)}

    # -- titles

    def _quoted(self) -> Iterator[Mention]:
        """Titles in quotes; words in quotes that are none are a wish, and nothing else is read from them."""
        for match in QUOTED.finditer(self.text):
            if match.group() == self.text.strip():
                continue
            inside = [k for k, t in enumerate(self.tokens) if match.start() < t.start < match.end() - 1]
            around = [k for k, t in enumerate(self.tokens) if match.start() <= t.start < match.end()]
            self.taken.update(around)
            if inside and (ids := self.vocabulary.titles.near(match.group()[1:-1])):
                yield Mention(around[0], around[-1] + 1, ids=ids)

    def _titles(self) -> Iterator[Mention]:
        """Titles after "like", before 那样, and, where one thing is asked about or two are compared, anywhere."""
        judged = self.says("pointwise") or self.says("pairwise") or self._asks_or()
        place, listing = 0, False
        while place < len(self.tokens):
            here = self.said[place]
            if "plain" not in here and (cue := here.get("like") or here.get("negators") or here.get("tight")):
                place, listing = place + cue, True
                continue
            length, ids = self._title_at(place, cued=listing, scanned=judged)
            if length and self._free(place, place + length):
                yield Mention(place, place + length, ids=ids)
                place, listing = place + length, True
                continue
            listing = listing and (not LISTING.isdisjoint(here) or self.stems[place] in ",、")
            place += 1

    def _asks_or(self) -> bool:
        return self.text.rstrip().endswith(("?", "？")) and self.says("or")

    def _title_at(self, place: int, cued: bool, scanned: bool) -> tuple[int, tuple[str, ...]]:
        for length, ids in self.vocabulary.titles.at(self.stems, place) if cued or scanned or self._may_follow(place) else ():
            if self._named(place, length, cued) and (cued or scanned or self._followed(place + length)):
                return length, ids
        return 0, ()

    def _may_follow(self, place: int) -> bool:
        return any("like_after" in here for here in self.said[place + 1 : place + 1 + FARTHEST])

    def _followed(self, place: int) -> bool:
        return place < len(self.said) and "like_after" in self.said[place]

    def _named(self, place: int, length: int, cued: bool) -> bool:
        """Whether these words are meant as a title: by capitals, or because they say nothing else."""
        start, end = self.span(place, place + length)
        stems = self.stems[place : place + length]
        if CAPITAL.match(self.text[start]) and (start > 0 or length > 1) and not self.text[start:end].isupper():
            return length > 1 or place not in self._name_places or cued
        said_else = all(stem in known_words() or stem in common() for stem in stems)
        return cued and not said_else and (length > 1 or (len(stems[0]) > 3 and place not in self._name_places))

    # -- amounts

    def _amounts(self, phrases: Sequence[Phrase]) -> Iterator[Mention]:
        kept = [p for p in map(self._dated, phrases) if self._is_amount(p)]
        alone = {number for number, phrase in enumerate(kept) if self._stands_alone(phrase)}
        spans = [(t.start, t.end) for t in self.tokens]
        for said in conditions_of(kept, self.plain, spans, self.vocabulary, alone):
            options = (said.condition,) if said.condition else ()
            yield Mention(said.start, said.end, options, listable=False, hard=not options)

    def _dated(self, phrase: Phrase) -> Phrase:
        """The year of "a 1994 movie", which is no number of movies."""
        if phrase.comparison == "counted" and phrase.amounts[0].value in YEARS:
            return replace(phrase, kind="quantity", comparison="alone", end=phrase.start + 1)
        return phrase

    def _is_amount(self, phrase: Phrase) -> bool:
        """Keep quantities; a count is remembered as the number that is wanted."""
        if self._opens(phrase) and phrase.amounts[0].value in range(2, MOST + 1):
            self.n = int(phrase.amounts[0].value)
            return False
        if phrase.kind != "count":
            return True
        value, said = phrase.amounts[0].value, self.plain[slice(*self.span(phrase.start, phrase.end))]
        one = value == 1 and HAN.search(said)  # 一部 is an article
        loose = phrase.comparison == "asked" and HAN.search(said) and "things" not in self.said[phrase.end - 1]  # "要二手的"
        if value in range(1, MOST + 1) and not one and not loose and not self._negated(phrase.start):
            self.n = self.n or int(value)
        return False

    def _negated(self, place: int) -> bool:
        return any(self.said[k].get("negators") == place - k for k in range(max(0, place - 4), place))

    def _opens(self, phrase: Phrase) -> bool:
        """Whether a spelled number opens the sentence before a plural: "three desk organizers"."""
        following = self.tokens[phrase.end : phrase.end + 3]
        opens = phrase.start == 0 and phrase.end == 1 and phrase.comparison == "alone" and self.tokens[0].text.isalpha()
        return opens and any(t.text.endswith("s") and t.text != t.stem for t in following)

    def _stands_alone(self, phrase: Phrase) -> bool:
        """Whether a bare number is a year or a price: by what comes after it, or by a negator before it."""
        end = phrase.end
        ends = end == len(self.tokens) or self.tokens[end].closes
        if phrase.comparison in ("under", "up_to", "between"):
            return ends
        named = end < len(self.tokens) and ("things" in self.said[end] or end in self._name_places)
        after_name = ends and any(k + length == phrase.start for k in self._name_places for length, _ in self._at(k))
        return named or after_name or self._negated(phrase.start)

    def _at(self, place: int) -> list[tuple[int, Targets]]:
        return self.vocabulary.phrases.at(self.stems, place)

    # -- names

    def _names(self) -> Iterator[Mention]:
        brands: set[int] = set()  # where a proper name ends that was meant

        def is_meant(term: Term) -> bool:
            if not self._free(term.start, term.end) or self._is_dial(term):
                return False
            if term.targets and self.vocabulary.kinds.get(term.targets[0][0]) in ("name", "people", "choice"):
                if not self._proper_meant(term, brands):
                    return False
                brands.add(term.end)
            return True

        for term in self.vocabulary.find(self.stems, is_meant):
            yield self._mention(term.start, term.end, term.targets)

    def _is_dial(self, term: Term) -> bool:
        found = self.meant[term.start].get("dial")
        return found is not None and (found[0] > term.end - term.start or not term.targets)

    def _mention(self, start: int, end: int, targets: Targets) -> Mention:
        kinds = self.vocabulary.kinds
        field = self._attribute(start, end)
        targets = tuple(t for t in targets if t[0] == field) or targets
        span = self.span(start, end)
        options = tuple(
            Condition(
                field=f, op="contains" if kinds.get(f) in ("list", "people") else "=", value=v, span=span, source="vocabulary"
            )
            for f, v in targets
        )
        hard = not options and tuple(self.stems[start:end]) in language_names()
        return Mention(start, end, options, hard=hard)

    def _attribute(self, start: int, end: int) -> str:
        """The attribute that the words before or after a name speak of."""
        for k in range(max(0, start - 4), start):
            length, field = self.meant[k].get("by", (0, NOTHING))
            if length and k + length == start:
                return field[0]
        return self.meant[end].get("by_after", (0, NOTHING))[1][0] if end < len(self.stems) else ""

    def _proper_meant(self, term: Term, brands: set[int]) -> bool:
        """A proper name is often a word like another: it needs a cue, or capitals that the sentence would not give it."""
        plain = any(self.vocabulary.kinds[f] in ("people", "choice") for f, _ in term.targets)
        if plain and (term.end - term.start > 1 or HAN.match(self.text[self.tokens[term.start].start])):
            return True
        if self._before("blocks", term.start):
            return False
        joined = term.start - 1 in brands and not self.said[term.start - 1].keys().isdisjoint(("or", "and"))
        cued = any(self._before(s, term.start) for s in ("cues", "negators", "tight")) or self._only_after(term.end)
        cued = cued or bool(self._attribute(term.start, term.end))
        return joined or cued or self._written(term)

    def _only_after(self, place: int) -> bool:
        return place < len(self.stems) and self.stems[place] == "only"

    def _before(self, section: str, place: int) -> bool:
        """Whether a phrase of the lexicon ends just before a place."""
        return any(self.said[k].get(section) == place - k for k in range(max(0, place - 4), place))

    def _written(self, term: Term) -> bool:
        """Whether a name is written as a name: with the catalog's capitals, or next to Chinese with no space between."""
        start, end = self.span(term.start, term.end)
        said, value = self.text[start:end], str(term.targets[0][1])
        if HAN.match(self.text[max(0, start - 1) : start]) or HAN.match(self.text[end : end + 1]):
            return True
        small = {word for word in said.split() if word[0].islower()}
        first = term.start == 0 and said in (said.capitalize(), said.lower())
        return not (self.text.isupper() or small - set(value.split()) or said.islower()) and not (
            first and self.stems[0] in self.vocabulary.ordinary
        )

    def _unknown_names(self) -> Iterator[Mention]:
        """A proper name that was asked for and that the catalog does not have: "directed by Nobody", "Nobody brand"."""
        for place in range(len(self.tokens)):
            before, field = self.meant[place].get("by_after", (0, NOTHING))
            if "brand" in field and place and self._capital(place - 1):
                yield Mention(place - 1, place + before, hard=True)
            length, _ = self.meant[place].get("by", (0, NOTHING))
            end = after = place + length
            cue = self.plain[slice(*self.span(place, after))] if length else ""
            while length and end < len(self.tokens) and self._capital(end):
                end += 1
            if end > after and cue not in WEAK and self._free(place, end):
                yield Mention(place, end, hard=True)

    def _capital(self, place: int) -> bool:
        return place not in self.taken and self.text[self.tokens[place].start].isupper()

    def _uncheckable(self) -> Iterator[Mention]:
        for place, here in enumerate(self.said):
            if (length := here.get("uncheckable")) and self._free(place, place + length):
                yield Mention(place, place + length, hard=True)

    def _dials(self) -> Iterator[Mention]:
        place = 0
        while place < len(self.tokens):
            found = self.meant[place].get("dial")
            if found and self._free(place, place + found[0]):
                yield Mention(place, place + found[0], listable=False, dials=found[1])
            place += found[0] if found else self.said[place].get("plain", 1)

    def _typos(self) -> Iterator[Mention]:
        for place, token in enumerate(self.tokens):
            if place in self.taken or self.said[place] or self.text[token.start].isupper():
                continue
            if targets := self.vocabulary.misspelled(token.stem):
                yield self._mention(place, place + 1, targets)
