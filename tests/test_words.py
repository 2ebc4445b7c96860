"""Names and texts that people see use the field's terms (docs/glossary.md), not the ones that this project once made up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from instructrec.channels.registry import CHANNELS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "instructrec"
TO_BE_REPLACED = ("parsing", "lexicon")  # by a folder in these words

# a word that names and texts no longer use -> the standard term
NAMES = {
    "told": "instructed",
    "held": "saved instructions, or conditions",
    "heard": "interpretation notes",
    "tried": "validation lists",
    "worded": "verbalize",
    "varied": "mmr",
    "steer": "soft wish",
    "steered": "soft wish",
    "insist": "boost",
    "standing": "saved, persistent",
    "together": "ease",
    "wording": "tfidf",
    "acts": "interactions",
    "asks": "instruction examples, requests",
    "accuracy": "ndcg_at_10",
    "tally": "record exposure",
    "reread": "rerank",
    "grounds": "evidence",
    "unchecked": "unresolved",
}
TEXTS = {
    r"\bbeing told\b": "with an instruction",
    r"\bacts?\b": "interaction",
    r"\bpassed over\b": "ignored, skipped",
    r"\bparted\b": "split",
    r"\bheard\b": "understood",
    r"\bstanding\b": "saved, persistent",
    r"\bit comes next after\b": "a likely next choice after",
    r"\bx \d+\.\d+": "1.46x",
    r"(?<![\d.])\.\d{2,}\b": "a zero before the point",
}


SQL = re.compile(r"\b(SELECT|CREATE TABLE|INSERT|UPDATE)\b")  # names of columns are those of the first schema


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in TO_BE_REPLACED:
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


def names_of(tree: ast.Module) -> Iterator[str]:
    """Modules' functions, classes, methods, fields and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            if isinstance(node, ast.ClassDef):
                fields = (each.target for each in node.body if isinstance(each, ast.AnnAssign))
                yield from (field.id for field in fields if isinstance(field, ast.Name))


def texts_of(tree: ast.Module) -> Iterator[str]:
    """All strings with a blank in them: docstrings, help, notes, errors."""
    yield from (
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant)
        and isinstance(n.value, str)
        and " " in n.value
        and not SQL.search(n.value)
    )


def words_in(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_names_use_the_standard_terms() -> None:
    faults = [
        f"{module}: {name}: say {NAMES[word]}"
        for module, tree in modules()
        for name in names_of(tree)
        for word in words_in(name) & NAMES.keys()
    ]
    assert not faults, "\n".join(faults)


def test_texts_use_the_standard_terms() -> None:
    faults = [
        f"{module}: {found[0]!r} in {text[max(0, found.start() - 30) : found.end() + 30]!r}: say {term}"
        for module, tree in modules()
        for text in texts_of(tree)
        for pattern, term in TEXTS.items()
        if (found := re.search(pattern, text))
    ]
    assert not faults, "\n".join(faults)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "decisions" not in page.parts and page.name != "glossary.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_use_the_standard_terms(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    faults = [
        f"{found[0]!r}: say {term}" for pattern, term in TEXTS.items() if (found := re.search(pattern, prose))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", CHANNELS)
def test_reasons_are_short_phrases_after_it_is(name: str) -> None:
    for phrases in (CHANNELS[name].reason, CHANNELS[name].reason_against):
        for text in phrases.values():
            assert not text.startswith(("it ", "people ")), text
            assert len(text) <= 40, text
