"""What the name and the cells of one column show, of which its role is made."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Any

import polars as pl

from instructrec.cells.figures import beside, figure_in, mark_of, plain_numbers, without_beside
from instructrec.cells.values import MISSING
from instructrec.data.profile import ColumnProfile, Role

_DATA = tomllib.loads((resources.files("instructrec.catalog") / "words.toml").read_text(encoding="utf-8"))
HINTS: Mapping[str, frozenset[str]] = {
    hint: frozenset(words.split()) for hint, words in _DATA["hints"].items()
}
SCALES: Mapping[str, Sequence[Sequence[str]]] = {
    name: [step.split("|") for step in steps] for name, steps in _DATA["scales"].items()
}
DISTINCT = 1_000  # different values of a column that are looked at
_PARTS = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_HAN = re.compile(r"[一-鿿]")
_UNNAMED = re.compile(r"^(?:column_\d+|unnamed.*|)$", re.IGNORECASE)
_NUMBERED = ("号", "版", "代", "級", "级")
_TAILS = frozenset(
    [
        "name",
        "names",
        "title",
        "titles",
        "list",
        "all",
        "full",
        "display",
        "text",
        "clean",
        "cleaned",
        "cleansed",
        "raw",
    ]
)


def words_of(name: str) -> list[str]:
    """The words that a name is made of, however they are joined.

    >>> words_of("StockCode"), words_of("user_pseudo_id"), words_of("remove-from-cart"), words_of("HTMLTitle")
    (['stock', 'code'], ['user', 'pseudo', 'id'], ['remove', 'from', 'cart'], ['html', 'title'])
    """
    return [word.lower() for word in re.findall(r"[^\W_]+", _PARTS.sub(" ", name))]


class Evidence:
    """One column: its name in words, its different values with their counts, and which of them are
    numbers.
    """

    def __init__(self, name: str, values: pl.Series) -> None:
        self.name, self.values = name, values
        self.rows = len(values)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name, in small letters, without what stands in brackets."""
        return tuple(words_of(re.sub(r"[(（\[].*?[)）\]]", " ", self.name)))

    @property
    def unnamed(self) -> bool:
        """Whether the column has no name, or one that a tool gives to those without."""
        return not self.words or bool(_UNNAMED.match(self.name))

    @cached_property
    def bracketed(self) -> str:
        """What the name says in brackets, where units and currencies stand."""
        return " ".join(re.findall(r"[(（\[](.*?)[)）\]]", self.name))

    def profile(self, role: Role, why: str, **more: Any) -> ColumnProfile:
        """The column as a profile with a role."""
        counted = {"rows": self.rows, "filled": self.filled, "distinct": self.distinct}
        return ColumnProfile(self.name, role, why=why, **counted, **more)

    def hints(self, *names: str) -> bool:
        """Whether the name has a word of one of some lists; Chinese words are found inside of it."""
        return any(self._hint(name) for name in names)

    def _hint(self, name: str) -> bool:
        listed = HINTS[name]
        if not listed.isdisjoint(self.words):
            return True
        if name == "dimension" and any(w.endswith(h) for w in self.words for h in listed if len(h) > 4):
            return True  # carlength, curbweight
        return bool(_HAN.search(self.name)) and any(_HAN.match(w) and w in self.name for w in listed)

    def headed(self, name: str) -> bool:
        """Whether the last word of the name that says something is one of a list: "company name" is headed by
        a firm, "company size" is not.
        """
        listed = HINTS[name]
        if _HAN.search(self.name):
            bare = (
                re.sub(r"(?:名称|名字|全名|全称|简称|姓名|列表|名)+$", "", re.sub(r"[^\w]|\d", "", self.name))
                or self.name
            )
            return any(_HAN.match(w) and bare.endswith(w) for w in listed)
        words = [w for w in self.words if not w.isdigit() and len(w) > 1]
        if "of" in words[1:]:  # the state of a company is a state
            words = words[: words.index("of")]
        while len(words) > 1 and words[-1] in _TAILS:
            words.pop()
        return bool(words) and words[-1] in listed

    @cached_property
    def counts(self) -> dict[str, int]:
        """The most frequent values as texts, with the number of their rows; blank cells are none."""
        if self.values.dtype.is_nested():
            return {}
        text = self.values.cast(pl.String, strict=False).drop_nulls().str.strip_chars()
        counted = text.filter(text != "").value_counts(sort=True).head(DISTINCT)
        return dict(counted.iter_rows())

    @cached_property
    def filled(self) -> int:
        """Cells that hold something."""
        if self.values.dtype.is_nested():
            return int(self.values.list.len().fill_null(0).gt(0).sum())
        text = self.values.cast(pl.String, strict=False)
        return int((text.str.strip_chars().fill_null("") != "").sum())

    @cached_property
    def distinct(self) -> int:
        """Different values."""
        if self.values.dtype.is_nested():
            return self.filled
        return self.values.drop_nulls().n_unique()

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Values that say that there is none: the usual words."""
        return tuple(t for t in self.counts if t.lower() in MISSING)

    @cached_property
    def texts(self) -> list[str]:
        """The different values, without those that say that there is none."""
        return [t for t in self.counts if t not in self.missing]

    @cached_property
    def decimal(self) -> str:
        """The sign before decimals, where the cells show it is a comma."""
        return "," if mark_of(self.texts) == "," else ""

    @cached_property
    def plain(self) -> list[str]:
        """The different values with their numbers written with points."""
        return plain_numbers(self.texts, self.decimal)

    @cached_property
    def bare(self) -> bool:
        """Whether the cells are plain numbers, without any word or sign beside them."""
        if self.values.dtype.is_numeric():
            return True
        return self.share(lambda t: t.replace(".", "", 1).replace("-", "", 1).isdecimal()) >= 0.98

    @cached_property
    def beside(self) -> tuple[str, str]:
        """The words that stand before and behind every number, where one pair does."""
        before, behind = beside(self.plain[:500])
        numbered = behind[:1] in _NUMBERED  # line 1, model 3: names, and no numbers of something
        return ("", "") if numbered else (before, behind)

    @cached_property
    def figures(self) -> list[float | None]:
        """The different values as numbers, None for those that are more than one."""
        return [figure_in(without_beside(text, self.beside)) for text in self.plain]

    @cached_property
    def numeric(self) -> float:
        """The share of the different values that are numbers."""
        return sum(f is not None for f in self.figures) / len(self.texts) if self.texts else 0.0

    @cached_property
    def numbers(self) -> list[float]:
        """The different numbers."""
        return [f for f in self.figures if f is not None]

    @cached_property
    def letters(self) -> float:
        """The mean length of a value, over the different ones."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def unique(self) -> float:
        """Different values for each cell that holds something."""
        return self.distinct / self.filled if self.filled else 0.0

    def share(self, test: Callable[[str], bool], texts: Sequence[str] | None = None) -> float:
        """The share of the different values that pass a test."""
        looked = self.texts if texts is None else texts
        return sum(map(test, looked)) / len(looked) if looked else 0.0


def mostly_han(texts: Sequence[str]) -> bool:
    """Whether more than half of some texts hold Chinese characters."""
    return 2 * sum(bool(_HAN.search(t)) for t in texts[:200]) > len(texts[:200])
