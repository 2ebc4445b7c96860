"""What is read of a text that is longer than can be read: its sentences that refuse or bound something, then its beginning."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from instructrec.lexicon.numbers import COUNTED
from instructrec.lexicon.words import CLOSERS, LIMIT, normalize, spoken, tokenize

SEARCHED = 25 * LIMIT  # characters in which refusals and bounds are looked for
PIECE = 200  # characters of a sentence; a longer one is cut, after a comma where there is one
REFUSAL = frozenset(("negators", "tight", "postfix", "weary", "disliked", "except_after", "alone"))
BOUND = frozenset(("between", "under", "under_after", "up_to", "up_to_after", "over", "at_least", "at_least_after"))
SENTENCE = re.compile(r"(?:[^.!?。！？；;\n]|\.(?!\s))*[.!?。！？；;\n]*\s*")
COMMA = re.compile(r".*[,，、]", re.DOTALL)
BLANK = re.compile(r".*\s", re.DOTALL)


def shortened(text: str, foreign: Callable[[str], bool], limit: int = LIMIT) -> tuple[str, int]:
    """What of a text is read, and how many of its characters are not; `foreign` tells refusals in other languages.

    >>> shortened("A film. A long and funny story. No horror.", str.isdigit, 20)
    ('A film. No horror.', 24)
    """
    if len(text) <= limit:
        return text, 0
    found = (piece for sentence in SENTENCE.findall(text[:SEARCHED]) for piece in _cut(sentence, min(PIECE, limit)))
    pieces = list(islice(found, limit))
    telling = _telling(pieces, foreign)
    if sum(map(len, pieces[: max(telling, default=-1) + 1])) <= limit:
        return text[:limit], len(text) - limit  # nothing is refused or bound after it
    lengths = [max(len(piece), len(_ended(piece))) for piece in pieces]
    kept: set[int] = set()
    room = limit
    for number in telling:
        if lengths[number] <= room:
            kept.add(number)
            room -= lengths[number]
    for number in (n for n in range(len(pieces)) if n not in kept):
        if lengths[number] > room:
            break
        kept.add(number)
        room -= lengths[number]
    read = "".join(pieces[n] if n + 1 in kept else _ended(pieces[n]) for n in sorted(kept))
    return read, len(text) - sum(len(pieces[n]) for n in kept)


def _cut(sentence: str, most: int) -> Iterator[str]:
    """A sentence in pieces that are not too long."""
    while len(sentence) > most:
        part = sentence[:most]
        found = COMMA.match(part) or BLANK.match(part)
        part = found[0] if found else part
        yield part
        sentence = sentence[len(part) :]
    if sentence:
        yield sentence


def _telling(pieces: Sequence[str], foreign: Callable[[str], bool]) -> list[int]:
    """The pieces that refuse or bound something, in order; with "No, thanks" the one before, which says to what."""
    found: dict[int, None] = {}
    for number, piece in enumerate(pieces):
        tokens = tokenize(normalize(piece))
        said = spoken([t.stem for t in tokens])
        sections = set().union(*said)
        alone = said[0].get("alone", 0) if said else 0
        refuses = bool(sections & REFUSAL) or any(t.text == "-free" for t in tokens) or foreign(piece)
        if number and alone and (alone == len(tokens) or tokens[alone].closes):
            found[number - 1] = None
        if refuses or (sections & BOUND and COUNTED.search(normalize(piece))):
            found[number] = None
    return list(found)


def _ended(piece: str) -> str:
    """A piece as a sentence of its own, where what follows it is left out."""
    bare = piece.rstrip()
    return piece if bare[-1:] in CLOSERS else f"{bare}. "
