"""The layer that changes least is the one to go, and what is left learns to speak like the whole."""

import shutil

import pytest
import torch

from instructrec.compression.layers import changes, distilled, divergence, pruned
from instructrec.errors import ConfigError
from instructrec.language import tune as tuning
from instructrec.language.engine import export
from instructrec.language.examples import Choice, Example
from instructrec.language.listwise import matching
from instructrec.language.loss import encoded
from instructrec.language.model import TorchModel
from instructrec.language.tune import TuneConfig, save
from tests import networks

from .conftest import CATALOG

IDLE = 2  # the layer that does nothing
PROMPTS = [matching("", [title]) for title in CATALOG]
MADE = [Example(prompt, title, "T2") for prompt in PROMPTS for title in CATALOG]
VALID = [Choice("", (CATALOG[0],), tuple(CATALOG), 1)]


@pytest.fixture
def idle(whole) -> TorchModel:
    """The network with a layer that adds nothing to what passes it, the weights of the others large enough to
    matter.
    """
    model = TorchModel(whole.place)
    with torch.no_grad():
        for part in model.network.parameters():
            part.mul_(5 if part.ndim > 1 else 1)
        layer = model.network.model.layers[IDLE]
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    return model


def test_a_layer_that_does_nothing_changes_nothing(idle):
    found = changes(idle, PROMPTS)
    assert found[IDLE] == pytest.approx(0, abs=1e-6)
    assert found.argmin() == IDLE
    assert (found[[0, 1, 3]] > 1e-3).all()


def test_it_is_the_one_that_is_left_out(idle):
    small = pruned(idle, 3, PROMPTS)
    assert small.network.config.num_hidden_layers == len(small.network.model.layers) == 3
    assert small.likelihood(PROMPTS[0], CATALOG) == pytest.approx(
        idle.likelihood(PROMPTS[0], CATALOG), abs=1e-4
    )
    assert len(idle.network.model.layers) == 4


def test_fewer_layers_written_and_read_again_answer_the_same(idle, tmp_path):
    small = pruned(idle, 2, PROMPTS)
    wanted, text = small.likelihood(PROMPTS[0], CATALOG), small.write(PROMPTS[:1], 4)
    save(small.network, small.tokenizer, tmp_path / "network")
    again = TorchModel(str(tmp_path / "network"))
    assert again.likelihood(PROMPTS[0], CATALOG) == pytest.approx(wanted, rel=1e-2)
    assert (
        again.write(PROMPTS[:1], 4) == text
    )  # with the cache of keys, whose places follow the layers' numbers
    engine = export(again, tmp_path / "engine", "float32")
    assert engine.likelihood(PROMPTS[0], CATALOG) == pytest.approx(
        again.likelihood(PROMPTS[0], CATALOG), rel=1e-3
    )


@pytest.mark.parametrize("layers", [0, 5])
def test_a_number_of_layers_that_cannot_be_is_refused(whole, layers):
    with pytest.raises(ConfigError, match="allowed is 1 to 4"):
        pruned(whole, layers, PROMPTS)


def test_layers_of_an_encoder_decoder_are_not_left_out(tmp_path):
    with pytest.raises(ConfigError, match="only the layers of a causal model"):
        pruned(networks.encodes(tmp_path), 1, PROMPTS)


def apart(model: TorchModel, teacher: TorchModel) -> float:
    with torch.no_grad():
        return float(divergence(teacher, model, encoded(model, MADE, 512)).mean())


def test_a_model_is_nowhere_apart_from_itself(idle):
    assert apart(idle, idle) == pytest.approx(0, abs=1e-6)


def test_distilling_brings_the_smaller_model_nearer_and_the_same_each_time(idle):
    small = pruned(idle, 1, PROMPTS)
    before = apart(small, idle)
    config = TuneConfig(minutes=5, rank=8, rate=1e-2, batch=8)
    made = MADE * 20
    learned, report = distilled(small, idle, made, [], config)
    assert report.seen == len(made)
    assert apart(learned, idle) < 0.7 * before
    assert apart(small, idle) == pytest.approx(before)
    again, _ = distilled(small, idle, made[:32], [], config)
    twice, _ = distilled(small, idle, made[:32], [], config)
    assert apart(again, idle) == pytest.approx(apart(twice, idle), rel=0.05)  # the rate follows the clock


def test_a_killed_distillation_goes_on_and_another_student_begins_anew(idle, tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "KEPT_EVERY", 0.0)
    config, state, steps = TuneConfig(minutes=5, batch=8), tmp_path / "state", []

    def killed(*step: object) -> None:
        steps.append(step)
        if len(steps) == 3:
            raise KeyboardInterrupt

    small, other = pruned(idle, 2, PROMPTS), pruned(idle, 3, PROMPTS)
    with pytest.raises(KeyboardInterrupt):
        distilled(small, idle, MADE, [], config, checkpoint=state, progress=killed)
    shutil.copy(state, tmp_path / "copy")
    _, report = distilled(other, idle, MADE, [], config, checkpoint=tmp_path / "copy")
    assert report.resumed_from == 0
    _, report = distilled(small, idle, MADE, [], config, checkpoint=state)
    assert report.resumed_from == 16  # the third step was not written yet
    assert report.seen == len(MADE)
