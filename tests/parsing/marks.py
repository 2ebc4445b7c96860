"""Marking the parser against labelled sentences, for tests and for `bench/understanding.py`.

The sentences of `sentences/` lie one file a catalog, and are divided by the first byte of the SHA-256 of
their text: even is the half that the parser was mended on ("work"), odd the half that was not looked at
("unseen").
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.data.dataset import Catalog
from instructrec.encoders.registry import load_encoder
from instructrec.instructions.understand import NearestName
from instructrec.lexicon.numbers import NUMBERS
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Instruction

ROOT = Path(__file__).parents[2]
SENTENCES = Path(__file__).parent / "sentences"
SHARED = ROOT.parent / "shared/data"
NEGATIVE = ("!=", "not_in", "not_contains")
PEOPLE = ("director", "actors")
OPPOSITES = {"!=": ("=",), "not_in": ("in", "between"), "not_contains": ("contains",)}
OPPOSITES |= {"<": (">", ">="), "<=": (">", ">="), ">": ("<", "<="), ">=": ("<", "<=")}
KINDS = {"categories": "name", "tags": "name", "specs": "name", "director": "director", "actors": "actors"}
Fact = tuple[str, ...]


def half(text: str) -> str:
    """Which half a sentence belongs to."""
    return "unseen" if hashlib.sha256(text.encode()).digest()[0] % 2 else "work"


def load(folder: Path = SENTENCES) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every sentence with the name of its catalog."""
    for path in sorted(folder.glob("*.toml")):
        for sentence in tomllib.loads(path.read_text(encoding="utf-8"))["sentence"]:
            yield path.stem, sentence


def labelled(sentence: Mapping[str, Any]) -> set[Fact]:
    """The conditions of a label as facts that can be compared; a name counts once, whichever attributes have
    it.
    """
    groups = [[tuple(c) for c in group] for group in sentence.get("any_of", ())]
    return facts([tuple(c) for c in sentence.get("conditions", ())], groups)


def facts(conditions: list[tuple[str, str, Any]], groups: list[list[tuple[str, str, Any]]]) -> set[Fact]:
    """Conditions and groups as facts; groups of one name each, all of a kind, say the same as one `in`."""
    names = [
        g[0] for g in groups if len(g) == 1 and g[0][1] in ("=", "contains") and isinstance(g[0][2], str)
    ]
    if (
        groups
        and len(names) == len(groups)
        and len({KINDS.get(field, "proper") for field, _, _ in names}) == 1
    ):
        return {*(fact(*c) for c in conditions), fact(names[0][0], "in", [value for _, _, value in names])}
    return {*(fact(*c) for c in conditions), *(group_fact(fact(*c) for c in group) for group in groups)}


def parsed(found: Instruction, vocabulary: Vocabulary) -> set[Fact]:
    """The same of what was understood; what is only liked counts like what is demanded: labels do not part them."""

    def plain(condition: Condition) -> tuple[str, str, Any]:
        return condition.field, condition.op, _said(condition, vocabulary, found.text)

    demanded = [plain(c) for c in (*found.conditions, *found.soft)]
    return facts(demanded, [[plain(c) for c in group] for group in found.any_of])


def fact(field: str, op: str, value: Any) -> Fact:
    """One condition in a form in which equal ones are equal; a flag is a name like a tag."""
    if isinstance(value, bool):
        field, op, value = "tags", op if value else "!=", field
    if op == "around":
        op, value = "between", [round(value * 0.8, 2), round(value * 1.2, 2)]
    if op in ("in", "not_in"):
        value = sorted(value)
        value = [value[0], value[-1]] if field == "year" else sorted(_plain(v) for v in value)
    kind = (
        field if isinstance(value, int | float) or field in ("price", "year") else KINDS.get(field, "proper")
    )
    kind = "people" if field in PEOPLE and op in NEGATIVE else kind  # who is refused is refused in every role
    op = (
        {"=": "contains", "!=": "not_contains"}.get(op, op)
        if isinstance(value, str) and kind != "price"
        else op
    )
    return (
        kind,
        op,
        repr(
            [float(v) if isinstance(v, int | float) else v for v in value]
            if isinstance(value, list)
            else _plain(value)
        ),
    )


def group_fact(facts: Iterator[Fact]) -> Fact:
    """A group of alternatives as one fact."""
    return ("any_of", "", repr(sorted(facts)))


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return (
        float(value)
        if isinstance(value, int | float)
        else re.sub(r"[\W_]+", "", str(value)).casefold() or value
    )


def _said(condition: Condition, vocabulary: Vocabulary, text: str) -> Any:
    """Cheap, dear and recent stand for the catalog's own quantiles."""
    said = text[slice(*condition.span)]
    if re.search(rf"[\d一二三四五六七八九十百千]|hundred|{'|'.join(NUMBERS)}", said):
        return condition.value  # a number was said: that it equals a quantile is chance
    if condition.field == "price" and condition.op != "=":
        for low, high in (vocabulary.quantiles.get("price", ()), *vocabulary.prices.values()):
            if condition.value in (low, high):
                return "cheap" if condition.value == low else "dear"
    if (
        condition.field == "year"
        and condition.op in (">=", "<")
        and condition.value == int(vocabulary.quantiles["year"][1])
    ):
        return "recent"
    return condition.value


class Marks:
    """Counts over some sentences."""

    def __init__(self) -> None:
        self.facts: dict[str, Counter[str]] = {}
        self.parts: dict[str, Counter[str]] = {}
        self.lost: list[str] = []
        self.wrong: list[str] = []
        self.sentences = 0
        self.exact = 0

    def add(
        self,
        name: str,
        sentence: Mapping[str, Any],
        vocabulary: Vocabulary,
        nearest: NearestName | None = None,
    ) -> None:
        """Mark one sentence, read with the encoder's help where `nearest` is given."""
        text = sentence["text"]
        found = parse(text, vocabulary, nearest)
        wanted, got = labelled(sentence), parsed(found, vocabulary)
        self.sentences += 1
        self.exact += wanted == got
        for kind in {f[0] for f in wanted | got}:
            mine, theirs = {f for f in got if f[0] == kind}, {f for f in wanted if f[0] == kind}
            self._count(self.facts, kind, len(mine & theirs), len(mine), len(theirs))
        lost = [
            f
            for f in wanted - got
            if any((kind, op, f[2]) in got for kind in _roles(f) for op in OPPOSITES.get(f[1], ()))
        ]
        if lost:
            self.lost.append(f"[{name}] {text}: {lost}")
        faults = [f"too much {sorted(got - wanted)}, missing {sorted(wanted - got)}"] if wanted != got else []
        faults += list(self._others(sentence, found, vocabulary))
        if faults:
            self.wrong.append(f"[{name}] {text}\n      " + "\n      ".join(faults))

    def _others(
        self, sentence: Mapping[str, Any], found: Instruction, vocabulary: Vocabulary
    ) -> Iterator[str]:
        """References, dials, n, task and what cannot be checked."""
        text = sentence["text"]
        titles = {i.id: i.title for i in vocabulary.titles.items}
        judged = sentence.get("task") in ("T0", "T1")
        pairs = {
            "like": (set(sentence.get("like", ())), set() if judged else {titles[i] for i in found.like}),
            "unlike": (set(sentence.get("unlike", ())), {titles[i] for i in found.unlike}),
            "dials": (
                {f"{k}{v}" for k, v in sentence.get("dials", {}).items()},
                {f"{k}{'+' if v > 0 else '-'}" for k, v in found.dials.items()},
            ),
            "n": ({sentence["n"]} if "n" in sentence else set(), {found.n} if found.n else set()),
            "task": ({sentence["task"]} if "task" in sentence else set(), {found.task.value} - {"T2"}),
        }
        for part, (wanted, got) in pairs.items():
            self._count(self.parts, part, len(wanted & got), len(got), len(wanted))
            if wanted != got:
                yield f"{part}: found {sorted(map(str, got))}, labelled {sorted(map(str, wanted))}"
        places = [(text.find(s), text.find(s) + len(s)) for s in sentence.get("unresolved", ())]
        hit = [any(a < y and x < b for x, y in found.unresolved) for a, b in places]
        true = [any(a < y and x < b for a, b in places) for x, y in found.unresolved]
        self._count(self.parts, "unresolved", min(sum(hit), sum(true)), len(true), len(hit))
        if not all(hit) or not all(true):
            said = [text[a:b] for a, b in found.unresolved]
            yield f"unresolved: found {said}, labelled {sentence.get('unresolved', [])}"

    def _count(self, table: dict[str, Counter[str]], kind: str, right: int, found: int, wanted: int) -> None:
        table.setdefault(kind, Counter()).update(right=right, found=found, wanted=wanted)

    def to_dict(self) -> dict[str, Any]:
        """Every figure."""
        total: Counter[str] = Counter()
        for counts in self.facts.values():
            total.update(counts)
        return {
            "sentences": self.sentences,
            "exact": self.exact,
            "f1": f1(total),
            "conditions": total["wanted"],
            "negations_lost": self.lost,
            "by_type": {k: {"f1": f1(c), **c} for k, c in sorted(self.facts.items())},
            "parts": {k: {"f1": f1(c), **c} for k, c in self.parts.items()},
        }


def _roles(fact: Fact) -> tuple[str, ...]:
    """The kinds under which the opposite of a fact may stand."""
    return PEOPLE if fact[0] == "people" else fact[:1]


def f1(counts: Mapping[str, int]) -> float:
    """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
    both = counts["found"] + counts["wanted"]
    return 2 * counts["right"] / both if both else 1.0


@cache
def vocabulary_of(path: Path) -> Vocabulary:
    """The vocabulary of a catalog, made once however many folders of sentences are marked."""
    return Vocabulary.of(Catalog(pl.read_parquet(path)).records())


def mark(data: Path, folder: Path = SENTENCES) -> dict[str, Marks]:
    """The marks of both halves, with the real catalogs."""
    halves = {"work": Marks(), "unseen": Marks()}
    for name, sentence in load(folder):
        halves[half(sentence["text"])].add(name, sentence, vocabulary_of(data / name / "items.parquet"))
    return halves


def mark_shops(folder: Path) -> Marks:
    """The marks of sentences beside catalogs that lie with them, one folder a catalog, read as in service."""
    marks, encoder = Marks(), load_encoder()
    for place in sorted(folder.iterdir()):
        vocabulary = Vocabulary.of(
            Catalog(pl.read_ndjson(place / "items.jsonl", infer_schema_length=None)).records()
        )
        nearest = NearestName(vocabulary, lambda: encoder)
        for sentence in tomllib.loads((place / "sentences.toml").read_text(encoding="utf-8"))["sentence"]:
            marks.add(place.name, sentence, vocabulary, nearest)
    return marks
