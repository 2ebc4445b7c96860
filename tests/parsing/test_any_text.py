"""No text and no catalog stops the parser: whatever is typed is read, or the error is one for people."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.understand import NearestName
from instructrec.lexicon.words import LIMIT, lexicon
from instructrec.parsing.parse import parse, positive_text
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.explain import interpretation_notes
from instructrec.types import Instruction, Item
from tests import worlds

NAMES = [
    "Comedy", "Horror", "mod podge", "Assorted Colors", "Hewlett Packard", "AT&T", "Mac & Cheese", "2K Games", "Free", "Games",
    "恐怖", "小米", "20-99人", "Tom Hanks", "Robert De Niro, Clint Eastwood", ", ,", "", "-", "👍", "²", "medium.com", "theverge",
    "Very Positive", "French", "4", "3D", "x" * 61,
]  # fmt: skip
COLUMNS = [
    "categories", "tags", "brand", "publisher", "actors", "site", "language", "size", "year", "price", "rating", "minutes",
    "age", "storage_gb", "ram_gb", "is_vegan", "颜色", "_", "", "not",
]  # fmt: skip
SIGNS = [
    ",", ".", "?", "，", "。", "、", "-", "...", "'", '"', "“", "《", "》", "(", "\n", "\x00", "\u200d", "e\u0301", "👍🏽", "½", "⒈",
    "፩", "٣", "ﷺ", "İ", "한국", "-free", "'90s", "$", "€", "%", "1'500", "9" * 30, "十" * 9, "z" * 300,
]  # fmt: skip
WORDS = sorted(
    {
        w
        for words in lexicon().values()
        for listed in words.values()
        if isinstance(listed, list)
        for w in listed
        if w == str(w)
    }
)
JOINED = [
    "not", "or", "either", "unless", "if there is no", "then", "actually no,", "under", "to", "不要", "或者", "都可以", "的", "也行", "没有",
]  # fmt: skip

amounts = st.builds(
    "{}{}{}".format,
    st.one_of(
        st.integers(0, 3_000),
        st.sampled_from(["2.5", "1,000", "十五", "二三十", "twenty-five", "90", "八九十"]),
    ),
    st.sampled_from(["", " "]),
    st.sampled_from(["", "$", "块", "dollars", "GB", "hours", "stars", "s", "年代", "岁", "年", "years ago"]),
)
pieces = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(WORDS),
    st.sampled_from(JOINED),
    st.sampled_from(SIGNS),
    amounts,
    st.text(max_size=6),
)
texts = st.builds(
    lambda gap, parts: gap.join(parts), st.sampled_from([" ", "", ", "]), st.lists(pieces, max_size=12)
)

VALUES = {
    "text": st.sampled_from(NAMES),
    "list": st.lists(st.sampled_from(NAMES), max_size=3),
    "number": st.sampled_from([0, 4, 8.5, 64, 512, 1979, 1995, 2010, -1, 10**12]),
    "flag": st.booleans(),
    "any": st.one_of(
        st.sampled_from(NAMES), st.booleans(), st.integers(0, 9), st.none(), st.just(float("nan"))
    ),
}


@st.composite
def vocabularies(draw) -> Vocabulary:
    """What a small catalog can be asked for, with a profile that may say anything of its columns, or none."""
    kinds = draw(st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(sorted(VALUES)), max_size=6))
    items = [
        Item(
            id=str(n),
            title=draw(st.sampled_from(NAMES)),
            attributes={c: draw(VALUES[k]) for c, k in kinds.items()},
        )
        for n in range(draw(st.integers(0, 6)))
    ]
    profile = CatalogProfile(
        columns={
            name: ColumnProfile(
                column=name,
                role=draw(st.sampled_from(list(Role))),
                unit=draw(st.sampled_from(["", "GB", "USD", "?"])),
                words=draw(st.sampled_from([(), ("colour",), ("", "的")])),
                value_words=draw(st.sampled_from([{}, {"Horror": ("scares", "…")}])),
            )
            for name in kinds
            if draw(st.booleans())
        }
    )
    return vocabulary_of(items, profile)


def check(text: str, vocabulary: Vocabulary) -> Instruction:
    """Read a text in every way that it is read, and see that all it says is in the text."""
    asked = parse(text, vocabulary, NearestName(vocabulary, worlds.HashEncoder))
    every = [*asked.conditions, *(c for group in asked.any_of for c in group)]
    for start, end in [*(c.span for c in every), *asked.unresolved]:
        assert 0 <= start <= end <= len(asked.text) <= LIMIT
    assert isinstance(positive_text(asked), str)
    assert interpretation_notes(asked) is not None
    assert asked.to_dict()["text"] == asked.text
    return asked


@settings(max_examples=60)
@given(vocabularies(), st.lists(texts, min_size=1, max_size=12))
def test_any_text_is_read_over_any_catalog(vocabulary, said):
    for text in said:
        check(text, vocabulary)


SHOP = Vocabulary.of(
    Item(
        id=str(n),
        title=name,
        attributes={
            "categories": [name],
            "brand": name,
            "price": float(n),
            "year": 1980 + n,
            "": n % 2 == 0,
            "_": n,
        },
    )
    for n, name in enumerate(NAMES)
)


@settings(max_examples=300)
@given(texts)
def test_any_text_is_read_over_one_shop(text):
    check(text, SHOP)


@pytest.mark.parametrize(
    "text",
    [
        "我一直都爱Assorted Colors. mod podge",
        "都可以 65.39岁 description Hewlett Packard ； 二三十 ten kg 93",
        "840 岁 块 OR 计算机软件未融资20-99人 ",
        "喜剧片AT&T - popular不超过 AT&T 1853 块, Red 喜剧片 no Hewlett Packard, ",
        "under 20 dollars... actually no, ፩",
        "under 20 dollars, no wait ⒈",
        "1一小时半",
        "一小时3十分钟",
        "nothing from year 100 to 900000000",
    ],
)
def test_what_once_stopped_the_parser_is_read(text):
    for vocabulary in (SHOP, Vocabulary.of([])):
        assert check(text, vocabulary).text == text


@pytest.mark.parametrize(
    "piece", ["也行", "《a》", '"the a" ', "恐怖也行", "no horror, ", "comedy or ", "恐怖不要", "十"]
)
def test_a_text_as_long_as_its_limit_is_read_in_time(piece):
    begin = time.process_time()
    check((piece * LIMIT)[:LIMIT], SHOP)
    assert time.process_time() - begin < 2
