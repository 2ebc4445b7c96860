"""What every baseline promises, whichever it is."""

import numpy as np
import pytest

from instructrec.baselines.popular import counts
from instructrec.baselines.registry import BASELINES
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context, Interaction

PERSONAL = ("item neighbours", "user neighbours", "RP3beta", "EASE", "ALS", "TF-IDF content", "BM25")
EVERY = [
    pytest.param(name, settings, id=f"{name} {settings}")
    for name, b in BASELINES.items()
    for settings in b.grid
]


@pytest.mark.parametrize(("name", "settings"), EVERY)
def test_scores_are_finite_float32_for_every_item(name, settings, checkerboard, newcomers):
    scorer = BASELINES[name].fit(checkerboard, **settings)
    scores = scorer.score(newcomers)
    assert scorer.name == name
    assert scores.shape == (3, 20)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores, scorer.score(newcomers))


@pytest.mark.parametrize("name", BASELINES)
def test_an_empty_history_is_answered_with_popularity(name, newcomers):
    acts = [
        Interaction(user=f"u{n}", item=f"i{item}", action="like", time=0.0)
        for item in range(4)
        for n in range(item + 1)
    ]
    train = Dataset.of(acts)
    scores = BASELINES[name].fit(train).score(newcomers[2:])
    assert np.argsort(-scores[0]).tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("name", BASELINES)
def test_a_catalog_of_one_item_can_be_scored(name):
    train = Dataset.of([Interaction(user="u", item="only", action="like", time=1.0)])
    contexts = [Context(history=np.array([0])), Context(history=np.empty(0, int))]
    scores = BASELINES[name].fit(train).score(contexts)
    assert scores.shape == (2, 1)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", BASELINES)
def test_training_without_a_single_positive_act_still_gives_scores(name):
    train = Dataset.of([Interaction(user="u", item=f"i{n}", action="dislike", time=1.0) for n in range(3)])
    scores = BASELINES[name].fit(train).score([Context(history=np.array([1, 2]))])
    assert scores.shape == (1, 3)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", BASELINES)
def test_no_contexts_give_no_rows(name, checkerboard):
    assert BASELINES[name].fit(checkerboard).score([]).shape == (0, 20)


@pytest.mark.parametrize("name", PERSONAL)
def test_parity_is_learned_and_holds_for_strangers(name, checkerboard, newcomers):
    small = {"factors": 2, "regularization": 0.1} if name == "ALS" else {}  # the world has two tastes
    even, odd, _ = BASELINES[name].fit(checkerboard, **small).score(newcomers)
    assert even[::2].min() > even[1::2].max()
    assert odd[1::2].min() > odd[::2].max()


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("item neighbours", "k"),
        ("user neighbours", "k"),
        ("RP3beta", "beta"),
        ("ALS", "factors"),
        ("TF-IDF content", "last"),
        ("BM25", "last"),
    ],
)
def test_a_setting_of_zero_is_refused_by_name(name, setting, checkerboard):
    with pytest.raises(ConfigError, match=f"{setting} is 0; it must be above 0"):
        BASELINES[name].fit(checkerboard, **{setting: 0})


def test_negative_acts_are_no_popularity():
    acts = [
        Interaction(user="u", item="a", action="dislike", time=0.0),
        Interaction(user="u", item="b", action="like", time=1.0),
    ]
    assert counts(Dataset.of(acts)).tolist() == [0, 1]
