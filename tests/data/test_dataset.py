"""A dataset reads its actions by its own rules, and its histories are in order."""

import polars as pl
import pytest

from instructrec.data.dataset import Catalog, Dataset, Feedback
from instructrec.errors import UnknownItem
from instructrec.types import Interaction

ITEMS = pl.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"], "year": [1990, None]})


def act(user: str, item: str, time: float, action: str = "view", value: float | None = None) -> Interaction:
    return Interaction(user=user, item=item, action=action, time=time, value=value)


def signs(feedback: Feedback, *acts: tuple[str, float | None]) -> list[int]:
    data = Dataset.of([act("u", "a", n, a, v) for n, (a, v) in enumerate(acts)], feedback=feedback)
    return data.signed()["sign"].to_list()


def test_an_action_is_read_by_its_sign_and_an_unknown_one_as_neutral():
    assert signs(Feedback(), ("view", None), ("dislike", None), ("teleport", None)) == [1, -1, 0]


def test_a_value_between_liked_and_disliked_is_neutral():
    rule = Feedback(like_from=4, dislike_below=3)
    assert signs(rule, ("rate", 4), ("rate", 3.5), ("rate", 2.9), ("rate", None)) == [1, 0, -1, 1]


def test_without_a_lower_limit_everything_not_liked_is_disliked():
    assert signs(Feedback(like_from=4), ("rate", 4), ("rate", 3.9)) == [1, -1]


def test_a_negative_action_stays_negative_whatever_its_value():
    assert signs(Feedback(like_from=4), ("dislike", 5)) == [-1]


def test_histories_are_sorted_by_user_and_time():
    data = Dataset.of([act("v", "b", 2), act("u", "b", 9), act("u", "a", 1)], ITEMS)
    found = data.histories()
    assert (found.users, found.offsets.tolist(), found.items.tolist()) == (("u", "v"), [0, 2, 3], [0, 1, 1])


def test_acts_at_the_same_time_keep_their_order():
    data = Dataset.of([act("u", "b", 1), act("u", "a", 1)], ITEMS)
    assert data.histories().items.tolist() == [1, 0]


def test_histories_leave_out_items_that_the_catalog_does_not_have():
    data = Dataset.of([act("u", "gone", 1), act("u", "a", 2)], ITEMS)
    assert data.histories().items.tolist() == [0]


def test_items_only_named_in_interactions_get_their_id_as_title():
    catalog = Dataset.of([act("u", "x", 1), act("v", "x", 2)]).catalog
    assert [(i.id, i.title) for i in catalog.records()] == [("x", "x")]


def test_a_record_leaves_out_attributes_without_a_value():
    assert [dict(i.attributes) for i in Catalog(ITEMS).records()] == [{"year": 1990}, {}]


def test_an_unknown_item_is_refused_with_the_nearest_ids():
    catalog = Catalog(pl.DataFrame({"item_id": ["alien", "heat"], "title": ["", ""]}))
    with pytest.raises(UnknownItem, match="alien"):
        catalog.number("alienn")


def test_other_interactions_keep_catalog_and_feedback():
    data = Dataset.of([act("u", "a", 1)], ITEMS, Feedback(like_from=3))
    other = data.with_interactions(data.interactions.clear())
    assert (other.catalog, other.feedback, other.interactions.height) == (data.catalog, data.feedback, 0)


def test_a_dataset_without_interactions_has_no_histories():
    assert len(Dataset.of([], ITEMS).histories()) == 0
