"""What every channel promises: finite float32 scores of the whole catalog, silence as zeros, and a way to a
file.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.channels.base import last_items, pack_strings, unpack_strings
from instructrec.channels.registry import CHANNELS
from instructrec.types import Context
from tests import worlds

SILENT = (
    "sequence",
    "instruction",
    "profile",
    "neighbours",
    "content",
    "lexical",
)  # popularity always has something to say
EMPTY = Context(history=np.zeros(0, np.int32))


@pytest.fixture(scope="module")
def channels():
    data = worlds.movies()
    return worlds.channels(data.catalog.records(), data.histories())


@pytest.fixture
def contexts(encoder) -> list[Context]:
    vector = encoder.encode(["golden harbour"])[0]
    return [
        Context(history=np.array([0, 2, 4], np.int32)),
        Context(history=np.zeros(0, np.int32), vector=vector, words=("golden", "harbour")),
        EMPTY,
        Context(history=np.arange(29, dtype=np.int32), vector=vector, words=("unheard",), profile=vector),
    ]


@pytest.mark.parametrize("name", CHANNELS)
def test_scores_cover_the_catalog_and_are_finite(channels, contexts, name):
    scores = channels[name].score(contexts)
    assert (scores.shape, scores.dtype) == ((4, 30), np.float32)
    assert np.isfinite(scores).all()
    assert scores.any()


@pytest.mark.parametrize("name", SILENT)
def test_nothing_said_is_zeros(channels, contexts, name):
    assert not channels[name].score(contexts)[2].any()


@pytest.mark.parametrize("name", CHANNELS)
def test_a_context_is_scored_the_same_alone_and_in_company(channels, contexts, name):
    together = channels[name].score(contexts)
    alone = np.concatenate([channels[name].score([c]) for c in contexts])
    assert np.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("name", CHANNELS)
def test_the_arrays_of_a_channel_give_the_same_channel(channels, contexts, name):
    again = CHANNELS[name].from_arrays(channels["instruction" if name == "profile" else name].arrays())
    assert np.array_equal(again.score(contexts), channels[name].score(contexts))
    assert again.name == channels[name].name == name


@pytest.mark.parametrize("name", CHANNELS)
def test_no_context_gives_no_rows(channels, name):
    assert channels[name].score([]).shape == (0, 30)


def test_a_history_longer_than_the_window_keeps_its_end():
    assert last_items([Context(history=np.arange(9))], 3).tolist() == [[6, 7, 8]]


def test_empty_histories_take_no_room():
    assert last_items([EMPTY, EMPTY], 3).shape == (2, 0)


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))))
def test_packed_strings_come_back(strings):
    assert unpack_strings(pack_strings(strings)) == strings
