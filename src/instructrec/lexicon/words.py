"""A sentence as tokens that remember their place, and what the lexicon says at each of them.

English words are stemmed a little, Chinese is read character by character; `lexicon.toml` and `names.toml` hold the words.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

from instructrec.cells.currencies import currency_codes

LITTLE = ("de", "di", "da", "del", "della", "la", "le", "van", "von", "der", "den", "ter")  # words of last names
# Signs of currencies that are words like others.
_WORDS_TOO = ("try", "won", "all", "cop", "rm", "sr", "tl", "tk", "rp", "dh", "rand", "fr.", "ft.", "nis")
LIMIT = 4_000  # characters read of an instruction
# thousands parted by blanks beside money, or by apostrophes: 1 500 €, CHF 1'500
_MONEY = r"(?:[€$£¥₽₹]|(?i:zł|kr|kč|eur|euros?|usd|chf|gbp|dollars?|pounds?|francs?|franken|руб|sek|nok|dkk|pln|czk)\b)"
_BLANK = "[\u0020\u00a0\u2009\u202f]"
_THOUSANDS = re.compile(
    rf"(?<![\d.,])\d{{1,3}}(?:{_BLANK}\d{{3}})+(?!\d)(?=(?:[.,]\d\d?)?\s?{_MONEY})"
    rf"|(?:(?<=[€$£¥₽₹])|(?<=[€$£¥₽₹]\s))\d{{1,3}}(?:{_BLANK}\d{{3}})+(?!\d)"
    r"|(?<![\d.,'])\d{1,3}(?:['’]\d{3})+(?!\d)"
)
_LISTED = re.compile(r"(?<=\d)，(?=\d)")  # 34，700 are two numbers
TOKEN = re.compile(
    r"-free\b|\bw/(?:o(?:ut)?\b)?|\b\d{1,2}(?=yo\b)"
    r"|(?<![a-z\d.])\d{1,5}(?=(?:[gmt]b|k?g|mins?|[cm]m|ml|oz|lbs?|mah|kcal)(?![a-z\d]))"
    r"|[^\W_㐀-鿿]+(?:[.'&+][^\W_㐀-鿿]+)*|[㐀-鿿]"
    r"|(?<=[^\d\s]\s)-(?=\s)|(?<=\s)-(?=[^\W\d_])|[^\s'\-_·・]"
)
CLOSERS = frozenset(",.;!?-–—，。；！？:：()（）")
LANGUAGES = ("en", "zh")
REMEMBERED = 1 << 16  # words and phrases whose stems are kept
# Contractions that many type without their apostrophe, unless that is another word ("ill", "were").
CONTRACTED = (
    "ain't", "aren't", "can't", "couldn't", "didn't", "doesn't", "don't", "hadn't", "hasn't", "haven't", "isn't", "mustn't",
    "shouldn't", "wasn't", "weren't", "won't", "wouldn't", "i'm", "i've", "that's", "what's",
)  # fmt: skip
SHORT = {"&": "and", "w/": "with", "mice": "mouse", "dosnt": "doesn't", "dosent": "doesn't"}
SHORT |= {word: f"{word[:-3]}f" for word in ("shelves", "bookshelves", "scarves", "loaves", "wolves", "leaves", "thieves")}
SHORT |= {word: f"{word[:-3]}fe" for word in ("knives", "wives", "midwives", "penknives")}
SHORT |= {word.replace("'", ""): word for word in CONTRACTED}
# Tables whose keys say what is meant.
KEYED = ("field", "number", "decade", "part", "unit", "relative", "dial", "languages", "by", "by_after", "order", "sorted")

Meant = dict[str, tuple[int, tuple[str, ...]]]  # keyed table -> tokens of its phrase at a place, and the keys that list it
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` as written (lower case), `stem` as compared."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def closes(self) -> bool:
        """Whether a clause ends here."""
        return self.text in CLOSERS


class Phrases(Generic[Value]):
    """Phrases of stems with a value each, found longest first; time grows with the lengths that share a first stem."""

    def __init__(self, table: Mapping[tuple[str, ...], Value]) -> None:
        self.table = {phrase: value for phrase, value in table.items() if phrase}  # a name of signs alone has no stems
        lengths: dict[str, set[int]] = {}
        for phrase in self.table:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        self.lengths = {first: sorted(known, reverse=True) for first, known in lengths.items()}

    def at(self, stems: Sequence[str], place: int) -> list[tuple[int, Value]]:
        """The length and value of every phrase that starts at a place, which may be the end, longest first."""
        found: list[tuple[int, Value]] = []
        if place >= len(stems):
            return found
        for length in self.lengths.get(stems[place], ()):
            phrase = tuple(stems[place : place + length])
            if len(phrase) == length and phrase in self.table:
                found.append((length, self.table[phrase]))
        return found


def normalize(text: str) -> str:
    """Lower case, half width and simplified characters, one for one, so that places stay the same.

    >>> normalize("Under ３０ Dollars")
    'under 30 dollars'
    >>> normalize("不喜歡恐怖片")
    '不喜欢恐怖片'
    """
    text = _LISTED.sub("；", _THOUSANDS.sub(_parted, text[:LIMIT]))
    if text.isascii():
        return text.lower()
    folded = []
    for char in text[:LIMIT]:
        plain = unicodedata.normalize("NFKC", char).lower()
        folded.append(plain if len(plain) == 1 else char.lower()[:1])
    return "".join(folded).replace("’", "'").replace("〇", "零").translate(_simplified())


def _parted(number: re.Match[str]) -> str:
    """A number whose thousands are parted by commas, or by points before a decimal comma."""
    return re.sub(r"\D", "." if number.string[number.end() :].startswith(",") else ",", number[0])


@cache
def _simplified() -> dict[int, int]:
    """Traditional Chinese characters to the simplified ones that the word lists are made of."""
    table = tomllib.loads(files("instructrec.lexicon").joinpath("traditional.toml").read_text(encoding="utf-8"))
    return str.maketrans(table["traditional"], table["simplified"])


@lru_cache(REMEMBERED)
def stem(word: str) -> str:
    """A word without its plural or its owner's 's, and with the apostrophe of its contraction; only compared with another stem.

    >>> [stem(w) for w in ("comedies", "movie", "movies", "glasses", "series", "Sony's", "isnt")]
    ['comedy', 'movy', 'movy', 'glass', 'series', 'Sony', "isn't"]
    """
    word = SHORT.get(word, word).removesuffix("'s")
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "series", "news")):
        return word
    if word.endswith(("ies", "ie")) and len(word) > 4:
        return word[: word.rindex("ie")] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def tokenize(text: str) -> list[Token]:
    """The tokens of a normalized text; a hyphen inside a word parts it, so that "sci-fi" is "sci fi".

    >>> [t.stem for t in tokenize("90s sci-fi, 不要恐怖")]
    ['90s', 'sci', 'fi', ',', '不', '要', '恐', '怖']
    """
    found = []
    for match in TOKEN.finditer(text):
        word = match.group()
        found.append(Token(word, stem(word), match.start(), match.end()))
    return found


@lru_cache(REMEMBERED)
def key(phrase: str) -> tuple[str, ...]:
    """A phrase as it is compared: its stems.

    >>> key("Science-Fiction") == key("science fiction")
    True
    """
    return tuple(stem(word) for word in TOKEN.findall(normalize(phrase)))


def last_name(person: str) -> str:
    """The last name of a person, with the little words that belong to it.

    >>> [last_name(person) for person in ("Robert De Niro", "Lars von Trier", "Tom Hanks")]
    ['De Niro', 'von Trier', 'Hanks']
    """
    parts = person.split(" ")
    first = len(parts) - 1
    while first > 1 and parts[first - 1].lower() in LITTLE:
        first -= 1
    return " ".join(parts[first:])


@cache
def lexicon() -> dict[str, Any]:
    """The words of `lexicon.toml`, and under `names` and `chinese` those of `names.toml` and `chinese.toml`."""
    here = files("instructrec.lexicon")
    texts = (here.joinpath(name).read_text(encoding="utf-8") for name in ("lexicon.toml", "names.toml", "chinese.toml"))
    return {section: words for text in texts for section, words in tomllib.loads(text).items()}


def spoken(stems: Sequence[str]) -> list[dict[str, int]]:
    """For every place of a sentence, the lists of the lexicon that have a phrase there, with its length in tokens."""
    found: list[dict[str, int]] = []
    for place in range(len(stems)):
        here: dict[str, int] = {}
        for length, sections in _lists().at(stems, place):
            for section in sections:
                here.setdefault(section, length)
        found.append(here)
    return found


def meant(stems: Sequence[str]) -> list[Meant]:
    """For every place, the keyed tables that have a phrase there: its length, and the keys that list the longest one."""
    found: list[Meant] = []
    for place in range(len(stems)):
        here: Meant = {}
        for length, entries in _keyed().at(stems, place):
            for table, name in entries:
                known, names = here.get(table, (length, ()))
                here[table] = (known, (*names, name) if known == length and name not in names else names)
        found.append(here)
    return found


@cache
def language_names(surely: bool = False) -> frozenset[tuple[str, ...]]:
    """The names of languages; `surely` those that say nothing else: "in French" is a language, "French" may be the country."""
    names = [name for words in lexicon()["languages"].values() for name in words]
    return frozenset(key(name) for name in names if not surely or " " in name or not name.isascii())


@cache
def chinese_names(ordinary: bool = False) -> frozenset[tuple[str, ...]]:
    """The Chinese names of makers, people and sites that are no words, or those that are words too."""
    words = set(lexicon()["words"]["ordinary"])
    return frozenset(key(name) for name in lexicon()["chinese"] if (name in words) == ordinary)


@cache
def common() -> frozenset[str]:
    """Words too common to name a category or to be a wish by themselves, as they are and as stems."""
    words = lexicon()["common"]["words"]
    return frozenset([*words, *(stem for word in words for stem in key(word))])


@cache
def translations() -> "Phrases[tuple[str, ...]]":
    """Chinese words, each with its English ones."""
    pairs: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, words in (*lexicon()["other_names"].items(), *lexicon()["chinese"].items()):
        if not name.isascii() and len(name) > 1:
            pairs[key(name)] = tuple(words)
    for words in lexicon()["names"].values():
        english = tuple(word for word in words if word.isascii())
        pairs |= {key(word): english for word in words if not word.isascii() and len(word) > 1 and english}
    return Phrases(pairs)


@cache
def known_words() -> frozenset[str]:
    """Every stem of the lexicon: words that are spelled as they are meant."""
    lists = _lists().table.keys() | _keyed().table.keys()
    names = (key(word) for words in lexicon()["names"].values() for word in words)
    return frozenset(stem for phrase in (*lists, *names) for stem in phrase)


@cache
def _lists() -> Phrases[tuple[str, ...]]:
    """Every phrase of the lexicon's lists, of all languages together, with the lists that hold it."""
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for section, languages in lexicon().items():
        if section in (*KEYED, "names", "chinese", "other_names", "measures", "words", "scales", "topics"):
            continue
        for phrase in (p for name, words in languages.items() if name in LANGUAGES for p in words):
            if stems := key(phrase):
                table[stems] = (*table.get(stems, ()), section)
    for stems in (key(sign) for sign in currency_codes() if sign not in _WORDS_TOO):
        if stems and "currency" not in table.get(stems, ()):
            table[stems] = (*table.get(stems, ()), "currency")
    return Phrases(table)


@cache
def _keyed() -> Phrases[tuple[tuple[str, str], ...]]:
    """Every phrase of the keyed tables, with the tables and keys that hold it."""
    table: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
    for section in KEYED:
        for name, words in lexicon()[section].items():
            for stems in map(key, words):
                table[stems] = (*table.get(stems, ()), (section, name))
    return Phrases(table)
