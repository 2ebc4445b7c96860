"""`compress` puts a smaller model in the place of the tuned one, unless it is worse."""

import json
import shutil
from pathlib import Path

import pytest

from instructrec.cli.learn import compress_workspace
from instructrec.compression import compress
from instructrec.store.workspace import Workspace
from instructrec.types import no_progress
from tests import networks

from .conftest import run


@pytest.fixture(scope="module")
def tuned(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained workspace with a small network of random weights, tuned for a moment."""
    workspace = tmp_path_factory.mktemp("tuned") / "w"
    shutil.copytree(trained, workspace)
    texts = [(workspace.parent / "none").as_posix(), "a quiet gift", "Had before: What comes next? Wish:"]
    network = networks.merges(tmp_path_factory.mktemp("network"), texts * 3, layers=3)
    run("tune", "--minutes", "0.05", "--model", network.place, workspace=workspace)
    return workspace


def test_the_smaller_model_takes_the_place_of_the_tuned_one(tuned: Path) -> None:
    options = ("--layers", "2", "--minutes", "0.02", "--force")
    found = json.loads(run("compress", *options, "--json", workspace=tuned).stdout)
    assert found["published"]
    assert found["after"]["network, MiB"] < found["before"]["network, MiB"]
    about = json.loads((tuned / "language" / "tuning.json").read_text())
    assert about["log"]
    assert about["weighed"] == found["weighed"]
    assert about["compressed"]["layers"] == 2
    config = json.loads((tuned / "language" / "network" / "config.json").read_text())
    assert config["num_hidden_layers"] == 2
    assert [path.name for path in tuned.iterdir() if "language" in path.name] == ["language"]
    assert (
        len(json.loads(run("recommend", "--rerank", "lm", "--json", workspace=tuned).stdout)["items"]) == 10
    )


def test_what_it_costs_and_gives_is_shown(tuned: Path) -> None:
    printed = run("compress", "--force", workspace=tuned).stdout
    assert all(
        word in printed for word in ("network, MiB", "engine, MiB", "nDCG@10", "before", "after", "next: ")
    )


def test_a_model_that_is_worse_does_not_take_the_place(tuned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (tuned / "language" / "tuning.json").read_text()
    values = iter((0.9, 0.9 - 1.1 * compress.TOLERANCE))
    monkeypatch.setattr(compress, "figures", lambda folders, *_: [{"nDCG@10": next(values)} for _ in folders])
    steps = {"layers": None, "minutes": 1.0, "vocabulary": True}
    assert not compress_workspace(Workspace(tuned), steps, False, no_progress)["published"]
    assert (tuned / "language" / "tuning.json").read_text() == before
    assert [path.name for path in tuned.iterdir() if "language" in path.name] == ["language"]


def test_nothing_to_leave_out_is_refused(tuned: Path) -> None:
    assert (
        "--layers or --vocabulary" in run("compress", "--no-vocabulary", workspace=tuned, fails=True).stderr
    )
    assert "allowed is 1 to" in run("compress", "--layers", "99", workspace=tuned, fails=True).stderr


def test_compressing_without_a_tuned_model_says_what_to_do(trained: Path) -> None:
    assert "next: instructrec tune" in run("compress", workspace=trained, fails=True).stderr
