"""Names in one cell: lists of every kind, split where all the values of a column say."""

import ast
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import polars as pl

from instructrec.cells.values import without_markup

_PARTING = ("|", ";", "；", ",", "，", "、", "\n", "\t")
_PATH = (">", "»", "›", "→", "::", "\\", "/")
_AS_NUMPY = re.compile(r"""^[^,:]*['"]\s+['"][^,:]*$""")  # names with blanks between them, and no commas
_BRACKETS = ("[", "{", "(")
_NAMES = (
    "name",
    "title",
    "label",
    "value",
    "text",
    "名称",
    "名字",
    "标题",
    "displayname",
    "nom",
    "nombre",
    "bezeichnung",
)


def to_lists(values: pl.Series) -> pl.Series:
    """Read categories and tags as lists of strings: lists, JSON and Python lists, and text.

    Which signs part the names of a column is decided by all of its values: a sign that stands in one of them
    alone, while another parts many, parts nothing. Of paths, as in `A > B, A`, each step is a name. Of
    objects, as in `[{"id": 18, "name": "Drama"}]`, the name counts.

    >>> to_lists(pl.Series(["Drama|War", '["A, B"]', None])).to_list()
    [['Drama', 'War'], ['A, B'], None]
    >>> to_lists(pl.Series(["Clothing > Hoodies, Clothing", "Hats, Clothing > Caps"])).to_list()
    [['Clothing', 'Hoodies'], ['Hats', 'Clothing', 'Caps']]
    """
    if isinstance(values.dtype, (pl.List, pl.Array)):
        lists = _named(values).cast(pl.List(pl.String), strict=False)
    else:
        text = without_markup(values.cast(pl.String))
        lists = _looked_up(text, _parts_by_sign(text.drop_nulls())).alias(values.name)
    return _cleaned(lists)


def cut_at(values: pl.Series, signs: Sequence[str]) -> pl.Series:
    """Cut the cells of a column at some signs; cells that are written lists are read as such.

    >>> cut_at(pl.Series(["a / b, c", "d"]), ("/", ",")).to_list()
    [['a', 'b', 'c'], ['d']]
    """
    text = without_markup(values.cast(pl.String))
    cut = re.compile("|".join(map(re.escape, signs)))
    given = text.drop_nulls().unique(maintain_order=True).to_list()
    parts = {t: (_bracketed(t) if t.lstrip()[:1] == "[" else None) or cut.split(t) for t in given}
    return _cleaned(_looked_up(text, parts).alias(values.name))


def _looked_up(text: pl.Series, parts: Mapping[str, Sequence[str]]) -> pl.Series:
    schema = {"text": pl.String, "names": pl.List(pl.String)}
    cut = pl.DataFrame({"text": list(parts), "names": list(parts.values())}, schema=schema)
    beside = text.alias("text").to_frame().join(cut, on="text", how="left", maintain_order="left")
    return beside["names"]


def _cleaned(lists: pl.Series) -> pl.Series:
    """Lists of different names without blanks around them; one without any is null."""
    kept = pl.element().str.strip_chars()
    lists = lists.list.eval(kept.filter(kept != "")).list.unique(maintain_order=True)
    return (
        lists.to_frame()
        .select(pl.when(pl.col(lists.name).list.len() > 0).then(pl.col(lists.name)))
        .to_series()
    )


def _parts_by_sign(text: pl.Series) -> dict[str, list[str]]:
    """The names in each different value of a column of text."""
    counts = text.value_counts()
    given = counts[text.name].to_list()
    written = {t: _bracketed(t) for t in given if t.lstrip()[:1] in _BRACKETS}
    plain = [t for t in given if written.get(t) is None]
    signs = parting(plain, counts)
    cut = {t: re.split("|".join(signs), t) if signs else [t] for t in plain}
    return {**{t: names for t, names in written.items() if names is not None}, **cut}


def parting(texts: Sequence[str], counts: pl.DataFrame | None = None) -> list[str]:
    """The signs, as patterns, at which the values of a column are cut.

    >>> parting(["Office, Furniture", "Kitchen; Home, Garden", "Bedroom, Furniture"])
    [',']
    >>> parting(["Fiction|Crime", "Fiction"]), parting(["Tea", "Coffee"])
    (['\\\\|'], [])
    """
    rows = dict(counts.iter_rows()) if counts is not None else {}
    having = {s: sum(rows.get(t, 1) for t in texts if s in t) for s in _PARTING}
    main = max(_PARTING, key=lambda s: having[s])
    chosen = [main] if having[main] else []
    chosen += [s for s in _PARTING if s != main and having[s] > 1 and _parts_too(s, main, texts, having)]
    paths = [s for s in _PATH if _is_path(s, chosen, texts)]
    return [*map(re.escape, chosen), *(rf"\s*{re.escape(s)}\s*" for s in paths)]


def _parts_too(sign: str, main: str, texts: Sequence[str], having: Mapping[str, int]) -> bool:
    """Whether a second sign parts names too: it stands mostly where the main one does not, or cuts out names
    that are there by themselves as well.
    """
    having_it = [t for t in texts if sign in t]
    alone = [t for t in having_it if main not in t]
    both = [t for t in having_it if main in t]
    if len(alone) > len(both) and having[sign] * 10 >= having[main]:
        return True
    whole = _split_all(texts, main)
    pieces = _split_all([name for name in _split_all(both, main) if sign in name], sign)
    return bool(pieces) and sum(piece in whole for piece in pieces) * 2 >= len(pieces)


def _split_all(texts: Sequence[str], sign: str) -> set[str]:
    """The different names into which a sign cuts texts."""
    return {name.strip() for text in texts for name in text.split(sign)}


def _is_path(sign: str, chosen: Sequence[str], texts: Sequence[str]) -> bool:
    cut = re.compile("|".join(map(re.escape, chosen))) if chosen else None
    names = [n for t in texts for n in (cut.split(t) if cut else [t])]
    having = [n for n in names if sign in n.strip(sign + " ")]
    if sign not in ("/", "\\"):
        return bool(having)
    firsts = Counter(n.strip(sign + " ").split(sign)[0].strip() for n in having)
    # slashes also stand inside of names, as in TV/Video: they part where many names share their beginning
    shared = sum(count for count in firsts.values() if count > 1)
    return len(having) > 2 and len(having) * 2 >= len(names) and shared * 2 >= len(having)


def _named(values: pl.Series) -> pl.Series:
    """Lists of objects as lists of their names; other lists as they are."""
    inner = values.explode().dtype
    if not isinstance(inner, pl.Struct) or not inner.fields:
        return values
    field = _name_field([f.name for f in inner.fields])
    return values.cast(pl.List(inner)).list.eval(pl.element().struct.field(field))


def _name_field(fields: Sequence[str]) -> str:
    """The field of an object that says what it is."""
    plain = {re.sub(r"[\W_]", "", f).lower(): f for f in fields}
    exact = next((plain[n] for n in _NAMES if n in plain), None)
    ending = next((f for p, f in plain.items() if any(p.endswith(n) for n in _NAMES)), None)
    return exact or ending or next((f for p, f in plain.items() if not p.endswith("id")), fields[0])


def _bracketed(text: str) -> list[str] | None:
    """The names in a list as JSON, Python, numpy or PostgreSQL write it; None where the brackets are no
    list.
    """
    whole = text.strip()
    pairs = {"[": "]", "{": "}", "(": ")"}
    if not whole.endswith(pairs[whole[0]]):
        return [part.strip(" '\"") for part in whole.strip("[ ").split(",")] if whole[0] == "[" else None
    for load in (json.loads, ast.literal_eval) if not _AS_NUMPY.search(whole) else ():
        with suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return _names_of(load(whole))
    return None if whole[0] == "(" else _loosely(whole)


def _loosely(whole: str) -> list[str]:
    """Names in brackets without the quotes or the commas that JSON and Python want."""
    quoted = re.findall(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", whole)
    inside = whole[1:-1]
    if quoted and not re.search(r"\w", re.sub(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", "", inside)):
        return [one or other for one, other in quoted]
    return [part.strip(" '\"") for part in inside.split(",")]


def _names_of(found: Any) -> list[str] | None:
    if isinstance(found, dict):
        return _names_of([found]) if found else []
    if not isinstance(found, list | tuple | set | frozenset):
        return None
    members = sorted(found, key=str) if isinstance(found, set | frozenset) else found
    names = [m[_name_field(list(m))] if isinstance(m, dict) and m else m for m in members]
    return [str(n) for n in names if n is not None]


def looks_like_lists(values: pl.Series) -> bool:
    """Whether nearly all values of a text column are lists in brackets."""
    if values.dtype != pl.String:
        return False
    sample = values.drop_nulls().str.strip_chars().head(1000)
    return sample.len() > 0 and sample.str.contains(r"(?s)^\[.*\]$").sum() >= 0.95 * sample.len()
