import numpy as np
import pytest

from instructrec.baselines.popular import PopularityBaseline, RecentPopularity
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context, Interaction

ACTS = [
    *(Interaction(user=f"u{n}", item="old", action="like", time=0.0) for n in range(3)),
    *(Interaction(user=f"u{n}", item="new", action="like", time=100.0) for n in range(2)),
]
SOMEONE = [Context(history=np.array([0]))]


def test_popularity_counts_acts():
    assert PopularityBaseline.fit(Dataset.of(ACTS)).score(SOMEONE).tolist() == [[3.0, 2.0]]


def test_recent_popularity_prefers_what_is_liked_now():
    assert RecentPopularity.fit(Dataset.of(ACTS), half_life=0.5).score(SOMEONE).tolist() == [[0.75, 2.0]]


def test_half_life_is_a_share_of_the_span_so_seconds_and_ordinals_agree():
    scaled = [
        Interaction(user=a.user, item=a.item, action=a.action, time=a.time * 86_400 + 1e9) for a in ACTS
    ]
    expected = RecentPopularity.fit(Dataset.of(ACTS), half_life=0.2).score(SOMEONE)
    np.testing.assert_allclose(
        RecentPopularity.fit(Dataset.of(scaled), half_life=0.2).score(SOMEONE), expected
    )


@pytest.mark.parametrize("half_life", [0, -1, float("nan")])
def test_half_life_must_be_above_zero(half_life):
    with pytest.raises(ConfigError, match="half_life"):
        RecentPopularity.fit(Dataset.of(ACTS), half_life=half_life)
