import numpy as np
import pytest
from scipy.sparse import csr_matrix

from instructrec.baselines.matrix import positives, rows
from instructrec.baselines.neighbours import ItemKNN, RP3beta, UserKNN, nearest, unit_rows
from instructrec.data.dataset import Dataset
from instructrec.types import Context, Interaction

# u1: a b, u2: a b c, u3: c d
LIKES = {"u1": "ab", "u2": "abc", "u3": "cd"}
TRAIN = Dataset.of(
    Interaction(user=user, item=item, action="like", time=float(n))
    for user, items in LIKES.items()
    for n, item in enumerate(items)
)


def test_item_similarity_is_the_cosine_of_who_liked_them():
    scores = ItemKNN.fit(TRAIN, k=3).score([Context(history=np.array([0]))])[0]  # a was liked by u1 and u2
    np.testing.assert_allclose(scores, [1.0, 1.0, 0.5, 0.0], atol=1e-5)


def test_user_similarity_is_the_articles_formula():
    """Both have a of {a, c}: u1 shares 1 item, 1 / sqrt(2 * 2); u2 shares 2, 2 / sqrt(2 * 3); u3 shares c, 1
    / sqrt(2 * 2).
    """
    scores = UserKNN.fit(TRAIN, k=3).score([Context(history=np.array([0, 2]))])[0]
    u1, u2, u3 = 1 / 2, 2 / np.sqrt(6), 1 / 2
    np.testing.assert_allclose(scores, [u1 + u2, u1 + u2, u2 + u3, u3], atol=1e-5)


def test_only_the_k_nearest_users_have_a_say():
    scores = UserKNN.fit(TRAIN, k=1).score([Context(history=np.array([0, 2]))])[0]
    np.testing.assert_allclose(scores, [2 / np.sqrt(6)] * 3 + [0.0], atol=1e-5)


def test_an_item_met_twice_counts_once():
    twice, once = rows([Context(history=np.array([1, 1, 2])), Context(history=np.array([1, 2]))], 4).toarray()
    assert twice.tolist() == once.tolist()
    again = TRAIN.with_interactions(TRAIN.interactions.vstack(TRAIN.interactions))
    assert positives(again).sum() == positives(TRAIN).sum() == 7


@pytest.mark.parametrize("k", [1, 2, 5])
def test_nearest_keeps_the_largest_of_each_row(k):
    values = np.random.default_rng(0).random((6, 9)).astype(np.float32)
    kept = nearest(csr_matrix(values), k).toarray()
    assert ((kept > 0).sum(axis=1) == k).all()
    np.testing.assert_allclose(np.sort(kept, axis=1)[:, -k:], np.sort(values, axis=1)[:, -k:])
    assert np.linalg.norm(unit_rows(csr_matrix(values)).toarray(), axis=1) == pytest.approx(1.0)


def test_a_walk_of_three_steps_ends_where_the_chances_say():
    """From a: half to u1 (a or b), half to u2 (a, b or c); from c: half to u2, half to u3 (c or d)."""
    scores = RP3beta.fit(TRAIN, alpha=1.0, beta=1e-9, k=3).score([Context(history=np.array([0]))])[0]
    np.testing.assert_allclose(scores, [0, 1 / 4 + 1 / 6, 1 / 6, 0], atol=1e-4)


def test_beta_divides_what_many_have():
    low, high = (
        RP3beta.fit(TRAIN, beta=beta).score([Context(history=np.array([2]))])[0] for beta in (1e-9, 1.0)
    )
    np.testing.assert_allclose(high[[0, 1, 3]], low[[0, 1, 3]] / [2, 2, 1], atol=1e-4)


def test_the_walk_keeps_the_k_best_ends():
    assert np.diff(RP3beta.fit(TRAIN, k=1).similarity.indptr).tolist() == [1, 1, 1, 1]
