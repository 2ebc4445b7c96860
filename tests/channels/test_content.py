"""Items that read like the last ones."""

import numpy as np

from instructrec.channels.content import Content
from instructrec.types import Context

# two pairs, and a part all share
TEXTS = np.array([[1, 0, 1.0], [1, 0, 0.9], [0, 1, 1.0], [0, 1, 0.9]], np.float32)


def score(*history: int) -> list[float]:
    return Content.of(TEXTS).score([Context(history=np.array(history, np.int64))])[0].tolist()


def test_an_item_that_reads_like_the_last_one_comes_before_others():
    scores = score(0)
    assert scores[1] > 0.9
    assert max(scores[2:]) < -0.9


def test_what_all_texts_share_says_nothing():
    centred = Content.of(TEXTS + 5.0)
    np.testing.assert_allclose(centred.score([Context(history=np.array([0]))]), [score(0)], atol=1e-5)


def test_later_acts_weigh_more():
    assert score(2, 0)[1] > score(0, 2)[1]


def test_an_empty_history_says_nothing():
    assert score() == [0, 0, 0, 0]


def test_a_batch_scores_as_its_rows_alone():
    contexts = [Context(history=np.array(h, np.int64)) for h in ([0], [1, 2, 3], [])]
    together = Content.of(TEXTS).score(contexts)
    alone = np.concatenate([Content.of(TEXTS).score([c]) for c in contexts])
    np.testing.assert_allclose(together, alone, atol=1e-6)
