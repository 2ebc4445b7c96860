"""What a model is tuned on: labels and titles are those of the target, no list holds what was had, and shares
hold.
"""

from collections import Counter

import numpy as np
import pytest

from instructrec.evaluation.cases import cases
from instructrec.instructions.generate import Generated, corpus
from instructrec.language.examples import (
    RankingTask,
    examples,
    mix_by_share,
    ranking_measures,
    ranking_tasks,
    tuning_material,
)
from instructrec.language.listwise import matching
from instructrec.types import TaskForm
from tests import worlds


@pytest.fixture(scope="module")
def made() -> list[Generated]:
    return corpus(worlds.movie_split().train, size=600, seed=1)


@pytest.fixture(scope="module")
def titles() -> list[str]:
    return [item.title for item in worlds.movies().catalog.records()]


def lines(prompt: str) -> dict[str, str]:
    return dict(line.split(". ", 1) for line in prompt.splitlines() if line[1:3] == ". ")


def test_every_form_is_there(made, titles):
    forms = {example.form for example in examples(made, titles, np.random.default_rng(0))}
    assert forms == {"T0", "T1", "T2", "T3", "turned_around", "relatedness", "chain_of_thought"}


def test_a_choice_is_answered_with_the_label_of_its_target(made, titles):
    found = examples(made, titles, np.random.default_rng(0))
    lists = [(g, e) for g, e in zip(made, found, strict=True) if e.form == TaskForm.RERANKING]
    assert len(lists) > 30
    for g, example in lists:
        shown = lines(example.prompt)
        assert shown[example.answer] == titles[g.item]
        assert len(set(shown.values())) == len(shown)
        assert not {titles[n] for n in g.history if n not in g.candidates} & set(shown.values())


def test_lists_are_of_both_lengths_and_no_label_is_favoured(made, titles):
    lists = [e for e in examples(made, titles, np.random.default_rng(0)) if e.form == TaskForm.RERANKING]
    assert {len(lines(e.prompt)) for e in lists} >= {10, 20}
    first = Counter(e.answer for e in lists)
    assert first["A"] < len(lists) / 4


def test_matching_is_asked_as_in_service_and_answered_with_the_title(made, titles):
    found = [
        (g, e)
        for g, e in zip(made, examples(made, titles, np.random.default_rng(0)), strict=True)
        if e.form == "T2"
    ]
    assert len(found) > 100
    for g, example in found:
        assert example.prompt == matching(g.stated, [titles[n] for n in g.history])
        assert example.answer == titles[g.item]
        assert example.others
        assert not {titles[n] for n in (g.item, *g.history)} & set(example.others)


def test_everything_else_is_asked_and_answered_in_the_words_of_its_template(made, titles):
    found = examples(made, titles, np.random.default_rng(0))
    for g, example in zip(made, found, strict=True):
        if example.form not in (TaskForm.RERANKING, TaskForm.MATCHING):
            assert (example.prompt, example.answer) == (g.text, g.answer)


def test_any_beginning_has_its_share_of_matching(made, titles):
    found = mix_by_share(examples(made, titles, np.random.default_rng(0)), 0.6, np.random.default_rng(0))
    for many in (10, 50, len(found)):
        assert sum(e.form == TaskForm.MATCHING for e in found[:many]) == pytest.approx(0.6 * many, abs=1)


def test_choices_hold_what_was_taken_and_nothing_that_was_had():
    split = worlds.movie_split()
    found = ranking_tasks(split, "valid", 50, seed=0, others=5)
    assert len(found) == len(cases(split, "valid", 50, seed=0)) > 40
    for each in found:
        assert len(each.titles) == 6
        assert set(each.titles).isdisjoint(each.history)
        assert each.instruction == ""
    assert len({each.taken for each in found}) > 3
    assert all(each.instruction for each in ranking_tasks(split, "valid", 5, seed=0, instructed=True))


def test_reached_is_the_place_of_what_was_taken():
    asked = [RankingTask("", (), ("a", "b", "c"), 0), RankingTask("", (), ("a", "b", "c"), 2)]

    def by_letter(_said, _history, shown):
        return np.array([-ord(title) for title in shown])

    assert ranking_measures(by_letter, asked) == {"HR@1": 0.5, "nDCG@10": pytest.approx((1 + 0.5) / 2)}


def test_the_material_of_a_split_is_the_same_for_the_same_seed(monkeypatch):
    monkeypatch.setattr("instructrec.language.examples.DRAWN", 200)
    one, other = (tuning_material(worlds.movie_split(), seed=3) for _ in range(2))
    assert one == other
    assert len(one[1]) > 40
