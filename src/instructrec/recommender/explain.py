"""Why this item: the conditions it meets and the terms of its score that lift it most, as a short
sentence.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from instructrec.channels.registry import CHANNELS
from instructrec.data.facets import Facets
from instructrec.language.rerank import NAME as LANGUAGE_MODEL
from instructrec.lexicon.words import LIMIT
from instructrec.models.fast import UNTRAINED, FastModel
from instructrec.parsing.foreign import language_name
from instructrec.parsing.references import QUOTED
from instructrec.recommender.eligibility import condition_facts, describe
from instructrec.recommender.liked import LIKED, liked_facts
from instructrec.recommender.score import ScoredItems
from instructrec.types import Context, Instruction, Item, Recommendation

CITED = 2  # terms that a reason names
NO_CONTEXT = Context(history=np.zeros(0, np.int64))
BY_LANGUAGE_MODEL = {"en": "picked by the language model", "zh": "由语言模型选出"}
BY_LIKING = {"en": "{}, as you would like", "zh": "{}，正是你更想要的"}
DIAL_WORDS = {  # turned down, turned up
    "personal": ("less of your usual", "more of your usual"),
    "novelty": ("fewer new items", "more new items"),
    "diversity": ("less variety", "more variety"),
    "popularity": ("fewer well-known items", "more well-known items"),
}


def recommendations(
    model: FastModel,
    items: Sequence[Item],
    found: ScoredItems,
    chosen: np.ndarray,
    context: Context,
    facets: Facets,
) -> tuple[Recommendation, ...]:
    """The chosen items, places in what was scored, with the arithmetic of their scores and a reason made of
    it.
    """
    numbers = chosen if found.items is None else found.items[chosen]
    share = found.allowed.astype(np.float32) / max(np.count_nonzero(found.allowed), 1)
    means = {name: float(values @ share) for name, values in found.parts.items()}

    def title(number: int) -> str:
        return items[number].title

    details = {name: c.details(context, numbers, title) for name, c in model.channels.items()}
    details[LIKED] = liked_facts(numbers.tolist(), context.instruction, facets)
    language = "zh" if context.instruction.language == "zh" else "en"
    made = []
    for row, (place, number) in enumerate(zip(chosen.tolist(), numbers.tolist(), strict=True)):
        channels = {name: float(values[place]) for name, values in found.parts.items()}
        lift = {name: value - means[name] for name, value in channels.items()}
        named = {name: details[name][row] if name in details else "" for name in channels}
        because = strongest(lift, _phrases(model, number, channels, named, language), named)
        met = _facts_met(items[number], context.instruction)
        made.append(
            Recommendation(
                item=items[number],
                rank=row + 1,
                score=float(found.scores[place]),
                channels=channels,
                conditions_met=met,
                because=tuple(because),
                reason=reason_text(met, because, language),
            )
        )
    return tuple(made)


def _phrases(
    model: FastModel, item: int, values: Mapping[str, float], named: Mapping[str, str], language: str
) -> dict[str, str]:
    return {name: reason_phrase(model, name, item, v, named[name], language) for name, v in values.items()}


def _facts_met(item: Item, instruction: Instruction) -> tuple[str, ...]:
    return tuple(fact for condition in instruction.conditions for fact in condition_facts(item, condition))


def reason_phrase(
    model: FastModel, channel: str, item: int, value: float, detail: str, language: str = "en"
) -> str:
    """How a term is worded for one item; empty where it would name something that is not there."""
    if channel == LANGUAGE_MODEL:
        return BY_LANGUAGE_MODEL[language]
    if channel == LIKED:
        return BY_LIKING[language].format(detail) if detail else ""
    declared = CHANNELS[channel]
    wording = declared.reason
    if declared.reason_against and value * float(model.channels[channel].score([NO_CONTEXT])[0, item]) < 0:
        wording = declared.reason_against
    template = wording[language]
    return "" if "{}" in template and not detail else template.format(detail)


def strongest(
    lift: Mapping[str, float], phrases: Mapping[str, str], named: Mapping[str, str] | None = None
) -> list[str]:
    """The wording of the terms that lift an item most above the mean of what could have been shown.

    `named` is what each phrase names, if anything: the same title is not named twice.

    >>> strongest({"a": 0.1, "b": 0.4, "c": -1.0}, {"a": "popular right now", "b": "", "c": "close"})
    ['popular right now']
    >>> strongest({"a": 2, "b": 1}, {"a": "after Emma", "b": "with Emma"}, {"a": "Emma", "b": "Emma"})
    ['after Emma']
    """
    chosen: list[str] = []
    seen: set[str] = set()
    for name in sorted((name for name in lift if lift[name] > 0), key=lambda name: -lift[name])[: 2 * CITED]:
        title = (named or {}).get(name, "")
        if phrases[name] and title not in seen:
            chosen.append(phrases[name])
            seen |= {title} - {""}
    return chosen[:CITED]


def reason_text(met: Sequence[str], because: Sequence[str], language: str = "en") -> str:
    """One line of the facts.

    >>> reason_text(["Horror", "year 1979"], ["popular right now"])
    'Horror, year 1979. Popular right now'
    >>> reason_text([], ["often chosen after Emma", "popular right now"])
    'Often chosen after Emma and popular right now'
    """
    comma, full_stop, also = ("、", "。", "，") if language == "zh" else (", ", ". ", " and ")
    words = also.join(because)
    return full_stop.join(part for part in (comma.join(met), words[:1].upper() + words[1:]) if part)


def shared_facts(lines: Sequence[Recommendation]) -> tuple[str, ...]:
    """Facts that the reasons of all items have in common, to be said once; none for fewer than two items."""
    if len(lines) < 2:
        return ()
    counts = Counter(fact for line in lines for fact in dict.fromkeys((*line.conditions_met, *line.because)))
    return tuple(fact for fact, count in counts.items() if count == len(lines))


def interpretation_notes(instruction: Instruction) -> list[str]:
    """What was understood beside the conditions, and what could not be checked, so that a person can
    object.
    """
    dials = [DIAL_WORDS[dial][amount > 0] for dial, amount in instruction.dials.items() if amount]
    guessed = [c for c in (*instruction.conditions, *instruction.soft) if c.source == "encoder"]
    return [
        *(
            f"sorted by {field}, {'lowest' if way == 'asc' else 'highest'} first"
            for field, way in instruction.sort[:1]
        ),
        *(f"liked, not demanded: {describe(c)}" for c in instruction.soft),
        *([f"understood: {', '.join(dials)}"] if dials else []),
        *(f"read {instruction.text[slice(*c.span)]!r} as {c.value}" for c in guessed),
        *unread_notes(instruction),
        *unresolved_notes(instruction),
    ]


def order_note(order: tuple[str, str]) -> str:
    """An order in words.

    >>> order_note(("price", "asc"))
    'sorted by price, lowest first'
    """
    field, way = order
    return f"sorted by {field}, {'lowest' if way == 'asc' else 'highest'} first"


def untrained_notes(facts: Mapping[str, object]) -> list[str]:
    """That a model was counted and not trained, and what training would learn from.

    >>> untrained_notes({"untrained": 2276})
    ['not trained yet: instructrec train learns from your 2,276 interactions']
    """
    count = facts.get(UNTRAINED)
    if not isinstance(count, int):
        return []
    if not count:
        return ["no interactions yet: ranked by the words and the catalog alone"]
    return [f"not trained yet: instructrec train learns from your {count:,} interactions"]


def unread_notes(instruction: Instruction) -> list[str]:
    """That a text was too long to be read whole.

    >>> unread_notes(Instruction(text="no horror", unread=1210))
    ['1,210 characters of the instruction were not read: at most 4,000 are, refusals and bounds first']
    """
    if not instruction.unread:
        return []
    limit = f"at most {LIMIT:,} are, refusals and bounds first"
    return [f"{instruction.unread:,} characters of the instruction were not read: {limit}"]


def unresolved_notes(instruction: Instruction) -> list[str]:
    """What the sentence asks for and the catalog cannot check, each with its words.

    >>> unresolved_notes(Instruction(text="like “Solaris”, no violence", unresolved=((5, 14),)))
    ["not checked: the catalog has no title '“Solaris”'"]
    >>> unresolved_notes(Instruction(text="no violence", unresolved=((0, 11),)))
    ["not checked: the catalog has no attribute for 'no violence'"]
    """
    places = [instruction.text[start:end] for start, end in instruction.unresolved]
    if name := language_name(instruction.language):
        return [f"I read English and Chinese; not checked in {name}: {place!r}" for place in places]
    return [
        f"not checked: the catalog has no {'title' if QUOTED.search(place) else 'attribute for'} {place!r}"
        for place in places
    ]
