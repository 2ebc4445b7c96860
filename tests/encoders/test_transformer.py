"""Encoders of the sentence-transformers library: a small one made here, and names that lead nowhere."""

from pathlib import Path

import numpy as np
import pytest
import transformers

from instructrec.encoders import transformer
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "shoe", "hat"]


@pytest.fixture
def folder(tmp_path):
    """A network of the BERT family with random weights."""
    shape = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    transformers.BertModel(transformers.BertConfig(vocab_size=len(WORDS), **shape)).save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    return str(tmp_path)


def test_a_network_in_a_folder_gives_unit_vectors_of_its_own_size(folder):
    encoder = load_encoder(folder)
    vectors = encoder.encode(["red shoe", "blue hat", "red shoe"])
    assert encoder.name == folder
    assert vectors.shape == (3, encoder.dimension) == (3, 16)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-5)
    assert abs(vectors[0] - vectors[1]).max() > 0.01


def test_no_text_is_no_vector(folder):
    assert load_encoder(folder).encode([]).shape == (0, 16)


def test_a_name_that_leads_nowhere_is_refused_with_what_can_be_given(monkeypatch):
    monkeypatch.setattr(transformer, "hub_answers", lambda: False)
    with pytest.raises(ConfigError, match=r"no sentence encoder 'nobody/nothing'.* give a folder"):
        load_encoder("nobody/nothing").encode(["red"])


def test_minilm_is_read_from_the_resources(folder, monkeypatch):
    monkeypatch.setattr(transformer, "get", {"minilm": Path(folder)}.__getitem__)
    encoder = load_encoder(transformer.MINILM)
    assert encoder.encode(["red shoe"]).shape == (1, 16)
    assert encoder.name == "all-MiniLM-L6-v2"
