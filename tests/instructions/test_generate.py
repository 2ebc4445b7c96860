"""Instructions are made from training facts, say where their words come from, and say so when they tell the
title.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Dataset
from instructrec.data.facets import Facets
from instructrec.data.text import terms
from instructrec.errors import DataError
from instructrec.instructions.generate import Generated, corpus, evaluation_instruction
from instructrec.instructions.template import words
from instructrec.lexicon.words import common
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.sources.read import read
from instructrec.types import Intention, Interaction, Item, Preference, TaskForm
from tests import worlds

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared/data"
CATALOGS = ("ml-100k", "steam", "amazon-office", "amazon-games", "deskdrop", "amazon-reviews23-mini")

HEAT = Item(
    id="1",
    title="Heat of the Night",
    attributes={"categories": ["Comedy", "Crime"], "year": 1995, "brand": "Orbit"},
)


@pytest.mark.parametrize(
    "prose", ["", "A detective hunts a quiet safecracker through midnight traffic in the rain. " * 3]
)
def test_the_evaluation_never_tells_a_word_of_the_title(prose):
    target = Item(id="1", title="Heat of the Night", attributes={**HEAT.attributes, "description": prose})
    earlier = [Item(id="2", title="Night Train Murders", attributes={"categories": ["Crime", "Comedy"]})]
    for seed in range(20):
        said = evaluation_instruction(target, earlier, np.random.default_rng(seed))
        assert not {"heat", "night"} & set(terms(said))
        assert "1990s" in said


@pytest.fixture(scope="module")
def made() -> list[Generated]:
    return corpus(worlds.movies(), size=3000, seed=1)


def digest(found: list[Generated]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_a_corpus_has_the_size_asked_for_and_covers_the_grid(made):
    assert len(made) == 3000
    assert len({(g.preference, g.intention, g.task) for g in made}) == 34
    assert {g.language for g in made} == {"en", "zh"}


def test_the_mix_is_kept(made):
    shares = words("mix")["groups"]
    count = Counter(g.group for g in made)
    for group, share in shares.items():
        assert abs(count[group] / 3000 - share) < 0.06, group


def test_a_corpus_is_the_same_for_a_seed_in_a_fresh_process(made):
    script = (
        "import sys; from tests.instructions.test_generate import corpus, digest, worlds; "
        "print(digest(corpus(worlds.movies(), size=3000, seed=1)))"
    )
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "7"}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(made)
    assert digest(corpus(worlds.movies(), size=3000, seed=2)) != digest(made)


def test_texts_come_once_while_there_is_more_to_say(made):
    assert len({g.text for g in made}) > 0.97 * len(made)


def test_the_history_is_what_the_user_did_before_the_target(made):
    acts = worlds.movies().histories()
    for g in made:
        assert (g.user is None) == (g.history == ())
        if g.user is not None and g.answer not in ("no", "否") and g.flip is None:
            own = acts.of(acts.users.index(g.user)).tolist()
            assert (
                list(g.history) == own[: own.index(g.item)][-20:]
                if g.item in own
                else g.task == TaskForm.POINTWISE
            )


def test_cells_have_what_they_say(made):
    for g in made:
        assert (g.preference == Preference.NONE) <= (g.user is None), g.template
        assert len(g.candidates) == {TaskForm.PAIRWISE: 2, TaskForm.RERANKING: 10}.get(g.task, 0)
        if g.candidates:
            assert g.item in g.candidates
        if (
            g.intention == Intention.NONE
            and g.preference != Preference.EXPLICIT
            and g.group != "chain_of_thought"
        ):
            assert g.facts == ()
        assert len(g.facts) == len(g.fields)


def test_an_unflagged_instruction_tells_no_word_of_the_title(made):
    films = worlds.movies().catalog.records()
    for g in made:
        title = set(terms(films[g.item].title)) - common()
        assert g.leaks_target or title.isdisjoint(terms(g.stated)), g
        assert g.leaks_target or "title" not in g.fields, g
    assert 0.05 < np.mean([g.leaks_target for g in made]) < 0.5


def test_an_answer_of_no_is_about_another_item():
    found = [g for g in corpus(worlds.movies(), size=2000, seed=3) if g.task == TaskForm.POINTWISE]
    no = [g for g in found if g.answer in ("no", "否")]
    assert 0.3 < len(no) / len(found) < 0.7
    assert not [g for g in no if g.item in g.history]


def test_a_flipped_pair_points_at_itself_and_shares_history_and_template(made):
    pairs = [(n, g.flip) for n, g in enumerate(made) if g.flip is not None]
    assert len(pairs) > 60
    for one, other in pairs:
        a, b = made[one], made[other]
        assert b.flip == one
        assert (a.template, a.user, a.history, a.candidates) == (b.template, b.user, b.history, b.candidates)
        assert a.item != b.item
        assert a.text != b.text


def test_what_is_said_holds_of_the_target(made):
    films = worlds.movies().catalog.records()
    vocabulary, facets = Vocabulary.of(films), Facets(films)
    judged = [
        g
        for g in made
        if g.preference != Preference.EXPLICIT and g.answer not in ("no", "否") and "taste" not in g.text
    ]
    failed = [g for g in judged if not facets.mask(parse(g.stated, vocabulary).conditions)[g.item]]
    assert len(failed) < 0.01 * len(judged), [(g.stated, films[g.item]) for g in failed[:5]]


def test_what_is_refused_is_parsed_as_a_refusal(made):
    films = worlds.movies().catalog.records()
    vocabulary = Vocabulary.of(films)
    refusing = [g for g in made if g.negates and g.stated and g.preference != Preference.EXPLICIT]
    lost = [
        g.stated
        for g in refusing
        if not {
            c.value
            for c in parse(g.stated, vocabulary).conditions
            if c.op in ("not_contains", "!=", "not_in")
        }
        >= {*g.negates}
        and g.negates[0]
        in {value for f in films for value in (*f.attributes["categories"], f.attributes["brand"])}
    ]
    assert len(lost) < 0.02 * len(refusing), lost[:10]


def test_five_items_without_acts_are_enough():
    items = pl.DataFrame({"item_id": list("abcde"), "title": ["One", "Two", "Three", "Four", ""]})
    found = corpus(Dataset.of([], items), size=300, seed=0)
    assert len(found) == 300
    assert {g.user for g in found} == {None}
    acts = [Interaction(user="u", item=i, action="buy", time=float(n)) for n, i in enumerate("abcde")]
    assert len(corpus(Dataset.of(acts, items), size=300, seed=0)) == 300


def test_a_catalog_without_items_is_refused():
    with pytest.raises(DataError, match="no items"):
        corpus(
            Dataset.of([], pl.DataFrame({"item_id": [], "title": []}, schema={"item_id": str, "title": str})),
            size=1,
            seed=0,
        )


def test_progress_is_told():
    told = []
    corpus(
        worlds.movies(),
        size=2500,
        seed=0,
        progress=lambda step, done, total: told.append((step, done, total)),
    )
    assert told[-1][1:] == (2500, 2500)
    assert {step for step, _, _ in told} == {"instructions"}


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGS)
def test_every_real_catalog_gives_a_varied_corpus(name):
    if not (SHARED / name).is_dir():
        pytest.skip(f"needs the data set {SHARED / name}")
    data, _ = read(str(SHARED / name))
    found = corpus(data, size=4000, seed=0)
    assert len({g.text for g in found}) == 4000
    assert len({(g.preference, g.intention, g.task) for g in found}) == 34
    assert len({g.template for g in found}) > 140
    assert len({g.stated for g in found if g.facts}) > 1500
    assert np.mean([g.flip is not None for g in found]) > 0.03
    json.dumps([g.text for g in found])
