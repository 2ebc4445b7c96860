"""The titles of a catalog as people refer to them: exactly, without article or year, by series, or nearly."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from instructrec.lexicon.words import Phrases, key
from instructrec.types import Item

YEAR = re.compile(r"\s*\((?:18|19|20)\d\d\)\s*$")
BRACKETS = re.compile(r"\s*[(（\[][^)）\]]{1,40}[)）\]]\s*$")
LATER_ARTICLE = re.compile(r"^(.*), (The|A|An|Les?|La|Il|El|Der|Die|Das)$")
ARTICLE = re.compile(r"^(?:the|a|an)\s+(?=\S)", re.IGNORECASE)
SERIES = re.compile(
    r"^(.{3,60}?)(?:\s+(?:\d{1,2}|[IVX]{1,4})(?:\s*[:：(]|$)|\s*[:：(]|\s+[-–—]\s|\s+and the\s)"
)
NEAR = 88  # of 100: the ratio from which a name in quotes is taken for a misspelled title
MOST_ALIKE = 2_000  # titles compared letter by letter for one misspelled one
FEW = 3  # titles that may share a word which is a title of its own
LONGEST = 12  # tokens of a title that can be referred to inside of a sentence

Ids = tuple[str, ...]
Stems = tuple[str, ...]


@dataclass(frozen=True)
class Titles:
    """The titles of some items; the tables are made when the first title is looked for."""

    items: Sequence[Item]

    @cached_property
    def exact(self) -> Phrases[Ids]:
        """Stems of a title -> the ids of its items; the name of a series stands for all of them."""
        whole: dict[Stems, list[str]] = {}
        series: dict[Stems, list[str]] = {}
        for item in self.items:
            title = YEAR.sub("", item.title)
            for form in _forms(title):
                whole.setdefault(form, []).append(item.id)
            if match := SERIES.match(title):
                series.setdefault(key(match[1]), []).append(item.id)
        several = {name: ids for name, ids in series.items() if len(ids) > 1 and len(name) > 1}
        found = {
            name: tuple(dict.fromkeys(ids))
            for name, ids in {**several, **whole}.items()
            if 0 < len(name) <= LONGEST
        }
        return Phrases(found)

    def at(self, stems: Sequence[str], place: int) -> list[tuple[int, Ids]]:
        """The length in tokens and the items of every title that starts at a place, the longest first."""
        return self.exact.at(stems, place)

    def said(self, ids: Ids, text: str) -> Ids:
        """Of the items of a form those whose title is just what was said; "Alien" is not "Aliens"."""
        same = tuple(i for i in ids if self._by_id[i].casefold() == text.casefold())
        return same or ids

    def distinct(self, stem: str) -> bool:
        """Whether a word names a title by itself: hardly another title has it."""
        return len(self._holding.get(stem, ())) <= FEW

    @cached_property
    def _by_id(self) -> dict[str, str]:
        return {item.id: YEAR.sub("", item.title) for item in self.items}

    def near(self, said: str) -> Ids:
        """The items whose title is what was said, or nearly; none where no title is near enough."""
        stems = key(said)
        if stems in self.exact.table:
            return self.exact.table[stems]
        alike = list(dict.fromkeys(name for stem in stems for name in self._holding.get(stem, ())))[
            :MOST_ALIKE
        ]
        scored = ((fuzz.ratio(" ".join(stems), " ".join(title), score_cutoff=NEAR), title) for title in alike)
        best, title = max(scored, default=(0.0, ()))
        return self.exact.table[title] if best else ()

    @cached_property
    def _holding(self) -> dict[str, list[Stems]]:
        """Stem -> the first titles that hold it: one word of a misspelled title must be spelled right."""
        found: dict[str, list[Stems]] = {}
        for name in self.exact.table:
            for stem in set(name):
                holding = found.setdefault(stem, [])
                if len(holding) < MOST_ALIKE:
                    holding.append(name)
        return found


def _forms(title: str) -> Iterator[Stems]:
    """A title as it may be said: as it stands, without brackets, with its article in front, and without."""
    bare = BRACKETS.sub("", title) or title
    match = LATER_ARTICLE.match(bare)
    plain = match[1] if match else ARTICLE.sub("", bare)
    spoken = f"{match[2]} {match[1]}" if match else bare
    yield from dict.fromkeys(map(key, dict.fromkeys((title, bare, spoken, plain))))
