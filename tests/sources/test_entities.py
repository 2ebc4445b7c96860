"""Rows of one product are one item, rows of two things are not, and nothing goes without being counted."""

import re
from pathlib import Path

import pytest

from instructrec.errors import ReadError
from instructrec.sources.read import read


def items(tmp_path: Path, text: str, **how) -> tuple[list[dict], str]:
    path = tmp_path / "items.csv"
    path.write_text(text, encoding="utf-8")
    data, report = read(path, **how)
    for file in report.files:
        assert file.rows_read == file.rows_kept + file.rows_merged + file.rows_failed
    return data.catalog.items.to_dicts(), " ".join(report.notes)


def test_variants_keep_all_names_and_the_first_of_everything_else(tmp_path: Path) -> None:
    text = "Handle,Title,Vendor,Option,Price\nshirt,Shirt,N,S,49\nshirt,,,M,52\nshirt,,,L,\ncap,Cap,N,,25\n"
    found, notes = items(tmp_path, text)
    assert found[0] == {
        "item_id": "shirt",
        "title": "Shirt",
        "price": 49.0,
        "Vendor": "N",
        "Option": ["S", "M", "L"],
    }
    assert "2 rows are variants of 1 items ('shirt' has 3 rows)" in notes


def test_views_for_several_stores_are_one_product(tmp_path: Path) -> None:
    text = "sku,store_view_code,name,description\nA,,Kettle,Nice one\nA,de,Kessel,Ein schöner\nB,,Lamp,Good\nB,de,Lampe,Gut\n"
    assert [i["title"] for i in items(tmp_path, text)[0]] == ["Kettle", "Lamp"]


def test_other_things_under_one_id_are_refused_and_the_advice_works(tmp_path: Path) -> None:
    text = "company,job_id,title,city\nAcme,j1,Cook,Rome\nAcme,j2,Driver,Bonn\nBolt,j3,Clerk,Kiel\n"
    with pytest.raises(ReadError, match=r"1 of 3 rows \(rows 3\).*'Acme'") as caught:
        items(tmp_path, text, mapping={"item_id": "company"})
    column = re.search(r"--map item_id=(\w+)", str(caught.value))[1]
    assert len(items(tmp_path, text, mapping={"item_id": column})[0]) == 3
    assert len(items(tmp_path, text, mapping={"item_id": "company"}, accept_rejected=True)[0]) == 2


def test_rows_without_an_id_are_refused_or_left_out_when_asked(tmp_path: Path) -> None:
    text = "item_id,title\n1,A\n,B\n3,C\n"
    with pytest.raises(ReadError, match=r"1 of 3 rows \(rows 3\) cannot be used.*--accept-rejected"):
        items(tmp_path, text)
    assert [i["item_id"] for i in items(tmp_path, text, accept_rejected=True)[0]] == ["1", "3"]


def test_one_bad_row_of_a_hundred_is_left_out_and_counted(tmp_path: Path) -> None:
    text = "item_id,title\n" + "".join(f"{n},T{n}\n" for n in range(99)) + ",lost\n"
    assert len(items(tmp_path, text)[0]) == 99


def test_markup_is_no_text(tmp_path: Path) -> None:
    text = 'item_id,title,note\n1,Tom &amp; Jerry,"<p>Soft&nbsp;<b>and</b></p><p>airy</p>"\n2,A &lt;3 B,https://x.test/?a=1&amp;b=2\n'
    found, _ = items(tmp_path, text)
    assert [(i["title"], i["note"]) for i in found] == [
        ("Tom & Jerry", "Soft and airy"),
        ("A <3 B", "https://x.test/?a=1&amp;b=2"),
    ]


def test_own_columns_of_objects_and_commas_are_lists_and_numbers(tmp_path: Path) -> None:
    text = "item_id;title;studios;rating;pages\n1;A;[{'id': 3, 'name': 'Pixar'}];4,5;10\n2;B;[];3,9;n/a\n"
    found, notes = items(tmp_path, text)
    assert [(i["studios"], i["rating"], i["pages"]) for i in found] == [
        (["Pixar"], 4.5, 10),
        (None, 3.9, None),
    ]
    assert "column 'rating' is written with decimal commas; its least number was read as 3.9" in notes
    assert "column 'pages': 1 cells say that there is no value ('n/a')" in notes
