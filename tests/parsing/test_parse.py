"""What was said plainly holds, what was refused is never asked for, and what cannot be checked is reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.data.facets import Facets
from instructrec.parsing.parse import parse, positive_text
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Intention, Item

ITEMS = [
    Item(
        id="a",
        title="A",
        attributes={"categories": ["Comedy", "Drama"], "brand": "Sony", "year": 1994, "price": 5.0},
    ),
    Item(
        id="b",
        title="B",
        attributes={
            "categories": ["Horror"],
            "tags": ["Horror"],
            "brand": "Lego",
            "year": 1979,
            "price": 9.0,
        },
    ),
    Item(
        id="c",
        title="C",
        attributes={"categories": ["Romance"], "brand": "Big Sky", "year": 1985, "price": 40.0},
    ),
]
SHOP = Vocabulary.of(ITEMS)
FILMS = Vocabulary.of([Item(id="a", title="A", attributes={"categories": ["Comedy", "Horror"]})])


def conditions(text: str) -> list[tuple[str, str, object]]:
    return [(c.field, c.op, c.value) for c in parse(text, SHOP).conditions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by Sony", [("brand", "=", "Sony")]),
        ("by sony", [("brand", "=", "Sony")]),
        ("sony", []),
        ("a blue Sony radio", [("brand", "=", "Sony")]),
        ("batteries for Sony", []),
        ("not Lego", [("brand", "!=", "Lego")]),
        ("not lego", [("brand", "!=", "Lego")]),
        ("neither Sony nor Lego", [("brand", "!=", "Sony"), ("brand", "!=", "Lego")]),
        ("Sony or Lego", [("brand", "in", ["Sony", "Lego"])]),
        ("under a big sky", []),
        ("Sony的收音机", [("brand", "=", "Sony")]),
        ("不要Lego", [("brand", "!=", "Lego")]),
    ],
)
def test_a_brand_is_a_condition_when_it_is_meant(text, expected):
    assert conditions(text) == expected


def test_alternatives_are_one_condition():
    assert conditions("comedy, horror or romance") == [("categories", "in", ["Comedy", "Horror", "Romance"])]


def test_both_are_two_conditions():
    assert conditions("comedy and horror") == [
        ("categories", "contains", "Comedy"),
        ("categories", "contains", "Horror"),
    ]


def groups(text: str) -> list[list[tuple[str, str, object]]]:
    return [[(c.field, c.op, c.value) for c in group] for group in parse(text, SHOP).any_of]


def test_alternatives_that_no_attribute_has_together_are_groups_of_which_one_must_hold():
    assert groups("Lego or romance") == [[("brand", "=", "Lego")], [("categories", "contains", "Romance")]]
    assert conditions("Lego or romance") == []


def test_each_alternative_keeps_its_own_conditions():
    assert groups("comedies from the 90s or horror from the 80s") == [
        [("categories", "contains", "Comedy"), ("year", "between", [1990, 1999])],
        [("categories", "contains", "Horror"), ("year", "between", [1980, 1989])],
    ]


def test_a_condition_beside_alternatives_goes_with_all_of_them():
    assert groups("90s comedy or horror") == []
    assert conditions("90s comedy or horror") == [
        ("year", "between", [1990, 1999]),
        ("categories", "in", ["Comedy", "Horror"]),
    ]


def test_two_sets_of_alternatives_are_multiplied_out():
    assert len(groups("Lego or romance, and either under $5 or from the 90s")) == 4


def test_alternatives_without_end_are_reported_and_not_multiplied_out():
    read = parse("Lego or romance. " * 100, SHOP)
    assert len(read.any_of) == 64
    assert len(read.unresolved) == 94


def test_a_refused_name_is_refused_in_every_field_that_has_it():
    assert conditions("no horror") == [
        ("categories", "not_contains", "Horror"),
        ("tags", "not_contains", "Horror"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not from the 80s", [("year", "not_in", list(range(1980, 1990)))]),
        ("not older than 1980", [("year", ">=", 1980)]),
        ("not too expensive", [("price", "<", pytest.approx(19.333, abs=0.01))]),
        ("no comedy under $10", [("categories", "not_contains", "Comedy"), ("price", "<=", 10)]),
        ("no more than $10", [("price", "<=", 10)]),
    ],
)
def test_a_negator_turns_a_number_round(text, expected):
    assert conditions(text) == expected


def test_conditions_select_the_items_they_name():
    facets = Facets(ITEMS)
    picked = {
        text: facets.mask(parse(text, SHOP).conditions).tolist()
        for text in ("no horror, under $10", "80s or 90s", "非恐怖")
    }
    assert picked == {
        "no horror, under $10": [True, False, False],
        "80s or 90s": [True, False, True],
        "非恐怖": [True, False, True],
    }


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a comedy under $30", ["under $30"]),
        ("便宜一点的喜剧", ["便宜一点"]),
        ("comedy, no western", ["no western"]),
        ("a comedy without subtitles", ["without subtitles"]),
        ("from the 90s", ["from the 90s"]),
        ("something like Emma but older", ["but older"]),
        ("western", []),
    ],
)
def test_what_the_catalog_cannot_check_is_reported(text, places):
    read = parse(text, FILMS)
    assert [text[a:b] for a, b in read.unresolved] == places


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("I want a comedy about space", "space"),
        ("something quiet with a dog, not horror", "quiet with a dog"),
        ("please recommend a comedy", ""),
        ("推荐一部关于海边的喜剧", "海边"),
        ("安静的故事，不要恐怖", "安静的故事"),
    ],
)
def test_wishes_are_the_rest_without_filler(text, wishes):
    assert parse(text, SHOP).wishes == wishes


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("comedy but not horror", "comedy"),
        ("no horror or romance, a quiet comedy", "a quiet comedy"),
        ("a notebook without lines", "a notebook"),
        ("不要恐怖的喜剧", "喜剧"),
        ("not horror", ""),
        ("a quiet gift under $30", "a quiet gift"),
    ],
)
def test_the_positive_text_holds_nothing_that_was_refused(text, left):
    assert positive_text(parse(text, SHOP)) == left


def test_a_title_in_quotes_is_no_condition():
    assert conditions("like “Horror Comedy”") == conditions("像《恐怖喜剧》") == []
    assert conditions('"no horror"') == conditions("no horror")


def test_the_place_of_a_condition_is_where_it_was_said():
    text = "A COMEDY，Not Horror"
    spans = [text[slice(*c.span)] for c in parse(text, SHOP).conditions]
    assert spans == ["COMEDY", "Not Horror", "Not Horror"]


@pytest.mark.parametrize(
    ("text", "intention", "language"),
    [
        ("", Intention.NONE, "en"),
        ("a movie", Intention.NONE, "en"),
        ("quiet", Intention.VAGUE, "en"),
        ("喜剧", Intention.SPECIFIC, "zh"),
    ],
)
def test_intention_and_language(text, intention, language):
    read = parse(text, SHOP)
    assert (read.intention, read.language) == (intention, language)


def test_a_list_of_items_will_do_for_a_catalog():
    assert parse("comedy", ITEMS).conditions == parse("comedy", SHOP).conditions


PIECES = st.sampled_from(
    [
        "no",
        "not",
        "or",
        "and",
        "but",
        ",",
        "horror",
        "comedy",
        "Sony",
        "by",
        "under $10",
        "90s",
        "1990",
        "quiet",
        "不要",
        "和",
        "恐怖",
        "的",
        "《",
        "-free",
        "non-",
        "(",
    ]
)


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(PIECES, max_size=14).map(" ".join),
        st.lists(PIECES, max_size=14).map("".join),
    )
)
def test_any_text_is_read_and_its_places_lie_inside(text):
    read = parse(text, SHOP)
    spans = [*(c.span for c in read.conditions), *read.unresolved]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    Facets(ITEMS).mask(read.conditions)
    positive_text(read)


@given(st.lists(st.sampled_from(["horror", "comedy", "romance"]), min_size=1, max_size=3, unique=True))
def test_no_list_of_refused_names_is_ever_asked_for(names):
    for text in ("no " + " or ".join(names), "not " + ", not ".join(names), "neither " + " nor ".join(names)):
        assert {c.op for c in parse(text, SHOP).conditions} == {"not_contains"}
        assert len({c.value for c in parse(text, SHOP).conditions}) == len(names)


@pytest.mark.parametrize(
    ("text", "dials"),
    [
        ("surprise me", {"personal": -0.5, "novelty": 0.5}),
        ("hidden gems", {"popularity": -0.5}),
        ("the classics", {"popularity": 0.5}),
        ("冷门一点", {"popularity": -0.5}),
        ("something different from my usual", {"personal": -0.5}),
        ("nothing popular", {"popularity": -0.5}),
    ],
)
def test_a_phrase_turns_a_dial_half_the_way(text, dials):
    assert dict(parse(text, SHOP).dials) == dials


@pytest.mark.parametrize(
    "text",
    ["a horror film... no wait, make that comedy", "horror, scratch that, comedy", "恐怖片，说错了，喜剧"],
)
def test_second_thoughts_forget_what_was_said_first(text):
    said = parse(text, FILMS)
    assert [(c.field, c.op, c.value) for c in said.conditions] == [("categories", "contains", "Comedy")]
    assert not said.unresolved


def test_second_thoughts_of_another_kind_take_nothing_back():
    assert conditions("by Sony, no wait, under 10 dollars") == [("brand", "=", "Sony"), ("price", "<=", 10.0)]


@pytest.mark.parametrize(("text", "found"), [("1993 or 1994 comedies", 1), ("2 or 3 comedies", 0)])
def test_a_year_before_an_or_is_one_where_the_next_is(text, found):
    years = [c for c in parse(text, SHOP).conditions if c.field == "year"]
    assert len(years) == found
    assert [c.value for c in years] == [[1993, 1994]] * found


def test_what_somebody_speaks_is_not_what_an_item_is_in():
    blog = Vocabulary.of(
        [Item(id=str(n), title="x", attributes={"lang": lang}) for n, lang in enumerate(["en", "pt"])]
    )
    assert [c.value for c in parse("my portuguese is rusty, so english please", blog).conditions] == ["en"]


@pytest.mark.parametrize(
    "text", ["horror? no thanks", "horror, hard pass", "恐怖片太老套，不要", "恐怖片看了头晕，跳过"]
)
def test_a_no_of_its_own_means_what_was_said_before_it(text):
    assert [(c.op, c.value) for c in parse(text, FILMS).conditions] == [("not_contains", "Horror")]


def test_a_no_after_what_is_asked_for_takes_nothing_back():
    assert [(c.op, c.value) for c in parse("给我恐怖片，不要", FILMS).conditions] == [("contains", "Horror")]


CINEMA = Vocabulary.of(
    Item(
        id=str(n),
        title=f"Film {n}",
        attributes={
            "categories": [("Comedy", "Horror", "Drama", "Western")[n % 4]],
            "director": ("Jane Roe", "Ann Lee")[n % 2],
            "actors": ("Tom Hanks", "Ann Lee", "Mary Sue")[n % 3],
            "year": 1960 + n,
            "runtime": 80 + n,
            "price": 5.0 + n,
        },
    )
    for n in range(60)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no horror and under 2 hours", [("categories", "not_contains", "Horror"), ("runtime", "<=", 120)]),
        (
            "no horror and nothing over 2 hours",
            [("categories", "not_contains", "Horror"), ("runtime", "<=", 120)],
        ),
        (
            "no horror or anything over 2 hours",
            [("categories", "not_contains", "Horror"), ("runtime", "<=", 120)],
        ),
        ("nothing under 90 minutes or over 2 hours", [("runtime", ">=", 90), ("runtime", "<=", 120)]),
        ("nothing 2 hours or longer", [("runtime", "<", 120)]),
        (
            "my wife is scared of horror, a comedy",
            [("categories", "not_contains", "Horror"), ("categories", "contains", "Comedy")],
        ),
        (
            "not a comedy and not before 1980",
            [("categories", "not_contains", "Comedy"), ("year", ">=", 1980)],
        ),
        ("不要恐怖，也不要超过两小时", [("categories", "not_contains", "Horror"), ("runtime", "<=", 120)]),
        ("不要恐怖也不要超过两小时", [("categories", "not_contains", "Horror"), ("runtime", "<=", 120)]),
        ("不要恐怖也不要两小时以上的", [("categories", "not_contains", "Horror"), ("runtime", "<", 120)]),
        ("it shouldn't be a comedy", [("categories", "not_contains", "Comedy")]),
        ("drama w/o comedy", [("categories", "contains", "Drama"), ("categories", "not_contains", "Comedy")]),
        (
            "I'd rather have drama than comedy",
            [("categories", "contains", "Drama"), ("categories", "not_contains", "Comedy")],
        ),
        ("it doesn't have to be a comedy", []),
        ("不一定要喜剧", []),
        ("除了恐怖片，我还想看喜剧", [("categories", "contains", "Comedy")]),
        ("isn't there any western?", [("categories", "contains", "Western")]),
        ("no comedies except horror ones", [("categories", "not_contains", "Comedy")]),
        ("恐怖片别推荐了", [("categories", "not_contains", "Horror")]),
        ("恐怖题材的不要", [("categories", "not_contains", "Horror")]),
        ("an hour and a half or less", [("runtime", "<=", 90)]),
        ("under 1h30", [("runtime", "<=", 90)]),
        ("under 1 hour 45 minutes", [("runtime", "<=", 105)]),
        ("一小时四十分钟以内", [("runtime", "<=", 100)]),
        ("三小时太长了，两小时以内", [("runtime", "<=", 120)]),
        ("九五年之后的喜剧", [("year", ">=", 1995), ("categories", "contains", "Comedy")]),
        ("一九九九年的", [("year", "=", 1999)]),
        ("九零年代的", [("year", "between", [1990, 1999])]),
        ("from 1990-95", [("year", "between", [1990, 1995])]),
        ("under a hundred and fifty dollars", [("price", "<=", 150)]),
        ("under $20, actually make it $30", [("price", "<=", 30)]),
        ("no comedies with Tom Hanks", [("categories", "not_contains", "Comedy")]),
        ("no horror from the 80s", [("categories", "not_contains", "Horror")]),
        ("no dramas over two hours", [("categories", "not_contains", "Drama")]),
        ("no drama under 90 minutes", [("categories", "not_contains", "Drama"), ("runtime", "<=", 90)]),
        ("no westerns, westerns are dull", [("categories", "not_contains", "Western")]),
        (
            "I hate horror and love comedy",
            [("categories", "not_contains", "Horror"), ("categories", "contains", "Comedy")],
        ),
        ("不看恐怖看喜剧", [("categories", "not_contains", "Horror"), ("categories", "contains", "Comedy")]),
        (
            "不是Tom Hanks演的喜剧",
            [("actors", "not_contains", "Tom Hanks"), ("categories", "contains", "Comedy")],
        ),
        ("恐怖片就不要推荐了", [("categories", "not_contains", "Horror")]),
        ("千万别再来恐怖的", [("categories", "not_contains", "Horror")]),
        ("不喜歡恐怖片", [("categories", "not_contains", "Horror")]),
        ("九十分鐘以內", [("runtime", "<=", 90)]),
        ("a not too sad drama", [("categories", "contains", "Drama")]),
        ("horror is not my cup of tea", [("categories", "not_contains", "Horror")]),
        ("last time you gave me a western, now a comedy", [("categories", "contains", "Comedy")]),
        ("恐怖片已经看太多了，来部喜剧", [("categories", "contains", "Comedy")]),
        ("we have 95 minutes before bedtime", [("runtime", "<=", 95)]),
        ("comedy, 15 - 20 bucks", [("categories", "contains", "Comedy"), ("price", "between", [15, 20])]),
        ("drama -comedy", [("categories", "contains", "Drama"), ("categories", "not_contains", "Comedy")]),
        ("horror: no", [("categories", "not_contains", "Horror")]),
        ("恐怖的绝对不行", [("categories", "not_contains", "Horror")]),
        ("别又是恐怖片", [("categories", "not_contains", "Horror")]),
        ("I usually go for horror but tonight I'd like a comedy", [("categories", "contains", "Comedy")]),
        ("a drama, horror is fine too", [("categories", "contains", "Drama")]),
        ("a comedy is fine", [("categories", "contains", "Comedy")]),
        ("westerns are too expensive, a drama", [("categories", "contains", "Drama")]),
        ("预算两百左右的喜剧", [("price", "between", [160, 240]), ("categories", "contains", "Comedy")]),
        (
            "I don't want to spend more than 20 dollars on a comedy",
            [("price", "<=", 20), ("categories", "contains", "Comedy")],
        ),
    ],
)
def test_bounds_beside_a_refusal_stay_as_they_were_said(text, expected):
    assert [(c.field, c.op, c.value) for c in parse(text, CINEMA).conditions] == expected


def test_what_is_preferred_lifts_and_bars_nothing():
    found = parse("prefer drama to comedy", CINEMA)
    assert not found.conditions
    assert [(c.op, c.value) for c in found.soft] == [("contains", "Drama"), ("not_contains", "Comedy")]


def test_one_thing_of_several_marks_is_refused_whole():
    found = parse("no 70s comedies", CINEMA)
    assert not found.conditions
    groups = [[(c.field, c.op) for c in group] for group in found.any_of]
    assert groups == [[("year", "not_in")], [("categories", "not_contains")]]


def test_who_directs_and_acts_is_meant_as_what_he_does_most():
    assert [(c.field, c.value) for c in parse("an Ann Lee film", CINEMA).conditions] == [
        ("director", "Ann Lee")
    ]
    assert [c.field for c in parse("with Ann Lee", CINEMA).conditions] == ["actors"]
    assert {c.field for c in parse("no Ann Lee", CINEMA).conditions} == {"director", "actors"}


def test_a_title_that_was_no_pleasure_is_not_liked():
    films = Vocabulary.of([Item(id="t", title="Titanic", attributes={"categories": ["Drama"]})])
    found = parse("I watched Titanic last week and hated it", films)
    assert (found.like, found.unlike) == ((), ("t",))
    assert parse("看过Titanic，不喜欢", films).unlike == ("t",)
    assert parse("I watched Titanic last week and loved it", films).unlike == ()


@pytest.mark.parametrize(
    "text", ["he's seven", "7yo boy", "my son's 7th birthday", "the youngest is 7", "7 and up"]
)
def test_an_age_in_other_words_is_one(text):
    toys = Vocabulary.of(
        [Item(id=str(n), title="Toy", attributes={"min_age": n, "rating": n / 2}) for n in range(1, 11)]
    )
    assert [(c.field, c.op, c.value) for c in parse(text, toys).conditions] == [("min_age", "<=", 7)]
    assert not parse("my 40th birthday", toys).unresolved


@pytest.mark.parametrize("text", ["4+ rated", "4 or higher rating", "rated 4+", "4+ rating"])
def test_a_rating_may_be_said_after_its_number(text):
    toys = Vocabulary.of([Item(id=str(n), title="Toy", attributes={"rating": n / 2}) for n in range(1, 11)])
    assert [(c.field, c.op, c.value) for c in parse(text, toys).conditions] == [("rating", ">=", 4)]


@pytest.mark.parametrize(
    "text", ["comedies that isnt horror", "i cant stand horror", "im not into horror", "we dont want horror"]
)
def test_a_contraction_without_its_apostrophe_refuses_too(text):
    assert ("categories", "not_contains", "Horror") in [
        (c.field, c.op, c.value) for c in parse(text, CINEMA).conditions
    ]


BOXES = Vocabulary.of(
    [Item(id=b, title="Box", attributes={"brand": b, "price": 9.0}) for b in ("Smead", "Avery", "Bic")] * 2
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("from Smead or Avery, actually forget Smead", "Avery"),
        ("from Smead or Avery, scratch Avery", "Smead"),
        ("Smead或者Avery的，算了不要Smead", "Avery"),
    ],
)
def test_of_alternatives_one_of_which_is_taken_back_the_other_is_asked_for(text, left):
    assert [(c.op, c.value) for c in parse(text, BOXES).conditions if c.op != "!="] == [("=", left)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I paid $60 for the last one, under $20 this time", [("<=", 20)]),
        ("便宜点的，十块美金封顶", [("<=", 10)]),
        ("not more expensive than 40", [("<=", 40)]),
        ("more expensive than 40 dollars", [(">=", 40)]),
        ("thirty five at most something nice", [("<=", 35)]),
    ],
)
def test_of_several_prices_the_bound_in_numbers_counts(text, asked):
    assert [(c.op, c.value) for c in parse(text, BOXES).conditions] == asked


def test_a_price_before_what_is_refused_after_a_space_is_asked_for():
    found = parse("十五刀以内 Smead的不要", BOXES)
    assert [(c.op, c.value) for c in found.conditions] == [("<=", 15), ("!=", "Smead")]


@pytest.mark.parametrize(
    ("text", "refused", "asked"),
    [
        ("Smead的不要 Avery的也不要哈", ["Smead", "Avery"], []),
        ("no Smead no Avery something by Bic", ["Smead", "Avery"], ["Bic"]),
        ("dont want Smead im after something by Bic", ["Smead"], ["Bic"]),
        ("Smead的不要了吧 要Bic的", ["Smead"], ["Bic"]),
        ("I file with Smead all day, so none of those, by Bic please", ["Smead"], ["Bic"]),
    ],
)
def test_a_refusal_ends_where_something_else_begins(text, refused, asked):
    found = parse(text, BOXES).conditions
    assert [c.value for c in found if c.op == "!="] == refused
    assert [c.value for c in found if c.op == "="] == asked


def test_after_a_space_in_chinese_a_year_is_asked_for():
    found = parse("不要喜剧 一九九五年以后的", CINEMA).conditions
    assert [(c.field, c.op, c.value) for c in found] == [
        ("categories", "not_contains", "Comedy"),
        ("year", ">=", 1995),
    ]


def test_before_directed_by_nobody_is_named():
    assert not parse("Movies directed by Ann Lee", CINEMA).unresolved


DEVICES = [
    Item(
        id=str(n),
        title=f"Device {n}",
        attributes={
            "kind": ["Laptops"] if n % 2 else ["Phones"], "topics": ["film", "news"][n % 2 : n % 2 + 1],
            "brand": ("Dell", "Sony", "Dell", "Sony", "Hey")[n % 5], "ram_gb": 8 * (1 + n % 4),
            "storage_gb": 256 * (1 + n % 3), "screen_inches": 6.0 + n, "features": ["5G", "touch"],
            "in_stock": n % 3 > 0, "material": ["oak shelves"], "duration_days": 1 + n % 20,
            "price": float(n), "rating": 1 + n % 5, "free_trial": n % 2 > 0,
        },
    )
    for n in range(40)
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16gb ram", {("ram_gb", "=", 16)}),
        ("at least 256 GB of storage", {("storage_gb", ">=", 256)}),
        ("my old one has 80 GB", set()),  # of which of the two nobody knows
        ("256gb please", {("storage_gb", "=", 256)}),  # no memory is as large
        ("15 inches or bigger", {("screen_inches", ">=", 15)}),
        ("at most two weeks", {("duration_days", "<=", 14)}),
        ("10天以内的", {("duration_days", "<=", 10)}),
        ("Dell laptops please", {("brand", "=", "Dell"), ("kind", "contains", "Laptops")}),
        ("with 5G", {("features", "contains", "5G")}),
        ("支持5G的", {("features", "contains", "5G")}),
        ("an oak shelf", {("material", "contains", "oak shelves")}),
        ("a podcast on film", {("topics", "contains", "film")}),
        ("any good film for tonight", set()),
        ("over 20 dollars rated above 4", {("price", ">=", 20), ("rating", ">=", 4)}),
        ("something free", {("price", "=", 0)}),
        ("免费的", {("price", "=", 0)}),
        ("with a free trial", {("free_trial", "=", True)}),
        ("in my free time", set()),
        ("Hey, phones", {("kind", "contains", "Phones")}),
        ("phones by Hey", {("kind", "contains", "Phones"), ("brand", "=", "Hey")}),
        ("Dell, Sony or Hey? No, wait, forget Sony", {("brand", "in", "Dell Hey"), ("brand", "!=", "Sony")}),
        ("phones under eighteen dollars", {("kind", "contains", "Phones"), ("price", "<=", 18)}),
        ("要么手机要么笔记本 18块以内", {("kind", "in", "Laptops Phones"), ("price", "<=", 18)}),
        ("which phones are out of stock", {("kind", "contains", "Phones")}),
    ],
)
def test_a_catalogs_own_units_names_and_topics(text, expected):
    read = {
        (c.field, c.op, " ".join(sorted(c.value)) if c.op == "in" else c.value)
        for c in parse(text, DEVICES).conditions
    }
    assert read == expected
