"""The bench's own arithmetic: places among few candidates, lists that are kept, and the exponent of
growth.
"""

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
import machine  # noqa: E402
import ranking  # noqa: E402
import scaling  # noqa: E402

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
    found = ranking.sampled(Always(7, score), [case(7)] * 3, ITEMS)
    assert found == {f"HR@{k} of 1+{n}": [hit] * 3 for n in (9, 99) for k in (1, 5)}


def test_a_middling_item_is_oftener_first_among_nine_than_among_ninety_nine():
    found = ranking.sampled(Always(7, 0.9 * ITEMS), [case(7)] * 200, ITEMS)
    among_nine, among_many = (np.mean(found[f"HR@1 of 1+{n}"]) for n in (9, 99))
    assert among_nine == pytest.approx(0.9**9, abs=0.1)
    assert among_many < 0.02


def test_a_row_is_made_once(tmp_path):
    task = ranking.Task("set", None, [], [], tmp_path)
    made = []
    for _ in range(2):
        assert ranking.kept(task, "a row", lambda: made.append(1) or {"lists": [[1]]}) == {"lists": [[1]]}
    assert made == [1]
    assert json.loads((tmp_path / "a-row.json").read_text()) == {"lists": [[1]]}


def test_a_result_says_what_made_it_and_nothing_of_this_machine(tmp_path, monkeypatch):
    typed = [
        "/home/me/bench/ranking.py",
        "ml-100k",
        "--work",
        "/tmp/x",
        "--peers",
        "recbole:SASRec",
        "--out",
        "/tmp/y",
    ]
    said = "python bench/ranking.py ml-100k --peers recbole:SASRec"
    assert machine.command(typed) == said
    assert machine.command([*typed, "--data=/home/me/data"]) == said
    monkeypatch.setattr(machine, "command", lambda: said)
    machine.publish(tmp_path, "table", {"rows": []}, "# Rows\n")
    assert json.loads((tmp_path / "table.json").read_text()) == {"rows": [], "command": said}
    assert (tmp_path / "table.md").read_text() == f"# Rows\n\nMade by `{said}`.\n"


def test_the_exponent_of_linear_growth_is_one():
    rows = [{"interactions": n, "cpu_seconds": 3.0 * n} for n in (10, 100, 1000)]
    assert scaling.exponent(rows, "cpu_seconds") == pytest.approx(1.0)


def test_without_ratings_every_interaction_is_an_act():
    acts = [
        Interaction(user="u", item=str(n), action="rate", time=float(n), value=float(n)) for n in range(1, 6)
    ]
    data = Dataset.of(acts, feedback=Feedback(like_from=4, dislike_below=3))
    assert set(data.histories().signs.tolist()) == {-1, 0, 1}
    assert ranking.without_ratings(data).histories().signs.tolist() == [1] * 5


def test_hard_requests_are_told_apart_by_what_train_knows(tmp_path):
    split = worlds.movie_split()
    acts = np.bincount(split.train.histories().items, minlength=len(split.train.catalog))
    common, rare = int(acts.argmax()), int(acts.argmin())
    stranger = Case(
        Context(history=np.zeros(0, np.int32), user="x"), np.array([common]), np.zeros(0, int), 0.0, "x"
    )
    found = ranking.hard(ranking.Task("set", split, [case(rare), stranger], [], tmp_path))
    assert found["a user of whom nothing is known"].tolist() == [False, True]
    assert found["a user of 1 to 4 acts"].tolist() == [True, False]
    assert found["an item that nobody had" if acts[rare] == 0 else "an item of 1 to 9 acts"].tolist()[0]


def test_the_bound_of_popularity_knows_what_the_test_part_takes_most(tmp_path):
    taken = [case(5), case(5), case(3), case(1)]  # 1 is seen by everyone
    task = ranking.Task("set", worlds.movie_split(), taken, [], tmp_path)
    found = ranking.listed(ablation.foreseen(task.test, task.items), task)
    assert [row[:2] for row in found["lists"]] == [[5, 3]] * 4
    assert ablation.is_part(ablation.FORESEEN)


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


def test_plain_addition_weighs_every_channel_by_its_spread():
    gates = ablation.plain_addition(worlds.movie_model()).gates
    assert gates.values(np.ones((1, gates.weights.shape[1]), np.float32))[0] == pytest.approx(gates.scale)
