"""What the interactions of one source mean: wanted (1), neither (0) or not wanted (-1), by column and verb.

Decided from evidence once, kept with the source, and never decided anew for what is stored.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import resources
from itertools import pairwise
from typing import Any

import polars as pl

from instructrec.catalog.evidence import words_of
from instructrec.cells.values import YES_NO, to_float
from instructrec.sources.columns import DOCUMENTS, STATES, is_amount, plain

_DATA = tomllib.loads((resources.files("instructrec.sources") / "verbs.toml").read_text(encoding="utf-8"))
SAME: Mapping[str, str] = {word: to for to, words in _DATA["same"].items() for word in (to, *words.split())}
_STEMS = {kind: tuple(words.split()) for kind, words in _DATA["stems"].items()}
_PREFIXES = sorted(_STEMS.pop("undoing_prefixes"), key=lambda prefix: -len(prefix))
_ALL = [(stem, kind) for kind, stems in _STEMS.items() for stem in stems]
_GRADES: Mapping[str, int] = {
    word: sign
    for sign, kind in ((1, "wanted"), (0, "neutral"), (-1, "not_wanted"))
    for word in _DATA["grades"][kind].split()
}
_LABELS = frozenset(_DATA["labels"]["wanted"].split())
# greatest value of a scale -> (wanted from, not wanted below)
SCALES: Mapping[float, tuple[float, float]] = {1: (1, 1), 5: (4, 3), 10: (7, 5), 20: (14, 10), 100: (70, 50)}
SHORT_SCALES: Mapping[float, tuple[float, float]] = {2: (2, 2), 3: (3, 2), 4: (4, 3), 6: (5, 3), 7: (6, 4)}
MANY = 100  # ratings from which a scale that is never used beyond 3, 4, 6 or 7 is one that ends there
RATING_VERBS = ("rate", "review")
NO_VERBS = frozenset({"rate", "view"})  # what rows without a verb are called
_SENTINELS = frozenset({88.0, 98.0, 99.0, 255.0, 888.0, 998.0, 999.0, 9999.0, 99999.0})


@dataclass(frozen=True, slots=True)
class Meaning:
    """How the rows of a source are read; `kind` says what its column of values holds.

    "scale": wanted from `like_from` on, not wanted below `dislike_below`, `unjudged` values neither. "signs":
    above, at and below zero. "grades": words, by `words`. "labels": columns of yes and no, by `labels`.
    "amount": below zero is taken back, everything else is as its verb says. "": there are no values.
    """

    column: str = ""
    kind: str = ""
    top: float | None = None
    like_from: float | None = None
    dislike_below: float | None = None
    unjudged: tuple[float, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)  # verbs and grades -> sign
    labels: Mapping[str, int] = field(default_factory=dict)  # column -> sign of a yes
    document: str = ""  # the column of invoice numbers, of which some are cancelled
    explicit: tuple[str, ...] = ()  # verbs and values whose sign was given

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, as they are stored."""
        return asdict(self)

    @staticmethod
    def of(stored: Mapping[str, Any]) -> "Meaning":
        """A stored meaning; what an earlier version did not know keeps its default."""
        names = Meaning.__dataclass_fields__
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in stored.items() if k in names
        }
        return Meaning(**given)


# --- verbs


def signs_given(known: Sequence[Meaning]) -> dict[str, int]:
    """The verbs and values of earlier sources whose sign was given with them."""
    return {w: m.words[w] for m in known for w in m.explicit if w in m.words}


def sign_of_verb(verb: str) -> int | None:
    """What a verb says, by the words it is made of; None where none of them is known.

    >>> [sign_of_verb(v) for v in ("remove_from_cart", "AddToCart", "unlike", "取消收藏", "wave")]
    [-1, 1, -1, -1, None]
    >>> [sign_of_verb(v) for v in ("undo-dislike", "not_purchased", "display", "退货")]
    [0, -1, 0, -1]
    """
    words = words_of(re.sub(r"(?i)\b(un|dis|de)[-_ ](?=[a-z]{3})", r"\1", verb))
    kinds = [kind for word in words for kind in _kinds(word)]
    kinds += ["neutral"] if _is_list(verb) else []
    undone = kinds.count("undoing")
    if "not_wanted" in kinds:
        return 0 if undone else -1
    if undone:
        return -1
    if "neutral" in kinds:
        return 0
    return 1 if "wanted" in kinds else None


def _is_list(verb: str) -> bool:
    """Lists, results and promotions that were shown are no one item that was looked at."""
    words = words_of(verb)
    return any(w in ("list", "results", "promotion", "impression") for w in words) and not {
        "wish",
        "play",
    } & set(words)


def _kinds(word: str) -> list[str]:
    """The kinds of one word: by its longest known beginning, or split at an undoing prefix; CJK words by
    what is in them.
    """
    if not re.search(r"[a-zÀ-ɏа-яЀ-ӿ]", word):
        return _without_overlaps([(word.find(stem), -len(stem), kind) for stem, kind in _ALL if stem in word])
    length, best = max(
        ((len(stem), kind) for stem, kind in _ALL if _begins(word, stem, kind)), default=(0, "")
    )
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix).lstrip("'")
        if rest == word or len(rest) < 3 or len(prefix) + 2 < length:
            continue
        if inner := [kind for kind in _kinds(rest) if kind in ("wanted", "not_wanted")]:
            return ["undoing", *inner]
    return [best] if best else []


def _begins(word: str, stem: str, kind: str) -> bool:
    if kind == "undoing" and len(stem) <= 3:
        return word == stem
    return word == stem if len(stem) <= 3 and stem.isascii() else word.startswith(stem)


def _without_overlaps(found: Sequence[tuple[int, int, str]]) -> list[str]:
    """Kinds of what stands in a word, longest first where two stand at one place."""
    kinds, taken = [], set()
    for place, length, kind in sorted(found, key=lambda each: (each[1], each[0])):
        cells = set(range(place, place - length))
        if not cells & taken:
            taken |= cells
            kinds.append(kind)
    return kinds


def to_actions(values: pl.Series, own: Mapping[str, Any] | None = None) -> pl.Series:
    """Bring action words to their normal form, as Purchased and 购买 to buy; words in `own` and unknown ones
    stay.

    >>> to_actions(pl.Series(["Purchased", "购买", "thumbs_up", "wave"])).to_list()
    ['buy', 'buy', 'like', 'wave']
    """
    text = values if values.dtype == pl.String else values.cast(pl.String)
    words = text.unique().drop_nulls().to_list()
    known = {w: w.strip() if own and w in own else SAME.get(plain(w), w.strip()) for w in words}
    changed = {w: action for w, action in known.items() if w != action}
    return text.replace(changed) if changed else text


# --- values


def scale_of(
    values: pl.Series, name: str, known: Sequence[Meaning] = (), like_from: float | None = None
) -> Meaning:
    """How a column of numbers is read, by its values: a scale, signs, or an amount.

    `known` are the meanings of earlier sources: where the values fit one whose column has this name, it
    stands.

    >>> scale_of(pl.Series([1.0, 2, 9, 0]), "rating").unjudged, scale_of(pl.Series([1.0, -1]), "thumb").kind
    ((0.0,), 'signs')
    >>> scale_of(pl.Series([1.0, 5, 10, -1]), "score").unjudged
    (-1.0,)
    >>> scale_of(pl.Series([6.0, -6]), "Quantity").kind
    'amount'
    """
    given = values.drop_nulls()
    used = sorted(set(given.unique().to_list()))
    if not used or is_amount(name):
        return Meaning(name, "amount" if used else "")
    unjudged = _unjudged(used)
    judged = sorted(set(used) - set(unjudged))
    before = next((m for m in known if _fits(m, name, judged)), None)
    if before is not None and like_from is None:
        more = tuple(sorted({*before.unjudged, *unjudged}))
        return Meaning(name, before.kind, before.top, before.like_from, before.dislike_below, more)
    found = _top(judged, len(given)) if judged else None
    if like_from is not None:
        top, _, low = found or (max(judged, default=like_from), like_from, like_from)
        return Meaning(name, "scale", top, like_from, min(low, like_from), tuple(unjudged))
    if judged and min(judged) < 0:
        return Meaning(name, "signs", unjudged=tuple(unjudged))
    return Meaning(name, "scale", *found, tuple(unjudged)) if found else Meaning(name, "amount")


def _fits(known: Meaning, name: str, judged: Sequence[float]) -> bool:
    """Whether an earlier source has a column of this name, and its scale these values."""
    if plain(known.column) != plain(name):
        return False
    if known.kind == "signs":
        return bool(judged) and max(map(abs, judged)) <= 1
    return known.kind == "scale" and known.top is not None and all(0 <= v <= known.top for v in judged)


def _unjudged(used: Sequence[float]) -> list[float]:
    """Values that stand for "not rated": a lone 0 or -1 below a scale, or nines far above it."""
    found: list[float] = []
    rest = list(used)
    if len(rest) > 2 and rest[-1] in _SENTINELS and rest[-2] <= 20 and rest[-1] > 4 * max(abs(rest[-2]), 1):
        found.append(rest.pop())
    if len(rest) > 1 and rest[0] in (-1.0, -2.0, -9.0, -99.0, -999.0) and rest[1] >= 0 and max(rest) > 1:
        found.append(rest.pop(0))
    if len(rest) > 1 and rest[0] == 0 and max(rest) > 1:
        steps = min(b - a for a, b in pairwise(rest[1:])) if len(rest) > 2 else 1.0
        if rest[1] >= min(max(steps, 0.5), 1.0) and (max(rest) <= 20 or rest[1] >= 10):
            found.append(rest.pop(0))
    return found


def _top(judged: Sequence[float], n: int) -> tuple[float, float, float] | None:
    """The end of a scale, and from where on it is wanted and below which not; None where the values judge
    nothing.
    """
    greatest = max(judged)
    if greatest > max(SCALES):
        return None
    whole = all(v % 1 == 0 for v in judged)
    if whole and greatest in SHORT_SCALES and n >= MANY:
        return (greatest, *SHORT_SCALES[greatest])
    if greatest <= 1:
        if whole or all(v in (0.0, 0.5, 1.0) for v in judged):
            return (1.0, *SCALES[1]) if 0.0 in judged else (5.0, *SCALES[5])
        return (1.0, 0.7, 0.5)
    end = min(top for top in SCALES if greatest <= top)
    return (end, *SCALES[end])


_OF = re.compile(
    r"^\s*(\d+(?:[.,]\d+)?)\s*(?:/|of|out of|von|sur|de|из|満点中|su)\s*(\d+)(?:\s*\S{0,8})?\s*$",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"^\s*(\d+(?:[.,]\d+)?)\s*(%|％|\*|★|⭐|stars?|sterne?|étoiles?|estrellas?|estrelas?|stelle|sterren|звезд\w*|星|分|点|점)\s*$",
    re.IGNORECASE,
)


def number_of(text: str) -> tuple[float, float | None] | None:
    """The number in a grade, and the end of its scale where it is written.

    >>> number_of("4/5"), number_of("80%"), number_of("★★★☆☆"), number_of("4,5 stars"), number_of("good")
    ((4.0, 5.0), (80.0, 100.0), (3.0, 5.0), (4.5, 5.0), None)
    """
    if found := _OF.match(text):
        return float(found[1].replace(",", ".")), float(found[2])
    if found := _UNITS.match(text):
        return float(found[1].replace(",", ".")), 100.0 if found[2] in "%％" else 5.0 if found[
            2
        ] not in "分点점" else None
    bare = re.sub(r"\s", "", text)
    if bare and re.fullmatch("[★☆⭐✩✭½*]+", bare):
        return sum(c in "★⭐*" for c in bare) + 0.5 * ("½" in bare), 5.0
    return None


def to_numbers(values: pl.Series) -> tuple[pl.Series, float | None]:
    """A column of values as numbers: what is written as a grade, in stars or percent, too; (numbers, end of
    the scale where the column writes it).
    """
    numbers = to_float(values)
    if values.dtype != pl.String or numbers.null_count() == values.null_count():
        return numbers, None
    made = {
        t: n for t in values.filter(numbers.is_null()).drop_nulls().unique().to_list() if (n := number_of(t))
    }
    tops = {top for _, top in made.values()}
    if not made or len(tops) > 1:
        return numbers, None
    read = values.replace_strict({t: n for t, (n, _) in made.items()}, default=None, return_dtype=pl.Float64)
    return numbers.fill_null(read), tops.pop()


def grades_of(words: Sequence[str], known: Sequence[Meaning] = ()) -> dict[str, int]:
    """The signs of the words with which people judge; unknown ones are left out.

    >>> grades_of(["Good", "BAD", "Thumbs Up", "B+", "zonk"])
    {'Good': 1, 'BAD': -1, 'Thumbs Up': 1, 'B+': 1}
    """
    explicit = signs_given(known)
    found: dict[str, int] = {}
    for word in words:
        bare = re.sub(r"[\s_.!]+|(?<=\w)-(?=\w)", "", word.strip().lower())
        sign = explicit.get(word, _GRADES.get(bare, {"1": 1, "0": -1}.get(YES_NO.get(bare, ""))))
        sign = sign if sign is not None else sign_of_verb(word)
        if sign is not None:
            found[word] = sign
    return found


def state_column(frame: pl.DataFrame, taken: Sequence[str]) -> str | None:
    """The column that says what became of an order, completed or cancelled: one called a status or a type,
    most of whose words are verbs.

    >>> state_column(pl.DataFrame({"status": ["Completed", "Cancelled"], "colour": ["red", "blue"]}), ())
    'status'
    """
    for name in frame.columns:
        if name in taken or plain(name) not in STATES or frame[name].dtype != pl.String:
            continue
        counts = frame[name].drop_nulls().value_counts()
        if not 0 < counts.height <= 50:
            continue
        known = counts.filter(pl.Series([_is_verb(word) for word in counts[name]]))["count"].sum()
        if known * 2 >= frame.height:
            return name
    return None


def _is_verb(text: str) -> bool:
    return plain(text) in SAME or sign_of_verb(text) is not None


# --- columns of yes and no


def yes_no(values: pl.Series) -> pl.Series | None:
    """A column of yes and no as 1 and 0, by any words for them; None where it holds anything else.

    >>> yes_no(pl.Series(["yes", "no", None])).to_list(), yes_no(pl.Series([1, 2]))
    ([1.0, 0.0, None], None)
    """
    if values.dtype.is_nested() or values.dtype.is_temporal():
        return None
    if values.dtype == pl.String:
        text = values.str.strip_chars().str.to_lowercase().replace(dict(YES_NO))
        numbers = text.cast(pl.Float64, strict=False)
        if numbers.null_count() > values.null_count():
            return None
    else:
        numbers = values.cast(pl.Float64, strict=False)
    return (
        numbers
        if numbers.null_count() < len(numbers) and numbers.drop_nulls().is_in([0.0, 1.0]).all()
        else None
    )


def labels_of(frame: pl.DataFrame, taken: Sequence[str]) -> dict[str, int]:
    """The columns that say with yes and no whether something happened, and the sign of a yes.

    >>> labels_of(pl.DataFrame({"clicked": [0, 1], "is_returned": ["yes", "no"], "is_weekend": [0, 1]}), ())
    {'clicked': 1, 'is_returned': -1}
    """
    found = {}
    for name in frame.columns:
        if name in taken or not (sign := sign_of_label(name)) or yes_no(frame[name]) is None:
            continue
        found[name] = sign
    return found


def sign_of_label(name: str) -> int:
    """What a yes in a column of this name says; 0 where the name names nothing that somebody does."""
    words = [
        w
        for w in words_of(name)
        if w not in ("is", "has", "was", "did", "flag", "user", "item", "event", "ist", "wurde", "est", "es")
    ]
    if plain(name) in _LABELS or (words and "".join(words) in _LABELS):
        return 1
    if len(words) > 2 or not words:
        return 0
    return sign_of_verb(" ".join(words)) or 0


# --- documents


def cancelled(frame: pl.DataFrame) -> tuple[str, pl.Series] | None:
    """The column of invoice numbers of which a few carry a letter in front, as a cancelled C536379 does, and
    which rows these are.
    """
    for name in frame.columns:
        if plain(name) not in DOCUMENTS or frame[name].dtype.is_nested():
            continue
        text = frame[name].cast(pl.String).str.strip_chars()
        marked = text.str.contains(r"^(?i:c|cn|cr|r|ret|st|storno|gs)[-_]?\d+$").fill_null(False)
        bare = text.str.contains(r"^\d+$").fill_null(False)
        if marked.any() and bare.sum() > marked.sum() and (bare | marked).sum() > 0.95 * frame.height:
            return name, marked
    return None
