"""What people call the values of a catalog: languages, sites and last names, and all of them in Chinese; and its measures."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from instructrec.lexicon.words import Phrases, common, key, last_name, lexicon

SUBDOMAINS = ("www", "blog", "news", "m", "en")
ENDINGS = ("com", "org", "net", "edu", "gov", "info", "io", "news", "blog", "dev", "tech")
SURNAME = 5  # letters of a last name that is told from other words
TOGETHER = 0.75  # share of items of one of a name that another has, so that they may be siblings who work together

Words = tuple[tuple[str, ...], tuple[str, ...]]  # words of an attribute, and the spellings of its unit
EMPTY: Mapping[str, Words] = {}
OWN = "own "  # before the name of an attribute that plays no role
# Units of what is held in smaller ones.
HELD_IN = {"hours": ("minutes", 60), "kilograms": ("grams", 1_000), "weeks": ("days", 7), "meters": ("centimeters", 100)}
MANY = 12  # units in a list that are different things, and none another name of the others
SIZE = 3  # how much larger than usual a value may be, or smaller
SORTING = ("category", "categories", "kind", "type")  # attributes that say what an item is
# Words of an attribute's name that nobody says.
MADE = ("is", "has", "num", "n", "total", "count", "min", "max", "avg", "average")

Stems = tuple[str, ...]  # a name as it is compared, as `key` makes it
Targets = tuple[tuple[str, Any], ...]  # (field, value as the catalog writes it), one for every field that has the name


def add_other_names(phrases: dict[Stems, Targets]) -> None:
    """Chinese names of makers, people and sites, known also where no item has them; other names of things that items have."""

    def known(spellings: Sequence[str]) -> Targets:
        said = (key(form) for s in spellings for form in (s, f"on {s}"))  # of a word like "film" only "on film" is a name
        return next((phrases[stems] for stems in said if phrases.get(stems)), ())

    for name, spellings in lexicon()["chinese"].items():
        if (target := known(spellings)) or not name.isascii():
            phrases.setdefault(key(name), target)
    for name, spellings in lexicon()["other_names"].items():
        if not phrases.get(key(name)) and (target := known(spellings)):
            phrases[key(name)] = target


def add_languages(phrases: dict[Stems, Targets], values: Mapping[str, Counter[Any]]) -> None:
    """Languages by their names; one that the catalog cannot check is known as such."""
    role = next((name for name in lexicon()["attributes"]["language"] if name in values), None)
    for code, names in lexicon()["languages"].items():
        own = [v for v in values[role] if str(v).lower() in (code, *names)] if role else []
        for name in names:
            if own or not phrases.get(key(name)):  # an Italian restaurant is none in Italian
                phrases[key(name)] = ((role, own[0]),) if role and own else ()
        phrases.pop((code,), None)  # "it" and "de" are words


def add_sites(phrases: dict[Stems, Targets], values: Mapping[str, Counter[Any]]) -> None:
    """A site without its ending, as people say it: "techcrunch"; "google" says nothing of one of many "x.google.com"."""
    own: dict[str, str] = {}  # said -> site
    guests: Counter[str] = Counter()  # names in longer addresses
    for site in map(str, values.get("site", ())):
        parts = [p for p in site.split(".") if p != "www"]
        national = len(parts[-1]) == 2
        while len(parts) > 1 and (parts[-1] in ENDINGS or len(parts[-1]) == 2):
            parts.pop()
        short = [p for p in parts if p not in SUBDOMAINS]
        guests.update(parts[1:])
        if len(parts) == 1 or (national and len(short) > 1):
            own[parts[0]] = site
        elif len(short) == 1:
            own.setdefault(f"?{short[0]}", site)  # a blog of that name, if nobody else has the name
    for core, site in own.items():
        name = core.removeprefix("?")
        if len(name) > 2 and not (core != name and (name in own or guests[name] > 1)):
            phrases.setdefault(key(name), (("site", site),))


def add_surnames(phrases: dict[Stems, Targets], values: Mapping[str, Counter[Any]], kinds: Mapping[str, str]) -> None:
    """The last name of who has most of the items of everybody with that name: "a Hitchcock film"; and of siblings."""
    found: dict[Stems, tuple[int, str, str]] = {}  # items, attribute, person
    for name in (name for name, kind in kinds.items() if kind == "people"):
        known: dict[str, list[tuple[int, str]]] = {}
        for person, count in values[name].most_common():
            last = last_name(person)
            if " " in person:
                known.setdefault(last, []).append((count, person))
        for last, people in known.items():
            most, rest = people[0][0], sum(count for count, _ in people[1:])
            for word in lexicon()["siblings"]["en"] if rest and people[1][0] >= TOGETHER * most else ():
                phrases.setdefault(key(f"{last} {word}"), ((name, people[0][1]),))
            if len(last) >= SURNAME and most >= max(2, 2 * rest) and key(last)[0] not in common():
                found[key(last)] = max(found.get(key(last), (0, "", "")), (most, name, people[0][1]))
    for phrase, (_, name, person) in found.items():
        phrases.setdefault(phrase, ((name, person),))


def words_of(attribute: str) -> str:
    """The name of an attribute as it is said.

    >>> [words_of(name) for name in ("is_vegan", "price_level", "durationMinutes")]
    ['vegan', 'price level', 'duration minutes']
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", attribute).lower().replace("-", "_").split("_")
    return " ".join(word for word in words if word not in MADE) or attribute


def measures(numbers: Iterable[str], asked: Mapping[str, Words] = EMPTY) -> dict[str, Phrases[tuple[str, ...]]]:
    """What is said of the attributes that are numbers and that play no role of the lexicon: each by its name, and by its unit.

    "calories" stands before or after its number; `storage_gb` is "storage", and any "gb". The value is the attribute after
    `OWN`, since `hours` may be one and is a unit as well; of a unit all that are held in it, of a name the only one. `asked`
    are the words and the spellings of the unit that a catalog's profile has for an attribute.
    """
    taken = roles(numbers)
    units = {
        key(unit): (HELD_IN.get(table, (table, 1))[0], words) for table, words in lexicon()["unit"].items() for unit in words
    }
    before: dict[Stems, set[str]] = {}
    after: dict[Stems, set[str]] = {}
    for name in set(numbers) - set(taken.values()):
        said = key(words_of(name))
        table, alike = units.get(said[-1:], ("", ()))
        table = HELD_IN.get(table, (table, 1))[0]
        held = bool(table) and len(said) > 1  # `storage_gb`, while `hours` is its own unit
        part = key(words_of(name.partition("_per_")[0]))  # "calories" of `calories_per_100g`
        others = set(map(key, alike)) if len(alike) < MANY and table not in taken else set()
        for stems in {said, part, said[:-1] if held else said}:
            before.setdefault(stems, set()).add(name)
        for unit in {said[-1:] if held else said, part, *others} if not (held and table in taken) else ():
            after.setdefault(unit, set()).add(name)
        for unit in {said[-1:], *others} if held else ():  # "16 gb ram", "16 gb of ram"
            after.setdefault((*unit, *said[:-1]), set()).add(name)
            after.setdefault((*unit, "of", *said[:-1]), set()).add(name)
    for name, (words, spellings) in asked.items():
        if name in set(numbers) - set(taken.values()):
            for stems in filter(None, map(key, words)):
                before.setdefault(stems, set()).add(name)
            for stems in filter(None, map(key, spellings)):
                after.setdefault(stems, set()).add(name)
    fields, alone = ({stems: tuple(OWN + n for n in sorted(own)) for stems, own in of.items()} for of in (before, after))
    fields = {stems: own for stems, own in fields.items() if len(own) == 1}
    alone = {stems: own for stems, own in alone.items() if len(own) == 1 or units.get(stems, ("none",))[0] != "none"}
    for name, spellings in lexicon()["measures"].items():
        if own := next((fields[key(s)] for s in spellings if key(s) in fields), None):
            fields[key(name)] = alone[key(name)] = own
    return {"field": Phrases(fields), "unit": Phrases(alone)}


def one_of(names: Sequence[str], number: str, usual: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Of the attributes with one unit the only one whose usual values, from and to, are about as large; () where none is.

    >>> usual = {"ram_gb": (8.0, 16.0), "storage_gb": (256.0, 512.0)}
    >>> [one_of(["own ram_gb", "own storage_gb"], number, usual) for number in ("512", "16", "64", "²")]
    [('own storage_gb',), ('own ram_gb',), (), ()]
    """
    if len(names) == 1 or not number.replace(".", "", 1).isdecimal():
        return tuple(names[: len(names) == 1])
    cuts = {name: usual[name.removeprefix(OWN)] for name in names}
    near = tuple(name for name, (low, high) in cuts.items() if low / SIZE <= float(number) <= high * SIZE)
    return near[: len(near) == 1]


def roles(attributes: Iterable[str]) -> dict[str, str]:
    """Which attribute plays each role of the lexicon that one plays."""
    found = {role: playing(names, attributes) for role, names in lexicon()["attributes"].items()}
    return {role: names[0] for role, names in found.items() if names}


def playing(role: Sequence[str], attributes: Iterable[str]) -> list[str]:
    """The attributes that play a role, the surest first: its own names, then those that end with one, also before "per night".

    >>> playing(["price"], ["price_level", "price_per_night", "list_price"])
    ['list_price', 'price_per_night']
    """
    every = sorted(attributes)
    named = [name for name in role if name in every]
    known = {name for names in lexicon()["attributes"].values() for name in names}  # an `age_rating` is no rating
    return named + [n for n in every if n not in known and n.partition("_per_")[0].split("_")[-1] in role]


def sorts(named: Mapping[str, Any], values: Mapping[str, Counter[Any]]) -> bool:
    """Whether a word as common as "games" is a kind of thing here, beside kinds that are no games.

    `named` are the values of that name by attribute, `values` how many items have each value of an attribute.

    >>> shop = {"category": Counter({"Games": 10, "Books": 20, "Toys": 20}), "tags": Counter({"Games": 1, "Fun": 9})}
    >>> [sorts(named, shop) for named in ({"category": "Games"}, {"category": "Books"}, {"tags": "Games"})]
    [True, False, False]
    """
    kinds = {f: v for f, v in named.items() if f in SORTING and str(v).endswith("s")}
    return any(4 * values[f][v] < sum(values[f].values()) for f, v in kinds.items())


def tells(phrase: Stems) -> bool:
    """Whether a value's name can be told from other words.

    >>> [tells(key(name)) for name in ("Horror", "Games", "4", "Board Games")]
    [True, False, False, True]
    """
    first = phrase[0] if phrase else ""
    return len(phrase) > 1 or (len(first) > 1 and not first.isdigit() and first not in common())
