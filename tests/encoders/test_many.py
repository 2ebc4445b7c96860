"""Many texts at once get the vectors that the library gives them one by one."""

import numpy as np
import pytest

from instructrec.encoders import many
from instructrec.encoders.many import ManyTexts
from instructrec.encoders.use import UseEncoder

from .test_use import many_texts


@pytest.fixture(scope="module")
def network():
    return UseEncoder()._backend


def test_pieces_are_those_of_the_whole_text(network, monkeypatch):
    monkeypatch.setattr(many, "WORDS_KEPT", 20)
    encoder, texts = ManyTexts(network), many_texts()
    found = [encoder.tokens(text) for text in texts]
    assert found == [network.sp.encode(text, add_bos=True, add_eos=True) for text in texts]
    assert len(encoder.pieces) <= 20


def test_vectors_are_the_librarys(network):
    texts = many_texts()
    assert np.allclose(ManyTexts(network).encode(texts), network.encode(texts), atol=1e-5)


def test_the_number_of_threads_changes_nothing(network, monkeypatch):
    monkeypatch.setattr(many, "PART", 50)
    texts, found = many_texts(), []
    for count in (1, 3):
        monkeypatch.setattr(many, "threads", lambda count=count: count)
        found.append(ManyTexts(network).encode(texts))
    assert np.array_equal(*found)


def test_a_long_text_among_short_ones(network):
    texts = ["a", "tea and cake " * 500, "b", ""]
    assert np.allclose(ManyTexts(network).encode(texts), network.encode(texts), atol=1e-5)


def test_the_encoder_takes_this_way_for_many_texts(network, monkeypatch):
    encoder, texts = UseEncoder(), many_texts()[:40]
    few = encoder.encode(texts[:3])
    assert np.allclose(encoder.encode(texts)[:3], few, atol=1e-5)
    assert "_many" in vars(encoder)
