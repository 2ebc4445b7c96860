"""A request in, a slate out: understand -> filter -> score -> choose -> explain."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from instructrec.data.facets import Facets
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import ConfigError
from instructrec.instructions.understand import Reader
from instructrec.language.rerank import Reranker
from instructrec.models import checkpoint
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.choose import varied
from instructrec.recommender.explain import heard, lines
from instructrec.recommender.limits import Limits, limits, relaxations
from instructrec.recommender.score import Scored, reread, scored
from instructrec.recommender.standing import Held, Holder, tally
from instructrec.recommender.worded import worded
from instructrec.store.workspace import Workspace
from instructrec.types import Context, Instruction, Item, Relaxation, Request, Slate, Source, TaskForm
from instructrec.writing.writer import Writer, writer

MOST = 1_000  # items in one slate
USUAL = 10  # items when nobody says how many
MOST_NAMED = 10  # referred items that count as history, of a series with more
CELLS = 1_000_000  # requests x items scored at once: of more, what is between the sums is read from memory


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request in numbers of the catalog."""

    request: Request
    history: np.ndarray  # acts that were not negative, oldest first
    seen: np.ndarray
    held: Held  # the standing instructions of who asks
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What may be shown for a request."""

    request: Request  # with what its words refer to
    bounds: Limits
    notes: list[str]


class Recommender:
    """Answers requests with one model over the current catalog and histories of a source."""

    def __init__(
        self,
        model: FastModel,
        source: Source,
        encoder: Encoder | None = None,
        *,
        language: Path | None = None,
    ) -> None:
        self.model = model
        self.source = source
        self.language = language  # the folder of a tuned language model
        self.encoder = encoder or load_encoder(model.facts.get("encoder", DEFAULT))

    @staticmethod
    def load(workspace: str | Path | None = None, version: str | None = None) -> "Recommender":
        """The current model of a workspace, or the version named; raises NotTrained when there is none."""
        place = Workspace.of(workspace)
        return Recommender(checkpoint.load_model(place.models, version), place.store, language=place.language)

    @cached_property
    def items(self) -> list[Item]:
        """The model's items with their current attributes; one that left the catalog keeps its place and is
        never shown.
        """
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
    def _reranker(self) -> Reranker:
        if self.language is None:
            raise ConfigError(
                "this recommender was made without a language model; give it the folder of a tuned one"
            )
        return Reranker.load(self.language)

    @cached_property
    def _writer(self) -> Writer:
        return writer()

    @cached_property
    def _blas(self) -> ThreadpoolController:
        return ThreadpoolController()

    @cached_property
    def _reader(self) -> Reader:
        return Reader(Vocabulary.of(self.items), self.encoder)

    @cached_property
    def _holder(self) -> Holder:
        return Holder(self.source, self._reader, self.facets, self.model.numbers)

    def recommend(
        self,
        instruction: str = "",
        user: str | None = None,
        history: Sequence[str] | None = None,
        n: int | None = None,
        candidates: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        *,
        allow_missing: bool = False,
        rerank: str = "",
        rerank_seconds: float = 2.0,
        reasons: str = "",
    ) -> Slate:
        """Recommend n items (what the instruction says, else 10), or fewer with the reason stated in
        `shortfall`.

        `history` (item ids, oldest first) stands in for what is stored of `user`; ids that the catalog does
        not hold are passed over. Seen items are left out. The standing instructions of `user` hold too,
        whatever the instruction says. An item whose attribute is not known passes a condition on it only with
        `allow_missing`. With `rerank` "lm" the tuned language model reads the first items, as many as it can
        in `rerank_seconds`. With `reasons` "lm" an untuned one words the reasons in English, about a second
        each; the plain reason stands where it would say more than the facts. Raises ConfigError for an n
        outside 1 to 1,000, and where no language model is tuned.
        """
        request = Request(
            instruction=instruction,
            user=user,
            history=None if history is None else tuple(history),
            candidates=None if candidates is None else tuple(candidates),
            exclude=tuple(exclude),
            n=n,
            allow_missing=allow_missing,
            rerank=rerank,
            rerank_seconds=rerank_seconds,
            reasons=reasons,
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
        contexts = [
            replace(
                c,
                history=self._with_references(c),
                instruction=ask.held.turned(c.instruction),
                profile=ask.held.profile,
            )
            for ask, c in zip(asks, contexts, strict=True)
        ]
        judged = [self._judged(ask, context.instruction) for ask, context in zip(asks, contexts, strict=True)]
        with self._blas.limit(limits=1):  # products this small wait longer for a second thread than they take
            scores = scored(self.model, contexts, [each.bounds.allowed for each in judged])
        scores = [
            self._reread(ask, context, found)
            for ask, context, found in zip(asks, contexts, scores, strict=True)
        ]
        slates = [
            self._slate(ask, context, judgement, found)
            for ask, context, judgement, found in zip(asks, contexts, judged, scores, strict=True)
        ]
        tally(self.source, [(ask.held, slate) for ask, slate in zip(asks, slates, strict=True)])
        return [worded(self._writer, slate) if slate.request.reasons else slate for slate in slates]

    def _reread(self, ask: _Ask, context: Context, found: Scored) -> Scored:
        """The scores with the language model's part, where it is asked for."""
        if not ask.request.rerank:
            return found
        found, notes = reread(found, self._reranker, ask.request, context, self.items)
        ask.notes.extend(notes)
        return found

    def _slate(self, ask: _Ask, context: Context, judged: _Judged, found: Scored) -> Slate:
        said, held, request, bounds = context.instruction, ask.held, judged.request, judged.bounds
        n = request.n or said.n or USUAL

        def vectors(places: np.ndarray) -> np.ndarray:
            return self.model.match.rows(places if found.items is None else found.items[places])

        chosen = varied(found.scores, found.allowed, n, vectors, said.dials.get("diversity", 0.0))
        shortfall = bounds.shortfall(n)
        offers: tuple[Relaxation, ...] = ()
        if shortfall and bounds.free is not None:
            offers = relaxations(said, self.facets, bounds.free, n, request.allow_missing)
        return Slate(
            id=request.id or uuid.uuid4().hex,
            request=ask.request,
            instruction=said,
            recommendations=lines(self.model, self.items, found, chosen, context),
            model=str(self.model.facts.get("version", "")),
            shortfall=shortfall,
            relaxations=offers,
            notes=(*ask.notes, *judged.notes, *heard(said), *self._holder.notes(held, said, request)),
            standing=tuple(s.text for s in held.standing),
        )

    def _judged(self, ask: _Ask, said: Instruction) -> _Judged:
        """What may be shown. Titles that are asked about are the candidates, others that the words refer to
        are left out.
        """
        request, seen, notes = ask.request, ask.seen, []
        if said.task in (TaskForm.POINTWISE, TaskForm.PAIRWISE) and said.like and request.candidates is None:
            notes = [
                f"asked about {len(said.like)} of the catalog's items: only they are ranked, seen before or not"
            ]
            request, seen = (
                replace(request, candidates=said.like, n=request.n or said.n or len(said.like)),
                seen[:0],
            )
        else:
            request = replace(request, exclude=(*request.exclude, *said.like, *said.unlike))
        standing = ask.held.parsed
        return _Judged(
            request,
            limits(request, said, self.facets, self._present, self.model.numbers, seen, standing=standing),
            notes,
        )

    def _with_references(self, context: Context) -> np.ndarray:
        """The history and, as its last acts, the items that the words refer to ("like Toy Story")."""
        said = context.instruction
        if said.task in (TaskForm.POINTWISE, TaskForm.PAIRWISE) or not said.like:
            return context.history
        named = [self.model.numbers[i] for i in said.like[:MOST_NAMED] if i in self.model.numbers]
        return np.concatenate([context.history, np.array(named, np.int64)])

    def _ask(self, request: Request) -> _Ask:
        _check(request)
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
            notes.append(
                f"{len(acts) - len(known)} of {len(acts)} items of the history are not in the catalog: passed over"
            )
        return _Ask(
            request,
            np.array([item for item, sign in known if sign >= 0], np.int64),
            np.array(sorted({item for item, _ in known}), np.int64),
            self._holder.of(request.user),
            notes,
        )


def _check(request: Request) -> None:
    """Raise ConfigError for what no request may hold."""
    if request.n is not None and not 1 <= request.n <= MOST:
        raise ConfigError(f"n is {request.n}; allowed: 1 to {MOST:,}")
    if request.rerank not in ("", "lm") or not request.rerank_seconds > 0:
        given = f"rerank is {request.rerank!r} within {request.rerank_seconds} s"
        raise ConfigError(f"{given}; allowed: 'lm' or nothing, and a time above 0")
    if request.reasons not in ("", "lm"):
        raise ConfigError(f"reasons is {request.reasons!r}; allowed: 'lm' or nothing, for the plain ones")
    if broken := not_unicode([request.id or "", request.instruction, request.user or ""]):
        raise ConfigError(
            f"the instruction, user or request id holds {broken}, which is no Unicode text; send it as UTF-8"
        )


def not_unicode(value: object) -> str:
    """The first half of a surrogate pair that stands alone in a text or a list of texts, escaped; "" where
    all is well.

    No file and no store can hold such a text; a broken escape makes it, and an argument whose bytes are not
    UTF-8.

    >>> print(not_unicode(["fine", "caf\\udce9"]))
    '\\udce9'
    """
    try:
        "".join(value if isinstance(value, list) else [str(value)]).encode()
    except UnicodeEncodeError as error:
        return ascii(error.object[error.start])
    return ""
