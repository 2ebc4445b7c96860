"""Why this item: the conditions it meets and the terms of its score that lift it most, in one sentence."""

from collections.abc import Mapping, Sequence

from instructrec.types import Condition, Instruction, Item

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
    "together": "people have it together with {title}",
}

WORDS = {"personal": "of your usual", "novelty": "that is new", "diversity": "variety", "popularity": "that is well known"}


def reason(
    item: Item, lift: Mapping[str, float], last: str, sources: Mapping[str, str], conditions: Sequence[Condition]
) -> str:
    """One sentence from facts that were used.

    `lift` is each channel's contribution above its mean over the items that could have been shown, `last` the title of the
    last act and `sources`, by channel, the title of the act from which most of its term comes; titles may be empty.
    """
    met = [said for c in conditions if (said := _met(item, c))]
    lifted = sorted((name for name in lift if lift[name] > 0), key=lambda name: -lift[name])[:2]
    known = {"sequence": last, **sources}
    because = [SAYINGS[name].format(title=known.get(name)) for name in lifted if known.get(name, "-")]
    return "; ".join(part for part in (", ".join(met), " and ".join(because)) if part)


def heard(said: Instruction) -> list[str]:
    """What was understood beside the conditions, and what could not be checked: a person must be able to object."""
    turned = [f"{'more' if amount > 0 else 'less'} {WORDS.get(dial, dial)}" for dial, amount in said.dials.items() if amount]
    notes = [f"heard: {', '.join(turned)}"] if turned else []
    notes += [f"took {said.text[slice(*c.span)]!r} for {c.value}" for c in said.conditions if c.source == "encoder"]
    return [*notes, *(f"not checked, the catalog has no such attribute: {said.text[a:b]!r}" for a, b in said.unresolved)]


def _met(item: Item, condition: Condition) -> str:
    """The fact by which the item meets a positive condition."""
    value = item.attributes.get(condition.field)
    if condition.op in ("not_contains", "not_in", "!=") or value is None:
        return ""
    if condition.op == "contains":
        return str(condition.value)
    if condition.op == "in" and isinstance(value, list):
        return ", ".join(v for v in value if v in condition.value)
    return f"{condition.field} {value}"
