"""Training learns, stops, repeats itself by seed, and goes on after a kill."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Dataset, Split
from instructrec.errors import DataError
from instructrec.models.checkpoint import load_model
from instructrec.tuning import loop
from instructrec.tuning.loop import TrainConfig, train
from instructrec.types import Context, Interaction
from tests import worlds

ROOT = Path(__file__).parents[2]
SMALL = TrainConfig(
    width=16,
    length=8,
    layers=1,
    batch=32,
    negatives=30,
    epochs=3,
    patience=3,
    instructions_each=2,
    valid_limit=40,
)


def weights(model) -> dict[str, np.ndarray]:
    return {f"{name}.{k}": v for name, channel in model.channels.items() for k, v in channel.arrays().items()}


def same(left, right) -> bool:
    one, other = weights(left), weights(right)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads cost more than they give in a world this small, and are the slower the busier the machine
    is.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "threads", lambda: 1)
        yield


@pytest.fixture(scope="module")
def trained(movie_split):
    return train(movie_split, worlds.HashEncoder(), SMALL)


def test_training_is_deterministic_by_seed(trained, movie_split, encoder):
    again, _ = train(movie_split, encoder, SMALL)
    assert same(trained[0], again)
    assert np.array_equal(trained[0].gates.weights, again.gates.weights)


def test_another_seed_gives_other_weights(trained, movie_split, encoder):
    assert not same(trained[0], train(movie_split, encoder, replace(SMALL, seed=1, epochs=1))[0])


def test_the_report_has_a_line_an_epoch(trained):
    report = trained[1]
    assert [line["epoch"] for line in report.epochs] == [0, 1, 2]
    assert report.resumed_from == 0
    assert set(report.valid) == {
        "nDCG@10",
        "nDCG@10 instructed",
        "nDCG@10 soft wishes",
        "nDCG@10 saved preferences",
        "wish satisfaction@10",
    }


def test_the_report_says_what_training_gained(trained):
    model, report = trained
    assert (
        set(report.to_dict()["gain"]) == {"overall", "uninstructed", "instructed"} == set(model.facts["gain"])
    )
    overall = report.gain["overall"]
    assert report.improves == (overall.trained >= overall.untrained)
    worse = replace(overall, difference=replace(overall.difference, mean=-0.001))
    assert not replace(report, gain={"overall": worse}).improves
    assert replace(report, gain={}).improves  # nothing to compare with


def test_the_model_knows_its_encoder_and_its_data(trained):
    assert trained[0].facts["encoder"] == "hash-64"
    assert len(trained[0].facts["data"]) == 16


def test_training_learns_that_even_users_watch_even_films(movie_split, encoder):
    model, _ = train(movie_split, encoder, replace(SMALL, epochs=12, patience=12, rate=5e-3, dropout=0.1))
    strangers = [Context(history=np.array([4, 0, 10])), Context(history=np.array([5, 1, 11]))]
    even, odd = model.channels["sequence"].score(strangers)
    assert even[0::2].mean() > even[1::2].mean() + even.std()
    assert odd[1::2].mean() > odd[0::2].mean() + odd.std()


def test_training_stops_when_nothing_gets_better(movie_split, encoder):
    _, report = train(movie_split, encoder, replace(SMALL, rate=0.0, adapter_rate=0.0, epochs=30, patience=1))
    assert len(report.epochs) == 3


def test_a_network_that_gets_no_better_ends_by_itself(movie_split, encoder):
    _, report = train(movie_split, encoder, replace(SMALL, rate=0.0, adapter_rate=3e-3, epochs=4, patience=1))
    assert ["valid_sequence" in line for line in report.epochs] == [True, True, True, False]
    assert all("valid_instruction" in line for line in report.epochs)


def test_one_act_each_leaves_no_order_to_learn(encoder):
    data = Dataset.of(
        [Interaction(user=f"u{n}", item=f"m{n:02d}", action="play", time=n) for n in range(5)],
        worlds.movie_items(),
    )
    empty = data.with_interactions(data.interactions.clear())
    with pytest.raises(DataError, match="no order to learn"):
        train(Split(data, empty, empty), encoder, SMALL)


def test_a_catalog_without_facts_trains_too(encoder):
    acts = [
        Interaction(user=f"u{n}", item=f"{(n + k) % 6}", action="play", time=float(10 * k + n))
        for n in range(6)
        for k in range(4)
    ]
    items = pl.DataFrame({"item_id": [str(n) for n in range(6)], "title": [""] * 6})
    data = Dataset.of(acts, items)
    part = data.interactions["timestamp"] < 30
    split = Split(
        *(data.with_interactions(data.interactions.filter(p)) for p in (part, ~part)),
        data.with_interactions(data.interactions.clear()),
    )
    model, _ = train(split, encoder, replace(SMALL, epochs=1))
    assert np.isfinite(model.score([Context(history=np.array([1, 2]))])).all()


def test_a_state_of_other_data_is_not_gone_on_with(tmp_path, movie_split, encoder):
    path = tmp_path / "run"

    def stop(step: str, done: int, total: int, note: str = "") -> None:
        if (step, done) == ("train", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(movie_split, encoder, SMALL, checkpoint=path, progress=stop)
    other = worlds.HashEncoder()
    other.name = "another"
    for told, config in ((other, SMALL), (encoder, replace(SMALL, seed=5, epochs=1))):
        shutil.copy(path, tmp_path / "kept")
        _, report = train(movie_split, told, config, checkpoint=tmp_path / "kept")
        assert report.resumed_from == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from instructrec.models.checkpoint import publish
from instructrec.tuning import loop
from tests import worlds
from tests.tuning.test_loop import SMALL

loop.threads = lambda: 1
folder, last = Path(sys.argv[1]), sys.argv[2]
trained = [0]
def die(step, done, total, note=""):
    if step == "train":
        trained.append(done)
    if last == "third epoch" and trained[-1] == 2 and step == "epoch" and done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
model, report = loop.train(worlds.movie_split(), worlds.HashEncoder(), SMALL, checkpoint=folder / "run", progress=die)
publish(model, folder / "models")
assert report.cpu_seconds > sum(line["cpu_seconds"] for line in report.epochs)  # those of the killed run among them
print(report.resumed_from)
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_at_its_last_epoch_and_ends_the_same(tmp_path, trained):
    def run(last: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, str(tmp_path), last]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            capture_output=True,
            text=True,
        )

    assert run("third epoch").returncode == -signal.SIGKILL
    assert (tmp_path / "run").exists()
    assert run("never").stdout.strip() == "2"
    assert same(load_model(tmp_path / "models"), trained[0])
    assert not (tmp_path / "run").exists()
