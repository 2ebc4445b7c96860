"""Answers are probabilities, do not depend on their company, and add up the way tokens do."""

import os
import subprocess
import sys

import pytest
import torch
import transformers

from instructrec.errors import ConfigError
from instructrec.language import model as module
from instructrec.language.model import TorchModel, chat_turns, faster_precision

PROMPTS = ["which one ?", "which red shoe ? A B", "blue hat"]
CHOICES = ["A", "B", "C"]


def test_answers_of_any_length_are_as_likely_together_as_alone(model):
    answers = ["red", "blue hat", "red shoe one"]
    together = model.likelihood(PROMPTS[0], answers)
    alone = [float(model.likelihood(PROMPTS[0], [answer])[0]) for answer in answers]
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_longer_answer_is_less_likely(model):
    short, long = model.likelihood(PROMPTS[0], ["red", "red shoe"])
    assert long < short


def test_the_turns_of_a_chat_stand_round_the_prompt(causal, encodes):
    assert chat_turns(causal.tokenizer) == ("user ", " answer")
    assert chat_turns(encodes.tokenizer) == ("", "")


def test_the_precision_is_one_of_two():
    assert faster_precision() in (torch.float32, torch.bfloat16)


GROWTH = """
import os
import sys
import torch
from instructrec.language.model import faster_precision

def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

faster_precision()
inner = torch.ones(1024, 512, dtype=torch.bfloat16)
torch.nn.functional.linear(torch.ones(7, 512, dtype=torch.bfloat16), inner)
before = held()
for rows in range(8, 308):
    torch.nn.functional.linear(torch.ones(rows, 512, dtype=torch.bfloat16), inner)
print((held() - before) >> 20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_products_of_ever_other_shapes_do_not_fill_the_memory():
    run = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 120  # MiB; 206 where everything is kept


def test_what_the_user_says_of_kept_shapes_stands(monkeypatch):
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "7")
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    faster_precision()
    assert os.environ["LRU_CACHE_CAPACITY"] == "7"
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "64"


# --- where its weights are
# ---------------------------------------------------------------------------------------------


def test_a_folder_is_its_own_place(causal):
    assert module.locate(causal.name) == causal.name


def test_a_name_that_leads_nowhere_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "hub_answers", lambda: False)
    for name in ("nobody/nothing", str(tmp_path)):
        with pytest.raises(ConfigError, match=f"no language model '{name}'.*or 'smollm2'"):
            module.locate(name)


def test_the_default_is_made_readable_once_and_keeps_its_weights(causal, monkeypatch, tmp_path):
    """A folder in place of the file of four bits, which only the real one is; the rest is the real way."""
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "get", {"smollm2": causal.place}.__getitem__)
    for kind in (transformers.AutoModelForCausalLM, transformers.AutoTokenizer):
        real = kind.from_pretrained
        monkeypatch.setattr(
            kind, "from_pretrained", lambda place, real=real, gguf_file=None, **o: real(place, **o)
        )
    folder = module.locate()
    assert folder == str(tmp_path / module.READABLE)
    assert [path.name for path in tmp_path.iterdir()] == [module.READABLE]
    made = TorchModel(folder)
    for name, tensor in causal.network.state_dict().items():
        assert torch.equal(made.network.state_dict()[name], tensor.half().float()), name
    monkeypatch.setattr(module, "_make_readable", lambda *_: pytest.fail("made again"))
    assert module.locate() == folder
