"""The standing instructions of who asks: understood, held beside the request's own words, and counted.

Their conditions and the titles they refuse are limits of their own, in front of those of the request, so that
no relaxation is ever offered of them; their dials count where the request turns none of that name. Their
wishes are the profile of the user.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from instructrec.channels.instruction import unit
from instructrec.data.facets import Facets
from instructrec.instructions.bank import Bank
from instructrec.instructions.understand import Reader
from instructrec.parsing.parse import parse
from instructrec.recommender.explain import unchecked
from instructrec.recommender.limits import describe_all, meets
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Instruction, Request, Slate, Source, Standing

KEPT = 1_024  # standing instructions that are not parsed again
PATIENCE = 0.2  # seconds that counting waits for another writer


@dataclass(frozen=True, slots=True)
class Held:
    """The standing instructions of one request, and what was understood of each."""

    standing: tuple[Standing, ...] = ()
    parsed: tuple[Instruction, ...] = ()
    profile: np.ndarray | None = None  # the vector of what they wish

    def turned(self, said: Instruction) -> Instruction:
        """The request's instruction with the standing dials that it does not turn itself; the user's own come
        last and win.
        """
        dials = {name: amount for each in self.parsed for name, amount in each.dials.items()}
        return replace(said, dials={**dials, **said.dials}) if dials else said


class Holder:
    """Finds and understands standing instructions against one catalog."""

    def __init__(self, source: Source, reader: Reader, facets: Facets, numbers: Mapping[str, int]) -> None:
        self.source, self.facets, self.numbers = source, facets, numbers
        self._parse = lru_cache(KEPT)(lambda text: parse(text, reader.vocabulary))
        self._vector = lru_cache(KEPT)(lambda text: reader.encoder.encode([text])[0])

    def of(self, user: str | None) -> Held:
        """What holds for every request of a user, or of somebody who is not named."""
        standing = tuple(self.source.standing(user))
        parsed = tuple(self._parse(s.text) for s in standing)
        vectors = [self._vector(each.wishes) for each in parsed if each.wishes]
        return Held(standing, parsed, unit(np.sum(vectors, axis=0)) if vectors else None)

    def notes(self, held: Held, said: Instruction, request: Request) -> Iterator[str]:
        """What of the standing instructions cannot be held, and where the request asks for what one of them
        forbids.
        """
        for standing, parsed in zip(held.standing, held.parsed, strict=True):
            yield from (f"{note} (standing {standing.id})" for note in unchecked(parsed))
            if not (parsed.conditions or parsed.any_of or parsed.unlike or parsed.dials or parsed.wishes):
                yield f'the standing "{standing.text}" changes nothing: it asks for nothing ({standing.id})'
                continue
            allowed = meets(parsed, self.facets, self.numbers, request.allow_missing)
            for words in self._against(parsed, allowed, said, request):
                yield (
                    f'the standing "{standing.text}" holds against {words!r}: nothing meets both; to change that, edit or '
                    f"retire instruction {standing.id}"
                )

    def _against(
        self, parsed: Instruction, allowed: np.ndarray, said: Instruction, request: Request
    ) -> Iterator[str]:
        """The demands of a request that no item meets together with a standing instruction on the same
        attributes.
        """
        fields = _fields(parsed)
        demands = [replace(said, conditions=(c,), any_of=()) for c in said.conditions]
        demands += [replace(said, conditions=())] if said.any_of else []
        for demand in demands:
            if fields.isdisjoint(_fields(demand)):
                continue
            passes = self.facets.mask(demand.conditions, demand.any_of, request.allow_missing)
            if passes.any() and not (passes & allowed).any():
                yield describe_all(demand)[0]


def _fields(said: Instruction) -> set[str]:
    return {c.field for group in (said.conditions, *said.any_of) for c in group}


def tally(source: Source, answered: Sequence[tuple[Held, Slate]]) -> None:
    """Count in the store what was applied, and the items shown under it.

    A store that cannot be written now, since it is read-only or somebody else writes, keeps no answer back.
    """
    asked: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for held, slate in answered:
        for standing in held.standing:
            asked[standing.id] += 1
            shown[standing.id] += len(slate)
    if not asked or not isinstance(source, SqliteStore):
        return
    alike: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for id in asked:
        alike[asked[id], shown[id]].append(id)
    with suppress(sqlite3.Error):
        for (times, items), ids in alike.items():
            Bank(source).count(ids, asked=times, shown=items, wait=PATIENCE)
