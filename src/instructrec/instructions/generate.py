"""Instructions from the facts of items: for training from training-side items, and for the instructed rows of an evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.data.features import decade, full_text
from instructrec.data.text import terms
from instructrec.instructions.template import Template, render, templates
from instructrec.instructions.vocabulary import common, lexicon
from instructrec.types import Attribute, Item

EVALUATION = Template("evaluation", "en", ("categories", "decade", "words"), "$categories from the $decade with $words")


@dataclass(frozen=True, slots=True)
class Generated:
    """One generated instruction and where it came from; `leaks_target` is set when it holds words of the target's title."""

    text: str
    item: int
    template: str
    language: str
    fields: tuple[str, ...]
    leaks_target: bool


def generate(items: Sequence[Item], each: int, rng: np.random.Generator, limit: int = 30_000) -> list[Generated]:
    """Ask for every item in `each` ways chosen at random, `limit` in all; an item without facts is left out.

    Title words are used on purpose here: these train the match of words and items, and are flagged as leaking.
    """
    each = max(1, min(each, limit // max(len(items), 1)))
    chosen = rng.permutation(len(items))[:limit]
    found: list[Generated] = []
    for number in chosen.tolist():
        for _ in range(each):
            facts_en, facts_zh = facts(items[number], rng, "en"), facts(items[number], rng, "zh")
            fitting = [t for t in templates() if t.fits(facts_en if t.language == "en" else facts_zh)]
            if not fitting:
                break
            template = fitting[rng.integers(len(fitting))]
            text = render(template, facts_en if template.language == "en" else facts_zh)
            leaks = "words" in template.needs
            found.append(Generated(text, number, template.id, template.language, template.needs, leaks))
    return found


def facts(item: Item, rng: np.random.Generator, language: str = "en") -> dict[str, str]:
    """What can be said about an item, drawn at random where there is a choice."""
    categories = _pick(item.attributes.get("categories"), rng, 2)
    tags = _pick(item.attributes.get("tags"), rng, 2)
    year = item.attributes.get("year")
    words = [w for w in terms(item.title) if w not in common() and len(w) > 1]
    said = {
        "category": _say(categories[:1], language),
        "categories": _say(categories, language),
        "tags": " ".join(tags).lower(),
        "brand": str(item.attributes.get("brand") or ""),
        "words": " ".join(rng.permutation(words)[:2].tolist()),
    }
    if isinstance(year, int | float):
        said["decade"] = decade(year) if language == "en" else f"{int(year) // 10 * 10 % 100:02d}年代"
    return said


def evaluation_instruction(target: Item, history: Sequence[Item], rng: np.random.Generator) -> str:
    """The train-side instruction of the comparison: one category of the target, its decade, and two words.

    The words come from the target's text, never from its title; an item without prose lends two words of the titles of the
    user's earlier items that share a category. Title words of the target are left out everywhere.
    """
    said = facts(target, rng)
    said["categories"] = _say(_pick(target.attributes.get("categories"), rng, 1), "en")
    banned = set(terms(target.title)) | common() | set(terms(said["categories"]))
    names = set(terms(" ".join(_flat(target.attributes.values()))))
    own = [w for w in terms(full_text(target)) if w not in banned and w not in names and len(w) > 3 and not w.isdigit()]
    kin = [
        i for i in history if set(_flat([i.attributes.get("categories")])) & set(_flat([target.attributes.get("categories")]))
    ]
    lent = [w for i in kin[-20:] for w in terms(i.title) if w not in banned and len(w) > 3 and not w.isdigit()]
    pool = sorted(set(own or lent))
    said["words"] = " ".join(rng.permutation(pool)[:2].tolist()) if pool else ""
    parts = [said["categories"], f"from the {said['decade']}" if said.get("decade") else "", said["words"]]
    return render(EVALUATION, said) if EVALUATION.fits(said) else " ".join(p for p in parts if p)


def _flat(values: Iterable[Attribute]) -> list[str]:
    """Short names among attribute values."""
    found: list[str] = []
    for value in values:
        found.extend(value if isinstance(value, list) else [value] if isinstance(value, str) and len(value) < 120 else [])
    return found


def _pick(value: Attribute, rng: np.random.Generator, most: int) -> list[str]:
    names = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return rng.permutation(names)[:most].tolist() if names else []


def _say(names: Sequence[str], language: str) -> str:
    """Category names as people say them: the lexicon's first Chinese name, or the plain English one."""
    if language == "en":
        return " ".join(n.lower() for n in names)
    spoken = lexicon()["names"]
    return "".join(next((w for w in spoken.get(n.lower(), []) if not w.isascii()), n) for n in names)
