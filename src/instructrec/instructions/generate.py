"""Instructions from the facts of items: for training from training-side items, and for the instructed rows of an evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.data.features import decade, names, prose
from instructrec.data.text import terms
from instructrec.instructions.template import Template, render, templates
from instructrec.parsing.vocabulary import common, lexicon
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

    The words come from the target's prose; a target without any lends two words of the titles of the user's earlier items
    that share a category. Words of the target's title, and names that would be conditions of their own, are left out.
    """
    said = facts(target, rng)
    said["categories"] = said["category"]
    said["words"] = " ".join(rng.permutation(_words_for(target, history))[:2].tolist())
    parts = [said["categories"], f"from the {said['decade']}" if said.get("decade") else "", said["words"]]
    return render(EVALUATION, said) if EVALUATION.fits(said) else " ".join(p for p in parts if p)


def _words_for(target: Item, history: Sequence[Item]) -> list[str]:
    wanted = set(_categories(target))
    kin = [i for i in history if wanted.intersection(_categories(i))][-20:]
    named = {w for item in (target, *kin) for w in terms(" ".join(names(item)))}
    banned = named | set(terms(target.title)) | common()
    own = [w for w in terms(prose(target)) if w not in banned and len(w) > 3 and not w.isdigit()]
    lent = [w for item in kin for w in terms(item.title) if w not in banned and len(w) > 3 and not w.isdigit()]
    return sorted(set(own or lent))


def _categories(item: Item) -> list[str]:
    value = item.attributes.get("categories")
    return value if isinstance(value, list) else []


def _pick(value: Attribute, rng: np.random.Generator, most: int) -> list[str]:
    names = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return rng.permutation(names)[:most].tolist() if names else []


def _say(names: Sequence[str], language: str) -> str:
    """Category names as people say them: the lexicon's first Chinese name, or the plain English one."""
    if language == "en":
        return " ".join(n.lower() for n in names)
    spoken = lexicon()["names"]
    return "".join(next((w for w in spoken.get(n.lower(), []) if not w.isascii()), n) for n in names)
