"""Tuning learns what it is shown, goes on after a kill as if there had been none, and is published whole."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from instructrec.errors import DataError
from instructrec.language.examples import Example, RankingTask
from instructrec.language.listwise import TitleLikelihood, matching
from instructrec.language.model import TorchModel
from instructrec.language.rerank import ABOUT, reading
from instructrec.language.tune import ADAPTERS, TuneConfig, adapted, publish_language, tune, write

ROOT = Path(__file__).parents[2]
TITLES = ("red hat", "blue shoe", "one hat")


def shown(many: int) -> list[Example]:
    """After a hat comes the blue shoe; after nothing, anything."""
    after = [
        Example(matching("", ["hat"]), "blue shoe", "T2"),
        *(Example(matching("", []), t, "T2") for t in TITLES),
    ]
    return [after[n % 2 and 1 + n // 2 % 3] for n in range(many)]


def config(model: TorchModel, **changes: object) -> TuneConfig:
    base = TuneConfig(model=model.place, minutes=5, rank=8, layers=2, rate=2e-2, batch=8)
    return replace(base, **changes)


VALID = [RankingTask("", ("hat",), TITLES, 1)] * 4


def test_what_is_shown_is_learned(model):
    tuned, report = tune(shown(400), VALID, config(model))
    assert TitleLikelihood(tuned)("", ["hat"], TITLES).argmax() == 1
    assert report.seen == 400
    assert report.log[-1]["loss"] < report.log[1]["loss"]
    assert [look["examples"] for look in report.log] == [0, 104, 200, 304, 400]


def test_only_adapters_of_the_upper_layers_learn(causal):
    network = adapted(TorchModel(causal.place), config(causal, layers=1), torch.float32)
    learned = [name for name, part in network.named_parameters() if part.requires_grad]
    assert learned
    assert all("lora_" in name and "layers.1." in name for name in learned)


def test_without_examples_there_is_nothing_to_do(causal):
    with pytest.raises(DataError, match="no example to tune on"):
        tune([], VALID, config(causal))


def test_a_budget_that_is_spent_ends_the_run(causal):
    _, report = tune(shown(400), VALID, config(causal, minutes=1e-6))
    assert report.seen == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from instructrec.language import tune as tuning
from tests.language.test_tune import VALID, config, shown
from instructrec.language.model import TorchModel

place, checkpoint, dies = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "dies"
keep, kept = tuning._TuningRun.keep, []
def dying(run, path):
    keep(run, path)
    kept.append(path)
    if dies and len(kept) == 2:  # of four
        os.kill(os.getpid(), signal.SIGKILL)
tuning._TuningRun.keep = dying
tuned, report = tuning.tune(shown(80), VALID, config(TorchModel(place), minutes=60, batch=16), checkpoint=checkpoint)
print(report.resumed_from, report.seen, *tuned.likelihood("which one ?", ["A", "B"]).tolist())
"""


def run(place: str, checkpoint: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, place, str(checkpoint), how]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_killed_run_goes_on_where_it_was(causal, tmp_path):
    assert run(causal.place, tmp_path / "state", "dies").returncode == -signal.SIGKILL
    resumed, seen, *after = map(float, run(causal.place, tmp_path / "state", "lives").stdout.split())
    none, _, *whole = map(float, run(causal.place, tmp_path / "other", "lives").stdout.split())
    assert (resumed, none, seen) == (48, 0, 80)
    assert after == pytest.approx(whole, abs=0.05)  # the rate follows the clock, so not to the last digit


SHARED = """
import sys
import torch
from instructrec.language import tune as tuning
from instructrec.language.model import TorchModel
from tests.language.test_tune import config, shown

tuning.faster_precision = lambda: torch.float32  # 16 bits keep three digits, and sums of two processes have another order
settings = config(TorchModel(sys.argv[1]), minutes=6000, rate=1e-3)
tuned, _ = tuning.tune(shown(80), [], settings)  # no validation: the last adapters are the best ones
if tuning.leads():
    print("learned", *(v.norm().item() for name, v in sorted(tuned.network.state_dict().items()) if "lora_B" in name))
"""


def test_two_processes_learn_together_what_one_learns(causal, tmp_path):
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "ACCELERATE_USE_CPU": "true"}
    learned = []
    for how in ([], ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]):
        command = [sys.executable, *how, str(script), causal.place]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("learned")]
        assert len(lines) == 1, done.stderr  # one process writes
        learned.append([float(value) for value in lines[0]])
    alone, together = learned
    assert max(alone) > 0.01
    assert together == pytest.approx(alone, rel=1e-3)


def test_the_state_of_other_settings_is_not_taken_up(causal, tmp_path):
    tune(shown(16), VALID, config(causal), checkpoint=tmp_path / "state")
    _, report = tune(shown(16), VALID, config(causal, rank=4), checkpoint=tmp_path / "state")
    assert report.resumed_from == 0


def test_what_is_published_answers_as_what_was_tuned(model, tmp_path):
    tuned, _ = tune(shown(80), VALID, config(model))
    before = TitleLikelihood(tuned)("", ["hat"], TITLES)
    (tmp_path / "language").mkdir()  # one from before, whose place it takes
    (tmp_path / ".language.1" / "network").mkdir(parents=True)  # what a killed run left
    publish_language(write(tuned, tmp_path / "language"), tmp_path / "language", {"note": "x"}, {"hat": -1.0})
    network = reading(tmp_path / "language")
    assert network.alone == {"hat": -1.0}
    assert network("", ["hat"], TITLES) == pytest.approx(before, abs=0.2)
    assert json.loads((tmp_path / "language" / ABOUT).read_text()) == {"note": "x"}
    assert (tmp_path / "language" / ADAPTERS / "adapter_model.safetensors").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["language"]
