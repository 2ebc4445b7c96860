"""What is kept stays: every wording, who said it, how often it was used; and what is said twice is known
again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.errors import ConfigError
from instructrec.instructions.instruction_store import InstructionStore
from instructrec.instructions.template import templates
from instructrec.lexicon.words import LIMIT
from instructrec.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank(store):
    return InstructionStore(store)


# --- versions
# ---------------------------------------------------------------------------------------------------------------


def test_an_instruction_is_kept_with_all_that_is_known_of_it(bank):
    added = bank.add("  不要恐怖片 ", "user:u1", provenance="template:zh-x", quality=0.5, persistent=True)
    stored = added.stored
    assert added.new
    assert (stored.id, stored.version, stored.parent, stored.owner) == ("i1", 1, None, "user:u1")
    assert (stored.text, stored.language, stored.provenance) == ("不要恐怖片", "zh", "template:zh-x")
    assert (stored.quality, stored.persistent, stored.status) == (0.5, True, "active")
    assert stored.created == stored.changed
    assert bank.get("i1") == stored
    assert json.loads(json.dumps(stored.to_dict()))["persistent"] is True


def test_every_edit_is_a_version_and_overwrites_nothing(bank):
    first = bank.add("no horror", quality=0.2).stored
    second = bank.edit("i1", "no horror, no war")
    third = bank.edit("i1", persistent=True, quality=0.9)
    kept = bank.history("i1")
    assert [v.text for v in kept] == ["no horror", "no horror, no war", "no horror, no war"]
    assert [v.status for v in kept] == ["retired", "retired", "active"]
    assert [v.parent for v in kept] == [None, first.number, second.number]
    assert [(v.persistent, v.quality) for v in kept] == [(False, 0.2), (False, 0.2), (True, 0.9)]
    assert kept[0].created == first.created
    assert kept[0].changed >= first.created
    assert bank.get("i1") == third
    assert bank.get("i1", 1).text == "no horror"


def test_an_edit_in_another_language_changes_the_language(bank):
    bank.add("no horror")
    assert bank.edit("i1", "不要恐怖").language == "zh"


def test_an_edit_that_changes_nothing_writes_nothing(bank):
    stored = bank.add("no horror", persistent=True).stored
    assert bank.edit("i1", " no horror ", persistent=True) == stored
    assert len(bank.history("i1")) == 1


def test_retired_rows_stay_and_the_id_is_never_given_again(bank):
    bank.add("no horror")
    bank.edit("i1", "no war")
    retired = bank.retire("i1")
    assert (retired.status, retired.version) == ("retired", 2)
    assert bank.retire("i1") == retired
    assert [v.text for v in bank.history("i1")] == ["no horror", "no war"]
    with pytest.raises(ConfigError, match="i1 is retired; add its text again"):
        bank.edit("i1", "no drama")
    again = bank.add("no war")
    assert (again.stored.id, again.new) == ("i2", True)


def test_a_change_is_told_word_by_word(bank):
    bank.add("never show me horror films")
    with pytest.raises(ConfigError, match="version 1 of instruction i1 is its first"):
        bank.diff("i1")
    bank.edit("i1", "never show me war films")
    bank.edit("i1", "不要恐怖片")
    bank.edit("i1", "不要战争片")
    assert bank.diff("i1", 1, 2) == "never show me [-horror-]{+war+} films"
    assert bank.diff("i1") == "不要[-恐怖-]{+战争+}片"
    assert bank.diff("i1", 2, 2) == "never show me war films"
    with pytest.raises(ConfigError, match="i1 has no version 7; there are: 1, 2, 3, 4"):
        bank.diff("i1", 7)


# --- what is known already
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        "NEVER show me horror!",
        "never  show me horror",
        "“Never show me horror.”",
        "Ｎｅｖｅｒ show me horror",
    ],
)
def test_what_says_the_same_is_known(bank, again):
    first = bank.add("Never show me horror", "user:u1", persistent=True).stored
    added = bank.add(again, "user:u1")
    assert (added.stored, added.new) == (first, False)
    assert bank.add(again, "user:u2").new
    assert len(bank.list()) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("under $1.5", "under $15"), ("C", "C#"), ("50", "50%"), ("1-2", "12")]
)
def test_a_sign_that_means_something_makes_another_instruction(bank, one, other):
    assert bank.add(one).new
    assert bank.add(other).new


def test_an_edit_to_what_another_one_says_is_refused_and_leaves_both(bank):
    bank.add("no horror")
    bank.add("no war")
    before = bank.list()
    with pytest.raises(ConfigError, match="instruction i1 of global says the same"):
        bank.edit("i2", "No Horror!")
    assert bank.list() == before
    assert bank.edit("i1", "No Horror!").version == 2


def test_the_nearest_are_found_and_their_vectors_kept(bank, encoder, monkeypatch):
    assert bank.near("horror", encoder) == []
    for text in ("no horror films", "cheap tents", "scary horror films", "old war stories"):
        bank.add(text)
    bank.retire("i4")
    found = bank.near("horror films", encoder, 2)
    assert {stored.id for stored, _ in found} == {"i1", "i3"}
    assert found[0][1] >= found[1][1] > 0
    assert len(bank.near("old war stories", encoder)) == 3
    encoded = []
    monkeypatch.setattr(
        encoder, "encode", lambda texts, known=encoder.encode: (encoded.extend(texts), known(texts))[1]
    )
    assert bank.near("cheap tents", encoder, 1)[0][1] == pytest.approx(1.0)
    assert encoded == ["cheap tents"]
    assert bank.store.count("vectors") == 3


# --- lists and counts
# -------------------------------------------------------------------------------------------------------


def test_lists_are_filtered(bank):
    bank.add("no horror", "user:u1", persistent=True)
    bank.add("不要恐怖", "segment:night owls")
    bank.add("cheap TENTS")
    bank.edit("i1", "no horror, ever")
    bank.retire("i3")
    assert [(s.id, s.version) for s in bank.list()] == [("i1", 2), ("i2", 1)]
    assert [s.id for s in bank.list(status=None)] == ["i1", "i2", "i3"]
    assert [s.id for s in bank.list(status="retired")] == ["i3"]
    assert [s.id for s in bank.list(owner="user:u1")] == ["i1"]
    assert [s.id for s in bank.list(language="zh")] == ["i2"]
    assert [s.id for s in bank.list(status=None, contains="tents")] == ["i3"]
    assert [s.id for s in bank.list(persistent=True)] == ["i1"]
    assert [s.id for s in bank.list(persistent=False)] == ["i2"]
    with pytest.raises(ConfigError, match="no status 'old'; there are: active, retired"):
        bank.list(status="old")


def test_ten_come_after_nine(bank):
    for n in range(11):
        bank.add(f"wish number {n}")
    assert [s.id for s in bank.list()][-2:] == ["i10", "i11"]


def test_templates_are_listed_and_shown_and_cannot_be_changed(bank):
    bank.add("no horror")
    listed = bank.list(with_templates=True)
    assert len(listed) == 1 + len(templates())
    assert {s.provenance for s in listed[1:]} == {"template"}
    first = templates()[0]
    assert (bank.get(first.id).text, bank.get(first.id).number) == (first.text, None)
    for change in (lambda: bank.edit(first.id, "x"), lambda: bank.retire(first.id)):
        with pytest.raises(ConfigError, match="is a template, which comes with the package"):
            change()


def test_counts_add_up_for_the_version_that_is_used(bank):
    bank.add("no horror")
    bank.add("no war")
    bank.count(["i1", "i2", "i9"], asked=1, shown=10)
    bank.edit("i1", "no horror, ever")
    bank.count(["i1"], asked=1, shown=3, positive=2, negative=1)
    assert [(v.asked, v.shown, v.positive, v.negative) for v in bank.history("i1")] == [
        (1, 10, 0, 0),
        (1, 3, 2, 1),
    ]
    assert (bank.get("i2").asked, bank.get("i2").shown) == (1, 10)


# --- what cannot be kept
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "holds no word; say what is wanted or refused"),
        ({"text": " ?! \n"}, "holds no word"),
        ({"text": "a" * (LIMIT + 1)}, "has 4,001 characters; at most 4,000 are read: shorten it"),
        ({"text": "caf\udce9"}, "half a character"),
        (
            {"text": "x", "owner": "u1"},
            "no owner 'u1'; an instruction belongs to global, segment:NAME or user:ID",
        ),
        ({"text": "x", "owner": "user: "}, "no owner"),
        ({"text": "x", "quality": 1.1}, "a quality of 1.1; allowed: 0"),
        ({"text": "x", "quality": float("nan")}, "a quality of nan"),
        ({"text": "x", "provenance": " "}, "without provenance"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(bank, given, words):
    with pytest.raises(ConfigError, match=words):
        bank.add(**given)
    assert bank.store.count("instructions") == 0


def test_an_unknown_id_is_named_with_what_to_do(bank):
    for ask in (bank.get, bank.history, bank.retire, bank.diff):
        with pytest.raises(
            ConfigError, match="no instruction or template 'i7'; next: instructrec instructions list"
        ):
            ask("i7")


def test_the_longest_text_is_kept_whole(bank):
    assert len(bank.add("ab " * 1_333 + "c").stored.text) == LIMIT


@given(st.text(max_size=60))
def test_any_text_is_kept_as_it_is_or_refused(tmp_path_factory, text):
    with SqliteStore(tmp_path_factory.mktemp("any") / "s.db") as store:
        bank = InstructionStore(store)
        try:
            stored = bank.add(text).stored
        except ConfigError:
            return
        assert bank.get(stored.id).text == text.strip()
        assert not bank.add(f" {text.swapcase().swapcase() if text.isascii() else text} ").new


# --- kills and others
# -------------------------------------------------------------------------------------------------------


def test_an_edit_that_fails_half_way_leaves_the_version_before(bank, monkeypatch):
    stored = bank.add("no horror").stored
    monkeypatch.setattr(InstructionStore, "_write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bank.edit("i1", "no war")
    with pytest.raises(ZeroDivisionError):
        bank.add("no drama")
    assert bank.list(status=None) == [stored]


def test_a_process_killed_in_an_edit_leaves_the_version_before(bank):
    stored = bank.add("no horror").stored
    script = (
        "import os, sys\nfrom instructrec.instructions.instruction_store import InstructionStore\nfrom instructrec.store.sqlite import SqliteStore\n"
        "InstructionStore._write = lambda *_: os._exit(9)\nInstructionStore(SqliteStore(sys.argv[1])).edit('i1', 'no war')"
    )
    line = [sys.executable, "-c", script, str(bank.store.path)]
    assert subprocess.run(line, cwd=ROOT, env=os.environ, check=False).returncode == 9
    assert bank.list(status=None) == [stored]
    assert bank.edit("i1", "no drama").version == 2


def test_two_connections_see_each_others_work(bank):
    with SqliteStore(bank.store.path) as second:
        other = InstructionStore(second)
        stored = bank.add("no horror").stored
        added = other.add("No horror.")
        assert (added.stored, added.new) == (stored, False)
        other.edit("i1", "no war")
        assert bank.get("i1").text == "no war"
        with second.begin():  # a reader goes on while another writes
            assert bank.list() == [other.get("i1")]
        assert bank.add("no horror").stored.id == "i2"


def test_many_writers_at_once_lose_nothing_and_keep_nothing_twice(bank, tmp_path):
    script = (
        "import sys\nfrom instructrec.instructions.instruction_store import InstructionStore\nfrom instructrec.store.sqlite import SqliteStore\n"
        "bank = InstructionStore(SqliteStore(sys.argv[1]))\n"
        "for n in range(20):\n    bank.count([bank.add(f'wish number {n}').stored.id], asked=1)"
    )
    line = [sys.executable, "-c", script, str(bank.store.path)]
    running = [subprocess.Popen(line, cwd=ROOT) for _ in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    kept = bank.list()
    assert sorted(s.id for s in kept) == sorted(f"i{n + 1}" for n in range(20))
    assert {s.asked for s in kept} == {3}
