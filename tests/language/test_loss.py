"""The loss is minus the log-probability that the reference gives the answers, however they are packed."""

import numpy as np
import pytest
import torch

from instructrec.language.examples import Example
from instructrec.language.listwise import TitleLikelihood, matching
from instructrec.language.loss import answer_loss, choice_loss, encoded, packed, tuning_loss

MADE = [
    Example("which one ?", "A", "T3"),
    Example("which red shoe ? A B", "C", "T3"),
    Example("blue hat", "red shoe", "T2"),
    Example("red", "blue hat one", "T2"),
]


def test_a_label_costs_what_the_reference_says(model):
    rows = encoded(model, MADE[:2], 100)
    with torch.no_grad():
        found = answer_loss(model, rows).numpy()
    wanted = [-model.likelihood(example.prompt, [example.answer])[0] for example in MADE[:2]]
    assert found == pytest.approx(wanted, abs=1e-5)


def test_a_text_costs_the_mean_of_its_tokens_and_of_its_end(model):
    rows = encoded(model, MADE[2:3], 100)
    with torch.no_grad():
        found = float(answer_loss(model, rows)[0])
    assert found == pytest.approx(-float(model.likelihood("blue hat", ["red shoe </s>"])[0]) / 3, abs=1e-5)


CHOICE = Example(matching("", ["hat"]), "red shoe", "T2", ("blue hat", "one"))


def test_a_choice_costs_what_reading_the_titles_in_service_says(model):
    (row,) = encoded(model, [CHOICE], 100)
    with torch.no_grad():
        found = float(choice_loss(model, row))
    values = TitleLikelihood(model)("", ["hat"], ["red shoe", "blue hat", "one"])
    assert found == pytest.approx(float(np.log(np.exp(values).sum()) - values[0]), abs=1e-4)


def test_what_is_tuned_on_is_choices_where_there_are_some_and_answers_else(model):
    rows = encoded(model, [MADE[0], CHOICE, MADE[2]], 100)
    with torch.no_grad():
        found = tuning_loss(model, rows).tolist()
        wanted = [float(choice_loss(model, rows[1])), *answer_loss(model, [rows[0], rows[2]]).tolist()]
    assert found == pytest.approx(wanted, abs=1e-5)


def test_company_changes_no_loss(model):
    with torch.no_grad():
        together = answer_loss(model, encoded(model, MADE, 100)).numpy()
        alone = np.concatenate(
            [answer_loss(model, encoded(model, [example], 100)).numpy() for example in MADE]
        )
    assert together == pytest.approx(alone, abs=1e-5)


def test_the_answer_of_a_choice_costs_what_it_costs_alone(model):
    """Distilling compares the answers of all examples, also of those that have something to choose from."""
    alone, choice = (
        Example("a gift", "a quiet tent", "T2", others) for others in ((), ("a lamp", "a long coat"))
    )
    (one,), (other,) = (encoded(model, [example], 512) for example in (alone, choice))
    assert torch.allclose(answer_loss(model, [one]), answer_loss(model, [other]), atol=1e-5)


def test_what_is_too_long_is_left_out(model):
    shortest = min(len(row) for row in encoded(model, MADE, 100))
    assert {len(row) for row in encoded(model, MADE, shortest)} == {shortest}


def test_packing_loses_nothing_and_keeps_the_bound(model):
    rows = encoded(model, [*MADE, CHOICE] * 5, 100)
    groups = list(packed(rows, 40))
    assert all(len(group) == 1 for group in groups if any(row.others for row in group))
    assert sorted(map(len, (row for group in groups for row in group))) == sorted(map(len, rows))
    assert all(len(group) * max(map(len, group)) <= 40 or len(group) == 1 for group in groups)
