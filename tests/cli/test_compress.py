"""`compress` puts a smaller model in the place of the tuned one, unless it is worse."""

import json
import shutil
from pathlib import Path

import pytest

from instructrec.app.language import compress_workspace
from instructrec.compression import compress
from instructrec.store.workspace import Workspace
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


def test_the_smaller_model_replaces_the_tuned_one(tuned: Path) -> None:
    found = json.loads(run("compress", "--json", workspace=tuned).stdout)
    assert found["published"]
    assert found["after"]["network, MiB"] <= found["before"]["network, MiB"]
    about = json.loads((tuned / "language" / "tuning.json").read_text())
    assert about["log"]
    assert about["weighed"] == found["weighed"]
    assert about["compressed"]["after"] == found["after"]
    assert [path.name for path in tuned.iterdir() if "language" in path.name] == ["language"]
    items = json.loads(run("recommend", "--rerank", "lm", "--json", workspace=tuned).stdout)["items"]
    assert len(items) == 10


def test_size_time_and_quality_are_shown(tuned: Path) -> None:
    printed = run("compress", workspace=tuned).stdout
    assert all(word in printed for word in ("network, MiB", "nDCG@10", "before", "after", "next: "))


def test_a_worse_model_does_not_replace_the_tuned_one(tuned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (tuned / "language" / "tuning.json").read_text()
    values = iter((0.9, 0.9 - 1.1 * compress.TOLERANCE))
    monkeypatch.setattr(compress, "figures", lambda folders, *_: [{"nDCG@10": next(values)} for _ in folders])
    assert not compress_workspace(Workspace(tuned))["published"]
    assert (tuned / "language" / "tuning.json").read_text() == before
    assert [path.name for path in tuned.iterdir() if "language" in path.name] == ["language"]
