"""The rule under which a language model's sentence may be shown: every part of it is a known fact.

A sentence opens with its subject ("Alien is"), which is given. Then come facts in their order, each whole or
not at all, and between them only commas and the few words below. So no sentence can deny a fact, reverse it,
give it to another title, or add anything; leaving a fact out makes no other one untrue.
"""

import re
from collections.abc import Sequence

# before a fact that is not the first; with "and", or another word for it
ALSO = "(?:[,;] (?:{0} )?| {0} )(?:also )?"
PLACED = r"(?:from |of |with |a |an |the )*"  # before a name or a number: "from the year 1979"
HERE = " here because "  # after "is"; before facts that are clauses
ITS = "it is "  # of a clause whose subject the opening has said already


def supported(
    text: str, opening: str, named: Sequence[str], clauses: Sequence[str] = (), joint: str = "and"
) -> bool:
    """Whether a sentence consists of the facts, and of at least half of them.

    `named` are names and numbers that apply to the subject ("Horror", "year 1979"); `clauses` are whole
    clauses ("it is popular right now") that follow; `joint` is the word between facts.

    >>> facts = ["Horror", "year 1979"], ["it is popular right now"]
    >>> supported("Alien is Horror from the year 1979, and it is popular right now.", "Alien is", *facts)
    True
    >>> supported("Alien is not Horror from the year 1979.", "Alien is", *facts)
    False
    >>> supported("Alien is the best Horror of the year 1979.", "Alien is", *facts)
    False
    """
    if not text.startswith(opening):
        return False
    place, stated = len(opening), 0
    for fact, clause in [*((name, False) for name in named), *((clause, True) for clause in clauses)]:
        if found := _next(fact, clause, "" if stated == 0 else ALSO.format(joint)).match(text, place):
            place, stated = found.end(), stated + 1
    return text[place:] in ("", ".") and stated > 0 and 2 * stated >= len(named) + len(clauses)


def _next(fact: str, clause: bool, also: str) -> re.Pattern[str]:
    """A pattern of the next fact; it is the first one where `also` is empty."""
    whole = re.escape(fact)
    if clause and not also:
        begun = rf"|\ {re.escape(fact.removeprefix(ITS))}" if fact.startswith(ITS) else ""
        stated = f"(?:{HERE}{whole}{begun})"
    elif clause:
        stated = also + whole
    else:
        stated = (f"(?:{also}| (?=(?:from|of|with) ))" if also else " ") + PLACED + whole
    return re.compile(rf"{stated}(?!\w)")
