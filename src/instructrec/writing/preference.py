"""A user's preferences as one sentence made of facts of the history, to be saved or rejected by the user."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from instructrec.data.dataset import Dataset
from instructrec.data.features import decade_name
from instructrec.errors import UnknownUser
from instructrec.instructions.item_facts import ItemFacts
from instructrec.writing.checked import supported
from instructrec.writing.writer import Writer

OPENING = "I like"  # ... one thing or another: with "and" every item would have to be all of it at once
MOST = 3  # names in one sentence
KINDS = ("category", "tag", "brand", "person")  # of the claims that are said: what has a name of its own
LONGEST = 40  # tokens
EXAMPLES = (("1980s", ("horror", "westerns", "musicals")), ("1970s", ("satire", "crime", "mystery")))


@dataclass(frozen=True, slots=True)
class UserPreference:
    """The sentence, the facts that it was made of, and whether it is in the model's words."""

    text: str
    names: tuple[str, ...]
    time: str
    by_model: bool


def preference(data: Dataset, user: str, writer: Writer) -> UserPreference | None:
    """A user's preferences, in the model's words where the facts support them, else in plain ones; None
    without facts.

    Raises UnknownUser for a user without a history.
    """
    names, time = facts(data, user)
    if not names and not time:
        return None
    known = [*names, *([f"from the {time}"] if time else [])]
    written = writer.lines([_preference_prompt(names, time)], LONGEST)[0][0].strip()
    text = f"{OPENING} {written}"
    if supported(text, OPENING, known, joint="or"):
        return UserPreference(text, names, time, True)
    return UserPreference(plain_preference(names, time), names, time, False)


def facts(data: Dataset, user: str) -> tuple[tuple[str, ...], str]:
    """The names that a user chose more often than the catalog would have it, and the decade of most of what
    was liked.
    """
    evidence = ItemFacts(data)
    if user not in evidence.histories.users:
        raise UnknownUser(
            f"user {user!r} has no history to tell a preference from; instructrec read brings one"
        )
    number = evidence.histories.users.index(user)
    start, end = evidence.histories.offsets[number : number + 2].tolist()
    acts = list(
        zip(
            evidence.histories.items[start:end].tolist(),
            evidence.histories.signs[start:end].tolist(),
            strict=True,
        )
    )
    liked, disliked = [item for item, sign in acts if sign >= 0], [item for item, sign in acts if sign < 0]
    wanted = [evidence.claims[c] for c in evidence.taste(liked, disliked)[0]] if liked else []
    names = tuple(dict.fromkeys(claim.phrases["en"] for claim in wanted if claim.kind in KINDS))[:MOST]
    years = [year for item in liked if (year := evidence.numbers["year"][item]) == year]
    common = Counter(decade_name(year) for year in years).most_common(1)
    return names, common[0][0] if common and 2 * common[0][1] > len(liked) else ""


def plain_preference(names: Sequence[str], time: str) -> str:
    """The sentence without a model.

    >>> plain_preference(["horror", "jazz", "war"], "1980s")
    'I like horror, jazz or war from the 1980s.'
    """
    listed = " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
    return f"{' '.join(part for part in (OPENING, listed, f'from the {time}' if time else '') if part)}."


def _preference_prompt(names: Sequence[str], time: str) -> str:
    """Two examples of the same shape, the facts, and the opening."""
    shown = [(others[: len(names)], when if time else "") for when, others in EXAMPLES]
    facts_text = "".join(f"{_listed(some, when)}{plain_preference(some, when)}\n\n" for some, when in shown)
    return f"{facts_text}{_listed(names, time)}{OPENING}"


def _listed(names: Sequence[str], time: str) -> str:
    return f"Likes: {', '.join([*names, *([f'from the {time}'] if time else [])])}\nSentence: "
