"""Both tables hold every row on the same requests, and the gain is the model's own ratio between them."""

import json
from itertools import pairwise

import numpy as np
import pytest

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.channels.instruction import InstructionMatch
from instructrec.data.dataset import Dataset
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.errors import DataError
from instructrec.evaluation import tables as module
from instructrec.evaluation.cases import cases
from instructrec.evaluation.instructed import instructed_cases
from instructrec.evaluation.tables import Tables, evaluate
from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Context
from tests import worlds

FEW = {name: BASELINES[name] for name in ("popularity", "BM25")}
ITEMS = worlds.movies().items()
VECTORS = worlds.HashEncoder().encode([encoder_text(i) for i in ITEMS])


class Even:
    """Likes even items, in catalog order; a model as far as the tables ask for one."""

    name = "even"
    items = tuple(item.id for item in ITEMS)
    channels = {"instruction": InstructionMatch(VECTORS, np.eye(VECTORS.shape[1], dtype=np.float32))}  # noqa: RUF012

    def score(self, contexts: list[Context]) -> np.ndarray:
        return np.tile(
            np.where(np.arange(30) % 2 == 0, 100.0, 0.0) - np.arange(30), (len(contexts), 1)
        ).astype(np.float32)


@pytest.fixture(scope="module")
def measured() -> Tables:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BASELINES", FEW)
        return evaluate(Even(), worlds.movie_split(), worlds.HashEncoder(), limit=40, seed=3)


def figures(table) -> dict[str, float]:
    return {report.name: report.metrics["nDCG@10"].mean for report in table.reports}


def test_both_tables_hold_the_model_every_baseline_and_the_encoder_as_it_comes(measured):
    wanted = {"even", "untuned encoder", *FEW}
    assert set(figures(measured.plain)) == set(figures(measured.instructed)) == wanted


def test_every_row_of_a_table_is_of_the_same_requests(measured):
    for table in (measured.plain, measured.instructed):
        assert len({report.settings["requests"] for report in table.reports}) == 1
        assert len({tuple(evaluation.users) for evaluation in table.evaluations}) == 1


def test_the_limit_is_the_number_of_requests(measured):
    assert measured.plain.reports[0].settings["requests"] == 40
    assert measured.instructed.reports[0].settings["requests"] <= 40


def test_the_gain_is_the_models_ndcg_with_words_over_that_without(measured):
    with_words, without = figures(measured.instructed)["even"], figures(measured.plain)["even"]
    assert measured.gain == pytest.approx(with_words / without)
    assert measured.gain != pytest.approx(1.0)


def test_the_models_figure_is_the_one_worked_out_by_hand(measured):
    """A request with one answer at place r (from 0) among the open items counts 1 / log2(r + 2), if r <
    10.
    """
    order = [*range(0, 30, 2), *range(1, 30, 2)]
    gains = []
    for case in cases(worlds.movie_split(), "test", 40, 3):
        [answer] = case.relevant.tolist()
        place = [i for i in order if i not in set(case.seen.tolist())].index(answer)
        gains.append(1 / np.log2(place + 2) if place < 10 else 0.0)
    assert figures(measured.plain)["even"] == pytest.approx(np.mean(gains))


def test_conditions_hold_for_every_row_of_the_instructed_table(measured):
    reader = Reader(Vocabulary.of(ITEMS), worlds.HashEncoder())
    asked = instructed_cases(cases(worlds.movie_split(), "test", 40, 3), ITEMS, reader, 3)
    assert any(case.context.instruction.conditions for case in asked)
    facets = Facets(ITEMS)
    for evaluation in measured.instructed.evaluations:
        for case, ranked in zip(asked, evaluation.ranked, strict=True):
            allowed = set(np.flatnonzero(facets.mask(case.context.instruction.conditions)).tolist()) - set(
                case.seen.tolist()
            )
            listed = ranked[ranked >= 0].tolist()
            assert set(listed) <= allowed
            assert len(listed) == min(len(allowed), 20)


def test_rows_come_best_first(measured):
    for table in (measured.plain, measured.instructed):
        assert all(a >= b for a, b in pairwise(figures(table).values()))


def test_diversity_is_measured_in_the_text_vectors_that_were_given(measured):
    assert {report.settings["space"] for report in measured.plain.reports} == {"text vectors of the items"}


def test_both_tables_and_the_gain_are_plain_json(measured):
    told = json.loads(json.dumps(measured.to_dict()))
    assert set(told) == {"plain", "instructed", "gain"}
    assert {row["name"] for row in told["plain"]["rows"]} == {"even", "untuned encoder", *FEW}


def test_the_encoder_row_knows_the_acts_of_validation_as_the_other_rows_do(monkeypatch):
    class Watched(UntunedEncoder):
        acts = 0

        @classmethod
        def fit(cls, train: Dataset, vectors: np.ndarray, last: int = 10) -> UntunedEncoder:
            Watched.acts = train.interactions.height
            return UntunedEncoder.fit(train, vectors, last)

    monkeypatch.setattr(module, "BASELINES", {})
    monkeypatch.setattr(module, "UntunedEncoder", Watched)
    split = worlds.movie_split()
    evaluate(Even(), split, worlds.HashEncoder(), limit=5)
    assert Watched.acts == split.train.interactions.height + split.valid.interactions.height


def test_progress_counts_the_baselines_to_the_end(monkeypatch):
    monkeypatch.setattr(module, "BASELINES", FEW)
    told: list[tuple[str, int, int]] = []
    evaluate(
        Even(), worlds.movie_split(), worlds.HashEncoder(), limit=5, progress=lambda *step: told.append(step)
    )
    vectors = [step for step in told if step[0] == "text vectors"]
    assert told[len(vectors)] == (
        "baselines",
        0,
        2,
    )  # after the vectors of the items, which no store keeps here
    assert told[-1] == ("baselines", 2, 2)


class Contrary(Even):
    """Lists the 15 films first that people of this kind never watch."""

    name = "contrary"

    def score(self, contexts: list[Context]) -> np.ndarray:
        return np.stack(
            [(np.arange(30) % 2 != c.history[-1] % 2) - np.arange(30) / 100 for c in contexts]
        ).astype(np.float32)


def test_a_model_that_finds_nothing_without_words_has_a_finite_gain(monkeypatch):
    monkeypatch.setattr(module, "BASELINES", {})
    found = evaluate(Contrary(), worlds.movie_split(), worlds.HashEncoder(), limit=20)
    assert figures(found.plain)["contrary"] == 0
    assert np.isfinite(found.gain)


@pytest.mark.slow
def test_every_baseline_of_the_registry_is_in_the_tables():
    found = evaluate(Even(), worlds.movie_split(), worlds.HashEncoder(), limit=20)
    names = {*figures(found.plain), *found.plain.skipped}
    assert {"even", "untuned encoder", *BASELINES} <= names
    assert not found.plain.skipped


def test_a_model_of_another_catalog_is_refused():
    class Other(Even):
        items = ("x",)

    with pytest.raises(DataError, match="train it on this split"):
        evaluate(Other(), worlds.movie_split(), worlds.HashEncoder())
