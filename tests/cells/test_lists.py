"""Names are parted where all the values of their column say, and never at a stray sign."""

import polars as pl
import pytest

from instructrec.cells.lists import looks_like_lists, parting, to_lists


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (("Clothing > Hoodies, Clothing", "Clothing > Tees, Clothing", "Hats"), [["Clothing", "Hoodies"], ["Clothing", "Tees"], ["Hats"]]),
        (("Office, Furniture", "Kitchen, Home &amp; Garden", "Bath, Office"), [["Office", "Furniture"], ["Kitchen", "Home & Garden"], ["Bath", "Office"]]),
        (("Home | Garden, Kitchen", "Kitchen, Bath", "Bath, Toys"), [["Home | Garden", "Kitchen"], ["Kitchen", "Bath"], ["Bath", "Toys"]]),
        (("Food, Drinks|Toys", "Toys|Games", "Books|Toys"), [["Food, Drinks", "Toys"], ["Toys", "Games"], ["Books", "Toys"]]),
        (("a;b", "c,d", "e;f", "g,h"), [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]),
        (("A>B", "A>C|D"), [["A", "B"], ["A", "C", "D"]]),
        (("Home/Kitchen", "Home/Bath", "Home/Kitchen/Pots"), [["Home", "Kitchen"], ["Home", "Bath"], ["Home", "Kitchen", "Pots"]]),
        (("TV/Video, A", "B, C"), [["TV/Video", "A"], ["B", "C"]]),
        (("[{'id': 1, 'name': 'Drama'}]", '[{"id": 2, "name": "War"}]', "[]"), [["Drama"], ["War"], None]),
        (("['Sci Fi' 'War']", "[Drama, War]", '{Drama,"Sci Fi"}', "{'x': 1"), [["Sci Fi", "War"], ["Drama", "War"], ["Drama", "Sci Fi"], ["{'x': 1"]]),
        (('[{"genre_id": 1, "genre_name": "Drama"}]', "[1, 2]"), [["Drama"], ["1", "2"]]),
    ],
)  # fmt: skip
def test_names_are_parted_by_the_column(cells: tuple[str, ...], names: list) -> None:
    assert to_lists(pl.Series("c", cells)).to_list() == names


def test_a_column_without_signs_is_not_parted() -> None:
    assert parting(["Tea", "Coffee & Co"]) == []


def test_lists_in_brackets_are_told() -> None:
    assert looks_like_lists(pl.Series(["['a']", "[]"]))
    assert not looks_like_lists(pl.Series(["[REC]", "Alien"]))
