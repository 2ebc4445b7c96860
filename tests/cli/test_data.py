"""`read`, `clean` and `split` as commands."""

import json
import shutil
import sqlite3
from pathlib import Path

from .conftest import run


def test_read_shows_what_was_guessed_and_reading_again_adds_nothing(shop: Path, tmp_path: Path) -> None:
    first = run("read", str(shop), workspace=tmp_path / "w").stdout
    assert "stars" in first
    assert "values from 4 on are wanted" in first
    again = json.loads(run("read", str(shop), "--json", workspace=tmp_path / "w").stdout)
    assert {name: counts["added"] for name, counts in again["saved"].items()} == {
        "items": 0,
        "users": 0,
        "interactions": 0,
    }


def test_read_takes_a_mapping_and_signs(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who,what,event,at\na,x,view,1600000000\na,y,skip,1600000001\n")
    arguments = [
        "--map",
        "user_id=who",
        "--map",
        "item_id=what",
        "--map",
        "timestamp=at",
        "--action",
        "view=0",
    ]
    report = json.loads(
        run("read", str(tmp_path / "log.csv"), *arguments, "--json", workspace=tmp_path / "w").stdout
    )
    assert report["actions"] == {"view": [1, 0], "skip": [1, -1]}


def test_read_says_what_a_bad_option_should_be(shop: Path, tmp_path: Path) -> None:
    assert (
        "write it as name=value"
        in run("read", str(shop), "--map", "uid", workspace=tmp_path, fails=True).stderr
    )
    assert (
        "allowed are 1" in run("read", str(shop), "--action", "view=2", workspace=tmp_path, fails=True).stderr
    )
    assert (
        "must be a number"
        in run("read", str(shop), "--like-from", "nan", workspace=tmp_path, fails=True).stderr
    )


def test_a_log_whose_user_column_is_not_known_is_not_taken_for_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who,item\n" + "".join(f"p{n},i{n % 4}\n" for n in range(20)))
    error = run("read", str(tmp_path / "log.csv"), workspace=tmp_path / "w", fails=True).stderr
    assert "--map user_id=COLUMN" in error


def test_an_unrated_source_leaves_ratings_as_they_were_read(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    rated = json.loads(run("read", str(shop), "--json", workspace=workspace).stdout)
    (tmp_path / "views.csv").write_text("user_id,item_id,timestamp\nu001,i001,1800000000\n")
    run("read", str(tmp_path / "views.csv"), workspace=workspace)
    with sqlite3.connect(workspace / "store.db") as store:
        negative = store.execute("SELECT count(*) FROM interactions WHERE sign < 0").fetchone()[0]
    assert negative == rated["negative"] > 0


def test_read_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    assert "error:" in run("read", str(tmp_path / "none.csv"), workspace=tmp_path / "w", fails=True).stderr


def test_clean_counts_add_up_and_can_be_taken_back(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    strict = json.loads(run("clean", "--min-user", "8", "--json", workspace=workspace).stdout)["tables"][
        "interactions"
    ]
    assert strict["quarantined"] > 0
    assert strict["read"] == strict["kept"] + strict["quarantined"]
    loose = json.loads(run("clean", "--json", workspace=workspace).stdout)["tables"]["interactions"]
    assert loose == {"read": strict["read"], "kept": strict["read"], "quarantined": 0}


def test_clean_reads_rules_from_a_file_and_names_a_wrong_one(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    (tmp_path / "rules.toml").write_text('[outliers]\n"items.price" = {method = "iqr", k = 0.1}\n')
    tables = json.loads(
        run("clean", "--rules", str(tmp_path / "rules.toml"), "--json", workspace=workspace).stdout
    )["tables"]
    assert tables["items"]["quarantined"] > 0
    (tmp_path / "rules.toml").write_text("min_users = 3\n")
    wrong = run("clean", "--rules", str(tmp_path / "rules.toml"), workspace=workspace, fails=True).stderr
    assert "min_user" in wrong


def test_split_is_kept_for_training(trained: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(trained, workspace)
    run("split", "--method", "last", workspace=workspace)
    stale = run("evaluate", workspace=workspace, fails=True).stderr
    assert "next: instructrec train" in stale
