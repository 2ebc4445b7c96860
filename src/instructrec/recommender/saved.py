"""The saved instructions of a user: understood, applied beside the request's own words, and counted.

Their conditions and refused titles filter before those of the request, so that no relaxation is offered of
them; their dials count where the request sets none of that name. Their wishes are the user's stated
preferences.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from instructrec.channels.base import unit
from instructrec.data.facets import Facets
from instructrec.errors import require
from instructrec.instructions.understand import Reader
from instructrec.parsing.parse import parse
from instructrec.recommender.eligibility import describe_all, instruction_mask
from instructrec.recommender.explain import unresolved_notes
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Instruction, Request, SavedInstruction, Slate, Source

CACHED = 1_024  # saved instructions whose reading is remembered
COUNT_WAIT = 0.2  # seconds that counting waits for another writer


@dataclass(frozen=True, slots=True)
class SavedInstructions:
    """The saved instructions that apply to one request, and what was understood of each."""

    saved: tuple[SavedInstruction, ...] = ()
    parsed: tuple[Instruction, ...] = ()
    profile: np.ndarray | None = None  # the vector of their wishes

    def added_to(self, instruction: Instruction) -> Instruction:
        """The request's instruction with the saved likings, and with the saved dials that it does not set
        itself; the user's own win over global ones.
        """
        dials = {name: amount for each in self.parsed for name, amount in each.dials.items()}
        soft = tuple(condition for each in self.parsed for condition in each.soft)
        if not dials and not soft:
            return instruction
        return replace(instruction, dials={**dials, **instruction.dials}, soft=(*instruction.soft, *soft))


class InstructionResolver:
    """Finds and understands saved instructions against one catalog."""

    def __init__(self, source: Source, reader: Reader, facets: Facets, numbers: Mapping[str, int]) -> None:
        self.source, self.facets, self.numbers = source, facets, numbers
        self._parse = lru_cache(CACHED)(lambda text: parse(text, reader.vocabulary))
        self._vector = lru_cache(CACHED)(lambda text: reader.encoder.encode([text])[0])

    def for_user(self, user: str | None) -> SavedInstructions:
        """What applies to every request of a user, or of an unnamed one."""
        saved = tuple(self.source.saved_instructions(user))
        parsed = tuple(self._parse(s.text) for s in saved)
        vectors = [self._vector(each.wishes) for each in parsed if each.wishes]
        return SavedInstructions(saved, parsed, unit(np.sum(vectors, axis=0)) if vectors else None)

    def notes(self, applied: SavedInstructions, instruction: Instruction, request: Request) -> Iterator[str]:
        """Saved instructions that cannot be checked, ask for nothing, or conflict with the request."""
        for saved, parsed in zip(applied.saved, applied.parsed, strict=True):
            named = f'saved instruction {saved.id} ("{saved.text}")'
            yield from (f"{note} ({named})" for note in unresolved_notes(parsed))
            if not (
                parsed.conditions
                or parsed.any_of
                or parsed.soft
                or parsed.unlike
                or parsed.dials
                or parsed.wishes
            ):
                yield f"{named} asks for nothing and changes nothing"
                continue
            allowed = instruction_mask(parsed, self.facets, self.numbers, request.allow_missing)
            for words in self._conflicts(parsed, allowed, instruction, request):
                yield f"{named} conflicts with {words!r}: no item satisfies both; edit or retire {saved.id}"

    def _conflicts(
        self, saved: Instruction, allowed: np.ndarray, instruction: Instruction, request: Request
    ) -> Iterator[str]:
        """The conditions of a request that no item meets together with a saved instruction on the same
        attributes.
        """
        fields = _fields(saved)
        parts = [replace(instruction, conditions=(c,), any_of=()) for c in instruction.conditions]
        parts += [replace(instruction, conditions=())] if instruction.any_of else []
        for part in parts:
            if fields.isdisjoint(_fields(part)):
                continue
            passes = self.facets.mask(part.conditions, part.any_of, request.allow_missing)
            if passes.any() and not (passes & allowed).any():
                yield describe_all(part)[0]


def _fields(instruction: Instruction) -> set[str]:
    return {c.field for group in (instruction.conditions, *instruction.any_of) for c in group}


def record_exposure(source: Source, answered: Sequence[tuple[SavedInstructions, Slate]]) -> None:
    """Count in the store which saved instructions were applied, and the items shown under them.

    A store that cannot be written now, since it is read-only or another process writes, delays no answer.
    """
    applied: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for instructions, slate in answered:
        for saved in instructions.saved:
            applied[saved.id] += 1
            shown[saved.id] += len(slate)
    if not applied or not isinstance(source, SqliteStore):
        return
    by_counts: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for id in applied:
        by_counts[applied[id], shown[id]].append(id)
    with suppress(sqlite3.Error):
        for (times, items), ids in by_counts.items():
            store = require("instructrec.instructions.instruction_store", "core")  # only where one is applied
            store.InstructionStore(source).count(ids, asked=times, shown=items, wait=COUNT_WAIT)
