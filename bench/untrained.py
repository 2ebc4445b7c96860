"""The answer before any training, beside the sentence encoder alone and beside popularity.

    python bench/untrained.py [SET ...] [--limit 200]

The untrained model is counted on train and valid and asked on test: without words; with a generated
instruction whose conditions hold for every row; with a wish in other words, which names nothing; and with
half of the title, which leaks the answer. The three with words are asked once with the user's history and
once without. The encoder alone ranks by the cosine with the words, or without words with the mean text of
the last ten items. The set human-requests is what people wrote to other people who then named films
(redial, inspired, reddit-tot-movies), asked of the whole ml-latest-small through the recommender: the same
conditions for both rows, and none at all for "conditions off"; the titles that the writer named are left
out. The texts are not kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import harness
import numpy as np
import polars as pl
import sections
from task import split_of

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.channels.instruction import InstructionMatch
from instructrec.data.dataset import Catalog as ItemTable
from instructrec.data.dataset import Dataset, Split
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import CUT, MAIN, fit_baselines
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.instructed import (
    NOBODY,
    allowed_by,
    instructed_cases,
    soft_wish_cases,
    title_query_cases,
)
from instructrec.evaluation.metrics import paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.instructions.understand import Reader
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.untrained import untrained_model
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.recommender import Recommender
from instructrec.sources.read import read
from instructrec.types import Context, Item, Request, SavedInstruction, Scorer

OURS, ENCODER = "untrained", "encoder"
CHOSEN_ON = ("ml-100k", "deskdrop", "ml-latest-small", "amazon-games")  # on their validation requests
MENDED = "amazon-office"  # after it was read, popularity was made to count less where little was liked
READ_ONCE = ("amazon-industrial", "amazon-instruments", "ibm-articles", "ml-1m-seq")
PEOPLE = "human-requests"
NOTES = dict.fromkeys(CHOSEN_ON, "the default weights were chosen on its validation part") | {
    MENDED: "the defaults were mended once after its test part was read"
}
FILES = ("redial", "inspired", "reddit-tot-movies")
FILMS = "ml-latest-small"  # what people's requests are asked of
ANSWERS = "ml_latest_target_ids"
LONGEST_TEXT = 4_000
YEAR = re.compile(r"\s*\(\d{4}\)$")


@dataclass(frozen=True)
class Asked:
    """Requests of one kind, and the items that their conditions allow."""

    requests: Sequence[Case]
    allowed: Allowed | None = None


@dataclass(frozen=True)
class Catalog:
    """A set before its test part, with the text vectors of its items."""

    split: Split
    known: Dataset
    items: list[Item]
    vectors: np.ndarray
    encoder: Encoder

    @classmethod
    def of(cls, split: Split, encoder: Encoder) -> "Catalog":
        """Encode the items, and put train and valid together."""
        items = split.train.catalog.records()
        known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
        return cls(split, known, items, encoder.encode([encoder_text(item) for item in items]), encoder)


def kinds(catalog: Catalog, limit: int) -> dict[str, Asked]:
    """Every kind of request that the set has something to say for."""
    plain = cases(catalog.split, "test", limit)
    reader = Reader(Vocabulary.of(catalog.items), catalog.encoder)
    told = [c for c in instructed_cases(plain, catalog.items, reader, 0) if c.context.instruction.text]
    wishes = [each.case for each in soft_wish_cases(plain, catalog.items, reader, 0)]
    titles = title_query_cases(plain, catalog.items, catalog.encoder, 0)
    with_words = {
        "an instruction": Asked(told, allowed_by(Facets(catalog.items))),
        "a wish": Asked(wishes),
        "half of the title (leaks)": Asked(titles),
    }
    found = {"no words": Asked(plain)}
    for kind, asked in with_words.items():
        strangers = [replace(c, context=replace(c.context, history=NOBODY)) for c in asked.requests]
        found |= {kind: asked, f"{kind}, new user": Asked(strangers, asked.allowed)}
    return {kind: asked for kind, asked in found.items() if asked.requests}


def values(scorer: Scorer, asked: Asked, items: int) -> np.ndarray:
    """The nDCG@10 of each request."""
    ranked, _ = rank_all(scorer, asked.requests, items, depth=CUT, allowed=asked.allowed)
    return ranking_metrics(ranked, [case.relevant for case in asked.requests], (CUT,))[MAIN]


def lead(ours: np.ndarray, theirs: np.ndarray, users: np.ndarray) -> list[float]:
    """The difference of two means with its 95 % interval, paired by request and drawn by user."""
    gap = asdict(paired(ours, theirs, users).difference)
    return [gap["mean"], gap["low"], gap["high"]]


def row(ours: np.ndarray, rivals: Mapping[str, np.ndarray], users: np.ndarray) -> dict[str, Any]:
    """A line of the table: all means, and the lead over each rival."""
    means = {OURS: float(ours.mean()), **{name: float(each.mean()) for name, each in rivals.items()}}
    leads = {f"over {name}": lead(ours, each, users) for name, each in rivals.items()}
    return {"requests": len(ours), **means, **leads}


def of_set(name: str, data: Path, encoder: Encoder, limit: int) -> dict[str, Any]:
    """Every kind of request of one set."""
    catalog = Catalog.of(split_of(name, data), encoder)
    items = len(catalog.items)
    ours = untrained_model(catalog.items, catalog.known.histories(), encoder)
    alone = UntunedEncoder.fit(catalog.known, catalog.vectors)
    chosen = {name: BASELINES[name] for name in ("popularity", "recent popularity")}
    baselines = fit_baselines(catalog.split, cases(catalog.split, "valid", limit), chosen)
    rows = {}
    for kind, asked in kinds(catalog, limit).items():
        users = np.array([case.user for case in asked.requests])
        rivals = {ENCODER: values(alone, asked, items)}
        if kind == "no words":
            rivals |= {each.name: values(each.scorer, asked, items) for each in baselines if each.scorer}
        rows[kind] = row(values(ours, asked, items), rivals, users)
    return {"items": items, "note": NOTES.get(name, "read once"), "rows": rows}


@dataclass(frozen=True)
class Whole:
    """All of a set as a recommender reads it; nobody asks by name."""

    data: Dataset

    @property
    def catalog(self) -> ItemTable:
        """The items with what is known of their columns."""
        return self.data.catalog

    def items(self) -> list[Item]:
        """All items."""
        return self.data.catalog.records()

    def history(self, user: str) -> list[tuple[str, int]] | None:
        """None: who wrote a request is not in the set."""
        return None

    def saved_instructions(self, user: str | None) -> list[SavedInstruction]:
        """None were saved."""
        return []


def encoder_alone(model: FastModel, vectors: np.ndarray, encoder: str) -> FastModel:
    """A model whose only channel is the cosine of the words with the texts, all axes of both."""
    match = InstructionMatch(vectors, np.eye(vectors.shape[1], dtype=np.float32))
    gates = Gates(("instruction",), np.zeros((1, len(FEATURES)), np.float32), np.ones(1, np.float32))
    return FastModel(model.items, {"instruction": match}, gates, {"encoder": encoder})


@dataclass(frozen=True)
class Written:
    """What a person wrote, and the items that others named in answer."""

    request: Request
    wanted: frozenset[str]


def written(path: Path, items: Sequence[Item], limit: int) -> list[Written]:
    """Requests with an answer in the catalog, some of them where there are more; titles that their writer
    named are left out of the answer.
    """
    table = pl.read_parquet(path).filter(pl.col(ANSWERS).list.len() > 0)
    if "clear_request" in table.columns:
        table = table.filter("clear_request")
    if "answer_in_text" in table.columns:
        table = table.filter(~pl.col("answer_in_text"))
    table = table.sample(limit, seed=0) if table.height > limit else table
    by_title: dict[str, list[str]] = {}
    for item in items:
        by_title.setdefault(item.title.lower(), []).append(item.id)
    return [
        Written(
            Request(
                instruction=each["text"][:LONGEST_TEXT],
                exclude=tuple(_named(each["liked_titles"] or [], by_title)),
                n=CUT,
                id=each["request_id"],
            ),
            frozenset(each[ANSWERS]),
        )
        for each in table.iter_rows(named=True)
    ]


def _named(titles: Sequence[str | None], by_title: Mapping[str, list[str]]) -> list[str]:
    return [item for title in titles if title for item in by_title.get(YEAR.sub("", title).lower(), [])]


def answered(recommender: Recommender, asked: Sequence[Written]) -> np.ndarray:
    """The nDCG@10 of each slate."""
    numbers = recommender.model.numbers
    slates = recommender.answer([each.request for each in asked])
    ranked = np.full((len(asked), CUT), -1, np.int64)
    for place, slate in enumerate(slates):
        listed = [numbers[line.item.id] for line in slate]
        ranked[place, : len(listed)] = listed
    relevant = [np.array(sorted(numbers[i] for i in each.wanted if i in numbers)) for each in asked]
    return ranking_metrics(ranked, relevant, (CUT,))[MAIN]


class Unconditioned(Recommender):
    """A recommender that ranks by the words alone: nothing that was understood bars or lifts an item."""

    def _complete(self, resolved: Any, context: Context) -> Context:
        bare = replace(context.instruction, conditions=(), any_of=(), soft=(), sort=())
        return super()._complete(resolved, replace(context, instruction=bare))


def of_people(data: Path, encoder: Encoder, limit: int) -> dict[str, Any]:
    """Every file of requests that people wrote, asked of a whole set."""
    source = Whole(read(str(data / FILMS))[0])
    items = source.items()
    model = untrained_model(items, source.data.histories(), encoder)
    vectors = encoder.encode([encoder_text(item) for item in items])
    both = (model, encoder_alone(model, vectors, encoder.name))
    rows = {}
    for file in FILES:
        asked = written(data / PEOPLE / f"{file}.parquet", items, limit)
        ours, alone = (answered(Recommender(each, source, encoder), asked) for each in both)
        off = answered(Unconditioned(model, source, encoder), asked)
        rivals = {ENCODER: alone, "conditions off": off}
        rows[file] = row(ours, rivals, np.array([each.request.id for each in asked]))
    note = "the default weights were chosen with redial, the others were read once"
    return {"items": len(items), "note": note, "rows": rows}


def main() -> None:
    """Measure each set, print the tables and write them to bench/results."""
    options = harness.options(__doc__)
    options.add_argument("sets", nargs="*", default=[*CHOSEN_ON, PEOPLE, MENDED, *READ_ONCE], metavar="SET")
    options.add_argument("--limit", type=int, default=200, help="requests drawn at random, of each kind")
    given = options.parse_args()
    encoder = load_encoder()
    for name in given.sets:
        shared = (given.data, encoder, given.limit)
        found = of_people(*shared) if name == PEOPLE else of_set(name, *shared)
        print(sections.untrained(harness.publish(given.out, "untrained", name, found)))


if __name__ == "__main__":
    main()
