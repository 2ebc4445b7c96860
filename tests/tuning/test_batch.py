"""Every step of every history is learned from once, and padding is never learned from."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from instructrec.data.histories import Histories
from instructrec.tuning.batch import Batch, bucket, window_batches, windows
from tests import worlds

people = st.lists(st.integers(0, 14), min_size=0, max_size=12)


def distinct(sizes: list[int]) -> Histories:
    """People with so many acts each, every act on an item of its own."""
    numbers = iter(range(1000))
    return worlds.histories(*([next(numbers) for _ in range(size)] for size in sizes))


def batched(acts: Histories, length: int, size: int, *, seed: int = 0, masked: float = 0.0) -> list[Batch]:
    return list(
        window_batches(
            acts,
            windows(acts, length, np.random.default_rng(seed)),
            size,
            np.random.default_rng(seed),
            masked,
        )
    )


def transitions(acts: Histories, length: int, size: int = 4) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for batch in batched(acts, length, size):
        known = batch.inputs >= 0
        found.update(zip(batch.inputs[known].tolist(), batch.targets[known].tolist(), strict=True))
    return found


@given(people, st.integers(1, 5))
def test_windows_cover_every_transition_exactly_once(sizes, length):
    acts = distinct(sizes)
    expected = [
        pair
        for user in range(len(acts))
        for pair in zip(acts.of(user).tolist(), acts.of(user).tolist()[1:], strict=False)
    ]
    assert transitions(acts, length) == Counter(expected)


@given(people, st.integers(1, 5), st.integers(0, 20))
def test_windows_are_no_longer_than_asked_for_and_share_their_ends(sizes, length, seed):
    acts = distinct(sizes)
    spans = windows(acts, length, np.random.default_rng(seed))
    steps = Counter(place for start, end in spans.tolist() for place in range(start, end - 1))
    ends = set(acts.offsets[1:].tolist())
    assert steps == Counter(place for place in range(len(acts.items)) if place + 1 not in ends)
    assert ((spans[:, 1] - spans[:, 0] - 1) <= length).all()
    assert ((spans[:, 1] - spans[:, 0]) >= 2).all()


def test_only_long_histories_are_cut_elsewhere_in_another_epoch():
    short, long = worlds.histories([0, 1, 2]), worlds.histories(list(range(40)))
    rng = np.random.default_rng(0)
    assert {str(windows(short, 5, rng).tolist()) for _ in range(20)} == {"[[0, 3]]"}
    assert len({str(windows(long, 5, rng).tolist()) for _ in range(40)}) == 5


def test_masked_acts_are_neither_seen_nor_gone_on_from_and_the_last_stays():
    acts = worlds.histories(*(list(range(9)) for _ in range(200)))
    (whole,) = batched(acts, 9, 200)
    (batch,) = batched(acts, 9, 200, masked=0.25)
    gone = batch.inputs < 0
    assert 0.2 < gone[:, :-1].mean() < 0.3
    assert not gone[:, -1].any()
    assert not batch.learn[gone].any()
    assert np.array_equal(batch.learn, whole.learn & ~gone)
    assert np.array_equal(batch.inputs[~gone], whole.inputs[~gone])
    assert len({tuple(row) for row in gone.tolist()}) > 20  # others in every row


def test_rows_are_right_aligned():
    acts = worlds.histories([1, 2, 3], [4, 5])
    (batch,) = batched(acts, 5, 8)
    rows = {tuple(i): tuple(t) for i, t in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True)}
    assert rows == {(1, 2): (2, 3), (-1, 4): (-1, 5)}


def test_only_positive_acts_are_targets():
    acts = worlds.histories([1, 2, 3], signs=[[1, 0, 1]])
    (batch,) = batched(acts, 5, 8)
    assert batch.learn.tolist() == [[False, True]]


def test_padding_is_never_learned_from():
    acts = worlds.histories([0, 1, 2, 3], [0, 1])
    (batch,) = batched(acts, 9, 8)
    assert (batch.inputs[batch.learn] >= 0).all()
    assert batch.learn.sum() == 4


def test_windows_of_like_length_share_a_batch():
    acts = distinct([2, 9, 2, 9, 2, 9])
    shapes = {b.inputs.shape for b in batched(acts, 10, 3)}
    assert shapes == {(3, 1), (3, 8)}


@given(st.integers(1, 10**6))
def test_a_size_grows_by_a_quarter_at_most_to_one_of_few(size):
    assert size <= bucket(size) <= size * 1.25
    assert bucket(bucket(size)) == bucket(size)
    assert len(f"{bucket(size):b}".rstrip("0")) <= 3


def test_batches_have_few_shapes_and_none_longer_than_the_longest_window():
    acts = worlds.histories(*(list(range(size)) for size in range(2, 202) for _ in range(2)))
    shapes = {b.inputs.shape for b in batched(acts, 200, 2)}
    assert max(shapes) == (2, 200)
    assert len(shapes) < 30


def test_the_order_of_batches_follows_the_seed():
    acts = distinct([3] * 40)

    def order(seed: int) -> list[int]:
        return [int(b.inputs[0, 0]) for b in batched(acts, 5, 4, seed=seed)]

    assert order(1) == order(1) != order(2)
