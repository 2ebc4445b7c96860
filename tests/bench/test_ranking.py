"""The bench's own arithmetic: few candidates, kept rows, merged tables, and the exponent of growth."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from instructrec.data.dataset import Dataset, Feedback
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import rank_all
from instructrec.types import Context, Interaction
from tests import worlds

BENCH = Path(__file__).parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import ablation  # noqa: E402
import harness  # noqa: E402
import ranking  # noqa: E402
import speed  # noqa: E402
import task  # noqa: E402

ITEMS = 300


class Always:
    """Scores every item by its number, and one item as told."""

    name = "always"

    def __init__(self, wanted: int, score: float) -> None:
        self.row = np.arange(ITEMS, dtype=float)
        self.row[wanted] = score

    def score(self, contexts: list[Context]) -> np.ndarray:
        return np.tile(self.row, (len(contexts), 1))


def case(wanted: int) -> Case:
    seen = np.array([1, 2])
    return Case(Context(history=seen, user="u"), np.array([wanted]), seen, 0.0, "u")


@pytest.mark.parametrize(("score", "hit"), [(1e9, 1.0), (-1.0, 0.0)])
def test_the_best_item_is_first_among_few_and_the_worst_is_not(score, hit):
    found = ranking.few_candidates(Always(7, score), [case(7)] * 3, ITEMS)
    assert found == {f"HR@{k} of {n}": hit for n in (10, 100) for k in (1, 5)}


def test_a_middling_item_is_oftener_first_among_nine_than_among_ninety_nine():
    found = ranking.few_candidates(Always(7, 0.9 * ITEMS), [case(7)] * 200, ITEMS)
    among_nine, among_many = (found[f"HR@1 of {n}"] for n in (10, 100))
    assert among_nine == pytest.approx(0.9**9, abs=0.1)
    assert among_many < 0.02


def test_a_row_is_made_once(tmp_path):
    made = []
    for _ in range(2):
        row = harness.kept(tmp_path / "a-row.json", lambda: made.append(1) or {"lists": [[1]]})
        assert row == {"lists": [[1]]}
    assert made == [1]


def test_a_result_names_its_run_and_nothing_of_this_machine(tmp_path, monkeypatch):
    typed = [
        "/home/me/bench/ranking.py",
        "ml-100k",
        "--work",
        "/tmp/x",
        "--peers",
        "recbole:SASRec",
        "--out",
        "/y",
    ]
    expected = "python bench/ranking.py ml-100k --peers recbole:SASRec"
    assert harness.command(typed) == expected
    assert harness.command([*typed, "--data=/home/me/data"]) == expected
    monkeypatch.setattr(harness, "command", lambda: expected)
    harness.publish(tmp_path, "bench", "one", {"rows": {"a": {"value": 0.123456789}}})
    harness.publish(tmp_path, "bench", "other", {"rows": {}})
    parts = json.loads((tmp_path / "bench.json").read_text())
    assert parts["one"]["rows"] == {"a": {"value": 0.12346}}
    assert parts["other"]["run"]["command"] == expected


HEAD = {"set": "set", "requests": 3, "items": 9, "data": "hash"}


def test_rows_are_merged_and_one_of_fewer_seeds_does_not_replace_one_of_more(tmp_path):
    old = {
        "InstructRec": {"seeds": 3, "v": 1},
        "sequence channel": {"seeds": 1, "v": 1},
        "EASE": {"seeds": 1, "v": 1},
    }
    (tmp_path / "set.json").write_text(json.dumps(HEAD | {"rows": old}))
    new = {
        "InstructRec": {"seeds": 1, "v": 2},
        "sequence channel": {"seeds": 1, "v": 2},
        "EASE": {"seeds": 1, "v": 2},
    }
    rows = ranking.merged(tmp_path / "set.json", HEAD, new | {"ALS": {"seeds": 1, "v": 2}})["rows"]
    assert {name: row["v"] for name, row in rows.items()} == {
        "InstructRec": 1, "sequence channel": 1, "EASE": 2, "ALS": 2,
    }  # fmt: skip
    more = ranking.merged(tmp_path / "set.json", HEAD, new | {"InstructRec": {"seeds": 5, "v": 2}})["rows"]
    assert {name: row["v"] for name, row in more.items()} == {
        "InstructRec": 2,
        "sequence channel": 2,
        "EASE": 2,
    }


def test_a_table_of_other_requests_starts_anew(tmp_path, capsys):
    (tmp_path / "set.json").write_text(json.dumps(HEAD | {"rows": {"EASE": {"seeds": 1}}}))
    head = HEAD | {"requests": 4}
    assert ranking.merged(tmp_path / "set.json", head, {"ALS": {"seeds": 1}}) == head | {
        "rows": {"ALS": {"seeds": 1}}
    }
    assert "the table starts anew" in capsys.readouterr().err


def test_coverage_is_the_share_of_the_catalog_in_the_first_ten_of_any_list(tmp_path):
    split = worlds.movie_split()
    world = task.Task("set", split, [case(0), case(1)], [], tmp_path)
    lists = [[0, 1, 2, *[-1] * 7, 9], [2, 1, 0, *[-1] * 7, 8]]  # the eleventh does not count
    found = ranking.measured(world, lists)
    assert found["coverage@10"] == pytest.approx(3 / world.items)
    assert found["HR@10"].tolist() == [1, 1]
    assert found["nDCG@10"].tolist() == pytest.approx([1, 1 / np.log2(3)])


def test_the_exponent_of_linear_growth_is_one():
    rows = [{"interactions": n, "cpu_seconds": 3.0 * n} for n in (10, 100, 1000)]
    assert speed.exponent(rows, "cpu_seconds") == pytest.approx(1.0)


def test_without_ratings_every_interaction_is_positive():
    acts = [
        Interaction(user="u", item=str(n), action="rate", time=float(n), value=float(n)) for n in range(1, 6)
    ]
    data = Dataset.of(acts, feedback=Feedback(like_from=4, dislike_below=3))
    assert set(data.histories().signs.tolist()) == {-1, 0, 1}
    assert task.without_ratings(data).histories().signs.tolist() == [1] * 5


def test_hard_requests_are_told_apart_by_what_train_knows(tmp_path):
    split = worlds.movie_split()
    acts = np.bincount(split.train.histories().items, minlength=len(split.train.catalog))
    common, rare = int(acts.argmax()), int(acts.argmin())
    stranger = Case(
        Context(history=np.zeros(0, np.int32), user="x"), np.array([common]), np.zeros(0, int), 0.0, "x"
    )
    found = ranking.hard_cases(task.Task("set", split, [case(rare), stranger], [], tmp_path))
    assert found["user without a history"].tolist() == [False, True]
    assert found["user with 1-4 interactions"].tolist() == [True, False]
    assert found["item without interactions" if acts[rare] == 0 else "item with 1-9 interactions"].tolist()[0]


def test_the_bound_of_popularity_knows_what_the_test_part_takes_most(tmp_path):
    taken = [case(5), case(5), case(3), case(1)]  # 1 is seen by everyone
    world = task.Task("set", worlds.movie_split(), taken, [], tmp_path)
    found = ranking.listed(ablation.popularity_bound(world.test, world.items), world)
    assert [row[:2] for row in found["lists"]] == [[5, 3]] * 4
    assert ablation.is_part(ablation.BOUND)


def test_a_model_taken_apart_gives_what_its_parts_give_alone():
    model = worlds.movie_model()
    asked = [
        Case(Context(history=np.array([0, 1]), user="u"), np.array([2]), np.array([0, 1]), 0.0, "u")
    ] * 300
    found = ablation.taken_apart(model, asked, 2)
    for name in ablation.PARTS:
        for row, scorer in (
            (f"{name} channel", model.channels[name]),
            (f"without {name}", ablation.without(model, name)),
        ):
            expected = rank_all(scorer, asked, len(model.items), depth=2)[0]
            assert (found[row] == expected).all(), row
            assert ablation.is_part(row)
    assert not ablation.is_part("item neighbours")


def test_equal_gates_weigh_every_channel_by_its_spread():
    gates = ablation.equal_gates(worlds.movie_model()).gates
    assert gates.values(np.ones((1, gates.weights.shape[1]), np.float32))[0] == pytest.approx(gates.scale)
