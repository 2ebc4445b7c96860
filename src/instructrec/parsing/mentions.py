"""What a sentence mentions: names and titles of the catalog, amounts, dials, and how many are wanted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from instructrec.lexicon.grammar import Heard, Phrase, find_phrases
from instructrec.lexicon.words import common, known_words, language_names, meant, normalize, spoken, tokenize
from instructrec.parsing.quantities import YEARS, conditions_of
from instructrec.parsing.vocabulary import Targets, Term, Vocabulary
from instructrec.types import Condition

HAN = re.compile(r"[㐀-鿿]")
QUOTED = re.compile(r'《[^》]{1,80}》|"[^"]{1,80}"|“[^”]{1,80}”')
CAPITAL = re.compile(r"[A-Z0-9]")
MOST = 100  # items that one can ask for in words; "500 sheets" is no such number
TURN = 0.5  # how far a phrase turns a dial
WEAK = ("with", "from", "on", "off", "off the", "stars", "site", "author")  # too common to say that a name must follow
NOTHING = ("",)
BOUNDS = ("under", "up_to", "over", "at_least", "between")  # comparisons that a bare number of dollars may have
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
        self._proper_ends: set[int] = set()  # where names end that were meant
        self.n: int | None = None
        self.mentions = self._gathered()

    def span(self, first: int, last: int) -> Span:
        """The place in the text of some tokens."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def says(self, section: str) -> bool:
        """Whether a list of the lexicon has a phrase anywhere in the sentence."""
        return any(section in here for here in self.said)

    def _gathered(self) -> list[Mention]:
        found: list[Mention] = []
        for more in (
            self._quoted, self._titles, self._written_names, self._joined_names, self._amounts, self._names,
            self._unknown_names, self._uncheckable, self._dials, self._typos,
        ):  # fmt: skip
            new = list(more())
            self.taken.update(k for m in new for k in range(m.start, m.end))
            found += new
        return sorted(found, key=lambda m: m.start)

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
        """Titles after "like" or a negator, before 那样, where two are compared, and wherever one is written as a title."""
        judged = self._asks_or() or self.says("pairwise")
        place, cued, listing = 0, -1, False
        while place < len(self.tokens):
            here = self.said[place]
            cue = here.get("like") or here.get("negators") or here.get("tight") or 0
            if cue and "plain" not in here and not self._title_at(place, False, False):
                place, cued, listing = place + cue, place + cue, True
                continue
            if found := self._title_at(place, listing or judged, judged or cued == place):
                yield found
                place, listing = found.end, True
                continue
            listing = listing and (not LISTING.isdisjoint(here) or self.stems[place] in ",、")
            cued = cued + 1 if cued == place and "filler" in here else cued
            place += 1

    def _asks_or(self) -> bool:
        return self.text.rstrip().endswith(("?", "？")) and self.says("or")

    def _title_at(self, place: int, listed: bool, cued: bool) -> Mention | None:
        for length, ids in self.vocabulary.titles.at(self.stems, place):
            end = place + length
            followed = end < len(self.said) and "like_after" in self.said[end]
            said = self.text[slice(*self.span(place, end))]
            written = CAPITAL.match(said) and not self.text.isupper()
            meant = self._written_title(place, end, listed or followed) if written else self._plain_title(place, end, cued)
            if meant and self._free(place, end):
                return Mention(place, end, ids=self.vocabulary.titles.said(ids, said))
        return None

    def _written_title(self, place: int, end: int, cued: bool) -> bool:
        """Whether words that begin with a capital are meant as a title."""
        said = self.text[slice(*self.span(place, end))]
        named = any(length >= end - place and targets for length, targets in self._at(place))
        idle = all(self.stems[k] in common() or "filler" in self.said[k] or self.stems[k].isdigit() for k in range(place, end))
        if end - place > 1:
            return cued or (not named and not idle and all(not w[0].islower() for w in said.split() if len(w) > 3))
        beside = (self.text[self.tokens[k].start] for k in (place - 1, end) if 0 <= k < len(self.tokens))
        if named or idle or any(char.isupper() for char in beside):
            return False
        opens = place == 0 and not HAN.search(self.text) and (end == len(self.tokens) or "after_title" not in self.said[end])
        return cued or (not opens and len(said) > 2 and self.vocabulary.titles.distinct(self.stems[place]))

    def _plain_title(self, place: int, end: int, cued: bool) -> bool:
        """Whether words in small letters are meant as a title: after "like", and only if they say nothing else."""
        followed = end < len(self.said) and "like_after" in self.said[end] and HAN.search(self.text)
        named = any(length >= end - place and targets for length, targets in self._at(place))
        idle = all(stem in known_words() or stem in common() or stem.isdigit() for stem in self.stems[place:end])
        return bool(cued or followed) and not idle and not (end - place == 1 and (named or len(self.stems[place]) < 4))

    # -- amounts

    def _amounts(self) -> Iterator[Mention]:
        phrases = find_phrases(Heard(self.plain, self.tokens, self.said, self.meant, self._name_places, self.taken))
        kept = [p for p in map(self._dated, phrases) if self._is_amount(p)]
        alone = {number for number, phrase in enumerate(kept) if self._stands_alone(phrase)}
        spans = [(t.start, t.end) for t in self.tokens]
        for said in conditions_of(kept, self.plain, spans, self.vocabulary, alone):
            options = (said.condition,) if said.condition else ()
            yield Mention(said.start, said.end, options, listable=False, hard=not options)

    def _dated(self, phrase: Phrase) -> Phrase:
        """The year of "a 1994 movie", which is no number of movies."""
        if phrase.kind == "count" and phrase.amounts[0].value in YEARS:
            return replace(phrase, kind="quantity", comparison="alone", end=phrase.start + 1)
        return phrase

    def _is_amount(self, phrase: Phrase) -> bool:
        """Keep quantities; a count is remembered as the number that is wanted."""
        bare = phrase.comparison == "alone" and phrase.amounts[0].kind == "number" and not phrase.field
        if phrase.kind != "count" and not (bare and (self._asked(phrase) or self._opens(phrase))):
            return True
        value = phrase.amounts[0].value
        one = value == 1 and self.tokens[phrase.start].text == "一"  # 一部 is an article
        if value in range(1, MOST + 1) and not one and not self._negated(phrase.start):
            self.n = self.n or int(value)
        return phrase.kind != "count" and value not in range(1, MOST + 1)

    def _asked(self, phrase: Phrase) -> bool:
        """Whether a bare number follows a word that asks: "top 10"; in Chinese a measure word has to follow."""
        return self._before("ask", phrase.start) and not HAN.match(self.tokens[phrase.start - 1].text)

    def _opens(self, phrase: Phrase) -> bool:
        """Whether a spelled number opens the sentence before a plural: "three desk organizers"."""
        following = self.tokens[phrase.end : phrase.end + 3]
        opens = phrase.start == 0 and phrase.end == 1 and self.tokens[0].text.isalpha() and phrase.amounts[0].value > 1
        return opens and any(t.text.endswith("s") and t.text != t.stem for t in following)

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
        ends = end == len(self.tokens) or self.tokens[end].closes or self.tokens[end].text == "的"
        if phrase.comparison in BOUNDS:
            if any("uncheckable" in here for here in self.said[max(0, phrase.start - 2) : phrase.start]):
                return False
            return ends or "or" in self.said[end]
        named = end < len(self.tokens) and ("things" in self.said[end] or end in self._name_places)
        after_name = ends and any(k + length == phrase.start for k in self._name_places for length, _ in self._at(k))
        return named or after_name or self._negated(phrase.start)

    def _at(self, place: int) -> list[tuple[int, Targets]]:
        return self.vocabulary.phrases.at(self.stems, place)

    # -- names

    def _written_names(self) -> Iterator[Mention]:
        """Proper names of several words that are written as the catalog writes them: "Five Star" is no rating."""
        for place in sorted(self._name_places):
            for length, targets in self._at(place):
                proper = any(self.vocabulary.kinds.get(f) in ("name", "people") for f, _ in targets)
                said = self.text[slice(*self.span(place, place + length))]
                exact = length > 1 and proper and not said.islower() and any(said == v for _, v in targets)
                if exact and self._free(place, place + length) and self._proper_meant(Term(targets, place, place + length)):
                    yield self._mention(place, place + length, targets)
                    break

    def _names(self) -> Iterator[Mention]:
        def is_meant(term: Term) -> bool:
            if not self._free(term.start, term.end) or self._is_dial(term):
                return False
            kind = self.vocabulary.kinds.get(term.targets[0][0]) if term.targets else "list"
            return kind in ("list", "flag") or self._proper_meant(term)

        for term in self.vocabulary.find(self.stems, is_meant):
            yield self._mention(term.start, term.end, term.targets)

    def _joined_names(self) -> Iterator[Mention]:
        """Names that the catalog writes as one word: "The Verge" for theverge."""
        for place in range(len(self.tokens)):
            for end in (place + 3, place + 2):
                word = "".join(t.text.removesuffix("'s") for t in self.tokens[place:end])
                targets = self.vocabulary.phrases.table.get((word,), ()) if end <= len(self.tokens) else ()
                if (
                    targets
                    and targets[0][0] == "site"
                    and self._free(place, end)
                    and self.text[self.tokens[end - 1].start].isupper()
                ):
                    yield self._mention(place, end, targets)
                    self.taken.update(range(place, end))

    def _is_dial(self, term: Term) -> bool:
        found = self.meant[term.start].get("dial")
        return found is not None and (found[0] > term.end - term.start or not term.targets)

    def _mention(self, start: int, end: int, targets: Targets) -> Mention:
        kinds = self.vocabulary.kinds
        field = self._attribute(start, end)
        if field == "author" and not any(f == field for f, _ in targets):
            return Mention(start, end, hard=True)
        targets = tuple(t for t in targets if t[0] == field) or targets
        self._proper_ends.add(end)
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

    def _proper_meant(self, term: Term) -> bool:
        """A proper name is often a word like another: it needs a cue, or capitals that the sentence would not give it."""
        kinds = {self.vocabulary.kinds.get(f) for f, _ in term.targets}
        if kinds & {"people", "choice"} and (term.end - term.start > 1 or HAN.match(self.text[self.tokens[term.start].start])):
            return True
        if kinds == {"people"} and not self._written(term):
            return False  # a last name in small letters is a word: "stamps", "woods"
        cued = any(self._before(s, term.start) for s in ("cues", "negators", "tight")) or self._only_after(term.end)
        if cued or self._attribute(term.start, term.end):
            return True
        after = self.said[term.end] if term.end < len(self.said) else {}
        if self._before("blocks", term.start) or "blocks_after" in after:
            return False
        joined = term.start > 1 and not self.said[term.start - 1].keys().isdisjoint(("or", "and"))
        return self._written(term) or (joined and any(m_end == term.start - 1 for m_end in self._proper_ends))

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
