"""What a column is, by its name and its cells: small columns of every kind, and what must not be mistaken."""

import polars as pl
import pytest

from instructrec.catalog.evidence import Evidence
from instructrec.catalog.namelists import separators_of
from instructrec.catalog.roles import role_of
from instructrec.catalog.scales import steps_of

COLUMNS = {
    "weight": (["190 g", "0.2 kg", "185 g", "n/a"], "amount", "g"),
    "Ram": (["8GB", "16GB", "4GB"], "amount", "GB"),
    "Length (cm)": (["10", "12.5", "40"], "amount", "cm"),
    "duration_ms": (["180000", "200100", "90000"], "amount", "ms"),
    "面积（平方米）": (["93", "57.5", "73"], "amount", "m²"),
    "Price_euros": (["1339.69", "898.94", "575.00"], "money", "EUR"),
    "price": (["1 299,00", "849,00", "12,50"], "money", ""),
    "总价（万）": (["910", "480", "828"], "money", ""),
    "salary": (["10-15K", "20-30K", "8-12K"], "money", ""),
    "Prix": (["12,50 €", "8,00 €", "9,90 €"], "money", "EUR"),
    "votes": (["1,024", "88", "12"], "number", ""),
    "Followers": (["1.2M", "30K", "500"], "number", ""),
    "集数": (["12集", "8集", "24集"], "number", ""),
    "release_year": (["1995", "2001", "1987"], "year", ""),
    "published": (["2001-02-03", "1999-12-31", "2010-05-06"], "date", ""),
    "available": (["yes", "no", "yes"], "yesno", ""),
    "有电梯": (["有", "无", "有"], "yesno", ""),
    "director": (["Ang Lee", "Greta Gerwig", "Bong Joon-ho"], "person", ""),
    "Company Name": (["Acme", "Bolt", "Acme"], "brand", ""),
    "city": (["Rome", "Bonn", "Rome"], "place", ""),
    "Difficulty": (["Easy", "Hard", "Medium"], "level", ""),
    "colour": (["red", "blue", "red"], "names", ""),
    "photo": (["https://x.test/a.jpg", "https://x.test/b.jpg", "https://x.test/c.jpg"], "image", ""),
    "page": (["https://x.test/a", "https://x.test/b", "https://x.test/c"], "link", ""),
    "opens": (["09:00", "10:30", "08:15"], "other", ""),
    "postcode": (["01234", "99999", "00100"], "other", ""),
    "app version": (["1.2.3", "2.0.1", "4.4"], "other", ""),
    "sunroof": (["Yes", None, "Yes", None], "yesno", ""),
    "配备电梯": (["有", "暂无数据", "无", "有"], "yesno", ""),
    "age_group": (["31-40", "10-20", "41-50", "21-30"], "level", ""),
    "所在楼层": (["高楼层", "低楼层", "中楼层"], "level", ""),
    "工作年限": (["3-5年", "不限", "1-3年", "5-10年"], "level", ""),
    "梯数": (["一", "两", "八"], "number", ""),
    "fat_100g": (["3.1", "0.5", "12"], "amount", "g"),
    "Protéines (mg/100 g)": (["3,1", "0,5", "12"], "amount", "mg"),
    "max_power": (["99kw", "81kw", "118kw"], "amount", "kW"),
    "mileage": (["23.6 km/litre", "21.9 km/litre", "12 km/litre"], "amount", "kmpl"),
    "开放时间": (["周一至周日 11:00-14:30", "周二 9:00-17:00", "10:00-22:00"], "other", ""),
    "tel": (["03 88 00 38 39", "03 68 98 61 50", "01 44 52 50 01"], "other", ""),
    "url_m": (["www.saverne.fr/musee", "musees.example.eu", "www.unterlinden.com"], "link", ""),
    "country": (["", "", ""], "ignore", ""),
    "scraped": (["2024-01-01"] * 3, "ignore", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_what_its_name_and_cells_say(name: str) -> None:
    cells, role, unit = COLUMNS[name]
    found = role_of(Evidence(name, pl.Series(name, cells)))
    assert (str(found.role), found.unit) == (role, unit), found.why
    assert found.why


@pytest.mark.parametrize(
    ("name", "cells", "never"),
    [
        ("popularity", ["2021", "1999", "5129", "18"], "year"),
        ("Title", ["Ocean's 11", "2 Guns", "21 Grams", "300"], "amount"),
        ("Company size", ["10-50", "1-9", "10-50"], "brand"),
        ("growth (30 days)", ["2.1", "3.5", "1.0"], "amount"),
        ("地铁线路", ["1号线", "2号线", "4号线"], "number"),
        ("range min", ["64,0", "48,8", "293,0"], "amount"),
        ("HDMI mode", ["4096x2304@24Hz", "1920x1080@60Hz", "2560x1600@60Hz"], "amount"),
        ("DirectX", ["12", "11.2/12", "11.2", "10.1/11"], "date"),
        ("group_name", ["Toyota", "Mazda"] * 200, "title"),
        ("host_response_time", ["within a day", "within an hour", "within a few hours"], "person"),
    ],
)
def test_a_column_is_not_mistaken(name: str, cells: list[str], never: str) -> None:
    assert str(role_of(Evidence(name, pl.Series(name, cells))).role) != never


def test_lists_are_cut_where_their_names_come_again() -> None:
    assert separators_of({"Action, Drama": 1, "Drama, War": 1, "War": 1, "Action": 2}) == (",",)
    assert separators_of({"剧情 / 爱情": 1, "爱情 / 动作": 1, "剧情": 1, "动作": 1}) == ("/",)
    assert separators_of({'["A","B"]': 1, '["B"]': 1}) == ("[]",)
    assert separators_of({'{TV,"Cable TV"}': 1, "{TV}": 1}) == ("{}",)
    assert separators_of({"Digital": 9, "Analog": 3, "Digital, Analog": 1}) == (",",)
    people = {
        "Ann Lee and Bob May": 1,
        "Cy Poe": 1,
        "Di Roe and Ed Fox, Flo Dee": 1,
        "Gus Ito and Hal Orr": 1,
    }
    assert " and " in separators_of(people, people=True)
    assert separators_of({"Washington": 9, "Washington, D.C.": 2, "Arlington": 3}) == ()
    assert separators_of({"通信/网络设备20人": 1, "通信/网络设备99人": 1, "电子/半导体": 1}) == ()
    assert separators_of({"1,299": 1, "2,500": 1, "3,999": 1}) == ()


def test_scales_are_ordered_and_other_names_are_none() -> None:
    assert steps_of(["Advanced Level", "Beginner Level", "Intermediate Level"]) == (
        "Beginner Level", "Intermediate Level", "Advanced Level",
    )  # fmt: skip
    assert steps_of(["within an hour", "a few days or more", "within a day"])[0] == "within an hour"
    assert steps_of(["硕士", "本科", "大专"]) == ("大专", "本科", "硕士")
    assert steps_of(["Rome", "Bonn"]) == ()
