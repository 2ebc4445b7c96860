"""`models`, `explain-model`, `download` and `doctor` as commands."""

import json
import shutil
from pathlib import Path

from .conftest import run


def test_models_lists_versions_and_goes_back(trained: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(trained, workspace)
    run("train", "--epochs", "1", "--seed", "3", workspace=workspace)
    assert json.loads(run("models", "--json", workspace=workspace).stdout)["current"] == "v00002"
    assert "current: v00001" in run("models", "--rollback", workspace=workspace).stdout
    assert "current: v00002" in run("models", "--use", "v00002", workspace=workspace).stdout
    assert "there are: v00001, v00002" in run("models", "--use", "v7", workspace=workspace, fails=True).stderr


def test_explain_model_shows_the_part_of_every_channel(trained: Path) -> None:
    told = json.loads(run("explain-model", "--json", workspace=trained).stdout)
    for request, parts in told["shares"].items():
        assert abs(sum(parts.values()) - 1) < 1e-6, request
    assert told["shares"]["new user, no words"]["popularity"] == 1
    assert told["shares"]["a user, no words"]["instruction"] == 0
    shown = run("explain-model", workspace=trained).stdout
    assert "ease" in shown
    assert "on validation: nDCG@10" in shown
    assert (
        "there are: v00001" in run("explain-model", "--version", "v9", workspace=trained, fails=True).stderr
    )


def test_get_names_what_there_is(tmp_path: Path) -> None:
    error = run("download", "ml-20m", workspace=tmp_path, fails=True).stderr
    assert "ml-100k" in error


def test_doctor_says_what_is_missing_and_what_that_costs(tmp_path: Path) -> None:
    checks = json.loads(
        run("doctor", "--json", workspace=tmp_path / "w", INSTRUCTREC_CACHE=str(tmp_path / "c")).stdout
    )
    by_name = {check["name"]: check for check in checks}
    assert by_name["ml-100k"]["state"] == "missing"
    assert by_name["ml-100k"]["fix"] == "instructrec download ml-100k"
    assert by_name["ml-100k"]["cost"]
