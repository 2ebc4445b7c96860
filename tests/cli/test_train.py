"""`train`, `evaluate` and `bench` as commands."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from instructrec.cli.train import train_command
from instructrec.models import checkpoint
from instructrec.tuning import loop
from instructrec.tuning.gain import Gain
from instructrec.types import Estimate
from tests import networks

from .conftest import run


def test_evaluate_has_every_row_and_writes_tables_and_plots(trained: Path, tmp_path: Path) -> None:
    printed = run("evaluate", "--limit", "60", "--output", str(tmp_path / "out"), workspace=trained).stdout
    rows = ["InstructRec", "popularity", "recent popularity", "item neighbours", "user neighbours", "RP3beta", "EASE", "ALS",
            "TF-IDF content", "BM25", "untuned encoder"]  # fmt: skip
    assert all(row in printed for row in rows)
    assert "nDCG@10 with an instruction / without:" in printed
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"evaluation.json", "evaluation.md", "accuracy-diversity.svg", "accuracy-diversity.png"} <= written
    found = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert {row["name"] for row in found["plain"]["rows"]} == set(rows)
    metric = found["plain"]["rows"][0]["metrics"]["nDCG@10"]
    assert metric["low"] <= metric["mean"] <= metric["high"]
    assert metric["n"] == 60


@pytest.mark.parametrize("option", [("--epochs", "0"), ("--epochs", "-3"), ("--seed", "-1")])
def test_training_for_no_epoch_is_refused(trained: Path, option: tuple[str, str]) -> None:
    assert "at least 1 epoch" in run("train", *option, workspace=trained, fails=True).stderr


def test_training_without_data_says_what_to_do(tmp_path: Path) -> None:
    assert "next: instructrec read" in run("train", workspace=tmp_path / "w", fails=True).stderr


def test_training_says_what_it_gained(trained: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(trained, workspace)
    printed = run("train", "--epochs", "1", workspace=workspace).stdout
    assert re.search(
        r"nDCG@10 on validation: 0\.\d{3} trained, 0\.\d{3} untrained "
        r"\(\+0\.\d{3}, 95 % interval \+0\.\d{3} to \+0\.\d{3}\)",
        printed,
    )
    assert "model v00002 is current" in printed


@pytest.fixture
def worse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training that ends with a model worse than the untrained one."""
    lost = Gain(0.1, 0.2, Estimate(mean=-0.1, low=-0.2, high=0.0, n=60))
    monkeypatch.setattr(loop, "measure_gain", lambda *_: {"overall": lost})


@pytest.mark.usefixtures("worse")
def test_a_worse_model_is_held_back_and_what_is_served_stays(
    trained: Path, shop: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    done = CliRunner().invoke(train_command, ["--epochs", "1", "-w", str(workspace)])
    assert done.exit_code == 0
    assert "0.100 trained, 0.200 untrained (-0.100, 95 % interval -0.200 to +0.000)" in done.stdout
    assert "model v00001 is not served, since it is worse than the untrained model" in done.stdout
    assert "answers still come from the untrained model" in done.stdout
    asked = ("recommend", "a light tent", "-n", "1", "--json")
    assert json.loads(run(*asked, workspace=workspace).stdout)["model"] == "untrained"
    assert "models --use v00001" in run("evaluate", workspace=workspace, fails=True).stderr
    assert "held back" in run("models", workspace=workspace).stdout
    run("models", "--use", "v00001", workspace=workspace)
    assert json.loads(run(*asked, workspace=workspace).stdout)["model"] == "v00001"


@pytest.mark.usefixtures("worse")
def test_an_earlier_trained_model_goes_on_where_a_later_one_is_worse(trained: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(trained, workspace)
    done = CliRunner().invoke(train_command, ["--epochs", "1", "-w", str(workspace), "--json"])
    report = json.loads(done.stdout)
    assert (report["version"], report["held_back"], report["served"]) == ("v00002", True, "v00001")
    assert report["gain"]["overall"]["trained"] == 0.1
    assert checkpoint.served(workspace / "models") == "v00001"


@pytest.mark.slow
def test_a_training_killed_in_the_middle_goes_on_where_it_was(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    command = [sys.executable, "-m", "instructrec.cli.main", "train", "--epochs", "12", "-w", str(workspace)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.time() + 120
    while not (workspace / "training.safetensors").exists() and time.time() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (workspace / "models").exists()
    report = json.loads(run("train", "--epochs", "12", "--json", workspace=workspace).stdout)
    assert report["resumed_from"] >= 1
    assert report["version"] == "v00001"
    assert not (workspace / "training.safetensors").exists()


@pytest.fixture(scope="module")
def tuned(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained workspace with a small network of random weights, tuned for a moment."""
    workspace = tmp_path_factory.mktemp("tuned") / "w"
    shutil.copytree(trained, workspace)
    network = networks.merges(
        tmp_path_factory.mktemp("network"), ["a quiet gift", "Had before: What comes next? Wish:"] * 3
    )
    printed = run("tune", "--minutes", "0.05", "--model", network.place, workspace=workspace).stdout
    assert "without an instruction: weight" in printed
    assert "next: instructrec recommend" in printed
    return workspace


def test_what_was_tuned_reads_the_first_items_again(tuned: Path) -> None:
    found = json.loads((tuned / "language" / "tuning.json").read_text())
    assert found["beside"] == "v00001"
    assert found["log"]
    assert set(found["weighed"]) == {"uninstructed", "instructed"}
    # what a random network is worth is nothing
    found["weighed"]["uninstructed"] |= {"weight": 1.0, "earns": True}
    (tuned / "language" / "tuning.json").write_text(json.dumps(found))
    asked = ("recommend", "--history", "i001", "--rerank", "lm", "--rerank-seconds", "60", "--json")
    items = json.loads(run(*asked, workspace=tuned).stdout)["items"]
    assert len(items) == 10
    assert len({item["channels"]["language_model"] for item in items}) > 1
    assert not (tuned / "tuning.safetensors").exists()


def test_a_file_of_requests_may_ask_for_the_language_model(tuned: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.jsonl").write_text('{"rerank": "lm", "rerank_seconds": 1e-9}\n{"n": 2}\n')
    lines = run("recommend", "--requests", str(tmp_path / "asked.jsonl"), workspace=tuned).stdout.splitlines()
    first, second = map(json.loads, lines)
    assert any("reranking skipped" in note for note in first["notes"])
    assert len(second["items"]) == 2


@pytest.mark.parametrize("option", [("--minutes", "0"), ("--seed", "-1")])
def test_tuning_for_no_time_is_refused(trained: Path, option: tuple[str, str]) -> None:
    assert "a time above 0" in run("tune", *option, workspace=trained, fails=True).stderr


def test_the_language_model_without_tuning_says_what_to_do(trained: Path) -> None:
    assert (
        "next: instructrec tune" in run("recommend", "--rerank", "lm", workspace=trained, fails=True).stderr
    )


def test_tuning_without_a_fast_model_says_what_to_do(tmp_path: Path) -> None:
    assert "next: instructrec train" in run("tune", workspace=tmp_path / "w", fails=True).stderr


@pytest.mark.slow
def test_a_read_killed_in_the_middle_leaves_the_store_as_it_was(trained: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(trained, workspace)
    rows = "".join(f"a{n % 5000},x{n % 700},{1_600_000_000 + n}\n" for n in range(400_000))
    (tmp_path / "interactions.csv").write_text("user_id,item_id,timestamp\n" + rows)
    command = [
        sys.executable,
        "-m",
        "instructrec.cli.main",
        "read",
        str(tmp_path / "interactions.csv"),
        "-w",
        str(workspace),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    journal, size = workspace / "store.db-wal", 0
    deadline = time.time() + 60
    while size < 1_000_000 and process.poll() is None and time.time() < deadline:  # in the middle of writing
        size = journal.stat().st_size if journal.exists() else 0
        time.sleep(0.01)
    process.kill()
    assert process.wait() != 0, "the read was over before it could be killed"
    slate = json.loads(run("recommend", "-u", "u001", "-n", "3", "--json", workspace=workspace).stdout)
    assert len(slate["items"]) == 3
    again = json.loads(run("read", str(tmp_path / "interactions.csv"), "--json", workspace=workspace).stdout)
    saved = again["saved"]["interactions"]
    assert (saved["given"], saved["added"], saved["known"]) == (400_000, 400_000, 0)


def test_bench_measures_what_the_model_of_a_workspace_takes(trained: Path) -> None:
    found = json.loads(run("bench", "--requests", "4", "--json", workspace=trained).stdout)
    assert found["requests"] == 4
    assert 0 < found["instructed_ms"]["p50"] <= found["instructed_ms"]["p99"]
    assert 0 < found["uninstructed_ms"]["p50"] < found["cold_s"]["p50"] * 1000
    assert found["batch_per_second"] > 0
    shown = run("bench", "--requests", "2", workspace=trained).stdout
    assert "a request with a sentence, ms" in shown
    assert "1 to 100,000 are allowed" in run("bench", "--requests", "0", workspace=trained, fails=True).stderr
