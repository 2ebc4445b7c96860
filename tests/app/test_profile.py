"""The profile as a person edits it: TOML there and back, settings, and what an assistant proposes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.app.profile import as_toml, from_toml, imported, prompt, settings
from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.errors import ConfigError

SHOP = CatalogProfile({
    "price": ColumnProfile("Preis", Role.MONEY, unit="EUR"),
    "colour": ColumnProfile("Farbe", Role.NAMES, frequent=(("rot", 3), ("blau", 1))),
    "item_id": ColumnProfile("id", Role.ID),
})  # fmt: skip


def test_what_is_not_edited_stays_as_it_is() -> None:
    assert from_toml(as_toml(SHOP), SHOP, SHOP) == {}


def test_edits_are_told_from_what_was_read() -> None:
    text = (
        as_toml(SHOP)
        .replace('unit = "EUR"', 'unit = "USD"')
        .replace("words = []", 'words = ["cost", "价"]', 1)
    )
    assert from_toml(text, SHOP, SHOP) == {"price": {"unit": "USD", "words": ["cost", "价"]}}


@given(st.lists(st.text(min_size=1, max_size=12), max_size=4, unique=True), st.text(max_size=12))
def test_any_words_and_names_survive_the_toml(words: list[str], column: str) -> None:
    edited = SHOP.with_edits({"price": {"words": words, "unit": column}})
    assert SHOP.with_edits(from_toml(as_toml(edited), SHOP, edited)) == edited


def test_a_broken_toml_or_an_unknown_column_changes_nothing() -> None:
    with pytest.raises(ConfigError, match=r"no TOML.*nothing was changed"):
        from_toml("[price", SHOP, SHOP)
    with pytest.raises(ConfigError, match=r"no columns \['prize'\].*price, colour"):
        from_toml("[prize]\nunit = 'x'", SHOP, SHOP)


def test_settings_of_the_command_line() -> None:
    assert settings(["price.unit=USD", "colour.separators=/ ;"]) == {
        "price": {"unit": "USD"}, "colour": {"separators": ["/", ";"]},
    }  # fmt: skip
    for wrong, said in (
        ("price", "write it as"),
        ("price.role=cash", "allowed: id, title"),
        ("price.size=3", "cannot be set"),
    ):
        with pytest.raises(ConfigError, match=said):
            settings([wrong])


def test_the_prompt_names_columns_and_values_and_the_answer_is_checked(tmp_path: Path) -> None:
    asked = prompt(SHOP)
    assert "- price (money, in EUR)" in asked
    assert '["rot", "blau"]' in asked
    assert "item_id" not in asked
    answer = {
        "columns": {
            "price": {"words": ["cost", "", 3, "x" * 50]}, "colour": {"values": {"rot": ["red", "红色"], "grün": ["green"]}}, "size": {"words": ["s"]},
        }
    }  # fmt: skip
    (tmp_path / "answer.txt").write_text("Here you are:\n```json\n" + json.dumps(answer) + "\n```\n")
    taken, left = imported(tmp_path / "answer.txt", SHOP)
    assert taken == {"price": {"words": ["cost"]}, "colour": {"value_words": {"rot": ["red", "红色"]}}}
    assert len(left) == 5
    (tmp_path / "none.txt").write_text("sorry")
    with pytest.raises(ConfigError, match="holds no answer"):
        imported(tmp_path / "none.txt", SHOP)
