"""Weights are found by folder, made readable once, and a name that leads nowhere is refused with what can be given."""

import pytest
import torch
import transformers

from instructrec.errors import ConfigError
from instructrec.language import weights
from instructrec.language.model import TorchModel


def test_a_folder_is_its_own_place(causal):
    assert weights.locate(causal.name) == causal.name


def test_a_name_that_leads_nowhere_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "hub_answers", lambda: False)
    for name in ("nobody/nothing", str(tmp_path)):
        with pytest.raises(ConfigError, match=f"no language model '{name}'.*or 'smollm2'"):
            weights.locate(name)


def test_the_default_is_made_readable_once_and_keeps_its_weights(causal, monkeypatch, tmp_path):
    """A folder in place of the file of four bits, which only the real one is; the rest is the real way."""
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path))
    monkeypatch.setattr(weights, "get", {"smollm2": causal.place}.__getitem__)
    for kind in (transformers.AutoModelForCausalLM, transformers.AutoTokenizer):
        real = kind.from_pretrained
        monkeypatch.setattr(kind, "from_pretrained", lambda place, real=real, gguf_file=None, **o: real(place, **o))
    folder = weights.locate()
    assert folder == str(tmp_path / weights.READABLE)
    assert [path.name for path in tmp_path.iterdir()] == [weights.READABLE]
    made = TorchModel(folder)
    for name, tensor in causal.network.state_dict().items():
        assert torch.equal(made.network.state_dict()[name], tensor.half().float()), name
    monkeypatch.setattr(weights, "_make_readable", lambda *_: pytest.fail("made again"))
    assert weights.locate() == folder
