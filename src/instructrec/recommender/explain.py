"""Why this item: the conditions it meets and the terms of its score that lift it most, in one sentence."""

from collections.abc import Mapping, Sequence

import numpy as np

from instructrec.channels.neighbours import Neighbours
from instructrec.channels.popularity import Popularity
from instructrec.models.fast import FastModel
from instructrec.parsing.foreign import language_name
from instructrec.parsing.references import QUOTED
from instructrec.recommender.score import Scored
from instructrec.types import Condition, Context, Instruction, Item, Recommendation

SAYINGS = {
    "sequence": "it comes next after {title}",
    "instruction": "it fits your words",
    "attributes": "it is of a kind that your words ask for",
    "neighbours": "people who had {title} went on to it",
    "lexical": "it is named in your words",
    "popularity": "it is popular now",
    "rarity": "few know it",  # popularity where it counts against an item
    "content": "it reads like what you had",
    "wording": "it shares words with {title}",
    "profile": "it fits what you said you like",
    "language_model": "the language model picks it from the list",
    "together": "people have it together with {title}",
}

WORDS = {
    "personal": "of your usual",
    "novelty": "that is new",
    "diversity": "variety",
    "popularity": "that is well known",
}


def lines(
    model: FastModel, items: Sequence[Item], found: Scored, chosen: np.ndarray, context: Context
) -> tuple[Recommendation, ...]:
    """The chosen items, places in what was scored, with the arithmetic of their scores and a reason made of
    it.
    """
    numbers = chosen if found.items is None else found.items[chosen]
    share = found.allowed.astype(np.float32) / max(np.count_nonzero(found.allowed), 1)
    means = {name: float(values @ share) for name, values in found.parts.items()}
    last = items[int(context.history[-1])].title if len(context.history) else ""
    walks = {
        n: _sources(c, items, context, numbers)
        for n, c in model.channels.items()
        if isinstance(c, Neighbours)
    }
    made = []
    for rank, (place, item) in enumerate(zip(chosen.tolist(), numbers.tolist(), strict=True), start=1):
        sources = {name: titles[rank - 1] for name, titles in walks.items()}
        channels = {name: float(values[place]) for name, values in found.parts.items()}
        lift = {_said(model, name, item, channels): channels[name] - means[name] for name in channels}
        record, score = items[item], float(found.scores[place])
        met, because = grounds(record, lift, last, sources, context.instruction.conditions)
        facts = {"met": tuple(met), "because": tuple(because), "reason": reason(met, because)}
        made.append(Recommendation(item=record, rank=rank, score=score, channels=channels, **facts))
    return tuple(made)


def _said(model: FastModel, channel: str, item: int, channels: Mapping[str, float]) -> str:
    """How a term is spoken of: what speaks for an item because few have it is no popularity."""
    if channel != "popularity":
        return channel
    popularity = model.channels[channel]
    assert isinstance(popularity, Popularity)
    return "rarity" if channels[channel] * popularity.values[item] < 0 else channel


def _sources(channel: Neighbours, items: Sequence[Item], context: Context, chosen: np.ndarray) -> list[str]:
    """For each chosen item, the title of the act that gives most of a channel's term; empty where there is
    none.
    """
    acts, shares = channel.shares(context, chosen)
    if not len(acts):
        return [""] * len(chosen)
    strongest = shares.argmax(axis=0)
    return [items[int(acts[k])].title if shares[k, c] > 0 else "" for c, k in enumerate(strongest.tolist())]


def grounds(
    item: Item,
    lift: Mapping[str, float],
    last: str,
    sources: Mapping[str, str],
    conditions: Sequence[Condition],
) -> tuple[list[str], list[str]]:
    """The facts that were used: how the item meets the conditions, and what lifts it most.

    `lift` is each channel's contribution above its mean over the items that could have been shown, `last` the
    title of the last act and `sources`, by channel, the title of the act from which most of its term comes;
    titles may be empty.
    """
    met = [said for c in conditions for said in _met(item, c)]
    lifted = sorted((name for name in lift if lift[name] > 0), key=lambda name: -lift[name])[:2]
    known = {"sequence": last, **sources}
    return met, [SAYINGS[name].format(title=known.get(name)) for name in lifted if known.get(name, "-")]


def reason(met: Sequence[str], because: Sequence[str]) -> str:
    """One sentence of the facts.

    >>> reason(["Horror", "year 1979"], ["it is popular now"])
    'Horror, year 1979; it is popular now'
    """
    return "; ".join(part for part in (", ".join(met), " and ".join(because)) if part)


def heard(said: Instruction) -> list[str]:
    """What was understood beside the conditions, and what could not be checked: a person must be able to
    object.
    """
    turned = [
        f"{'more' if amount > 0 else 'less'} {WORDS.get(dial, dial)}"
        for dial, amount in said.dials.items()
        if amount
    ]
    notes = [f"heard: {', '.join(turned)}"] if turned else []
    notes += [
        f"took {said.text[slice(*c.span)]!r} for {c.value}" for c in said.conditions if c.source == "encoder"
    ]
    return [*notes, *unchecked(said)]


def unchecked(said: Instruction) -> list[str]:
    """What the sentence asks for and the catalog cannot check, each with its words; a title is what stands in
    quotes.

    >>> unchecked(Instruction(text="like “Solaris”, no violence", unresolved=((5, 14), (16, 27))))
    ["not checked, the catalog has no such title: '“Solaris”'", "not checked, the catalog has no such
    attribute: 'no violence'"]
    """
    places = [said.text[start:end] for start, end in said.unresolved]
    if name := language_name(said.language):
        return [f"I read English and Chinese; not checked in {name}: {p!r}" for p in places]
    return [
        f"not checked, the catalog has no such {'title' if QUOTED.search(p) else 'attribute'}: {p!r}"
        for p in places
    ]


def _met(item: Item, condition: Condition) -> list[str]:
    """The facts by which the item meets a positive condition."""
    value = item.attributes.get(condition.field)
    if condition.op in ("not_contains", "not_in", "!=") or value is None:
        return []
    if condition.op == "contains":
        return [str(condition.value)]
    if condition.op == "in" and isinstance(value, list):
        return [v for v in value if v in condition.value]
    return [f"{condition.field} {value}"]
