"""The profile of a workspace's catalog as a person sees and corrects it: as TOML, or by any assistant."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instructrec.data.profile import CORRECTED, NAMED, CatalogProfile, ColumnProfile, Role
from instructrec.errors import ConfigError
from instructrec.store.profile import Corrections

MOST = 200_000  # characters of an answer that are read
VALUES = 30  # values of a column that the prompt lists
_LISTS = ("separators", "missing", "order", "words")
_PROMPT = """\
These are the columns of a catalog. People will ask for its items in English and in Chinese.
For each column below, propose the words by which people would ask for it, and for its listed values the
words by which they would ask for these, where they differ from the value itself: synonyms, everyday names,
the Chinese or English name. Leave out what you are not sure of. Do not translate titles.

Answer with one JSON object and nothing else:
{{"columns": {{"<field>": {{"words": ["...", "..."], "values": {{"<value>": ["...", "..."]}}}}}}}}

{columns}
"""


def prompt(profile: CatalogProfile) -> str:
    """A text for any assistant that asks for words in both languages; it holds names and values of columns
    only.
    """
    lines = [
        _prompt_line(name, column)
        for name, column in profile.columns.items()
        if column.role not in (Role.ID, Role.LINK, Role.IMAGE, Role.IGNORE, Role.TEXT, Role.TITLE)
    ]
    return _PROMPT.format(columns="\n".join(lines))


def _prompt_line(name: str, column: ColumnProfile) -> str:
    values = [value for value, _ in column.frequent[:VALUES]] if column.role in NAMED else []
    unit = f", in {column.unit}" if column.unit else ""
    listed = f"; values: {json.dumps(values, ensure_ascii=False)}" if values else ""
    return f"- {name} ({column.role}{unit}){listed}"


def imported(path: Path, profile: CatalogProfile) -> tuple[Corrections, list[str]]:
    """The words that an assistant proposed, checked: fields and values must be the catalog's, words short
    texts.

    Gives what can be taken, and what was left out and why. Raises ConfigError for a file that is no such
    answer.
    """
    try:
        text = path.read_text(encoding="utf-8")[:MOST]
        given = json.loads(text[text.index("{") : text.rindex("}") + 1])
        columns = given["columns"]
        fields = dict(columns.items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{path} holds no answer to `instructrec catalog --prompt` ({error}): it must be JSON with "
            '"columns"'
        ) from None
    taken: dict[str, dict[str, Any]] = {}
    left: list[str] = []
    for name, proposed in fields.items():
        column = profile.get(name)
        if column is None or not isinstance(proposed, dict):
            left.append(f"{name!r}: no column of this catalog")
            continue
        words = _sound_words(proposed.get("words"), name, left)
        values = _sound_values(proposed.get("values"), name, column, left)
        change = {
            **({"words": [*column.words, *words]} if words else {}),
            **({"value_words": values} if values else {}),
        }
        if change:
            taken[name] = change
    return taken, left


def _sound_words(given: Any, where: str, left: list[str]) -> list[str]:
    """Words that can be words: texts of 1 to 40 characters."""
    if given is None:
        return []
    if not isinstance(given, list):
        left.append(f"{where!r}: its words are no list")
        return []
    sound = [w.strip() for w in given if isinstance(w, str) and 0 < len(w.strip()) <= 40]
    left += [
        f"{where!r}: {w!r} is no word" for w in given if not isinstance(w, str) or w.strip() not in sound
    ]
    return list(dict.fromkeys(sound))


def _sound_values(given: Any, name: str, column: ColumnProfile, left: list[str]) -> dict[str, list[str]]:
    if not isinstance(given, dict):
        return {}
    known = {value for value, _ in column.frequent} | set(column.order)
    found = {}
    for value, words in given.items():
        if value not in known:
            left.append(f"{name!r}: {value!r} is no value that was asked about")
        elif sound := _sound_words(words, f"{name}: {value}", left):
            found[value] = sound
    return {**{k: list(v) for k, v in column.value_words.items()}, **found}


def as_toml(profile: CatalogProfile) -> str:
    """The profile as TOML with comments, to be edited.

    >>> price = ColumnProfile("Preis", Role.MONEY, unit="EUR", why="its cells are money", filled=2, rows=3)
    >>> print(as_toml(CatalogProfile({"price": price})).splitlines()[4])
    ["price"]
    """
    parts = [
        "# What every column of the catalog is. Change what is wrong and save; what you delete stays.",
        f"# role: {', '.join(str(r) for r in Role)}",
    ]
    for name, column in profile.columns.items():
        shown = f"{column.filled:,} of {column.rows:,} cells filled"
        parts += [
            "",
            f"# from {_one_line(column.column)!r}, {shown}; {_one_line(column.why)}",
            f"[{_quoted(name)}]",
        ]
        parts += [f"{key} = {_toml_value(getattr(column, key))}" for key in _shown_keys(column)]
    return "\n".join(parts) + "\n"


def _shown_keys(column: ColumnProfile) -> Sequence[str]:
    always = ("role", "unit", "separators", "words")
    return [k for k in CORRECTED if k in always or getattr(column, k) not in ("", (), {}, 1.0)]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a JSON text is a TOML text


def _toml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_quoted(k)} = {_toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_quoted(str(v)) for v in value) + "]"
    return _quoted(str(value)) if isinstance(value, str) else str(value)


def from_toml(text: str, read: CatalogProfile, before: CatalogProfile) -> Corrections:
    """What an edited TOML changes of the profile as it was read; raises ConfigError where it is no such
    TOML.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the edited profile is no TOML: {error}; nothing was changed") from error
    changes: dict[str, dict[str, Any]] = {}
    for name, column in read.columns.items():
        edited = given.get(name, {})
        for key in CORRECTED:
            value = (
                _as_json(checked(name, key, edited[key]))
                if key in edited
                else _as_json(getattr(before[name], key))
            )
            if value != _as_json(getattr(column, key)):
                changes.setdefault(name, {})[key] = value
    if unknown := set(given) - set(read.columns):
        raise ConfigError(f"no columns {sorted(unknown)} in this catalog; it has: {', '.join(read)}")
    return changes


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: list(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, str) else value


def settings(given: Sequence[str]) -> Corrections:
    """Settings as the command line gives them: field.key=value, lists with commas.

    >>> settings(["price.words=budget,预算", "weight.unit=kg"])
    {'price': {'words': ['budget', '预算']}, 'weight': {'unit': 'kg'}}
    """
    changes: dict[str, dict[str, Any]] = {}
    for text in given:
        left, sign, value = text.partition("=")
        name, dot, key = left.strip().rpartition(".")
        if not (sign and dot and name):
            raise ConfigError(f'--set {text!r}: write it as COLUMN.KEY=VALUE, e.g. price.words="budget,预算"')
        changes.setdefault(name, {})[key] = checked(name, key, _given_value(key, value.strip()))
    return changes


def _given_value(key: str, value: str) -> str | list[str]:
    """A value of the command line: words between commas, signs between blanks, else a text."""
    if key == "separators":
        return value.split() if value != "," else [","]
    return [part.strip() for part in value.split(",") if part.strip()] if key in _LISTS else value


def checked(name: str, key: str, value: Any) -> Any:
    """A setting that a profile can hold; ConfigError says what is allowed."""
    if key not in CORRECTED:
        raise ConfigError(f"{name}.{key} cannot be set; allowed: {', '.join(CORRECTED)}")
    if key == "magnitude":
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ConfigError(f"{name}.{key} = {value!r}: it must be a number, as 10000 for 万") from None
    fits, allowed = _ALLOWED.get("list" if key in _LISTS else key, (lambda v: isinstance(v, str), "a text"))
    if not fits(value):
        raise ConfigError(f"{name}.{key} = {value!r}; allowed: {allowed}")
    return value


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


_ALLOWED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "role": (lambda v: v in [str(r) for r in Role], ", ".join(map(str, Role))),
    "list": (_are_texts, "a list of texts"),
    "value_words": (
        lambda v: isinstance(v, dict) and all(map(_are_texts, v.values())),
        "a table of lists of words",
    ),
    "decimal": (lambda v: v in ("", ",", "."), '",", "." or nothing'),
}
