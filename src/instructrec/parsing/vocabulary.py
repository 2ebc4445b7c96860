"""What a catalog can be asked for: its names and number ranges, what people call them, and its titles."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import Any

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein

from instructrec.data.facets import PEOPLE
from instructrec.data.profile import CatalogProfile
from instructrec.lexicon.spoken import (
    OWN,
    Stems,
    Targets,
    add_languages,
    add_other_names,
    add_sites,
    add_surnames,
    measures,
    one_of,
    playing,
    roles,
    sorts,
    tells,
    words_of,
)
from instructrec.lexicon.words import Meant, Phrases, key, known_words, lexicon
from instructrec.types import Item
from instructrec.understanding.columns import NumberColumns
from instructrec.understanding.profile_words import NO_PROFILE, UNASKED, kind_by_role, measured_words, unpaid, value_phrases
from instructrec.understanding.texts import TextColumns
from instructrec.understanding.titles import Titles

CHEAP, DEAR = 1 / 3, 2 / 3  # quantiles of the catalog's own prices, or of a category's where it has enough of them
ENOUGH = 30
MOST_CHOICES = 50  # values that an attribute may have whose every value is a plain word, as "Very Positive"
REPEATED = 3  # items that a value has, in the mean, where values sort the items as categories do: colours, cities, cuisines
# Attributes whose values are names of somebody, which need a sign that they are meant.
OF_SOMEBODY = (
    "brand", "publisher", "site", "author", "channel", "seller", "store", "manufacturer", "maker", "developer", "studio",
    "artist", "label", "source",
)  # fmt: skip
NAME = 60  # characters up to which a text can be a name
LISTS = ("categories", "tags")  # what is asked for by name first of all
FIRST = (*LISTS, "specs", "brand", "publisher", "director", "actors")  # which attribute is meant where several have the name
HIDDEN = ("description", "url", "image_url")
# Items of a name, of the catalog, and of a name to each title of others that has it: titles tell names from words from so many.
SEVERAL, TELLING, OTHERS = 3, 3_000, 5
SELDOM = 0.2  # texts with a last name for each item of the person, up to which the person is meant by it
SHORTEST_TYPO = 5  # letters from which a word may be a misspelled name


@dataclass(frozen=True)
class NameUse:
    """How a catalog's texts use its names; they are read when a sentence may name somebody."""

    named: Mapping[str, Counter[Any]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[Stems, Targets] = field(default_factory=dict)
    items: Sequence[Item] = ()

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Names that are words like others."""
        return _ordinary([self.named[n] for n, k in self.kinds.items() if k == "name"], self.items)

    @cached_property
    def coined(self) -> frozenset[Stems]:
        """Proper names that are no words."""
        proper = {n for n, k in self.kinds.items() if k == "name" or (k == "choice" and n in OF_SOMEBODY)}
        coined = _coined({n: self.named[n] for n in self.kinds if n in proper}, self.items)
        return coined | _rare(self.phrases, self.named, self.items)


@dataclass(frozen=True)
class Vocabulary:
    """The names that a catalog's values go by, and the numbers that can be compared."""

    phrases: Phrases[Targets]
    fields: frozenset[str]
    kinds: Mapping[str, str] = field(default_factory=dict)  # field -> list, facet, choice, name (proper), people, or flag
    quantiles: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # category -> cheap and dear of its own
    name_use: NameUse = field(default_factory=NameUse)
    titles: Titles = field(default_factory=lambda: Titles(()))
    measures: Mapping[str, Phrases[tuple[str, ...]]] = field(default_factory=dict)  # numbers by their own names and units
    numbers: NumberColumns = field(default_factory=lambda: NumberColumns({}, Phrases({})))
    texts: TextColumns = field(default_factory=lambda: TextColumns((), NO_PROFILE))
    free: frozenset[str] = frozenset()  # numbers that are 0 for some items, where no name is "free"

    @staticmethod
    def of(items: Iterable[Item], profile: CatalogProfile = NO_PROFILE) -> "Vocabulary":
        """Collect the names and number ranges of a catalog; the lexicon adds what people call them, and the catalog's profile
        which columns can be asked for, and by which words.
        """
        items = list(items)
        values, numbers, lists = _collect(items)
        kinds = {
            name: kind_by_role(profile.get(name)) or ("list" if name in lists else _kind(name, seen))
            for name, seen in values.items()
        }
        kinds = {name: "" if kind == UNASKED else kind for name, kind in kinds.items()}
        kinds = {name: kind for name, kind in kinds.items() if kind}
        named = {name: _names(values[name], kind) for name, kind in kinds.items()}
        phrases = _phrases(named, kinds)
        phrases |= {k: t for k, t in value_phrases(profile, named).items() if not phrases.get(k)}
        return Vocabulary(
            Phrases(phrases),
            frozenset(values) | frozenset(numbers),
            kinds,
            {name: _limits(found) for name, found in numbers.items()},
            _category_prices(items),
            NameUse(named, kinds, phrases, items),
            Titles(items),
            measures(unpaid(profile, numbers), measured_words(profile, numbers)),
            NumberColumns.of(profile, numbers),
            TextColumns(items, profile),
            frozenset(n for n, found in numbers.items() if 0 in found and not phrases.get(("free",))),
        )

    @property
    def ordinary(self) -> frozenset[str]:
        """Names that are words like others, as the catalog's titles use them."""
        return self.name_use.ordinary

    @property
    def coined(self) -> frozenset[Stems]:
        """Proper names that are no words, so small letters will do."""
        return self.name_use.coined

    @cached_property
    def scales(self) -> tuple[tuple[str, ...], ...]:
        """The steps of the columns that are levels, the lowest first."""
        return tuple(column.order for column in self.texts.profile.columns.values() if column.order)

    def role(self, role: str) -> str | None:
        """The attribute that plays a role, as `rating` may be called `stars` or `user_stars`; None where there is none."""
        if role.startswith(OWN):
            return role.removeprefix(OWN)
        if role in lexicon()["attributes"]:
            return self._roles.get(role)
        return next(iter(playing((role,), self.fields)), None)

    @cached_property
    def _roles(self) -> dict[str, str]:
        return roles(self.fields)

    def measured(self, stems: Sequence[str], meant: list[Meant]) -> list[Meant]:
        """What the lexicon means at each place of a sentence, and the catalog's own numbers by their names and units."""
        for table, phrases in self.measures.items():
            for place, here in enumerate(meant):
                for length, names in phrases.at(stems, place)[:1]:
                    own = one_of(names, stems[place - 1], self.quantiles)
                    if own and length >= here.get(table, (0, ()))[0]:
                        here[table] = (length, own)
        for place, here in enumerate(meant if self.numbers.columns else ()):
            for length, unit in self.numbers.units.at(stems, place)[:1]:
                known, kinds = here.get("unit", (0, ()))
                dated = "year" in kinds  # 2019年 is no length of time
                if (length >= known and not dated) if self.numbers.measures(unit) else not known:
                    here["unit"] = (length, (unit,))
        return meant

    def misspelled(self, word: str) -> Targets:
        """What a word that is none may have been meant for: a category or tag at most two letters away; () where none is.

        The first letter must be right, and short words may miss one letter only: people rarely mistype more. A word that
        differs in its ending only is another form of a word, as "scare" of "scary".
        """
        if len(word) < SHORTEST_TYPO or not word.isascii() or not word.isalpha() or word in self._right:
            return ()
        away = 1 if len(word) < 8 else 2
        same = (name for name in self._by_letter.get(word[0], ()) if name[:-1] not in (word, word[:-1]))
        distance, best = min(((DamerauLevenshtein.distance(word, name), name) for name in same), default=(away + 1, ""))
        return self.phrases.table[(best,)] if distance <= away else ()

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """First letter -> one-word names of lists, which a misspelled word may be meant for."""
        found: dict[str, list[str]] = {}
        for phrase, targets in self.phrases.table.items():
            if len(phrase) == 1 and phrase[0].isascii() and any(self.kinds.get(f) in ("list", "facet") for f, _ in targets):
                found.setdefault(phrase[0][0], []).append(phrase[0])
        return found

    @cached_property
    def _right(self) -> frozenset[str]:
        """Words that are spelled as they are meant: those of the lexicon and of the catalog's own titles."""
        return known_words() | {stem for name in self.titles.exact.table for stem in name}


def _collect(items: Iterable[Item]) -> tuple[dict[str, Counter[Any]], dict[str, list[float]], set[str]]:
    """The texts, flags and members of lists by attribute, the numbers by attribute, and which attributes hold lists."""
    values: dict[str, list[Any]] = {}
    numbers: dict[str, list[float]] = {}
    lists: set[str] = set()
    for item in items:
        for name, value in item.attributes.items():
            if isinstance(value, bool | str):
                values.setdefault(name, []).append(value)
            elif isinstance(value, list):
                values.setdefault(name, []).extend(map(str, value))
                lists.add(name)
            elif value is not None:
                numbers.setdefault(name, []).append(float(value))
    return {name: Counter(found) for name, found in values.items()}, numbers, lists


def _kind(name: str, values: Counter[Any]) -> str:
    """How the values of an attribute can be asked for; "" for texts, addresses and numbers of other systems."""
    sample = list(values)[:200]
    if name.endswith("_id") or name in HIDDEN or not sample:
        return ""
    if any(isinstance(v, bool) for v in sample):
        return "flag"
    if sum(map(len, sample)) > NAME * len(sample):
        return ""
    if name in PEOPLE:
        return "people"
    steps = {step for scale in lexicon()["scales"].values() for step in scale}
    if len(values) <= MOST_CHOICES and name not in OF_SOMEBODY and steps.isdisjoint(values):
        return "facet" if sum(values.values()) >= REPEATED * len(values) else "name"
    return "choice" if len(values) <= MOST_CHOICES and sum(values.values()) >= 10 * len(values) else "name"


def _names(values: Counter[Any], kind: str) -> Counter[Any]:
    """The values one by one: people stand in one text, parted by commas. Only a flag is a value that is no text."""
    if kind != "flag":
        values = Counter({value: count for value, count in values.items() if isinstance(value, str)})
    if kind != "people":
        return values
    found: Counter[str] = Counter()
    for value, count in values.items():
        found.update({name: count for name in map(str.strip, value.split(",")) if name})
    return found


def _limits(numbers: Sequence[float]) -> tuple[float, float]:
    return tuple(np.nanquantile(numbers, (CHEAP, DEAR)).tolist())


def _category_prices(items: Iterable[Item]) -> dict[str, tuple[float, float]]:
    """What is cheap and what is dear in each category that has enough prices to say."""
    prices: dict[str, list[float]] = {}
    for item in items:
        price, own = item.attributes.get("price"), item.attributes.get("categories")
        if isinstance(price, int | float) and isinstance(own, list):
            for category in own:
                prices.setdefault(category, []).append(float(price))
    return {category: _limits(found) for category, found in prices.items() if len(found) >= ENOUGH}


def _phrases(values: Mapping[str, Counter[Any]], kinds: Mapping[str, str]) -> dict[Stems, Targets]:
    """Earlier entries win: the catalog's own names, then other names of its values, then names it does not have."""
    own: dict[Stems, dict[str, Any]] = {}
    order = [*(f for f in FIRST if f in values), *(f for f in values if f not in FIRST)]
    for name in order:
        for said, value in _own_names(name, kinds[name], values[name]):
            own.setdefault(key(said), {}).setdefault(name, value)
    phrases = {k: _as_known(named, values) for k, named in own.items() if tells(k) or sorts(named, values)}
    add_languages(phrases, values)
    add_sites(phrases, values)
    add_surnames(phrases, values, kinds)
    listed = {k: tuple((f, v) for f, v in t if kinds[f] in ("list", "facet", "choice", "flag")) for k, t in phrases.items()}
    missing: list[Stems] = []
    entries = sorted(lexicon()["names"].values(), key=lambda words: not listed.get(key(words[0])))  # the same name first
    instead = lexicon()["instead"]
    for words in entries:
        named = (*words, instead.get(words[0], words[0]))
        if target := next((listed[key(w)] for w in named if listed.get(key(w))), None):
            phrases |= {key(w): target for w in words if key(w) not in phrases}
        else:
            missing.extend(map(key, words))
    for phrase in missing:
        phrases.setdefault(phrase, ())
    add_other_names(phrases)
    return phrases


def _own_names(name: str, kind: str, values: Counter[Any]) -> Iterator[tuple[str, Any]]:
    """What the values of an attribute are called by the catalog; "size L" and L码 too, since a letter says too little."""
    if kind == "flag":
        yield from ((name.replace("_", " "), True), (words_of(name), True))
        return
    for value, _ in values.most_common():
        yield unescape(value), value
        if kind in ("list", "facet") and key(value) and not tells(key(value)):  # "film podcasts", "podcasts on books"
            yield from ((said.format(value), value) for said in lexicon()["topics"]["en"])
        if kind == "facet":
            yield f"{words_of(name)} {value}", value
        if kind == "facet" and name == "size":
            yield f"{value}码", value


def _as_known(named: Mapping[str, Any], values: Mapping[str, Counter[Any]]) -> Targets:
    """A person who directs and acts is first what more items know him as: "a Tom Hanks movie"."""
    return tuple(sorted(named.items(), key=lambda pair: -values[pair[0]][pair[1]] if pair[0] in PEOPLE else -math.inf))


def _ordinary(named: Sequence[Counter[Any]], items: Iterable[Item]) -> frozenset[str]:
    """One-word proper names that more titles of other items hold than there are items of the name."""
    counts: Counter[str] = Counter()
    for names in named:
        for name, count in names.items():
            if " " not in name:
                counts[name.lower()] += count
    used: Counter[str] = Counter()
    for item in items:
        own = {str(v).lower() for v in item.attributes.values() if isinstance(v, str)}
        used.update(w for w in set(item.title.lower().split()) if w in counts and w not in own)
    return frozenset(key(word)[0] for word in counts if used[word] > counts[word] and key(word))


def _coined(named: Mapping[str, Counter[Any]], items: Sequence[Item]) -> frozenset[Stems]:
    """Names of several items with a word that nobody else uses: "square enix", and, where a catalog can tell, "capcom"."""
    counts = {value: count for names in named.values() for value, count in names.items() if count >= SEVERAL}
    phrases = {value: key(unescape(value)) for value in counts}
    words = known_words() | set(lexicon()["words"]["english"])
    telling = {stem for phrase in phrases.values() for stem in phrase if len(stem) >= SHORTEST_TYPO - 1 and stem not in words}
    used: Counter[str] = Counter()
    for item in items:
        its = {stem for name in named for stem in phrases.get(item.attributes.get(name), ())}
        used.update(stem for stem in set(key(item.title)) if stem in telling and stem not in its)
    texts = (f"{item.title} {item.attributes.get('description') or ''}" for item in items[:TELLING])
    written = {word for text in texts for word in text.split() if word.islower()}  # a "duck" in small letters is none's name
    own = {stem: counts[value] for value, phrase in phrases.items() for stem in phrase}
    rare = {stem for stem in telling if used[stem] <= max(1, own[stem] / OTHERS) and stem not in written}
    makers = {value for name in named if name in OF_SOMEBODY for value in named[name]}
    small = (
        {p for v, p in phrases.items() if v in makers and (v.isupper() or not v.islower())} if len(items) < TELLING else set()
    )
    return frozenset(
        p for p in phrases.values() if (len(p) > 1 or p in small or len(items) >= TELLING) and not rare.isdisjoint(p)
    )


def _rare(phrases: Mapping[Stems, Targets], named: Mapping[str, Counter[Any]], items: Sequence[Item]) -> frozenset[Stems]:
    """Last names and sites that are no words, as the texts of the first items show: "hitchcock", "infoq", not "stamp"."""
    ours = {p: t[0] for p, t in phrases.items() if len(p) == 1 and t and (t[0][0] in PEOPLE or t[0][0] == "site")}
    texts = [f"{item.title} {item.attributes.get('description') or ''}" for item in items[:TELLING]] if ours else []
    used = Counter(word for text in texts for word in set(key(text.lower())))
    written = {w for text in texts for w in text.split() if w.islower()}.union(known_words(), lexicon()["words"]["english"])

    def rare(word: str, field: str, value: Any) -> bool:
        if field == "site" or not used[word]:
            return word not in (written if field == "site" else known_words())
        return word not in written and used[word] <= SELDOM * named[field][value]

    return frozenset(p for p, target in ours.items() if rare(p[0], *target))
