"""What training data lets one say of an item and of a person: the facts that instructions are made of.

Only the catalog and the training interactions are read. A claim is a fact that several items can share (a
category, a platform of a title, a beginning like "Halo"), so that it can be liked, refused or turned round; a
catalog of bare titles has claims too.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from random import Random

import numpy as np
import polars as pl

from instructrec.data import text as mine
from instructrec.data.dataset import TEXTS, Dataset
from instructrec.data.features import decade_name, prose
from instructrec.data.histories import Histories
from instructrec.data.text import terms
from instructrec.instructions.template import Fact, colloquial_name, content_words, named, stop, things, words
from instructrec.lexicon.words import common
from instructrec.types import Attribute, Item

KINDS = {
    "categories": "category",
    "tags": "tag",
    "specs": "tag",
    "brand": "brand",
    "publisher": "brand",
    "site": "brand",
    "director": "person",
    "actors": "person",
    "author": "person",
    "lang": "tongue",
    "language": "tongue",
}
LOOSE = ("topic", "word")  # kinds of claims that are single words, and say less of a taste than a name
ROUND = (
    1,
    2,
    3,
    5,
    8,
    10,
    15,
    20,
    25,
    30,
    40,
    50,
    60,
    80,
    100,
    150,
    200,
    250,
    300,
    400,
    500,
    750,
    1000,
    2000,
    5000,
    10_000,
)
PROSE = 600  # characters read of a description


@dataclass(frozen=True, slots=True)
class ItemFact:
    """A fact that items can share, as each language says it; `words` are its words in both."""

    kind: str
    field: str
    value: str
    phrases: dict[str, str]
    words: frozenset[str]


class ItemFacts:
    """Claims and numbers of every item, training histories, and what people wrote."""

    def __init__(self, data: Dataset) -> None:
        self.items = data.catalog.records()
        self.titles = [_clean(i.title) or i.id for i in self.items]
        self.spoilers = [frozenset(terms(t)) - common() for t in self.titles]
        self.claims: list[ItemFact] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self.of = [tuple(dict.fromkeys(c)) for c in self._claims()]
        self.values = {c.value.lower() for c in self.claims if c.field != "title"}
        self._meant = _meanings(self.values)
        self.holders: list[list[int]] = [[] for _ in self.claims]
        for item, claims in enumerate(self.of):
            for claim in claims:
                self.holders[claim].append(item)
        self.histories = data.histories()
        self.reviews = _reviews(data)
        self.review_words = _telling(self.reviews, most=4, share=0.2)  # of each interaction
        self.praise = self._praise()
        self.moods = [_moods(self, n) for n in range(len(self.items))]
        self.numbers = {f: _attribute_column(self.items, f) for f in ("price", "year")}
        self.limits = {f: _level_bounds(column) for f, column in self.numbers.items()}
        self.fame = _fame(self.histories, len(self.items))

    def known(self, item: int, language: str, oracle: bool) -> dict[str, list[Fact]]:
        """What can be said of an item by placeholder; without `oracle` nothing that holds a word of its title
        or review.
        """
        found: dict[str, list[Fact]] = {}
        for number in self.of[item]:
            claim = self.claims[number]
            if oracle or claim.words.isdisjoint(self.spoilers[item]):
                found.setdefault(claim.kind, []).append(Fact(claim.phrases[language], claim.field, number))
        self._add_numbers(found, item, language)
        self._add_moods(found, item, language)
        if oracle:
            found |= self._oracle_facts(item, language)
        for name in ("words", "word", "topic", "aspect"):
            found[name] = [f for f in found.get(name, ()) if self.free(f.text, item)]
        for one, many in (("category", "categories"), ("tag", "tags")):
            found[many] = found.get(one, [])
        return {name: facts for name, facts in found.items() if facts}

    def _oracle_facts(self, item: int, language: str) -> dict[str, list[Fact]]:
        """Words of the title and of reviews, which give the item away."""
        title = [w for w in content_words(self.titles[item]) if w.isascii() or language == "zh"]
        return {
            "words": [Fact(w, "title") for w in title],
            "aspect": [Fact(w, "review") for w in self.praise[item]],
        }

    def has(self, item: int, claim: int) -> bool:
        """Whether an item has a claim, or one that says the same, or says it in its title."""
        phrases = self.claims[claim].phrases["en"].lower()
        named = any(self.claims[c].phrases["en"].lower() == phrases for c in self.of[item])
        return named or self.spoilers[item].issuperset(w for w in terms(phrases) if w not in common())

    def free(self, word: str, item: int) -> bool:
        """Whether a word names no value of the catalog but those that the item has: "war" is no word for a
        comedy.
        """
        meant = self._meant.get(word.lower())
        return not meant or any(self.claims[c].value.lower() in meant for c in self.of[item])

    def side(self, item: int, field: str) -> str:
        """Whether an item is in the low or the high third of a number, else nothing."""
        low, high = self.limits[field]
        value = self.numbers[field][item]
        return "low" if value <= low < high else "high" if value >= high > low else ""

    def tell(self, claims: Iterable[int], language: str, prefix: str = "") -> list[Fact]:
        """Claims as facts of a language."""
        return [Fact(self.claims[c].phrases[language], prefix + self.claims[c].field, c) for c in claims]

    def taste(self, liked: Sequence[int], disliked: Sequence[int]) -> tuple[list[int], list[int]]:
        """The claims that a person chose more often than the catalog would have it, and those of what was
        disliked.
        """
        many = max(1, len(self.items))
        counts = Counter(c for i in liked for c in self.of[i])
        lift = {
            c: min(1.5, math.log(many * n / (len(liked) * len(self.holders[c])))) for c, n in counts.items()
        }
        least = 2 if len(liked) > 3 else 1
        wanted = [c for c in lift if counts[c] >= least and lift[c] > 0]
        wanted = [c for c in wanted if self.claims[c].kind not in LOOSE] or wanted
        against = Counter(c for i in disliked for c in self.of[i] if self.claims[c].kind not in LOOSE)
        unwanted = [
            c
            for c, n in against.items()
            if n * len(liked) > 2 * counts[c] * len(disliked) and c not in wanted
        ]
        best = sorted(wanted, key=lambda c: (-counts[c] * lift[c], c))[:8]
        return best, sorted(unwanted, key=lambda c: (-against[c], c))[:4]

    def lent(self, history: Sequence[int], item: int, rng: Random) -> list[Fact]:
        """Title words of one of the earlier items that share most with this one, without the words of its own
        title.
        """
        own, many, known = set(self.of[item]), len(self.items), self.spoilers[item]
        kinship = {
            i: sum(math.log(many / len(self.holders[c])) for c in own.intersection(self.of[i]))
            for i in history
        }
        nearest = sorted((i for i, n in kinship.items() if n > 0 and i != item), key=lambda i: -kinship[i])[
            :3
        ]
        lenders = [
            [w for w in content_words(self.titles[i]) if w not in known and self.free(w, item)]
            for i in nearest
        ]
        if not any(lenders):
            return []
        free = rng.choice([words_of for words_of in lenders if words_of])
        start = rng.randrange(max(1, len(free) - 1))
        return [Fact(" ".join(free[start : start + 2]), "history.title")]

    def refusable(self, history: Sequence[int], item: int, rng: Random) -> list[int]:
        """Claims that an item does not have: of the history's items, else of an item that shares a claim with
        it.
        """
        kin = list(history)
        if not kin and self.of[item]:
            kin = [rng.choice(self.holders[rng.choice(self.of[item])])]
        others = dict.fromkeys(
            c for i in kin for c in self.of[i] if self.claims[c].kind not in ("topic", "person")
        )
        free = [c for c in others if not self.has(item, c)]
        return [c for c in free if self.claims[c].kind not in LOOSE] or free

    def _claims(self) -> list[list[int]]:
        found = [[self._claim(*named) for named in _named_values(item)] for item in self.items]
        for mined in (self._series(), self._traits(), self._title_words(), self._topics()):
            for row, claims in zip(found, mined, strict=True):
                row += claims
        return found

    def _series(self) -> list[list[int]]:
        names = mine.series(self.titles, stop())
        return [[self._claim("series", "title", name)] if name else [] for name in names]

    def _traits(self) -> list[list[int]]:
        traits = mine.traits(self.titles, stop())
        return [[self._claim("trait", "title", trait) for trait in each] for each in traits]

    def _title_words(self) -> list[list[int]]:
        """Words that some titles share, and not too many."""
        shared = Counter(w for t in self.titles for w in set(content_words(t)))
        most = max(mine.LEAST, len(self.titles) // 10)
        usable = {w for w, count in shared.items() if mine.LEAST <= count <= most and len(w) > 3}
        return [
            [self._claim("word", "title", w) for w in content_words(t) if w in usable] for t in self.titles
        ]

    def _topics(self) -> list[list[int]]:
        topics = _telling([prose(i)[:PROSE] for i in self.items])
        rows = (
            [w for w in words_ if w not in terms(t)] for words_, t in zip(topics, self.titles, strict=True)
        )
        return [[self._claim("topic", "description", w) for w in row] for row in rows]

    def _claim(self, kind: str, field: str, value: str) -> int:
        key = f"{kind} {field}", value.lower()
        if key not in self._numbers:
            self._numbers[key] = len(self.claims)
            phrases = {language: _fact_phrase(kind, value, language) for language in ("en", "zh")}
            colloquial_name = frozenset(w for text in phrases.values() for w in terms(text))
            self.claims.append(ItemFact(kind, field, value, phrases, colloquial_name))
        return self._numbers[key]

    def _add_numbers(self, found: dict[str, list[Fact]], item: int, language: str) -> None:
        year, price = self.numbers["year"][item], self.numbers["price"][item]
        moods = words("moods")
        if not np.isnan(year):
            tens = decade_name(year) if language == "en" else f"{int(year) // 10 * 10 % 100:02d}年代"
            found["decade"], found["year"] = [Fact(tens, "year")], [Fact(str(int(year)), "year")]
        if price > 0:
            found["price"] = [Fact(str(p), "price") for p in ROUND if p >= price][:2]
        for name, side, field in (
            ("band", self.side(item, "price"), "price"),
            ("age", self.side(item, "year"), "year"),
            ("fame", self.fame[item], "popularity"),
        ):
            table = moods["bands" if name == "band" else name]
            found[name] = [Fact(w, field) for w in table[f"{side}_{language}"]] if side else []

    def _add_moods(self, found: dict[str, list[Fact]], item: int, language: str) -> None:
        """Words of moods, without those that name a value of this catalog which the item does not have."""
        table, own = words("moods")["mood"], {self.claims[c].value.lower() for c in self.of[item]}

        def fits(text: str) -> bool:
            return all(n.isdisjoint(self.values) or not n.isdisjoint(own) for n in named(text))

        for number, field in self.moods[item]:
            for name, column in (("mood", language), ("occasion", f"occasion_{language}")):
                texts = filter(fits, table[number].get(column, ()))
                found.setdefault(name, []).extend(Fact(text, field) for text in texts)

    def _praise(self) -> list[list[str]]:
        """For each item the words that its positive reviews share most."""
        count: list[Counter[str]] = [Counter() for _ in self.items]
        if any(self.review_words):
            for item, sign, telling in zip(
                self.histories.items.tolist(), self.histories.signs, self.review_words, strict=True
            ):
                if sign > 0:
                    count[item].update(telling)
        return [[w for w, _ in c.most_common(4)] for c in count]


def _meanings(values: set[str]) -> dict[str, set[str]]:
    """What a word means among the values of a catalog: itself, and what the lexicon calls by it."""
    found = {value: {value} for value in values}
    for names in things():
        for name in names if not names.isdisjoint(values) else ():
            found.setdefault(name, set()).update(names & values)
    return found


def _named_values(item: Item) -> list[tuple[str, str, str]]:
    """(kind, field, value) of the attributes that are names."""
    found = []
    for field, value in item.attributes.items():
        kind = KINDS.get(field) or ("tag" if isinstance(value, list) else "")
        if kind and value is not None:
            found += [(kind, field, v) for v in _attribute_values(kind, value) if 0 < len(v) <= 40]
    return found


def _attribute_values(kind: str, value: Attribute) -> list[str]:
    if isinstance(value, list):
        return [unescape(str(v)).strip() for v in value]
    text = unescape(str(value)).strip()
    return [p.strip() for p in text.split(",")][:4] if kind == "person" else [text]


def _fact_phrase(kind: str, value: str, language: str) -> str:
    if kind == "tongue":
        return words("moods")["tongues"].get(value.lower()[:2], {}).get(language, value)
    return colloquial_name(value, language) if kind in ("category", "tag") else value


def _clean(title: str | None) -> str:
    return " ".join(unescape(title or "").split())


def _moods(evidence: ItemFacts, item: int) -> list[tuple[int, str]]:
    """The moods that an item's names cue, else its title's words, else its prose; with the field of the
    cue.
    """
    claims = [evidence.claims[c] for c in evidence.of[item]]
    named = [(c.value.lower(), c.field) for c in claims if c.kind in ("category", "tag")]
    traits = [(c.value.lower(), "title") for c in claims if c.kind == "trait"]
    title = [(w, "title") for w in terms(evidence.titles[item])]
    topics = [(c.value, "description") for c in claims if c.kind == "topic"]
    for cues in (named, [*traits, *title], topics):
        found = {mood: field for cue, field in cues for mood in _cued_values().get(cue, ())}
        if found:
            return list(found.items())[:6]
    return []


@cache
def _cued_values() -> dict[str, list[int]]:
    """Cue -> numbers of the moods it cues."""
    found: dict[str, list[int]] = {}
    for number, mood in enumerate(words("moods")["mood"]):
        for cue in mood["cues"]:
            found.setdefault(cue, []).append(number)
    return found


def _telling(texts: Sequence[str], most: int = 6, share: float = 0.1) -> list[list[str]]:
    return mine.telling(texts, stop(), frozenset(words("moods")["stop"]["determiners"].split()), most, share)


def _attribute_column(items: Sequence[Item], field: str) -> np.ndarray:
    return np.array(
        [float(v) if isinstance(v := i.attributes.get(field), int | float) else np.nan for i in items]
    )


def _level_bounds(column: np.ndarray) -> tuple[float, float]:
    """The thirds of a number, as the parser reads "cheap" and "expensive"."""
    known = column[~np.isnan(column)]
    low, high = np.quantile(known, (1 / 3, 2 / 3)).tolist() if len(known) else (np.nan, np.nan)
    return low, high


def _fame(histories: Histories, items: int) -> list[str]:
    """How many people had each item: the upper tenth, the lower half, or between."""
    count = np.bincount(histories.items, minlength=items)
    high, low = (np.quantile(count, q) if items else 0 for q in (0.9, 0.5))
    return ["" if high <= low else "high" if n >= high else "low" if n <= low else "" for n in count.tolist()]


def _reviews(data: Dataset) -> list[str]:
    """What people wrote with their interactions, in the order of `Dataset.histories`; empty when the source
    has no texts.
    """
    texts = [c for c in TEXTS if c in data.interactions.columns]
    if not texts:
        return []
    known = pl.DataFrame({"item_id": data.catalog.items["item_id"]})
    rows = data.interactions.join(known, on="item_id", how="inner", maintain_order="left")
    rows = rows.sort("user_id", "timestamp", maintain_order=True)
    phrases = rows.select(pl.concat_str(texts, separator=". ", ignore_nulls=True).fill_null(""))[:, 0]
    return phrases.to_list() if (phrases != "").any() else []
