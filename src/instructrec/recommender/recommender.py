"""A request in, a slate out: understand -> filter -> score -> choose -> explain."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from instructrec.channels.neighbours import Neighbours
from instructrec.data.facets import Facets
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import ConfigError
from instructrec.instructions.understand import Reader
from instructrec.models import checkpoint
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.explain import reason
from instructrec.store.workspace import Workspace
from instructrec.types import Condition, Context, Item, Recommendation, Request, Slate, Source

MOST = 1_000  # items in one slate
CELLS = 4_000_000  # requests x items scored at once


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request in numbers of the catalog."""

    request: Request
    history: np.ndarray  # acts that were not negative, oldest first
    seen: np.ndarray
    notes: list[str] = field(default_factory=list)


class Recommender:
    """Answers requests with one model over the current catalog and histories of a source."""

    def __init__(self, model: FastModel, source: Source, encoder: Encoder | None = None) -> None:
        self.model = model
        self.source = source
        self.encoder = encoder or load_encoder(model.facts.get("encoder", DEFAULT))

    @staticmethod
    def load(workspace: str | Path | None = None, version: str | None = None) -> "Recommender":
        """The current model of a workspace, or the version named; raises NotTrained when there is none."""
        place = Workspace.of(workspace)
        return Recommender(checkpoint.load_model(place.models, version), place.store)

    @cached_property
    def items(self) -> list[Item]:
        """The model's items with their current attributes; one that left the catalog keeps its place and is never shown."""
        now = {item.id: item for item in self.source.items()}
        return [now.get(i) or Item(id=i, title=i) for i in self.model.items]

    @cached_property
    def facets(self) -> Facets:
        """Current attributes as columns, for conditions."""
        return Facets(self.items)

    @cached_property
    def _present(self) -> np.ndarray:
        now = {item.id for item in self.source.items()}
        return np.array([i in now for i in self.model.items], bool)

    @cached_property
    def _blas(self) -> ThreadpoolController:
        return ThreadpoolController()

    @cached_property
    def _reader(self) -> Reader:
        return Reader(Vocabulary.of(self.items), self.encoder)

    def recommend(
        self,
        instruction: str = "",
        user: str | None = None,
        history: Sequence[str] | None = None,
        n: int = 10,
        candidates: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
    ) -> Slate:
        """Recommend n items, or fewer with the reason stated in `shortfall`.

        `history` (item ids, oldest first) stands in for what is stored of `user`; ids that the catalog does not hold are
        passed over. Seen items are left out. Raises ConfigError for an n outside 1 to 1,000.
        """
        request = Request(
            instruction=instruction,
            user=user,
            history=None if history is None else tuple(history),
            candidates=None if candidates is None else tuple(candidates),
            exclude=tuple(exclude),
            n=n,
        )
        return self.answer([request])[0]

    def answer(self, requests: Sequence[Request]) -> list[Slate]:
        """Answer many requests, scored together in blocks that fit in memory."""
        block = max(1, min(256, CELLS // max(len(self.model.items), 1)))
        slates: list[Slate] = []
        for start in range(0, len(requests), block):
            slates.extend(self._answer(requests[start : start + block]))
        return slates

    def _answer(self, requests: Sequence[Request]) -> list[Slate]:
        asks = [self._ask(request) for request in requests]
        contexts = self._reader.contexts([r.instruction for r in requests], [a.history for a in asks])
        with self._blas.limit(limits=1):  # products this small wait longer for a second thread than they take
            parts = self.model.parts(contexts)
        scores = np.zeros((len(asks), len(self.model.items)))  # doubles: single ones would rank by their rounding
        for values in parts.values():
            scores += values
        slates = []
        for row, (ask, context) in enumerate(zip(asks, contexts, strict=True)):
            said = context.instruction
            allowed, shortfall = self._allowed(ask, said.conditions)
            unchecked = [f"not checked, the catalog has no such attribute: {said.text[a:b]!r}" for a, b in said.unresolved]
            chosen = top(scores[row], allowed, ask.request.n)
            lines = self._lines({name: values[row] for name, values in parts.items()}, scores[row], chosen, allowed, context)
            slates.append(
                Slate(
                    id=ask.request.id or uuid.uuid4().hex,
                    request=ask.request,
                    instruction=said,
                    recommendations=lines,
                    model=str(self.model.facts.get("version", "")),
                    shortfall=shortfall,
                    notes=(*ask.notes, *unchecked),
                )
            )
        return slates

    def _ask(self, request: Request) -> _Ask:
        if not 1 <= request.n <= MOST:
            raise ConfigError(f"n is {request.n}; allowed: 1 to {MOST:,}")
        if broken := not_unicode([request.id or "", request.instruction, request.user or ""]):
            raise ConfigError(f"the instruction, user or request id holds {broken}, which is no Unicode text; send it as UTF-8")
        notes: list[str] = []
        if request.history is not None:
            acts = [(item, 1) for item in request.history]
        else:
            stored = self.source.history(request.user) if request.user is not None else []
            if stored is None:
                notes.append(f"user {request.user!r} is not known: answered as for a new user")
            acts = stored or []
        numbers = self.model.numbers
        known = [(numbers[item], sign) for item, sign in acts if item in numbers]
        if len(known) < len(acts):
            notes.append(f"{len(acts) - len(known)} of {len(acts)} items of the history are not in the catalog: passed over")
        return _Ask(
            request,
            np.array([item for item, sign in known if sign >= 0], np.int64),
            np.array(sorted({item for item, _ in known}), np.int64),
            notes,
        )

    def _allowed(self, ask: _Ask, conditions: Sequence[Condition]) -> tuple[np.ndarray, str | None]:
        """Items that may be shown, and why they are fewer than asked for."""
        request, steps = ask.request, []
        allowed = self._present.copy()
        if not allowed.all():
            steps.append(f"{allowed.sum()} are still in the catalog")
        if request.candidates is not None:
            allowed &= self._marked(request.candidates)
            steps.append(f"{allowed.sum()} of the {len(set(request.candidates))} candidates are in the catalog")
        if conditions:
            allowed &= self.facets.mask(conditions)
            steps.append(f"{allowed.sum()} meet the conditions ({'; '.join(map(describe, conditions))})")
        if request.exclude:
            allowed &= ~self._marked(request.exclude)
            steps.append(f"{allowed.sum()} are left without the excluded ones")
        if len(ask.seen):
            allowed[ask.seen] = False
            steps.append(f"{allowed.sum()} are left without those seen before")
        found = int(allowed.sum())
        if found >= request.n:
            return allowed, None
        return allowed, f"{found} of {request.n}: of {len(self.model.items)} items, {', '.join(steps) or 'there are no more'}"

    def _marked(self, ids: Sequence[str]) -> np.ndarray:
        marked = np.zeros(len(self.model.items), bool)
        marked[[self.model.numbers[i] for i in ids if i in self.model.numbers]] = True
        return marked

    def _lines(
        self, parts: dict[str, np.ndarray], scores: np.ndarray, chosen: np.ndarray, allowed: np.ndarray, context: Context
    ) -> tuple[Recommendation, ...]:
        """The chosen items with the arithmetic of their scores and a reason made of it."""
        means = {name: float(values[allowed].mean()) for name, values in parts.items()} if len(chosen) else {}
        last = self.items[int(context.history[-1])].title if len(context.history) else ""
        sources = self._sources(context, chosen)
        lines = []
        for rank, (item, source) in enumerate(zip(chosen.tolist(), sources, strict=True), start=1):
            channels = {name: float(values[item]) for name, values in parts.items()}
            lift = {name: channels[name] - means[name] for name in channels}
            why = reason(self.items[item], lift, last, source, context.instruction.conditions)
            record = self.items[item]
            lines.append(Recommendation(item=record, rank=rank, score=float(scores[item]), channels=channels, reason=why))
        return tuple(lines)

    def _sources(self, context: Context, chosen: np.ndarray) -> list[str]:
        """For each chosen item, the title of the act that gives most of its neighbours' term; empty where there is none."""
        neighbours = self.model.channels["neighbours"]
        assert isinstance(neighbours, Neighbours)
        acts, shares = neighbours.shares(context, chosen)
        if not len(acts):
            return [""] * len(chosen)
        strongest = shares.argmax(axis=0)
        return [self.items[int(acts[k])].title if shares[k, c] > 0 else "" for c, k in enumerate(strongest.tolist())]


def top(scores: np.ndarray, allowed: np.ndarray, n: int) -> np.ndarray:
    """The numbers of the n best allowed items, best first; level ones in catalog order.

    >>> top(np.array([0.1, 0.9, 0.5, 0.5]), np.array([True, False, True, True]), 2).tolist()
    [2, 3]
    """
    open_items = np.flatnonzero(allowed)
    values = scores[open_items]
    if len(open_items) > n:
        border = np.partition(values, len(values) - n)[len(values) - n]
        open_items, values = open_items[values >= border], values[values >= border]
    return open_items[np.argsort(-values, kind="stable")][:n]


def not_unicode(value: object) -> str:
    """The first half of a surrogate pair that stands alone in a text or a list of texts, escaped; "" where all is well.

    No file and no store can hold such a text; a broken escape makes it, and an argument whose bytes are not UTF-8.

    >>> print(not_unicode(["fine", "caf\\udce9"]))
    '\\udce9'
    """
    try:
        "".join(value if isinstance(value, list) else [str(value)]).encode()
    except UnicodeEncodeError as error:
        return ascii(error.object[error.start])
    return ""


def describe(condition: Condition) -> str:
    """A condition in words.

    >>> describe(Condition(field="year", op="between", value=[1990, 1999]))
    'year between 1990 and 1999'
    """
    words = {"contains": "has", "not_contains": "without", "in": "is one of", "not_in": "is none of"}
    value = condition.value
    if condition.op == "between":
        said = f"{_plain(value[0])} and {_plain(value[1])}"
    else:
        said = ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    return f"{condition.field} {words.get(condition.op, condition.op)} {said}"


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
