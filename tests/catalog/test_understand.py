"""Whole catalogs: which column is the id, which the title, and what columns tell of each other."""

from pathlib import Path

import polars as pl

from instructrec.catalog.apply import converted
from instructrec.catalog.identity import content_ids
from instructrec.catalog.understand import understand
from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.sources.columns import columns_named
from instructrec.sources.read import read


def profile(frame: pl.DataFrame, **how) -> CatalogProfile:
    return understand(frame, {t: columns_named(t, frame.columns) for t in ("item_id", "title")}, **how)


def test_the_id_is_the_column_that_tells_the_rows_apart() -> None:
    frame = pl.DataFrame(
        {"laptop_ID": ["1", "2", "3"], "Product": ["Air", "Air", "Pro"], "Ram": ["8GB", "8GB", "16GB"]}
    )
    found = profile(frame)
    assert [str(found[c].role) for c in frame.columns] == ["id", "title", "amount"]


def test_the_ids_of_the_interactions_decide() -> None:
    frame = pl.DataFrame({"id": ["1", "2", "3"], "ref": ["a1", "b2", "c3"], "title": ["A", "B", "C"]})
    assert profile(frame)["id"].role is Role.ID
    assert profile(frame, interacted=pl.Series(["a1", "c3", "a1"]))["ref"].role is Role.ID


def test_without_an_id_the_address_the_title_or_the_row_stands_for_it() -> None:
    link = pl.DataFrame({"name": ["A", "A"], "page": ["https://x.test/1", "https://x.test/2"]})
    title = pl.DataFrame({"name": ["Ant", "Bee"], "price": ["1", "2"]})
    row = pl.DataFrame({"name": ["Ant", "Ant"], "brand": ["X", "X"], "price": ["1", "2"]})
    assert [profile(f).identity for f in (link, title)] == [("page",), ("name",)]
    assert set(profile(row).identity) == {"name", "brand", "price"}
    assert content_ids(row, ("name", "price")).n_unique() == 2
    assert content_ids(row, ("name", "price")).equals(content_ids(row, ("name", "price")))


def test_a_number_of_the_row_is_no_id_and_money_shares_its_currency() -> None:
    frame = pl.DataFrame({
        "column_1": ["0", "1", "2"], "title": ["A", "B", "C"], "price (in Rs)": ["100", "250", "90"], "list price": ["120", "300", "90"],
    })  # fmt: skip
    found = profile(frame)
    assert found["column_1"].role is Role.IGNORE
    assert [found[c].unit for c in ("price (in Rs)", "list price")] == ["INR", "INR"]


def test_cells_are_converted_as_the_profile_says() -> None:
    def made(cells: list[str | None], **how) -> list:
        return converted(pl.Series(cells), ColumnProfile("c", **how)).to_list()

    assert made(["1 hr 20 min", "45 min", "Unknown"], role=Role.AMOUNT, unit="min", missing=("Unknown",)) == [
        80,
        45,
        None,
    ]
    assert made(["19M", "201k"], role=Role.AMOUNT, unit="MB") == [19.0, 201 / 1024]
    assert made(["t", "f", None], role=Role.YESNO) == [True, False, None]
    assert made(["a / b", "c", "无"], role=Role.NAMES, separators=("/",), missing=("无",)) == [
        ["a", "b"],
        ["c"],
        None,
    ]
    assert made(["2021.0", "c. 1999", "x"], role=Role.YEAR) == [2021, 1999, None]
    assert made(["(1,083)", "12"], role=Role.NUMBER) == [1083, 12]
    assert made(["350", "1200"], role=Role.MONEY, unit="CNY", magnitude=1e4) == [3_500_000.0, 12_000_000.0]


def test_a_strangers_catalog_is_read_without_any_mapping(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Restaurant ID;Restaurant Name;Cuisines;Average Cost for two;Rating;Has Table booking\n"
        '17;Trattoria;"Italian, Pizza";1.100,50;4,5;Yes\n18;Wok;"Chinese, Thai";700,00;3,9;No\n19;Roma;"Italian, Thai";300,00;4,1;No\n'
    )
    data, report = read(path)
    first = data.catalog.items.row(0, named=True)
    assert first == {
        "item_id": "17", "title": "Trattoria", "price": 1100.5, "Cuisines": ["Italian", "Pizza"], "Rating": 4.5, "Has Table booking": True,
    }  # fmt: skip
    assert report.files[0].rows_kept == 3
    assert data.catalog.cells.row(0, named=True)["price"] == "1.100,50"


def test_a_later_file_keeps_the_unit_of_what_is_stored(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("item_id,title,weight\n1,A,190 g\n2,B,200 g\n")
    two.write_text("item_id,title,weight\n3,C,0.3 kg\n4,D,0.4 kg\n")
    known = read(one)[0].catalog.profile
    assert read(two, profile=known)[0].catalog.items["weight"].to_list() == [300, 400]


def test_rows_that_repeat_the_header_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(
        "id,title,price\n1,A,2\nid,title,price\n2,B,3\n" + "".join(f"{n},T{n},{n}\n" for n in range(3, 60))
    )
    data, report = read(path, accept_rejected=True)
    assert data.catalog.items.height == 59
    assert [e.message for e in report.errors] == ["the row repeats the header"]
