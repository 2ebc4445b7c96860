"""Speed is measured with users and sentences of the workspace's own data; `instructrec bench` is tested with
the commands.
"""

import pytest

from instructrec.app.speed import measure_speed, random_requests
from instructrec.errors import ConfigError, NotTrained
from tests import worlds


def test_sentences_are_of_the_catalog_and_none_is_asked_twice():
    asked = random_requests(worlds.movies(), 40, seed=0)
    assert asked == random_requests(worlds.movies(), 40, seed=0)
    assert len({sentence for _, sentence in asked}) == 40
    assert all(user in worlds.movies().histories().users for user, _ in asked)


def test_without_interactions_there_is_nothing_to_measure(tmp_path):
    data = worlds.movies()
    with pytest.raises(ConfigError, match="instructrec read"):
        measure_speed(tmp_path, data.with_interactions(data.interactions.clear()), 3)


def test_without_a_workspace_there_is_nothing_to_measure(tmp_path):
    with pytest.raises(NotTrained, match="instructrec read"):
        measure_speed(tmp_path, worlds.movies(), 3)
