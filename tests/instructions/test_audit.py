"""The audit finds what is not in the data, and a form comes back as figures."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from instructrec.errors import DataError
from instructrec.instructions.audit import QUESTIONS, Audit, read_form, refused, sample, write_form
from instructrec.instructions.generate import Generated, corpus
from instructrec.types import TaskForm
from tests import worlds


def made(**changes) -> Generated:
    """A wish for film 5: Hidden Harbour, 1975, Sci-Fi and Drama, by Lumen, 10."""
    said = {
        "text": "sci-fi by Lumen",
        "stated": "sci-fi by Lumen",
        "facts": ("sci-fi", "Lumen"),
        "fields": ("categories", "brand"),
    }
    return Generated(**{"item": 5, "template": "t", "language": "en", **said, **changes})


@pytest.fixture(scope="module")
def audit() -> Audit:
    return Audit(worlds.movies())


@pytest.fixture(scope="module")
def films() -> list[Generated]:
    return corpus(worlds.movies(), size=1500, seed=2)


@pytest.mark.parametrize(
    ("fact", "field", "found"),
    [
        ("sci-fi", "categories", True),
        ("horror", "categories", False),
        ("sci-fi", "brand", False),
        ("hidden", "title", True),
        ("1970s", "year", True),
        ("1980s", "year", False),
        ("1975", "year", True),
        ("15", "price", True),
        ("8", "price", False),
        ("cheap", "price", True),
        ("high-end", "price", False),
        ("mind-bending", "categories", True),  # a mood that science fiction cues
        ("dark and creepy", "categories", False),
        ("horror", "refused.categories", True),
        ("drama", "refused.categories", False),
        ("comedy", "history.categories", True),
        ("sci-fi", "history.categories", False),
        ("sturdy", "review", False),
    ],
)
def test_a_fact_is_grounded_in_the_field_it_declares(audit, fact, field, found):
    assert audit.grounded(made(facts=(fact,), fields=(field,), history=(0, 1))) is found


def test_chinese_names_are_grounded_too(audit):
    assert audit.grounded(made(facts=("科幻片", "70年代"), fields=("categories", "year"), language="zh"))
    assert not audit.grounded(made(facts=("恐怖片",), fields=("categories",), language="zh"))


def test_what_titles_say_is_nothing_new(audit):
    assert audit.new_words(made(facts=("hidden", "sci-fi"), history=(0,))) == ["sci", "fi"]
    # Quiet Harbour was had before
    assert audit.new_words(made(facts=("quiet", "harbour"), history=(0,))) == []


def test_a_generated_corpus_is_grounded(audit, films):
    found = audit.measures(films)
    assert found["grounded"] == 1
    assert 0.5 < found["adds_knowledge"] <= 1
    assert 0 < found["new_words"] <= 1


def test_a_wrong_fact_lowers_the_measure(audit, films):
    told = [g for g in films if g.facts and not refused(g)][:100]
    spoilt = [
        replace(g, facts=("no such word",) * len(g.facts), fields=("title",) * len(g.facts))
        for g in told[:50]
    ]
    assert audit.measures([*spoilt, *told[50:]])["grounded"] == 0.5


def test_statistics_count(audit):
    found = audit.statistics(
        [made(), made(leaks_target=True), made(text="别的", language="zh", item=3, negates=("Horror",))]
    )
    assert (found["instructions"], found["items"], found["templates"], found["cells"]) == (3, 2, 1, 1)
    assert (found["unique"], found["leaks_target"], found["negates"]) == (
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )
    assert found["language_zh"] == pytest.approx(1 / 3)
    assert found["words_a_text"] == pytest.approx((4 + 4 + 1) / 3)


def test_what_points_at_the_target_ranks_it_first(audit, encoder):
    told = [
        made(stated="Hidden Harbour. Sci-Fi, Drama. Lumen. 1975, 1970s"),
        made(stated="Quiet Mirror. Comedy", item=5),
    ]
    first = audit.relation(told[:1], encoder, np.random.default_rng(0))
    assert (first["mrr"], first["hit_at_1"], first["related"]) == (1, 1, 1)
    assert audit.relation(told[1:], encoder, np.random.default_rng(0))["mrr"] < 1
    assert audit.relation([], encoder, np.random.default_rng(0)) == {}


def test_targets_obey_what_is_said(audit, films):
    assert audit.obeyed(films, np.random.default_rng(0)) > 0.99
    assert audit.obeyed([made(text="horror", stated="horror")], np.random.default_rng(0)) == 0


def test_a_question_answered_with_no_is_not_judged():
    assert refused(made(task=TaskForm.POINTWISE, answer="否"))
    assert not refused(made(task=TaskForm.POINTWISE, answer="yes"))
    assert not refused(made(answer="No"))
    assert (
        sample(
            [made(task=TaskForm.POINTWISE, answer="no"), made(facts=(), fields=())],
            5,
            np.random.default_rng(0),
        )
        == []
    )


def test_a_sample_is_the_same_for_a_seed(films):
    chosen = sample(films, 100, np.random.default_rng(4))
    assert len(chosen) == 100
    assert chosen == sample(films, 100, np.random.default_rng(4))


def filled(path, column: str, values: list[str]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, value in zip(rows, values, strict=True):
        row[column] = value
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_a_form_comes_back_as_figures(audit, tmp_path):
    path = tmp_path / "form.csv"
    wrong = made(facts=("horror",), fields=("categories",))
    write_form([made(), made(), wrong, made()], audit, path)
    filled(path, "grounded", ["yes", "No", "n", ""])
    found = read_form(path)
    assert set(found) == set(QUESTIONS)
    assert found["grounded"] == {"judged": 3, "yes": pytest.approx(1 / 3), "agreement": pytest.approx(2 / 3)}
    assert found["related_to_target"]["judged"] == 0


def test_two_judges_are_compared(audit, tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    for path, answers in ((one, ["yes", "no", "yes"]), (two, ["yes", "yes", ""])):
        write_form([made(), made(), made()], audit, path)
        filled(path, "related_to_target", answers)
    assert read_form(one, two)["related_to_target"]["between_judges"] == 0.5
    assert "between_judges" not in read_form(one)["related_to_target"]


def test_a_form_shows_what_a_judge_needs(audit, tmp_path):
    write_form([made(history=(0,))], audit, tmp_path / "form.csv")
    [row] = csv.DictReader((tmp_path / "form.csv").open(encoding="utf-8-sig"))
    assert (row["target"], row["history"], row["text"]) == (
        "Hidden Harbour",
        "Quiet Harbour",
        "sci-fi by Lumen",
    )
    assert "Lumen" in row["target_data"]


def test_an_answer_must_be_yes_or_no(audit, tmp_path):
    path = tmp_path / "form.csv"
    write_form([made()], audit, path)
    filled(path, "grounded", ["perhaps"])
    with pytest.raises(DataError, match=r"row 1, grounded: 'perhaps' is neither yes nor no"):
        read_form(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no column 'grounded'"):
        read_form(path)
    path.write_text("")
    with pytest.raises(DataError, match="no rows"):
        read_form(path)
