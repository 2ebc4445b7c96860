"""The two comparison tables of a model: without an instruction, and with the train-side one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.popular import counts
from instructrec.baselines.registry import BASELINES
from instructrec.data.dataset import Split
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.errors import DataError
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import MAIN, BaselineRow, Table, compare, fit_baselines
from instructrec.evaluation.evaluate import Space
from instructrec.evaluation.instructed import allowed_by, instructed_cases
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.understand import Reader
from instructrec.models.fast import FastModel
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Progress, Scorer, no_progress


@dataclass(frozen=True)
class Tables:
    """Both tables, and the model's nDCG@10 with an instruction relative to that without."""

    plain: Table
    instructed: Table
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"plain": self.plain.to_dict(), "instructed": self.instructed.to_dict(), "gain": self.gain}


def evaluate(
    model: FastModel,
    split: Split,
    encoder: Encoder,
    *,
    store: SqliteStore | None = None,
    limit: int = 5_000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Tables:
    """Compare a model with all baselines on the test part; at most `limit` requests, drawn by seed.

    `encoder` is the one of the model, whose text vectors of the items are the space of diversity. Raises
    DataError when the model was made for another catalog. Baselines are tuned on validation and fitted again
    on train and valid. In the instructed table the conditions of the instruction hold for every row: the
    difference between rows is the ranking of what is left.
    """
    items = split.train.items()
    if model.items != split.train.catalog.ids:
        raise DataError(
            f"the model knows {len(model.items)} items, the split has {len(items)} or other ones: train it "
            "on this split"
        )
    vectors = encode_cached(encoder, [encoder_text(item) for item in items], store, progress)
    reader = Reader(vocabulary_of(items, split.train.catalog.profile, encoder), encoder, store)
    test = cases(split, "test", limit, seed)
    rows: list[Scorer | BaselineRow] = [
        model,
        *_baselines(split, cases(split, "valid", 2_000, seed), progress),
    ]
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    rows.append(UntunedEncoder.fit(known, vectors))
    space = Space(vectors, counts(split.train), "text vectors of the items")
    plain = compare(rows, test, space)
    instructed_requests: list[Case] = instructed_cases(test, items, reader, seed)
    instructed = compare(rows, instructed_requests, space, allowed=allowed_by(Facets(items)))
    return Tables(
        plain, instructed, _mean_ndcg(instructed, model.name) / max(_mean_ndcg(plain, model.name), 1e-12)
    )


def _baselines(split: Split, valid: list[Case], progress: Progress) -> list[BaselineRow]:
    rows: list[BaselineRow] = []
    for done, (name, baseline) in enumerate(BASELINES.items()):
        progress("baselines", done, len(BASELINES))
        rows += fit_baselines(split, valid, {name: baseline})
    progress("baselines", len(BASELINES), len(BASELINES))
    return rows


def _mean_ndcg(table: Table, name: str) -> float:
    by_name: Mapping[str, float] = {report.name: report.metrics[MAIN].mean for report in table.reports}
    return by_name[name]
