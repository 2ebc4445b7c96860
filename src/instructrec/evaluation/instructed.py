"""Requests with an instruction, and the mask of the conditions that every row of a table must keep.

Three kinds: the train-side track, which names a category and a decade; wishes in other words, which name
nothing: "something that makes me laugh"; and words of the title itself.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from instructrec.data.facets import Facets
from instructrec.data.text import terms
from instructrec.encoders.base import Encoder
from instructrec.evaluation.cases import Case
from instructrec.evaluation.compare import CUT, MAIN
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.instructions.generate import evaluation_instruction
from instructrec.instructions.template import words
from instructrec.instructions.understand import Reader
from instructrec.types import Context, Item, Scorer

NOBODY = np.zeros(0, np.int64)  # a history of which nothing is known
TASTES = ("I like {} and {}", "mostly {} and {}", "我喜欢{}和{}", "平时爱{}和{}")
MOOD_KEYS = ("en", "zh", "occasion_en", "occasion_zh")  # where a mood has its words


@dataclass(frozen=True, slots=True, eq=False)
class SoftWishCase:
    """A request with a wish that names no attribute; `wished` are the items that satisfy it."""

    case: Case
    wished: np.ndarray  # item numbers, ascending


def allowed_by(facets: Facets) -> Allowed:
    """The items that pass each context's conditions, as the mask that `evaluate` takes."""

    def allowed(contexts: list[Context]) -> np.ndarray:
        return np.stack([facets.mask(c.instruction.conditions, c.instruction.any_of) for c in contexts])

    return allowed


def instructed_cases(
    requests: Sequence[Case], items: Sequence[Item], reader: Reader, seed: int
) -> list[Case]:
    """The same requests, each with the train-side instruction of one of its relevant items; relevant are all
    that pass it.
    """
    rng = np.random.default_rng(seed)
    texts = []
    for case in requests:
        target = items[int(rng.choice(case.relevant))]
        texts.append(evaluation_instruction(target, [items[i] for i in case.context.history.tolist()], rng))
    contexts = reader.with_instruction([c.context for c in requests], texts)
    facets = Facets(items)
    found = []
    for case, context in zip(requests, contexts, strict=True):
        passes = facets.mask(context.instruction.conditions, context.instruction.any_of)
        found.append(replace(case, context=context, relevant=case.relevant[passes[case.relevant]]))
    return [case for case in found if len(case.relevant)]


def soft_wish_cases(
    requests: Sequence[Case],
    items: Sequence[Item],
    reader: Reader,
    seed: int,
    *,
    only: Collection[str] | None = None,
    skip: Collection[str] = (),
) -> list[SoftWishCase]:
    """The same requests, each with a mood or occasion that fits a category or tag of one of its relevant
    items.

    The words name no value of any catalog, and parsed conditions are dropped: nothing is filtered, a wish can
    only be followed by ranking. `only` and `skip` are the values (casefolded) that a mood may and may not
    stand for.
    """
    rng = np.random.default_rng(seed)
    holders = _holders(items)
    chosen = [(case, mood) for case in requests if (mood := _mood(case, items, rng, only, skip))]
    contexts = reader.with_instruction(
        [c.context for c, _ in chosen], [_mood_sentence(mood, rng) for _, mood in chosen]
    )
    found = []
    for (case, mood), context in zip(chosen, contexts, strict=True):
        wished = np.unique(np.concatenate([holders[cue] for cue in mood["cues"] if cue in holders]))
        wish = replace(context.instruction, conditions=(), any_of=())
        relevant = case.relevant[np.isin(case.relevant, wished)]
        found.append(
            SoftWishCase(replace(case, context=replace(context, instruction=wish), relevant=relevant), wished)
        )
    return found


def title_query_cases(
    requests: Sequence[Case], items: Sequence[Item], encoder: Encoder, seed: int
) -> list[Case]:
    """The same requests, each with a random half of a relevant item's title, as in a search field.

    Nothing is parsed from it. It leaks the answer, and results must say so.
    """
    rng = np.random.default_rng(seed)
    texts = []
    for case in requests:
        wish = items[int(case.relevant[0])].title.split() or ["?"]
        size = -(-len(wish) // 2)
        first = int(rng.integers(0, len(wish) - size + 1))
        texts.append(" ".join(wish[first : first + size]))
    vectors = encoder.encode(texts) if texts else ()
    return [
        replace(case, context=replace(case.context, vector=vector, words=tuple(terms(text))))
        for case, vector, text in zip(requests, vectors, texts, strict=True)
    ]


def profile_cases(
    requests: Sequence[Case], items: Sequence[Item], reader: Reader, seed: int, *, skip: Collection[str] = ()
) -> list[Case]:
    """Half of the requests, with stated preferences: the two values (categories, tags) most frequent in the
    history.

    Every other one loses its history. Nothing is filtered.
    """
    rng = np.random.default_rng(seed)
    chosen, texts = [], []
    for case in requests[::2]:
        had = Counter(
            v for n in case.context.history.tolist() for v in _list_values(items[n]) if v not in skip
        )
        if len(had) > 1:
            chosen.append(case)
            texts.append(
                TASTES[rng.integers(len(TASTES))].format(*(value for value, _ in had.most_common(2)))
            )
    vectors = [c.vector for c in reader.contexts(texts, [NOBODY] * len(texts))]
    found = []
    for n, (case, vector) in enumerate(zip(chosen, vectors, strict=True)):
        history = NOBODY if n % 2 else case.context.history
        found.append(replace(case, context=replace(case.context, history=history, profile=vector)))
    return found


def wish_values(scorer: Scorer, asked: Sequence[SoftWishCase], items: int) -> dict[str, np.ndarray]:
    """Per request, nDCG@10 of the relevant items and the share of the first ten that satisfy the wish."""
    requests = [s.case for s in asked]
    ranked, _ = rank_all(scorer, requests, items, depth=CUT)
    shares = [np.isin(row[row >= 0], s.wished).sum() / CUT for row, s in zip(ranked, asked, strict=True)]
    return {
        MAIN: ranking_metrics(ranked, [c.relevant for c in requests], (CUT,))[MAIN],
        "wish satisfaction@10": np.array(shares),
    }


def wish_satisfaction(scorer: Scorer, asked: Sequence[SoftWishCase], items: int) -> tuple[float, float]:
    """Mean nDCG@10 and satisfied@10."""
    found = wish_values(scorer, asked, items)
    return float(found[MAIN].mean()), float(found["wish satisfaction@10"].mean())


def _mood(
    case: Case,
    items: Sequence[Item],
    rng: np.random.Generator,
    only: Collection[str] | None,
    skip: Collection[str],
) -> dict[str, Any] | None:
    """A mood that fits a value of one of the request's relevant items."""
    values = set(_list_values(items[int(rng.choice(case.relevant))]))
    fitting = [
        mood
        for mood in words("moods")["mood"]
        if not values.isdisjoint(mood["cues"])
        and set(mood["cues"]).isdisjoint(skip)
        and (only is None or not values.isdisjoint(set(mood["cues"]) & set(only)))
    ]
    return fitting[rng.integers(len(fitting))] if fitting else None


def _mood_sentence(mood: dict[str, Any], rng: np.random.Generator) -> str:
    """A wish of a mood, in one of the languages."""
    keys = [key for key in MOOD_KEYS if mood.get(key)]
    key = keys[rng.integers(len(keys))]
    phrase = mood[key][rng.integers(len(mood[key]))]
    return (
        f"something {phrase}"
        if key.endswith("en")
        else f"想要{phrase}的"
        if key == "zh"
        else f"推荐{phrase}的"
    )


def _list_values(item: Item) -> list[str]:
    return [str(v).casefold() for value in item.attributes.values() if isinstance(value, list) for v in value]


def _holders(items: Sequence[Item]) -> dict[str, np.ndarray]:
    found: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        for value in set(_list_values(item)):
            found.setdefault(value, []).append(number)
    return {value: np.array(numbers) for value, numbers in found.items()}
