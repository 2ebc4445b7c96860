"""`catalog` as a command: the table, corrections that `parse` obeys at once, and versions."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import run

TEXT = "id,name,Weight,RAM,page\n" + "".join(
    f"{n},Phone {n},{150 + n} g,{4 * (n % 4 + 1)}GB,https://x.test/{n}\n" for n in range(1, 40)
)


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phones")
    (folder / "items.csv").write_text(TEXT)
    shown = run("read", str(folder / "items.csv"), workspace=folder / "w").stdout
    assert "Other columns of items" in shown
    assert "Weight (g), RAM (GB)" in shown
    return folder / "w"


@pytest.fixture
def place(read_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_once, tmp_path / "w"))


def conditions(place: Path, sentence: str) -> list[tuple[str, str, object]]:
    parsed = json.loads(run("parse", sentence, "--json", workspace=place).stdout)
    return [(c["field"], c["op"], c["value"]) for c in parsed["conditions"]]


def test_the_table_says_what_every_column_is(place: Path) -> None:
    shown = run("catalog", workspace=place).stdout
    for part in ("amount, g", "151 to 189", "amount, GB", "内存", "its cells are written in GB"):
        assert part in shown
    columns = json.loads(run("catalog", "--json", workspace=place).stdout)["columns"]
    assert columns["RAM"]["role"] == "amount"
    assert columns["Weight"]["words_from"] == "lexicon"


def test_units_and_words_of_the_profile_are_understood(place: Path) -> None:
    assert conditions(place, "at least 8 gb ram") == [("RAM", ">=", 8)]


def test_a_correction_takes_effect_at_once_and_can_be_taken_back(place: Path) -> None:
    assert conditions(place, "heft under 160") == []
    run("catalog", "--set", "Weight.words=heft,weight", workspace=place)
    assert conditions(place, "heft under 160") == [("Weight", "<=", 160)]
    changed = json.loads(run("catalog", "--set", "Weight.unit=kg", "--json", workspace=place).stdout)
    assert changed["changed_items"] == 39
    assert changed["columns"]["Weight"]["most"] == pytest.approx(0.189)
    run("catalog", "--restore", "0", workspace=place)
    assert conditions(place, "heft under 160") == []


def test_the_advice_for_an_unknown_role_works(place: Path) -> None:
    error = run("catalog", "--set", "RAM.role=memory", workspace=place, fails=True).stderr
    allowed = error.split("allowed: ")[1].split(", ")
    assert "number" in allowed
    run("catalog", "--set", "RAM.role=number", workspace=place)


def test_an_assistants_answer_is_taken(place: Path, tmp_path: Path) -> None:
    assert "- RAM (amount, in GB)" in run("catalog", "--prompt", workspace=place).stdout
    (tmp_path / "answer.json").write_text(
        '{"columns": {"RAM": {"words": ["speicher"]}, "Rom": {"words": ["x"]}}}'
    )
    shown = run("catalog", "--import", str(tmp_path / "answer.json"), workspace=place).stdout
    assert "left out: 'Rom': no column of this catalog" in shown
    assert conditions(place, "speicher at least 8") == [("RAM", ">=", 8)]


def test_an_empty_workspace_and_two_wishes_at_once_are_refused(tmp_path: Path, place: Path) -> None:
    assert "next: instructrec read" in run("catalog", workspace=tmp_path / "empty", fails=True).stderr
    assert "give one of them" in run("catalog", "--prompt", "--edit", workspace=place, fails=True).stderr
