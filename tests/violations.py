"""Random catalogs and requests, and a judge of its own: does any returned item violate a parsed condition?

Attributes are missing at random. Sentences state random conditions in English or Chinese, in every path that
gives a list: one request, a batch, candidates to rank, with and without a user. Every item is checked against
every condition by code that shares nothing with the package's own (`sayings.py`). Used by
`recommender/test_conditions_hold.py` with few pairs and by `bench/understanding.py` with many.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.recommender import Recommender
from instructrec.types import Item, Request, SavedInstruction, Slate
from tests import sayings, worlds

EACH = 200  # requests a catalog
MOST_SHOWN = 20
LANGUAGES = ("en", "zh")


class Shelf:
    """A catalog in memory with a few users, as a source."""

    def __init__(self, items: list[Item], rng: np.random.Generator) -> None:
        self.catalog = items
        self.acts = {
            f"u{n}": rng.permutation([i.id for i in items])[: rng.integers(1, 9)].tolist() for n in range(5)
        }
        self.never = {user: sayings.say(rng, LANGUAGES[n % 2]).text for n, user in enumerate(("u3", "u4"))}

    def items(self) -> list[Item]:
        """The catalog."""
        return self.catalog

    def history(self, user: str) -> list[tuple[str, int]] | None:
        """What a user did."""
        return [(item, 1) for item in self.acts[user]] if user in self.acts else None

    def saved_instructions(self, user: str | None) -> list[SavedInstruction]:
        """What two of the users want to hold for every request."""
        return (
            [SavedInstruction(id="i1", owner=f"user:{user}", text=self.never[user])]
            if user in self.never
            else []
        )


def recommender(rng: np.random.Generator) -> Recommender:
    """A recommender with random weights over a random catalog: what holds here holds for any model."""
    shelf = Shelf(sayings.catalog(rng, int(rng.integers(10, 120))), rng)
    numbers = {item.id: n for n, item in enumerate(shelf.catalog)}
    people = [[numbers[i] for i in acts] for acts in shelf.acts.values()]
    parts = worlds.channels(shelf.catalog, worlds.histories(*people))
    gates = Gates(
        tuple(parts),
        rng.normal(scale=0.3, size=(len(parts), len(FEATURES))).astype(np.float32),
        rng.uniform(0.5, 2, len(parts)).astype(np.float32),
    )
    return Recommender(FastModel(tuple(numbers), parts, gates), shelf, worlds.HashEncoder())


def ask(made: Recommender, rng: np.random.Generator) -> tuple[Request, sayings.Saying]:
    """One random request."""
    language = LANGUAGES[rng.integers(2)]
    saying = sayings.say(rng, language) if rng.random() < 0.85 else sayings.alternatives(rng, language)
    request = Request(instruction=saying.text, n=int(rng.integers(1, 15)))
    if rng.random() < 0.5:
        request = replace(request, user=f"u{rng.integers(5)}")
    if rng.random() < 0.3:
        request = replace(
            request, candidates=tuple(rng.permutation([i.id for i in made.items])[:12].tolist())
        )
    return request, saying


def violations(slate: Slate, vocabulary: Vocabulary) -> list[str]:
    """What the items of a slate violate, in words: of the request's own conditions and of the saved
    ones.
    """
    every = [slate.instruction, *(parse(text, vocabulary) for text in slate.saved_instructions)]
    return [
        f"{line.item.id} {dict(line.item.attributes)} violates {said.text!r}"
        for line in slate
        for said in every
        if not all(sayings.passes(line.item, c) for c in said.conditions)
        or (
            said.any_of and not any(all(sayings.passes(line.item, c) for c in group) for group in said.any_of)
        )
    ]


def run(pairs: int, seed: int) -> dict[str, Any]:
    """Check so many pairs of catalog and request."""
    rng = np.random.default_rng(seed)
    count: Counter[str] = Counter()
    wrong: list[str] = []
    misread: list[str] = []
    while count["pairs"] < pairs:
        made = recommender(rng)
        vocabulary = Vocabulary.of(made.items)
        asked = [ask(made, rng) for _ in range(min(EACH, pairs - count["pairs"]))]
        half = len(asked) // 2
        slates = made.answer([r for r, _ in asked[:half]])
        slates += [made.recommend(r.instruction, r.user, None, r.n, r.candidates) for r, _ in asked[half:]]
        for slate, (_, saying) in zip(slates, asked, strict=True):
            said = slate.instruction
            wrong += violations(slate, vocabulary)
            groups = frozenset(sayings.facts_of(group) for group in said.any_of)
            same = (sayings.facts_of(said.conditions), groups) == (saying.facts, saying.groups)
            conditions = len(said.conditions) + sum(map(len, said.any_of))
            count.update(
                pairs=1,
                items=len(slate),
                conditions=conditions,
                saved=len(slate.saved_instructions),
                same=same,
            )
            if not same and len(misread) < MOST_SHOWN:
                got = [(c.field, c.op, c.value) for group in (said.conditions, *said.any_of) for c in group]
                misread.append(f"{saying.text!r}: said {sorted(map(str, saying.facts))}, read {got}")
    return {**count, "violations": wrong, "read_back": count["same"] / count["pairs"], "misread": misread}
