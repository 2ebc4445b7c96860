"""Exact words of title, brand and categories count, rare ones more."""

import numpy as np
import pytest

from instructrec.channels.counting import index_terms
from instructrec.channels.lexical import Lexical
from instructrec.types import Context

TEXTS = ["red pen", "red notebook", "blue pen 0.5", "电影票", "red red red case"]


def score(*words: str) -> np.ndarray:
    return Lexical(index_terms(TEXTS)).score([Context(history=np.zeros(0, np.int32), words=words)])[0]


def test_texts_with_the_word_are_found():
    assert np.flatnonzero(score("pen")).tolist() == [0, 2]


def test_a_rare_word_counts_more_than_a_frequent_one():
    assert score("blue")[2] > score("pen")[2]


def test_words_add_up():
    assert score("red", "pen") == pytest.approx(score("red") + score("pen"))


def test_chinese_is_found_by_its_bigrams():
    assert np.flatnonzero(score("电影")).tolist() == [3]


def test_unheard_words_say_nothing():
    assert not score("green").any()


def test_no_weight_is_negative():
    assert (score("red", "pen", "blue", "case") >= 0).all()


def test_a_catalog_without_words_is_silent():
    assert Lexical(index_terms(["", ""])).score(
        [Context(history=np.zeros(0, np.int32), words=("a",))]
    ).tolist() == [[0, 0]]
