"""The engine and the reference in torch agree: exactly but for float rounding without quantisation, in order
with it.
"""

from pathlib import Path

import pytest

from instructrec.errors import ConfigError
from instructrec.language.engine import ABOUT, Engine, eight_bits_are_exact, export

PROMPTS = ["which one ?", "which red shoe ? A B"]
CHOICES = ["A", "B", "C"]
ANSWERS = ["red", "blue hat", "red shoe one"]


@pytest.fixture
def engine(model, tmp_path):
    return export(model, tmp_path / "engine", "float32")


def test_a_line_goes_on_by_itself_and_drawn_ones_are_the_same_for_the_same_seed(model, engine):
    if model.encodes:
        with pytest.raises(ConfigError, match="does not go on"):
            engine.lines(PROMPTS, 4)
        return
    likeliest, drawn = engine.lines(PROMPTS, 4), engine.lines(PROMPTS[:1], 4, 5, seed=3)
    assert [len(ways) for ways in likeliest] == [1, 1]
    assert len(drawn[0]) == 5
    assert drawn == engine.lines(PROMPTS[:1], 4, 5, seed=3) != engine.lines(PROMPTS[:1], 4, 5, seed=4)


@pytest.mark.parametrize(
    ("machine", "flags", "exact"),
    [("x86_64", "avx2", False), ("x86_64", "avx512_vnni", True), ("aarch64", "", True)],
)
def test_eight_bits_are_multiplied_where_the_processor_loses_none(monkeypatch, machine, flags, exact):
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setattr(Path, "read_text", lambda path: flags)
    assert eight_bits_are_exact() is exact


def test_an_export_replaces_what_was_there_and_can_be_read_again(model, engine):
    again = export(model, engine.folder)
    assert (again.name, again.encodes, tuple(again.turns)) == (model.name, model.encodes, model.turns)
    assert [path.name for path in engine.folder.parent.iterdir()] == ["engine"]


def test_a_folder_without_a_model_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match=f"no {ABOUT}.*instructrec tune"):
        Engine(tmp_path)
