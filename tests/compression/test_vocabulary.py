"""A vocabulary that was cut parts its own texts as before and any other text still, and the network with it
says the same.
"""

import json

import numpy as np
import pytest
import torch

from instructrec.compression.vocabulary import trimmed
from instructrec.errors import ConfigError
from instructrec.language.model import TorchModel
from instructrec.language.tune import save_network
from tests import networks

from .conftest import CATALOG, OTHERS


@pytest.fixture(scope="module")
def small(whole):
    return trimmed(whole, CATALOG, common=0)


def test_the_texts_are_parted_as_before(whole, small):
    assert len(small.tokenizer) < len(whole.tokenizer)
    for text in CATALOG:
        assert small.tokenizer.tokenize(text) == whole.tokenizer.tokenize(text)


def test_any_other_text_is_parted_finer_and_comes_back_whole(whole, small):
    for text in [*OTHERS, "便宜一点 ☃ naïve\n\t!"]:
        ids = small.tokenizer.encode(text)
        assert small.tokenizer.decode(ids) == text
        assert len(ids) >= len(whole.tokenizer.encode(text))
    assert len(small.tokenizer.tokenize(OTHERS[0])) > len(whole.tokenizer.tokenize(OTHERS[0]))


def test_the_first_merges_stay_where_they_are_asked_for(whole):
    merges = json.loads(whole.tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    kept = trimmed(whole, [], common=20).tokenizer.get_vocab()
    assert {"".join(merge) for merge in merges[:20]} <= kept.keys()
    assert "".join(merges[-1]) not in kept


def test_probabilities_are_the_old_ones_shared_out_among_what_is_kept(whole, small):
    def told(model: TorchModel) -> torch.Tensor:
        ids = torch.tensor([model.prompt_ids(CATALOG[2])])
        with torch.inference_mode():
            return model.network(input_ids=ids).logits[0]

    vocabulary = whole.tokenizer.get_vocab()
    rows = [vocabulary[token] for token in small.tokenizer.convert_ids_to_tokens(range(len(small.tokenizer)))]
    wanted = told(whole)[:, rows].log_softmax(dim=-1).numpy()
    assert told(small).log_softmax(dim=-1).numpy() == pytest.approx(wanted, abs=1e-5)


def test_special_tokens_have_their_new_places_everywhere(small):
    config, tokenizer = small.network.config, small.tokenizer
    assert (config.bos_token_id, config.eos_token_id) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert small.network.generation_config.eos_token_id == tokenizer.eos_token_id
    assert config.vocab_size == len(tokenizer) == len(small.network.get_input_embeddings().weight)
    assert small.network.get_output_embeddings().weight is small.network.get_input_embeddings().weight


def test_written_and_read_again_it_is_the_same(whole, tmp_path):
    small = trimmed(whole, CATALOG, common=0)
    save_network(small.network, small.tokenizer, tmp_path / "network")
    again = TorchModel(str(tmp_path / "network"))
    wanted = again.likelihood(CATALOG[0], CATALOG)
    assert np.isfinite(wanted).all()
    assert small.tokenizer.get_vocab() == again.tokenizer.get_vocab()
    assert small.likelihood(CATALOG[0], CATALOG) == pytest.approx(wanted, abs=0.1)  # 16 bits on disk


def test_the_given_model_is_left_alone(whole):
    before = whole.likelihood(CATALOG[0], CATALOG)
    trimmed(whole, CATALOG, common=0)
    assert whole.likelihood(CATALOG[0], CATALOG) == pytest.approx(before)


def test_another_kind_of_vocabulary_is_refused(tmp_path):
    for model in (networks.causal(tmp_path / "a"), networks.encodes(tmp_path / "b")):
        with pytest.raises(ConfigError, match=r"WordLevel; only byte-level BPE"):
            trimmed(model, CATALOG)
