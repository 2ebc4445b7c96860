"""A request in, a slate out: resolve -> understand -> filter -> score -> diversify -> explain."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from instructrec.data.facets import Facets
from instructrec.data.histories import counts_as_history
from instructrec.data.profile import CatalogProfile
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import ConfigError, require
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.understand import Reader
from instructrec.language.rerank import NO_GAIN, Reranker
from instructrec.models import checkpoint
from instructrec.models.fast import FastModel
from instructrec.recommender.diversify import mmr
from instructrec.recommender.eligibility import Eligibility, eligibility, relaxations
from instructrec.recommender.explain import (
    interpretation_notes,
    recommendations,
    shared_facts,
    untrained_notes,
)
from instructrec.recommender.liked import first_in_order, in_order, sort_keys, with_liked
from instructrec.recommender.saved import InstructionResolver, SavedInstructions, record_exposure
from instructrec.recommender.score import ScoredItems, rerank, score_requests
from instructrec.recommender.verbalize import verbalize
from instructrec.store.profile import catalog_profile
from instructrec.store.sqlite import SqliteStore
from instructrec.store.workspace import Workspace
from instructrec.types import (
    Condition,
    Context,
    Instruction,
    Item,
    Progress,
    Relaxation,
    Request,
    Slate,
    Source,
    TaskForm,
    no_progress,
)
from instructrec.writing.writer import Writer, writer

MAX_ITEMS = 1_000  # in one slate
DEFAULT_ITEMS = 10
MAX_REFERENCES = 10  # items named in the words that count as history, of a series with more
CELLS = 1_000_000  # requests x items scored at once; more no longer fit in the caches


@dataclass(frozen=True, slots=True)
class _ResolvedRequest:
    """A request in numbers of the catalog."""

    request: Request
    history: np.ndarray  # interactions that count as history, oldest first
    seen: np.ndarray
    saved: SavedInstructions
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What may be shown for a request."""

    request: Request  # with the items that its words refer to
    eligible: Eligibility
    notes: list[str]
    order: np.ndarray | None = None  # the places of all items in the order that is asked for

    @property
    def scored(self) -> np.ndarray:
        """What needs a score: what may be shown, or the first of it where an order is asked for."""
        allowed = self.eligible.allowed
        return allowed if self.order is None else first_in_order(self.order, allowed)


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
    def load(
        workspace: str | Path | None = None, version: str | None = None, progress: Progress = no_progress
    ) -> "Recommender":
        """The current model of a workspace, or the version named.

        Where nothing was trained, a model is counted from what was read (`models.untrained`): `progress`
        tells how far. Raises NotTrained where nothing was read, or the version is not there.
        """
        place = Workspace.of(workspace)
        if version or checkpoint.served(place.models):
            model = checkpoint.load_model(place.models, version)
        else:
            model = _untrained(place, progress)
        return Recommender(model, place.store, language=place.language)

    @cached_property
    def _catalog(self) -> dict[str, Item]:
        return {item.id: item for item in self.source.items()}

    @cached_property
    def items(self) -> list[Item]:
        """The model's items with their current attributes; one that left the catalog keeps its place and is
        never shown.
        """
        return [self._catalog.get(i) or Item(id=i, title=i) for i in self.model.items]

    @cached_property
    def facets(self) -> Facets:
        """Current attributes as columns, for conditions."""
        return Facets(self.items)

    @cached_property
    def _present(self) -> np.ndarray:
        return np.array([i in self._catalog for i in self.model.items], bool)

    @cached_property
    def _reranker(self) -> Reranker | None:
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
        return Reader(vocabulary_of(self.items, _profile_of(self.source), self.encoder), self.encoder)

    @cached_property
    def _resolver(self) -> InstructionResolver:
        return InstructionResolver(self.source, self._reader, self.facets, self.model.numbers)

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
        """Recommend n items (what the instruction asks for, else 10), or fewer with the reason in
        `shortfall`.

        `history` (item ids, oldest first) replaces the stored history of `user`; ids that the catalog does
        not hold are ignored with a note. Items seen before are left out. The saved instructions of `user`
        apply too. An item that lacks the attribute of a condition passes only with `allow_missing`. With
        `rerank` "lm" the tuned language model reads as many of the first items as it can in `rerank_seconds`.
        With `reasons` "lm" a language model words the reasons in English, about a second each; a reason that
        the facts do not support stays plain. Raises ConfigError for an n outside 1 to 1,000, and where no
        language model is tuned.
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

    def matching(self, conditions: Iterable[Condition], allow_missing: bool = False) -> list[str]:
        """The ids of the catalog's items that pass all of some conditions, in the order of the catalog."""
        passes = self.facets.mask(conditions, (), allow_missing) & self._present
        return [self.model.items[number] for number in np.flatnonzero(passes)]

    def answer(self, requests: Sequence[Request]) -> list[Slate]:
        """Answer many requests, scored together in blocks that fit in memory."""
        block = max(1, min(256, CELLS // max(len(self.model.items), 1)))
        slates: list[Slate] = []
        for start in range(0, len(requests), block):
            slates.extend(self._answer(requests[start : start + block]))
        return slates

    def _answer(self, requests: Sequence[Request]) -> list[Slate]:
        resolved = [self._resolve(request) for request in requests]
        contexts = self._reader.contexts([r.instruction for r in requests], [r.history for r in resolved])
        contexts = [self._complete(r, context) for r, context in zip(resolved, contexts, strict=True)]
        candidates = [self._candidates(r, c.instruction) for r, c in zip(resolved, contexts, strict=True)]
        with self._blas.limit(limits=1):  # for products this small a second thread costs more than it saves
            scored = score_requests(self.model, contexts, [each.scored for each in candidates])
        scored = [with_liked(s, c.instruction, self.facets) for s, c in zip(scored, contexts, strict=True)]
        scored = [self._rerank(*each) for each in zip(resolved, contexts, scored, strict=True)]
        slates = [self._slate(*each) for each in zip(resolved, contexts, candidates, scored, strict=True)]
        record_exposure(self.source, [(r.saved, slate) for r, slate in zip(resolved, slates, strict=True)])
        return [verbalize(self._writer, slate) if slate.request.reasons else slate for slate in slates]

    def _resolve(self, request: Request) -> _ResolvedRequest:
        """Look up the user's history, what was seen, and the saved instructions."""
        _check_request(request)
        notes: list[str] = []
        if request.history is not None:
            interactions = [(item, 1) for item in request.history]
        else:
            stored = self.source.history(request.user) if request.user is not None else []
            if stored is None:
                notes.append(f"user {request.user!r} is not known: answered as for a new user")
            interactions = stored or []
        numbers = self.model.numbers
        known = [(numbers[item], sign) for item, sign in interactions if item in numbers]
        if unknown := len(interactions) - len(known):
            notes.append(
                f"{unknown} of {len(interactions)} items of the history are not in the catalog and were "
                "ignored"
            )
        items, signs = np.array(known, np.int64).reshape(-1, 2).T
        saved = self._resolver.for_user(request.user)
        return _ResolvedRequest(request, items[counts_as_history(signs)], np.unique(items), saved, notes)

    def _complete(self, resolved: _ResolvedRequest, context: Context) -> Context:
        """The context with the items that the words refer to ("like Toy Story") and what saved instructions
        add.
        """
        instruction = resolved.saved.added_to(context.instruction)
        history = context.history
        if instruction.like and not _is_about_items(instruction):
            named = [
                self.model.numbers[i] for i in instruction.like[:MAX_REFERENCES] if i in self.model.numbers
            ]
            history = np.concatenate([history, np.array(named, np.int64)])
        return replace(context, history=history, instruction=instruction, profile=resolved.saved.profile)

    def _candidates(self, resolved: _ResolvedRequest, instruction: Instruction) -> _Candidates:
        """What may be shown: items that a question names are the candidates, other named items are left
        out.
        """
        request, seen, notes = resolved.request, resolved.seen, []
        if _is_about_items(instruction) and instruction.like and request.candidates is None:
            notes = [
                f"the question names {len(instruction.like)} items: only they are ranked, even if seen before"
            ]
            n = request.n or instruction.n or len(instruction.like)
            request, seen = replace(request, candidates=instruction.like, n=n), seen[:0]
        else:
            request = replace(request, exclude=(*request.exclude, *instruction.like, *instruction.unlike))
        saved = resolved.saved.parsed
        eligible = eligibility(
            request, instruction, self.facets, self._present, self.model.numbers, seen, saved=saved
        )
        return _Candidates(request, eligible, notes, sort_keys(instruction, self.facets))

    def _rerank(self, resolved: _ResolvedRequest, context: Context, scored: ScoredItems) -> ScoredItems:
        """The scores with the language model's term, where it is asked for."""
        if not resolved.request.rerank:
            return scored
        if self._reranker is None:
            resolved.notes.append(NO_GAIN)
            return scored
        scored, notes = rerank(scored, self._reranker, resolved.request, context, self.items)
        resolved.notes.extend(notes)
        return scored

    def _slate(
        self, resolved: _ResolvedRequest, context: Context, candidates: _Candidates, scored: ScoredItems
    ) -> Slate:
        instruction, request, eligible = context.instruction, candidates.request, candidates.eligible
        n = request.n or instruction.n or DEFAULT_ITEMS

        def vectors(places: np.ndarray) -> np.ndarray:
            return self.model.match.rows(places if scored.items is None else scored.items[places])

        if candidates.order is not None:
            chosen = in_order(scored, candidates.order, n)
        else:
            chosen = mmr(scored.scores, scored.allowed, n, vectors, instruction.dials.get("diversity", 0.0))
        shortfall = eligible.shortfall(n)
        offers: tuple[Relaxation, ...] = ()
        if shortfall and eligible.free is not None:
            offers = relaxations(instruction, self.facets, eligible.free, n, request.allow_missing)
        lines = recommendations(self.model, self.items, scored, chosen, context, self.facets)
        saved_notes = self._resolver.notes(resolved.saved, instruction, request)
        return Slate(
            id=request.id or uuid.uuid4().hex,
            request=resolved.request,
            instruction=instruction,
            recommendations=lines,
            shared_reasons=shared_facts(lines),
            model=self.model.version,
            shortfall=shortfall,
            relaxations=offers,
            notes=(
                *resolved.notes,
                *candidates.notes,
                *interpretation_notes(instruction),
                *saved_notes,
                *untrained_notes(self.model.facts),
            ),
            saved_instructions=tuple(s.text for s in resolved.saved.saved),
        )


def _profile_of(source: Source) -> CatalogProfile:
    """What is known of the columns of a source: of a store, or of a dataset's catalog."""
    if isinstance(source, SqliteStore):
        return catalog_profile(source)
    profile = getattr(getattr(source, "catalog", None), "profile", None)  # not by type: datasets load polars
    return profile if isinstance(profile, CatalogProfile) else CatalogProfile()


def _untrained(place: Workspace, progress: Progress) -> FastModel:
    """The untrained model of a workspace; what counts it is only imported where it was not made before."""
    kept = checkpoint.kept_untrained(place) if place.store_path.exists() else None
    return kept or require("instructrec.models.untrained", "train").load_untrained(place, progress)


def _is_about_items(instruction: Instruction) -> bool:
    """Whether the words ask about named items ("would I like Heat?") instead of for others."""
    return instruction.task in (TaskForm.POINTWISE, TaskForm.PAIRWISE)


def _check_request(request: Request) -> None:
    """Raise ConfigError for what no request may hold."""
    if request.n is not None and not 1 <= request.n <= MAX_ITEMS:
        raise ConfigError(f"n is {request.n}; allowed: 1 to {MAX_ITEMS:,}")
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
    """The first lone half of a surrogate pair in a text or a list of texts, escaped; "" where there is none.

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
