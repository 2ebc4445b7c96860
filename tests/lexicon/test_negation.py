"""A negator reaches what it refuses and no further."""

import pytest

from instructrec.lexicon.negation import negations
from instructrec.lexicon.words import spoken, tokenize


def refused(text: str) -> tuple[str, str]:
    """The refused names, and the refused words that name nothing; names are single letters in capitals or 甲乙丙."""
    tokens = tokenize(text)
    names = [k for k, t in enumerate(tokens) if t.text in "ABC甲乙丙"]
    reaches = negations(tokens, spoken([t.stem for t in tokens]), [(k, k + 1, False) for k in names])
    found = "".join(tokens[names[n]].text for reach in reaches if not reach.void for n in reach.mentions)
    rest = " ".join(text[tokens[r.rest[0]].start : tokens[r.rest[1] - 1].end] for r in reaches if r.rest)
    return "".join(sorted(found)), rest


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no A or B", "AB"),
        ("no A, B or C", "ABC"),
        ("no A, B", "A"),
        ("neither A nor B", "AB"),
        ("no A no B", "AB"),
        ("A but not B", "B"),
        ("not A but B", "A"),
        ("A rather than B", "B"),
        ("not just A", ""),
        ("not only A but also B", ""),
        ("not without A", ""),
        ("nothing but A", ""),
        ("movies that are not A", "A"),
        ("no movies with A", "A"),
        ("no A with B", "A"),
        ("not too A and B", "A"),
        ("not too A or B", "AB"),
        ("non-A B", "A"),
        ("A-free B", "A"),
        ("i hate A. B please", "A"),
        ("A excluded", "A"),
        ("A minus B", "B"),
        ("less A, more B", "A"),
        ("not unlike A", ""),
        ("i don't want to miss A", ""),
        ("不想错过甲", ""),
        ("A, minus the B", "B"),
        ("a bag for minus 20 degrees, A", ""),
        ("乙，千万别来甲", "甲"),
        ("不要甲和乙", "甲乙"),
        ("我不要甲", "甲"),
        ("我不看甲，但乙可以", "甲"),
        ("我都不看甲", "甲"),
        ("我受够了甲", "甲"),
        ("我不要甲和乙", "甲乙"),
        ("甲我不要", "甲"),
        ("甲我受够了", "甲"),
        ("不要甲、乙或者丙", "丙乙甲"),
        ("不要甲，要乙", "甲"),
        ("没有甲的乙", "甲"),
        ("不甲的乙", "甲"),
        ("甲可以，乙不要", "乙"),
        ("甲和乙除外", "乙甲"),
        ("除了甲都行", "甲"),
        ("有没有甲", ""),
        ("特别甲", ""),
        ("不仅甲还有乙", ""),
        ("不是甲而是乙", "甲"),
    ],
)
def test_reach(text, names):
    assert refused(text)[0] == "".join(sorted(names))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a notebook without lines", "without lines"),
        ("no A or gory stuff", "gory stuff"),
        ("no A set somewhere", ""),
        ("不要太悲伤", "不要太悲伤"),
        ("nothing", ""),
    ],
)
def test_refused_words_that_name_nothing(text, rest):
    assert refused(text)[1] == rest


def test_words_outside_of_a_negation_are_not_refused():
    assert refused("a quiet A about the sea") == ("", "")
