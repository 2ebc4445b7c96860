"""What training reads holds no future and no condition broken."""

import numpy as np
import pytest

from instructrec.tuning.prepare import prepare
from tests import worlds


@pytest.fixture(scope="module")
def corpus(movie_split):
    return prepare(movie_split, worlds.HashEncoder(), None, each=3, limit=50, seed=0)


def test_training_histories_hold_nothing_after_train(corpus, movie_split):
    assert corpus.histories.times.max() == movie_split.train.interactions["timestamp"].max()


def test_counts_may_use_validation_but_never_test(corpus, movie_split):
    assert corpus.known.times.max() == movie_split.valid.interactions["timestamp"].max()
    assert corpus.known.times.max() < movie_split.test.interactions["timestamp"].min()


def test_every_instruction_belongs_to_an_item(corpus):
    assert len(corpus.asked) == len(corpus.wanted) > 30
    assert set(corpus.wanted.tolist()) <= set(range(30))


def test_requests_are_limited(corpus):
    assert 0 < len(corpus.plain) <= 50


def test_instructed_answers_pass_their_own_conditions(corpus):
    allowed = corpus.allowed([c.context for c in corpus.instructed])
    assert len(corpus.instructed)
    assert all(allowed[row, case.relevant].all() for row, case in enumerate(corpus.instructed))


def test_item_vectors_are_unit_rows(corpus):
    assert np.allclose(np.linalg.norm(corpus.vectors, axis=1), 1, atol=1e-6)


def test_the_digest_changes_with_the_data_and_only_then(movie_split, encoder, corpus):
    same = prepare(movie_split, encoder, None, each=1, limit=5, seed=9)
    acts = movie_split.train.interactions
    fewer = type(movie_split)(movie_split.train.with_interactions(acts[:-1]), movie_split.valid, movie_split.test)
    assert same.digest == corpus.digest
    assert prepare(fewer, encoder, None, each=1, limit=5, seed=9).digest != corpus.digest
