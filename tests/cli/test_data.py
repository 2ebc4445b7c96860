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


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_sources_are_listed_and_taken_back(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    run("read", write(tmp_path / "prices.csv", "item_id,price\ni001,1.5\n"), workspace=workspace)
    shown = run("sources", workspace=workspace).stdout
    assert str(shop) in shown
    assert "wanted" in shown
    with sqlite3.connect(workspace / "store.db") as store:
        query = "SELECT title, json_extract(attributes, '$.price') FROM items WHERE item_id = 'i001'"
        title, price = store.execute(query).fetchone()
        assert (title != "i001", price) == (True, 1.5)
        taken = run("sources", "remove", "2", workspace=workspace).stdout
        assert "removed 2: 0 items, 0 users, 0 interactions went" in taken
        assert store.execute(query).fetchone()[1] != 1.5
    listed = json.loads(run("sources", "--json", workspace=workspace).stdout)
    assert [record["number"] for record in listed] == [1]
    assert "no source 7" in run("sources", "remove", "7", workspace=workspace, fails=True).stderr


def test_a_later_file_never_changes_how_stored_ratings_are_read(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    first = "user_id,item_id,rating,timestamp\nu,a,2,1700000000\nu,b,5,1700000100\n"
    run("read", write(tmp_path / "one.csv", first), workspace=workspace)
    run(
        "read",
        write(tmp_path / "two.csv", "user_id,item_id,rating,timestamp\nv,a,1,1700000200\n"),
        workspace=workspace,
    )
    with sqlite3.connect(workspace / "store.db") as store:
        assert store.execute(
            "SELECT user_id, item_id, sign FROM interactions ORDER BY timestamp"
        ).fetchall() == [("u", "a", -1), ("u", "b", 1), ("v", "a", -1)]


def test_a_complete_catalog_replaces_the_old_one(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", write(tmp_path / "old.csv", "item_id,title\na,A\nb,B\n"), workspace=workspace)
    new = write(tmp_path / "new.csv", "item_id,title\nb,B2\n")
    assert (
        "1 items are not in the new catalog"
        in run("read", new, "--replace", "items", workspace=workspace).stdout
    )
    with sqlite3.connect(workspace / "store.db") as store:
        assert store.execute("SELECT item_id, title FROM items").fetchall() == [("b", "B2")]
    log = write(tmp_path / "log.csv", "user,item\nu,b\n")
    error = run("read", log, "--replace", "items", workspace=workspace, fails=True).stderr
    assert "the source holds no items" in error


def test_a_person_is_forgotten(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run("read", str(shop), workspace=workspace)
    assert "Erased" in run("forget", "--user", "u001", workspace=workspace).stdout
    assert "nothing is stored" in run("forget", "--user", "u001", workspace=workspace, fails=True).stderr
    assert b"u001" not in (workspace / "store.db").read_bytes()


def test_what_is_refused_is_not_stored(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    text = "item_id,title\n1,A\n,B\n3,C\n"
    path = write(tmp_path / "items.csv", text)
    assert "--accept-rejected" in run("read", path, workspace=workspace, fails=True).stderr
    assert not (workspace / "store.db").exists()
    assert "left out" in run("read", path, "--accept-rejected", workspace=workspace).stdout


def test_a_workbook_is_read(tmp_path: Path) -> None:
    source = Path(__file__).parent / "shop.xlsx"
    report = json.loads(run("read", str(source), "--json", workspace=tmp_path / "w").stdout)
    assert (report["files"][0]["rows_kept"], report["files"][0]["format"]) == (2, "workbook")
    with sqlite3.connect(tmp_path / "w" / "store.db") as store:
        assert store.execute("SELECT item_id, title FROM items").fetchall() == [
            ("1", "Teekanne"),
            ("2", "Café Été"),
        ]


def test_a_console_that_lacks_a_letter_shows_another_and_json_is_escaped(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    run(
        "read",
        write(tmp_path / "items.csv", "item_id,title\n1,Moon \U0001f319\n2,Sun\n"),
        workspace=workspace,
    )
    narrow = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    assert "like: Moon ?" in run("parse", 'like "Moon \U0001f319"', workspace=workspace, **narrow).stdout
    said = json.loads(run("parse", 'like "Moon \U0001f319"', "--json", workspace=workspace, **narrow).stdout)
    assert said["text"] == 'like "Moon \U0001f319"'
