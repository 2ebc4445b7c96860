"""`instructions` as commands: what is kept comes back, holds, and is measured."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import run


@pytest.fixture
def workspace(trained: Path, tmp_path: Path) -> Path:
    """A trained workspace of one's own."""
    return shutil.copytree(trained, tmp_path / "w")


def told(*arguments: str, workspace: Path) -> Any:
    return json.loads(run("instructions", *arguments, "--json", workspace=workspace).stdout)


def test_an_instruction_goes_round(workspace: Path) -> None:
    printed = run(
        "instructions", "add", "never Alto, under $60", "-u", "u042", "--persistent", workspace=workspace
    ).stdout
    assert "i1, of user:u042, persistent (person, active)" in printed
    assert "understood: brand != Alto; price <= 60" in printed
    assert printed.endswith("kept as i1\nnext: instructrec recommend --user u042\n")
    assert (
        "version 2 of i1"
        in run("instructions", "edit", "i1", "never Alto or Borea", workspace=workspace).stdout
    )
    shown = run("instructions", "show", "i1", workspace=workspace).stdout
    assert "never Alto, under $60" in shown
    assert "understood: brand != Alto; brand != Borea" in shown
    assert (
        "never Alto[-, under $60-]{+ or Borea+}"
        in run("instructions", "diff", "i1", workspace=workspace).stdout
    )
    assert "never Alto or Borea" in run("instructions", "list", workspace=workspace).stdout
    assert "i1 is retired" in run("instructions", "retire", "i1", workspace=workspace).stdout
    assert "0 found" in run("instructions", "list", workspace=workspace).stdout
    assert "retired" in run("instructions", "list", "--status", "all", workspace=workspace).stdout


def test_every_command_has_its_json(workspace: Path) -> None:
    added = told("add", "never Alto", "--quality", "0.8", workspace=workspace)
    assert (added["new"], added["instruction"]["id"], added["instruction"]["quality"]) == (True, "i1", 0.8)
    assert [c["value"] for c in added["understood"]["conditions"]] == ["Alto"]
    assert told("edit", "i1", "never Borea", workspace=workspace)["instruction"]["version"] == 2
    assert told("edit", "i1", "never Borea", workspace=workspace)["new"] is False
    assert [v["text"] for v in told("show", "i1", workspace=workspace)["versions"]] == [
        "never Alto",
        "never Borea",
    ]
    assert told("diff", "i1", "--from", "2", "--to", "1", workspace=workspace) == {
        "id": "i1", "from": 2, "to": 1, "diff": "never [-Borea-]{+Alto+}"}  # fmt: skip
    assert [s["id"] for s in told("list", "--owner", "global", workspace=workspace)] == ["i1"]
    [near] = told("near", "no Borea please", workspace=workspace)
    assert (near["id"], 0.3 < near["similarity"] <= 1) == ("i1", True)
    assert told("retire", "i1", workspace=workspace)["status"] == "retired"
    assert told("list", workspace=workspace) == []


def test_the_nearest_are_listed(workspace: Path) -> None:
    for text in ("a robust tent", "yoga mats", "not for the kitchen"):
        run("instructions", "add", text, workspace=workspace)
    lines = run("instructions", "near", "a solid tent", "-n", "2", workspace=workspace).stdout.splitlines()
    assert "a robust tent" in lines[2]
    assert "2 of the active instructions" in lines


def test_what_is_known_is_said_and_not_kept_twice(workspace: Path) -> None:
    run("instructions", "add", "Never Alto!", "-u", "u042", workspace=workspace)
    printed = run(
        "instructions", "add", "never alto", "-u", "u042", "--persistent", workspace=workspace
    ).stdout
    assert "known already as i1: nothing was added, and it is not persistent" in printed
    assert printed.endswith("next: instructrec instructions edit i1 --persistent\n")
    assert "persistent" in run("instructions", "edit", "i1", "--persistent", workspace=workspace).stdout
    again = run("instructions", "add", "never alto", "-u", "u042", "--persistent", workspace=workspace).stdout
    assert "known already as i1: nothing was added\n" in again
    assert len(told("list", "--status", "all", workspace=workspace)) == 1


def test_a_persistent_instruction_applies_in_recommend_is_shown_and_counted(
    workspace: Path, tmp_path: Path
) -> None:
    run("instructions", "add", "不要 Alto", "--persistent", "-u", "u042", workspace=workspace)
    printed = run("recommend", "-u", "u042", "-n", "5", workspace=workspace).stdout
    assert "saved instruction applied: 不要 Alto\n" in printed
    assert "Alto" not in printed.replace("saved instruction applied: 不要 Alto", "")
    (tmp_path / "in.jsonl").write_text(
        '{"user": "u042", "n": 30}\n{"user": "u042", "instruction": "something by Alto"}\n'
    )
    answers = run("recommend", "--requests", str(tmp_path / "in.jsonl"), workspace=workspace).stdout
    first, second = map(json.loads, answers.splitlines())
    assert first["saved_instructions"] == ["不要 Alto"]
    assert {item["attributes"]["brand"] for item in first["items"]} == {"Borea", "Cedra", "Dunn"}
    assert second["items"] == []
    assert "no item satisfies both; edit or retire i1" in " ".join(second["notes"])
    kept = told("show", "i1", workspace=workspace)["versions"][0]
    assert (kept["asked"], kept["shown"]) == (3, 35)


def test_a_segment_is_an_attribute_of_the_users(workspace: Path, shop: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(shop, tmp_path / "shop")
    (folder / "users.csv").write_text("user_id,segment\nu042,campers\nu043,cooks\n")
    run("read", str(folder), workspace=workspace)
    run("instructions", "add", "no Dunn", "--segment", "campers", "--persistent", workspace=workspace)
    assert "saved instruction applied: no Dunn" in run("recommend", "-u", "u042", workspace=workspace).stdout
    assert "saved instruction applied" not in run("recommend", "-u", "u043", workspace=workspace).stdout


def test_what_stays_without_effect_is_said(workspace: Path) -> None:
    printed = run(
        "instructions", "add", "nothing violent", "--persistent", "-u", "nobody", workspace=workspace
    ).stdout
    assert "not checked: the catalog has no attribute for 'nothing violent'" in printed
    assert "so it changes nothing" in printed
    assert "note: user 'nobody' is not known yet" in printed


def test_without_a_catalog_instructions_are_kept_too(tmp_path: Path) -> None:
    assert (
        "the workspace has no catalog"
        in run("instructions", "add", "no horror", workspace=tmp_path / "w").stdout
    )
    assert told("show", "i1", workspace=tmp_path / "w")["understood"] is None
    error = run("instructions", "audit", workspace=tmp_path / "w", fails=True).stderr
    assert "next: instructrec read FOLDER" in error


def test_templates_are_listed_and_shown(tmp_path: Path) -> None:
    listed = told("list", "--templates", "--language", "zh", workspace=tmp_path)
    assert {s["language"] for s in listed} == {"zh"}
    shown = run("instructions", "show", listed[0]["id"], workspace=tmp_path).stdout
    assert "(template, active)" in shown
    assert (
        "is a template"
        in run("instructions", "retire", listed[0]["id"], workspace=tmp_path, fails=True).stderr
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "i9"], 1, "no instruction or template 'i9'; next: instructrec instructions list"),
        (["add", "  "], 1, "holds no word"),
        (["add", "x" * 4_001], 1, "at most 4,000"),
        (["add", "x", "-u", "1", "--segment", "a"], 1, "an instruction has one owner"),
        (["add", "x", "--quality", "2"], 1, "allowed: 0 (bad) to 1 (good)"),
        (["add"], 2, "Missing argument"),
        (["edit", "i1"], 1, "nothing to change"),
        (["list", "--owner", "me"], 1, "global, segment:NAME or user:ID"),
        (["list", "--status", "old"], 2, "'active', 'retired', 'all'"),
        (["forget"], 2, "No such command"),
        (["audit", "--size", "0"], 2, "x>=1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    done = run("instructions", *arguments, workspace=tmp_path, fails=True)
    assert done.returncode == code
    assert words in done.stderr


def test_the_audit_measures_what_is_made_of_the_data(workspace: Path) -> None:
    done = run("instructions", "audit", "--size", "150", workspace=workspace)
    assert all(
        name in done.stdout for name in ("grounded", "adds_knowledge", "leaks_target", "mrr", "obeyed")
    )
    assert "measures: 4 done" in done.stderr
    measures = told("audit", "--size", "150", workspace=workspace)
    assert measures["statistics"]["instructions"] == 150
    assert measures["said of the data"]["grounded"] == 1.0


def test_a_form_is_written_filled_and_read(workspace: Path, tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    printed = run(
        "instructions", "audit", "--size", "100", "--sample", "8", "--form", str(form), workspace=workspace
    ).stdout
    assert f"8 instructions to judge with yes or no: {form}" in printed
    with form.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    empty = told("audit", "--read", str(form), workspace=workspace)
    assert empty["grounded"] == {"judged": 0, "yes": None, "agreement": None}
    with form.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "grounded": "yes" if k else "no"} for k, row in enumerate(rows))
    assert told("audit", "--read", str(form), workspace=workspace)["grounded"]["yes"] == 7 / 8
    assert "0.875" in run("instructions", "audit", "--read", str(form), workspace=workspace).stdout
