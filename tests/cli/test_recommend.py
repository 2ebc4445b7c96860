"""`recommend` and `parse` as commands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from instructrec.app.requests import read_request
from instructrec.cli import write
from instructrec.cli.instructions import instructions_group
from instructrec.cli.recommend import recommend_command
from instructrec.errors import ReadError, UnknownUser
from instructrec.recommender import recommender
from tests.writing.says import Says

from .conftest import run

KEYS = {"item_id", "title", "rank", "score", "reason", "attributes", "channels"}


def test_recommend_prints_a_slate_and_its_conditions(trained: Path) -> None:
    printed = run(
        "recommend", "something under 40 dollars, not Alto", "--user", "u042", "-n", "3", workspace=trained
    ).stdout
    assert "price <= 40" in printed
    assert "brand != Alto" in printed


def test_json_has_the_stable_shape_and_contributions_sum_to_the_score(trained: Path) -> None:
    slate = json.loads(
        run("recommend", "a light tent", "-u", "u001", "-n", "4", "--json", workspace=trained).stdout
    )
    assert set(slate) == {
        "request_id",
        "model",
        "items",
        "shortfall",
        "relaxations",
        "notes",
        "saved_instructions",
        "shared_reasons",
    }
    assert slate["model"] == "v00001"
    assert [item["rank"] for item in slate["items"]] == [1, 2, 3, 4]
    for item in slate["items"]:
        assert set(item) == KEYS
        assert item["score"] == pytest.approx(sum(item["channels"].values()), abs=1e-5)


def test_batch_answers_every_request_in_order(trained: Path, tmp_path: Path) -> None:
    asked = [
        {
            "request_id": "1",
            "instruction": "",
            "user": "u001",
            "history": None,
            "candidates": None,
            "exclude": None,
            "n": 3,
        },
        {
            "request_id": "2",
            "instruction": "便宜的",
            "user": None,
            "history": ["i000", "nope"],
            "candidates": None,
            "n": 2,
        },
        {
            "request_id": "3",
            "instruction": "x",
            "user": "nobody",
            "candidates": ["i001", "i002"],
            "exclude": ["i001"],
            "n": 5,
        },
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(a) + "\n" for a in asked))
    files = ["--requests", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    run("recommend", *files, workspace=trained)
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [a["request_id"] for a in answers] == ["1", "2", "3"]
    assert [len(a["items"]) for a in answers] == [3, 2, 1]
    assert answers[2]["items"][0]["item_id"] == "i002"
    assert answers[2]["shortfall"].startswith("1 of 5")


def test_bad_request_lines_are_named_and_nothing_is_half_written(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"request_id": "1", "n": 1}\n{"request_id": "2", "n": "three"}\n')
    files = ["--requests", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    error = run("recommend", *files, workspace=trained, fails=True).stderr
    assert "row 2" in error
    assert "column 'n'" in error
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object but list"),
        ('{"history": "i1"}', "a list of item ids"),
        ('{"user": 3}', "a string"),
        ('{"n": true}', "a whole number"),
        ('{"reasons": "gpt"}', 'the string "lm"'),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        read_request(line, Path("in.jsonl"), 7)


def test_unknown_keys_of_a_request_are_refused() -> None:
    with pytest.raises(ReadError, match="no field 'usr'; a request has: request_id, instruction"):
        read_request('{"usr": "a"}', Path("in.jsonl"), 1)


def test_parse_shows_conditions_and_what_cannot_be_checked(trained: Path) -> None:
    printed = run("parse", "a lamp from the 90s, not Borea", workspace=trained).stdout
    assert "brand != Borea" in printed
    assert "not checked" in printed
    assert "from the 90s" in printed


def test_parse_says_how_much_was_not_read(trained: Path) -> None:
    printed = run("parse", "a lamp " * 1_000 + ". not Borea", workspace=trained).stdout
    assert "brand != Borea" in printed
    assert "characters of the instruction were not read: at most 4,000 are" in printed


def test_parse_json_has_the_stable_keys(trained: Path) -> None:
    parsed = json.loads(run("parse", "不要Alto", "--json", workspace=trained).stdout)
    assert {"text", "language", "conditions", "wishes", "like", "unlike", "dials", "n", "preference", "intention", "task",
            "unresolved", "unread"} <= set(parsed)  # fmt: skip
    assert parsed["language"] == "zh"
    assert [(c["field"], c["op"], c["value"]) for c in parsed["conditions"]] == [("brand", "!=", "Alto")]


def test_a_file_of_requests_leaves_no_room_for_options(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"request_id": "1"}\n')
    error = run(
        "recommend", "tea", "--requests", str(tmp_path / "in.jsonl"), workspace=trained, fails=True
    ).stderr
    assert "takes everything from the file" in error
    assert (
        "cannot be read" in run("recommend", "--requests", "none.jsonl", workspace=trained, fails=True).stderr
    )


def test_words_that_cannot_be_checked_are_said_in_the_answer(trained: Path) -> None:
    slate = json.loads(run("recommend", "a lamp from the 90s", "-n", "1", "--json", workspace=trained).stdout)
    assert any("from the 90s" in note for note in slate["notes"])


def test_parse_needs_a_catalog(tmp_path: Path) -> None:
    assert "next: instructrec read" in run("parse", "tea", workspace=tmp_path / "w", fails=True).stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"n": ' + "9" * 5000 + "}", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"n": 0}', "row 1, column 'n': is 0; it must be a whole number from 1 to 1,000"),
        ('{"n": 1001}', "it must be a whole number from 1 to 1,000"),
        ('{"request_id": 5}', "column 'request_id'"),
        ('{"request_id": "\\ud800"}', "half a character"),
        ('{"history": ["\\udfff"]}', "half a character"),
    ],
)
def test_a_line_that_no_answer_can_be_given_to_is_named_before_any_is(line: str, words: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_request(line, Path("in.jsonl"), 1)
    assert words in str(caught.value)


def test_a_line_separator_inside_a_string_ends_no_request(trained: Path, tmp_path: Path) -> None:
    asked = [{"request_id": "a", "instruction": "a light\u2028tent\x85"}, {"request_id": "b"}]
    lines = "".join(json.dumps(a, ensure_ascii=False) + "\r\n" for a in asked)
    (tmp_path / "in.jsonl").write_bytes(lines.encode())
    printed = run("recommend", "--requests", str(tmp_path / "in.jsonl"), workspace=trained).stdout
    assert [json.loads(line)["request_id"] for line in printed.splitlines()] == ["a", "b"]


@pytest.mark.parametrize("output", ["", "nowhere/out.jsonl"])
def test_an_output_that_cannot_be_written_is_said_and_nothing_is_left(
    trained: Path, tmp_path: Path, output: str
) -> None:
    (tmp_path / "in.jsonl").write_text('{"request_id": "a"}\n')
    files = ["--requests", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / output)]
    error = run("recommend", *files, workspace=trained, fails=True).stderr
    assert "cannot be written" in error
    assert [f.name for f in tmp_path.rglob("*")] == ["in.jsonl"]
    assert not list(tmp_path.parent.glob("*.part"))


def test_an_output_without_requests_is_refused(trained: Path, tmp_path: Path) -> None:
    error = run("recommend", "tent", "--output", str(tmp_path / "out"), workspace=trained, fails=True).stderr
    assert "add --requests FILE" in error


def test_bytes_that_are_not_utf8_are_said(trained: Path) -> None:
    for words in (["caf\udce9"], ["-u", "\udcff"]):
        assert "send it as UTF-8" in run("recommend", *words, workspace=trained, fails=True).stderr
    assert "UTF-8" in run("parse", "caf\udce9", "--json", workspace=trained, fails=True).stderr


def test_reasons_in_the_models_words_are_counted_and_others_stay_plain(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommender, "writer", lambda: Says(*[" the best of all."] * 3))
    asked = ["-u", "u001", "-n", "3", "-w", str(trained)]
    _, worded = (
        CliRunner().invoke(recommend_command, [*asked, *more]).stdout for more in ([], ["--reasons", "lm"])
    )
    assert (
        "note: 0 of 3 reasons are in the model's words; the others were not supported by the facts" in worded
    )
    first = json.loads(CliRunner().invoke(recommend_command, [*asked, "--json"]).stdout)["items"]
    assert all(item["reason"].split(". ")[0] in worded.replace("\n", " ") for item in first)


def test_paraphrases_are_kept_or_the_condition_is_named_that_was_lost(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        write, "writer", lambda: Says(" I want a tent for less than 60 dollars", " I want a tent")
    )
    asked = ["paraphrase", "a tent under 60 dollars", "-n", "2", "-w", str(trained)]
    printed = CliRunner().invoke(instructions_group, asked).stdout
    assert "lost: price <= 60" in printed
    assert "1 kept, 1 dropped" in printed
    found = json.loads(CliRunner().invoke(instructions_group, [*asked, "--json"]).stdout)
    assert found["kept"] == ["I want a tent for less than 60 dollars"]
    assert found["dropped"] == [{"text": "I want a tent", "why": "lost: price <= 60"}]


def test_a_preference_is_said_with_its_facts_and_how_to_keep_it(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "writer", lambda: Says(" whatever wins awards."))
    asked = ["preference", "-u", "u042", "-w", str(trained)]
    printed = CliRunner().invoke(instructions_group, asked).stdout
    text = printed.splitlines()[0]
    assert text.startswith("I like ")
    assert "awards" not in printed
    assert "worded plainly: the facts did not support the model's words" in printed
    assert f'next: instructrec instructions add "{text}" --persistent --user u042' in printed
    found = json.loads(CliRunner().invoke(instructions_group, [*asked, "--json"]).stdout)
    assert (found["text"], found["by_model"]) == (text, False)
    nobody = CliRunner().invoke(instructions_group, ["preference", "-u", "nobody", "-w", str(trained)])
    assert isinstance(nobody.exception, UnknownUser)


def test_parse_reads_a_file_of_requests_with_what_each_condition_keeps(trained: Path, tmp_path: Path) -> None:
    asked, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = ["a tent, not Alto", "ideally under 20 dollars", ""]
    lines = [json.dumps({"request_id": str(n), "instruction": text}) for n, text in enumerate(texts)]
    asked.write_text("\n".join(lines), encoding="utf-8")
    printed = run(
        "parse", "--requests", str(asked), "--output", str(out), "--matching", workspace=trained
    ).stdout
    assert "read 3 requests" in printed
    first, second, third = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert [each["request_id"] for each in (first, second, third)] == ["0", "1", "2"]
    tents, others = first["conditions"]
    found = recommender.Recommender.load(trained)
    named = {item.id: item for item in found.items}
    assert set(tents["matching"]) == {
        i for i, item in named.items() if "Tent" in item.attributes["categories"]
    }
    assert set(others["matching"]) == {i for i, item in named.items() if item.attributes["brand"] != "Alto"}
    assert second["conditions"] == []
    assert [c["field"] for c in second["soft"]] == ["price"]
    cheap = {i for i, item in named.items() if (item.attributes["price"] or 99) <= 20}
    assert set(second["soft"][0]["matching"]) == cheap
    assert third["conditions"] == []


def test_parse_without_a_sentence_says_what_to_give(trained: Path) -> None:
    refused = run("parse", workspace=trained, fails=True)
    assert "nothing to read" in refused.stderr


def test_parse_why_says_what_became_of_each_word(trained: Path) -> None:
    printed = run("parse", "--why", "a tent, no Alto", workspace=trained).stdout
    assert "demanded" in printed
    assert "refused" in printed
