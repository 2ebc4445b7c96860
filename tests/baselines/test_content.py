import numpy as np
import polars as pl
import pytest

from instructrec.baselines.content import BM25, TfIdfContent
from instructrec.baselines.encoder import UntunedEncoder
from instructrec.data.dataset import Catalog, Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context

NOTHING = Dataset.of([])
SHOP = Dataset(
    Catalog(
        pl.DataFrame({"item_id": list("abcd"), "title": ["red lamp", "blue lamp", "red chair", "科幻小说"]})
    ),
    NOTHING.users,
    NOTHING.interactions,
)


def test_words_of_the_request_find_the_item():
    scores = BM25.fit(SHOP).score(
        [Context(history=np.array([1]), words=("chair",)), Context(history=np.array([1]), words=("科幻",))]
    )
    assert scores.argmax(axis=1).tolist() == [2, 3]


def test_without_words_the_titles_of_the_history_are_the_query():
    scores = BM25.fit(SHOP).score([Context(history=np.array([1]))])[0]
    assert scores[1] > scores[0] > scores[3]


def test_only_the_last_items_make_the_query_and_the_profile():
    recent = [Context(history=np.array([3, 3, 1]))]
    assert BM25.fit(SHOP, last=1).score(recent)[0, 3] == 0
    assert TfIdfContent.fit(SHOP, last=1).score(recent)[0, 3] == 0
    assert TfIdfContent.fit(SHOP, last=3).score(recent)[0, 3] > 0


def test_tf_idf_gives_the_cosine_to_the_profile():
    scores = TfIdfContent.fit(SHOP).score([Context(history=np.array([1]))])[0]
    assert scores[1] == pytest.approx(1.0, abs=1e-5)
    assert 0 < scores[0] < 1  # shares one of two words
    assert scores[2] == 0


def test_the_encoder_needs_a_vector_for_each_item():
    with pytest.raises(ConfigError, match="one row for each of the 4 items"):
        UntunedEncoder.fit(SHOP, np.eye(3))
