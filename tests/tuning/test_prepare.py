"""What training reads holds no future and no condition broken."""

import numpy as np
import pytest

from instructrec.data.dataset import Catalog, Dataset
from instructrec.data.split import split_by_time
from instructrec.tuning.prepare import OBJECTIVES, prepare
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
    asks = corpus.examples
    assert (
        len(asks.vectors)
        == len(asks)
        == len(asks.hard_negatives)
        == len(asks.histories)
        == len(asks.labels)
        > 30
    )
    assert set(asks.items.tolist()) <= set(range(30))
    assert set(np.unique(asks.objective).tolist()) <= set(range(len(OBJECTIVES)))


def test_a_hard_negative_is_another_item(corpus):
    asks = corpus.examples
    assert (asks.hard_negatives >= 0).any()
    assert (asks.hard_negatives != asks.items).all()


def test_where_there_is_nothing_to_name_a_title_is_said(corpus):
    assert corpus.instructed
    assert not corpus.title_queries
    known = worlds.movies()
    bare = Dataset(Catalog(worlds.movie_items().select("item_id", "title")), known.users, known.interactions)
    found = prepare(split_by_time(bare)[0], worlds.HashEncoder(), None, each=3, limit=50, seed=0)
    assert not found.instructed
    assert [case.user for case in found.title_queries] == [case.user for case in found.uninstructed]
    assert all(case.context.words for case in found.title_queries)


def test_requests_are_limited(corpus):
    assert 0 < len(corpus.uninstructed) <= 50


def test_instructed_answers_pass_their_own_conditions(corpus):
    allowed = corpus.allowed([c.context for c in corpus.instructed])
    assert len(corpus.instructed)
    assert all(allowed[row, case.relevant].all() for row, case in enumerate(corpus.instructed))


def test_item_vectors_are_unit_rows(corpus):
    assert np.allclose(np.linalg.norm(corpus.vectors, axis=1), 1, atol=1e-6)


def test_the_digest_changes_with_the_data_and_only_then(movie_split, encoder, corpus):
    same = prepare(movie_split, encoder, None, each=1, limit=5, seed=9)
    acts = movie_split.train.interactions
    fewer = type(movie_split)(
        movie_split.train.with_interactions(acts[:-1]), movie_split.valid, movie_split.test
    )
    assert same.digest == corpus.digest
    assert prepare(fewer, encoder, None, each=1, limit=5, seed=9).digest != corpus.digest
