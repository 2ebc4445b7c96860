"""Templates are data: a text with placeholders, what it needs, and one renderer for tuning and serving.

A template is a whole instruction of one cell of the grid (preference x intention x task form, paper section
2.1) with the answer a language model gives; a phrase is the part that states a wish or a taste. Both are in
`templates/*.toml`.
"""

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

from instructrec.config import build
from instructrec.data.text import content as telling_words
from instructrec.errors import ConfigError
from instructrec.lexicon.words import common, lexicon
from instructrec.types import Intention, Preference, TaskForm

LANGUAGES = ("en", "zh")
GROUPS = (
    "recommendation",
    "search",
    "personalised_search",
    "turned_around",
    "relatedness",
    "chain_of_thought",
)
ANSWERS = ("target", "verdict", "wish", "taste", "history")
LEVELS = (
    "I1",
    "I2",
    "not",
    "flip",
    "P2",
)  # of a phrase: vague, specific, refusing, to be turned round; taste

SEVERAL = {
    "categories": 2,
    "tags": 2,
    "topic": 2,
    "liked": 2,
    "disliked": 2,
}  # placeholders that may hold several facts
KEYWORDS = ("categories", "tags")  # ... and those that put them side by side

_ARTICLE = re.compile(r"\b([Aa]) \$\{?(\w+)")
_APART = re.compile(r"(?<=[㐀-鿿，、。]) (?=[㐀-鿿])")


@dataclass(frozen=True, slots=True)
class Template:
    """One way of asking: its cell of the grid, its text, and the answer; the answer may hold any of
    `ANSWERS`.
    """

    id: str
    language: str
    needs: tuple[str, ...]
    text: str
    group: str = "search"
    preference: Preference = Preference.NONE
    intention: Intention = Intention.SPECIFIC
    task: TaskForm = TaskForm.MATCHING
    answer: str = "$target"

    def __post_init__(self) -> None:
        _check_template(f"template {self.id!r}", self.text, self.needs)
        if unknown := set(_placeholder_names(self.answer)) - set(ANSWERS):
            raise ConfigError(
                f"template {self.id!r} answers with {sorted(unknown)}; an answer may hold "
                f"{', '.join(ANSWERS)}"
            )
        if not _placeholder_names(self.answer):
            raise ConfigError(
                f"template {self.id!r} answers the same for every item; put one of {', '.join(ANSWERS)} in it"
            )
        if self.group not in GROUPS:
            raise ConfigError(
                f"template {self.id!r} is of group {self.group!r}; there are: {', '.join(GROUPS)}"
            )

    @property
    def parts_needed(self) -> frozenset[str]:
        """Every placeholder, also those of the answer."""
        return frozenset((*self.needs, *_placeholder_names(self.answer)))

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether the facts hold everything that the text needs."""
        return all(facts.get(name) for name in self.needs)


@dataclass(frozen=True, slots=True)
class PhraseTemplate:
    """One phrasing of a wish or a taste; `turned` states the opposite of one condition of `text`."""

    level: str
    language: str
    needs: tuple[str, ...]
    text: str
    turned: str = ""

    def __post_init__(self) -> None:
        _check_template(f"phrase {self.text!r}", f"{self.text} {self.turned}", self.needs)
        if self.level not in LEVELS:
            raise ConfigError(
                f"phrase {self.text!r} is of level {self.level!r}; there are: {', '.join(LEVELS)}"
            )
        if (self.level == "flip") != bool(self.turned):
            raise ConfigError(
                f"phrase {self.text!r}: a phrase of level 'flip' has `turned`, and no other has"
            )


@cache
def templates() -> tuple[Template, ...]:
    """All templates, checked."""
    return tuple(
        _template(entry, table["language"]) for table in _toml_tables() for entry in table["template"]
    )


@cache
def phrases() -> tuple[PhraseTemplate, ...]:
    """All phrases, checked."""
    return tuple(
        build(PhraseTemplate, {**entry, "language": table["language"], "needs": tuple(entry["needs"])})
        for table in _toml_tables()
        for entry in table["phrase"]
    )


@cache
def words(name: str) -> Mapping[str, Any]:
    """One of the data files beside the templates: `mix`, `moods` or `paraphrase`."""
    return tomllib.loads(
        files("instructrec.instructions").joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")
    )


def render(template: Template | PhraseTemplate, facts: Mapping[str, str], text: str | None = None) -> str:
    """Fill a template, or another `text` of it such as its answer; the only maker of instruction texts.

    >>> render(Template("t", "en", ("category",), "a quiet $category"), {"category": "drama"})
    'a quiet drama'
    >>> render(Template("t", "en", ("category",), "a $category"), {"category": "adventure"})
    'an adventure'
    """
    pattern = template.text if text is None else text
    if template.language == "zh":
        return _APART.sub("", string.Template(pattern).substitute(facts))
    filled = string.Template(_ARTICLE.sub(lambda m: _with_article(m, facts), pattern)).substitute(facts)
    return filled.replace(".. ", ". ")  # a name that ends with a point at the end of a sentence


def colloquial_name(value: str, language: str) -> str:
    """A catalog value as people write it: lower case, in Chinese by the lexicon's first Chinese name if it
    has one.

    >>> colloquial_name("Sci-Fi", "en"), colloquial_name("Sci-Fi", "zh")
    ('sci-fi', '科幻片')
    """
    if language == "en":
        return value.lower()
    return next((w for w in lexicon()["names"].get(value.lower(), ()) if not w.isascii()), value)


@cache
def stop() -> frozenset[str]:
    """Words that say nothing of an item, in any supported language: filler, and words that refuse."""
    lists = (
        lexicon()[section][language] for section in ("filler", "negators", "tight") for language in LANGUAGES
    )
    return frozenset(
        [
            *words("moods")["stop"]["words"].split(),
            *common(),
            *(p for each in lists for p in each if " " not in p),
        ]
    )


def content_words(text: str) -> list[str]:
    """The distinctive words of a text.

    >>> content_words("The Return of the King, 2 of 3")
    ['return', 'king']
    """
    return telling_words(text, stop())


@cache
def named(text: str) -> tuple[frozenset[str], ...]:
    """What a text names, by the lexicon: for each thing all that it is called, in small letters.

    >>> [sorted(n & {"comedy", "喜剧"}) for n in named("a comedy")]
    [['comedy', '喜剧']]
    """
    words_of = " ".join(["", *re.findall(r"\w+", text.lower()), ""])
    return tuple(n for n in things() if any(_says(words_of, w) for w in n))


class Fact(NamedTuple):
    """A usable phrase, the data field it comes from, and the item fact behind it (-1: none)."""

    text: str
    field: str
    claim: int = -1


@cache
def fitting(level: str, language: str, known: frozenset[str]) -> tuple[PhraseTemplate, ...]:
    """The phrases of a level that can be filled from these placeholders."""
    return tuple(
        p for p in phrases() if (p.level, p.language) == (level, language) and known.issuperset(p.needs)
    )


def fill(
    needs: Sequence[str], known: Mapping[str, Sequence[Fact]], language: str, rng: Random
) -> tuple[dict[str, str], list[Fact]]:
    """Draw the words of the placeholders, and list the facts drawn; a fact is repeated only where there is
    no other.
    """
    filled: dict[str, str] = {}
    used: list[Fact] = []
    for name in needs:
        drawn = _drawn(name, known[name], {f.text.lower() for f in used}, rng)
        filled[name] = _join_words(name, [f.text for f in drawn], language)
        used += drawn
    return filled, used


@cache
def things() -> tuple[frozenset[str], ...]:
    """Everything that the lexicon knows, each by all its names, in small letters."""
    return tuple(frozenset(w.lower() for w in (name, *called)) for name, called in lexicon()["names"].items())


def _says(text: str, word: str) -> bool:
    return f" {word} " in text or f" {word}s " in text if word.isascii() else word in text


def _drawn(name: str, facts: Sequence[Fact], used: set[str], rng: Random) -> list[Fact]:
    if name == "words":  # a fragment of the title, as people remember it
        start = rng.randrange(len(facts))
        return list(facts[start : start + rng.randint(1, 3)])
    fresh = [f for f in facts if not any(f.text.lower() in s or s in f.text.lower() for s in used)] or list(
        facts
    )
    most = SEVERAL.get(name, 1)
    fresh = list({f.text.lower(): f for f in fresh}.values()) if most > 1 else fresh
    return rng.sample(fresh, min(len(fresh), rng.randint(1, most) if most > 1 else 1))


def _join_words(name: str, texts: Sequence[str], language: str) -> str:
    if name == "words" or (name in KEYWORDS and language == "en"):
        return " ".join(texts)
    return (words("moods")["joins"][language]["and"] if name not in KEYWORDS else "、").join(texts)


def _with_article(match: re.Match[str], facts: Mapping[str, str]) -> str:
    vowel = facts.get(match[2], "")[:1].lower() in tuple("aeiou")
    return match[0].replace(match[1], f"{match[1]}n", 1) if vowel else match[0]


def _toml_tables() -> list[Mapping[str, Any]]:
    return [words(language) for language in LANGUAGES]


def _template(entry: Mapping[str, Any], language: str) -> Template:
    preference, intention, task = entry["cell"]
    cell = {"preference": Preference(preference), "intention": Intention(intention), "task": TaskForm(task)}
    given = {key: value for key, value in entry.items() if key != "cell"}
    return build(Template, {**given, **cell, "language": language, "needs": tuple(entry["needs"])})


def _placeholder_names(text: str) -> list[str]:
    return string.Template(text).get_identifiers()


def _check_template(what: str, text: str, needs: tuple[str, ...]) -> None:
    if set(_placeholder_names(text)) != set(needs):
        raise ConfigError(f"{what} uses {sorted(_placeholder_names(text))} but says it needs {sorted(needs)}")
