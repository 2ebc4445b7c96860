"""Gates turn up what helps, and stay near plain addition where nothing is known."""

from dataclasses import replace

import numpy as np
import pytest

from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.registry import CHANNELS
from instructrec.evaluation.cases import Case
from instructrec.models.gates import features
from instructrec.tuning.gates import CLOSED, SAMPLED, TOP, candidates, equal_gates, fit_gates
from instructrec.types import Context

ITEMS = 40


class Told:
    """A channel that gives fixed scores by the last item of the history."""

    def __init__(self, name: str, table: np.ndarray) -> None:
        self.name, self.table = name, table.astype(np.float32)
        self.needs = CHANNELS[name].needs

    def score(self, contexts: list[Context]) -> np.ndarray:
        return self.table[[int(c.history[-1]) for c in contexts]]


@pytest.fixture
def world():
    """The next item is the one after; `sequence` knows it, `neighbours` is noise."""
    rng = np.random.default_rng(0)
    right = np.eye(ITEMS)[(np.arange(ITEMS) + 1) % ITEMS]
    match = InstructionMatch(rng.normal(size=(ITEMS, 4)).astype(np.float32), np.eye(4, dtype=np.float32))
    parts = {
        "sequence": Told("sequence", right * 5),
        "neighbours": Told("neighbours", rng.normal(size=(ITEMS, ITEMS))),
        "instruction": match,
    }
    cases = [
        Case(Context(history=np.array([n])), np.array([(n + 1) % ITEMS]), np.array([n]), float(n), f"u{n}")
        for n in range(ITEMS)
    ]
    return parts, cases


def everything(contexts: list[Context]) -> np.ndarray:
    return np.ones((len(contexts), ITEMS), bool)


def test_plain_addition_brings_every_channel_to_the_same_spread(world):
    parts, cases = world
    contexts = [c.context for c in cases]
    gates = equal_gates(parts, contexts)
    for name, scale in zip(gates.channels[:2], gates.scale, strict=False):
        assert (parts[name].score(contexts) * scale).std(axis=1).mean() == pytest.approx(1, rel=1e-3)


def test_a_silent_channel_keeps_its_scale(world):
    parts, cases = world
    assert equal_gates(parts, [c.context for c in cases]).scale[2] == 1


def test_without_requests_the_gates_are_plain_addition(world):
    assert not fit_gates(world[0], [], everything).weights.any()


def test_a_channel_that_knows_is_turned_up_and_noise_down(world):
    parts, cases = world
    start, fitted = equal_gates(parts, [c.context for c in cases]), fit_gates(parts, cases, everything)
    given = features([cases[0].context], parts)
    before, after = start.values(given)[0], fitted.values(given)[0]
    assert after[0] > 1.2 * before[0]
    assert after[1] < 0.95 * before[1]


def test_fitting_is_deterministic_by_seed(world):
    parts, cases = world
    assert np.array_equal(
        fit_gates(parts, cases, everything, seed=3).weights,
        fit_gates(parts, cases, everything, seed=3).weights,
    )


def test_items_that_a_condition_forbids_do_not_teach(world):
    parts, cases = world

    def only_the_answer(contexts: list[Context]) -> np.ndarray:
        return np.stack([parts["sequence"].table[c.history[-1]] > 0 for c in contexts])

    assert np.abs(fit_gates(parts, cases, only_the_answer).weights).max() < 1e-3


def test_popularity_counts_against_items_where_what_few_have_is_right(world):
    parts, cases = world
    backwards = {**parts, "popularity": Told("popularity", -parts["sequence"].table)}
    del backwards["sequence"]
    fitted = fit_gates(backwards, cases, everything)
    given = features([cases[0].context], parts)
    assert fitted.values(given)[0][fitted.channels.index("popularity")] < 0


def test_sentences_made_by_rules_do_not_silence_a_channel_that_hears_words(world):
    parts, cases = world
    many = [replace(case, context=replace(case.context, words=("a",))) for case in cases] * 50
    fitted = {}
    for name in ("neighbours", "lexical"):
        named = {
            "sequence": parts["sequence"],
            name: Told(name, parts["neighbours"].table),
            "instruction": parts["instruction"],
        }
        given = features([many[0].context], parts)
        before, after = (
            gates.values(given)[0][1]
            for gates in (equal_gates(named, [c.context for c in many]), fit_gates(named, many, everything))
        )
        fitted[name] = after / before
    assert fitted["neighbours"] < 0.95
    assert 0.97 < fitted["lexical"] < 1


def test_the_best_items_are_seen_and_sampled_ones_stand_for_the_rest():
    case = Case(Context(history=np.array([0])), np.array([1, 2]), np.array([0, 3]), 0.0, "u")
    passes, plain = np.ones(5_000, bool), np.arange(5_000.0)
    passes[1_000:] = False
    chosen, many = candidates(case, passes, plain, TOP + SAMPLED + 2, np.random.default_rng(0))
    assert chosen[:2].tolist() == [1, 2]
    near, far = chosen[2 : 2 + TOP], chosen[2 + TOP :]
    assert sorted(near.tolist()) == list(range(1_000 - TOP, 1_000))
    assert (many[: 2 + TOP] == 0).all()
    assert np.isin(far, np.setdiff1d(np.arange(4, 1_000), near)).all()
    assert np.exp(many[2 + TOP :]).sum() == pytest.approx(1_000 - 4 - TOP)


def test_where_little_is_open_every_item_stands_for_itself():
    case = Case(Context(history=np.array([0])), np.array([1]), np.array([0]), 0.0, "u")
    plain = np.zeros(6)
    chosen, many = candidates(case, np.ones(6, bool), plain, 8, np.random.default_rng(0))
    assert sorted(chosen[:5].tolist()) == [1, 2, 3, 4, 5]
    assert many.tolist() == [0] * 5 + [CLOSED] * 3
    alone, nothing = candidates(case, np.zeros(6, bool), plain, 8, np.random.default_rng(0))
    assert alone.tolist() == [1] + [-1] * 7
    assert (nothing[1:] == CLOSED).all()


def test_requests_that_no_list_can_serve_do_not_outweigh_those_that_one_can(world):
    """Half of the answers are next to certain by `right`, half are far off by all: the logarithm would turn
    `right` down.
    """
    parts, cases = world
    far = [replace(case, relevant=(case.relevant + ITEMS // 2) % ITEMS) for case in cases]
    kept = parts | {"lexical": Told("lexical", np.zeros((ITEMS, ITEMS)))}
    given = features([cases[0].context], parts)
    fitted = fit_gates(kept, [*cases, *far], everything)
    before = equal_gates(kept, [case.context for case in cases])
    assert fitted.values(given)[0][0] > before.values(given)[0][0]
