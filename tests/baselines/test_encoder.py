"""The untuned encoder ranks by the cosine to the wish, else to the last items, else by popularity."""

import numpy as np
import pytest

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context, Interaction

# a is liked twice, b once, c by nobody
TRAIN = Dataset.of(
    [
        Interaction(user="u", item="a", action="like", time=1),
        Interaction(user="u", item="b", action="like", time=2),
        Interaction(user="v", item="a", action="like", time=3),
        Interaction(user="v", item="c", action="dislike", time=4),
    ]
)
VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
NOTHING = np.zeros(0, np.int64)


@pytest.fixture
def encoder() -> UntunedEncoder:
    return UntunedEncoder.fit(TRAIN, VECTORS)


def test_a_wish_is_matched_by_its_cosine_whatever_its_length(encoder):
    scores = encoder.score([Context(history=NOTHING, vector=np.array([0, 7], np.float32))])
    np.testing.assert_allclose(scores, [[0, 1, 0.8]], atol=1e-5)


def test_without_a_wish_the_last_items_stand_in(encoder):
    scores = encoder.score([Context(history=np.array([0, 1]))])
    np.testing.assert_allclose(scores, [np.array([1, 1, 1.4]) / np.sqrt(2)], atol=1e-5)


def test_a_wish_comes_before_the_history(encoder):
    wish = np.array([1, 0], np.float32)
    scores = encoder.score(
        [Context(history=np.array([1]), vector=wish), Context(history=NOTHING, vector=wish)]
    )
    np.testing.assert_array_equal(scores[0], scores[1])


def test_only_the_last_items_count():
    encoder = UntunedEncoder.fit(TRAIN, VECTORS, last=1)
    np.testing.assert_allclose(encoder.score([Context(history=np.array([0, 1]))]), [[0, 1, 0.8]], atol=1e-5)


def test_without_anything_popularity_answers(encoder):
    scores = encoder.score([Context(history=NOTHING)])[0]
    assert scores.argsort()[::-1].tolist() == [0, 1, 2]
    assert len(set(scores.tolist())) == 3


def test_popularity_never_outvotes_the_words(encoder):
    near = np.array([0.59, 0.81], np.float32)
    assert encoder.score([Context(history=NOTHING, vector=near)])[0].argmax() == 2


def test_scores_are_one_row_a_context_and_finite(encoder):
    scores = encoder.score([Context(history=NOTHING)] * 4)
    assert scores.shape == (4, 3)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_no_contexts_give_no_rows(encoder):
    assert encoder.score([]).shape == (0, 3)


@pytest.mark.parametrize("vectors", [VECTORS[:2], VECTORS[0]])
def test_vectors_that_do_not_fit_the_catalog_are_refused(vectors):
    with pytest.raises(ConfigError, match=r"vectors have shape .*one row for each of the 3 items"):
        UntunedEncoder.fit(TRAIN, vectors)


def test_a_profile_of_no_items_is_refused():
    with pytest.raises(ConfigError, match="last is 0; it must be above 0"):
        UntunedEncoder.fit(TRAIN, VECTORS, last=0)
