"""`recommend --catalog`: one line answers from a file of items, and touches no workspace."""

import json
import os
import time
from pathlib import Path

import pytest

from instructrec.app import catalog, catalog_reading

from .conftest import run

ITEMS = "sku,name,category,price\n" + "".join(
    f"s{n},{('Light tent', 'Warm sleeping bag', 'Steel kettle')[n % 3]} {n},{('Camping', 'Camping', 'Kitchen')[n % 3]},{10 + n}\n"
    for n in range(30)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS, encoding="utf-8")
    return path


@pytest.fixture
def ask(tmp_path: Path):
    def asked(*arguments: str, fails: bool = False):
        own = tmp_path / "cache"
        own.mkdir(exist_ok=True)
        for tables in catalog.cache_folder().glob("use-*.safetensors"):
            if not (own / tables.name).exists():
                (own / tables.name).symlink_to(tables)
        return run(
            "recommend", *arguments, workspace=tmp_path / "none", fails=fails, INSTRUCTREC_CACHE=str(own)
        )

    return asked


def test_one_line_answers_and_says_how_the_file_was_read(ask, file, tmp_path):
    first = ask("--catalog", str(file), "a light tent under 20 dollars", "-n", "2").stdout
    assert "30 items with item_id from 'sku', title from 'name'" in first
    assert "price <= 20" in first
    assert "model: untrained" in first
    kept = tmp_path / "cache" / "catalogs"
    assert f"kept in {kept}" in first
    assert not (tmp_path / "none").exists()
    again = ask("--catalog", str(file), "a light tent under 20 dollars", "-n", "2").stdout
    assert "kept in" not in again  # nothing was read again
    assert again.split("\n\n")[-1] == first.split("\n\n")[-1]
    assert len(list(kept.iterdir())) == 1


def test_json_holds_the_answer_and_what_was_left_out_and_merged(ask, file):
    with file.open("a") as more:
        more.write("s3,Light tent 3,Camping,13\n")
    slate = json.loads(ask("--catalog", str(file), "something for the kitchen", "--json", "-n", "3").stdout)
    assert [item["attributes"]["categories"] for item in slate["items"]] == [["Kitchen"]] * 3
    about = slate["catalog"]
    assert (about["items"], about["rows"], about["merged"], about["left_out"]) == (30, 31, 1, 0)
    assert about["columns"]["title"] == "name"
    assert "1 of 31 rows are no items of their own: 1 merged" in ask("--catalog", str(file), "tent").stdout


def test_a_file_that_changed_is_read_again_and_its_vectors_are_taken_over(ask, file, tmp_path):
    ask("--catalog", str(file), "tent", "-n", "1")
    file.write_text(ITEMS.replace("s0,Light tent 0,Camping,10\n", "") + "s99,Copper kettle,Kitchen,5\n")
    os.utime(file, (1, 1))
    found = json.loads(ask("--catalog", str(file), "a copper kettle", "-n", "30", "--json").stdout)
    ids = {item["item_id"] for item in found["items"]}
    assert "s99" in ids
    assert "s0" not in ids
    assert len(list((tmp_path / "cache" / "catalogs").iterdir())) == 1


def test_a_file_of_requests_is_answered_from_a_catalog(ask, file, tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"instruction": "a kettle", "n": 1}\n{"history": ["s0"], "n": 2}\n')
    done = ask("--catalog", str(file), "--requests", str(asked))
    assert [len(json.loads(line)["items"]) for line in done.stdout.splitlines()] == [1, 2]
    assert "30 items with" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-w", "there"), "no room for --workspace: the file is asked instead"),
        (("-u", "u1"), "no room for --user: a catalog knows no users; --history"),
        (("--rerank", "lm"), "no room for --rerank"),
    ],
)
def test_options_that_a_catalog_cannot_serve_are_refused(ask, file, options, words):
    assert words in ask("--catalog", str(file), "tent", *options, fails=True).stderr


def test_what_is_no_file_of_items_is_refused_as_read_does(ask, shop, tmp_path):
    assert "takes one file of items" in ask("--catalog", str(shop), "tent", fails=True).stderr
    bought = ask("--catalog", str(shop / "interactions.csv"), "tent", fails=True).stderr
    assert "holds interactions and no items" in bought
    (tmp_path / "rows.csv").write_text("s1,Light tent,10\ns2,Warm tent,20\n")
    refused = ask("--catalog", str(tmp_path / "rows.csv"), "tent", fails=True).stderr
    assert "--catalog takes no such options" in refused
    read = run("read", str(tmp_path / "rows.csv"), workspace=tmp_path / "w", fails=True).stderr
    assert refused.startswith(read.strip()[:60])
    missing = ask("--catalog", str(tmp_path / "none.csv"), "tent", fails=True).stderr
    assert missing == run("read", str(tmp_path / "none.csv"), workspace=tmp_path / "w", fails=True).stderr
    assert not list((tmp_path / "cache").glob("catalogs/*"))


def test_only_the_catalogs_asked_last_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog_reading, "KEPT", 2)
    for number in range(4):
        folder = tmp_path / f"c{number}"
        folder.mkdir()
        (folder / catalog.ABOUT).write_text("{}")
        os.utime(folder / catalog.ABOUT, (number, number))
    killed, now = tmp_path / ".killed", tmp_path / ".now"
    for draft in (killed, now):
        draft.mkdir()
    os.utime(killed, (time.time() - 1e6,) * 2)
    catalog_reading._drop_oldest(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".now", "c2", "c3"]
