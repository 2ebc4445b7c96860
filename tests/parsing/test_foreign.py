"""A refusal in a language that is not read is reported, and never asks for what it refuses."""

import pytest

from instructrec.parsing.foreign import language_name, refusals
from instructrec.parsing.parse import parse
from instructrec.recommender.explain import unresolved_notes
from instructrec.types import Item

FILMS = [
    Item(id=str(n), title=title, attributes={"categories": [category], "year": 1990 + n, "price": 100.0 * n})
    for n, (title, category) in enumerate(
        [("Pale House", "Horror"), ("Salt Road", "Drama"), ("Low Tide", "Thriller")]
    )
]
REFUSED = {
    "de": ("kein Horror, bitte", "ohne Horror", "nichts mit Horror"),
    "fr": ("pas de Horror", "une comédie sans Horror"),
    "es": ("nada de Horror", "una película sin Horror"),
    "it": ("senza Horror", "non voglio Horror"),
    "pt": ("sem Horror, por favor",),
    "nl": ("geen Horror alsjeblieft",),
    "pl": ("bez Horror",),
    "ru": ("без Horror", "не Horror"),
    "tr": ("Horror olmasın",),
    "ar": ("بدون Horror",),
    "ja": ("Horrorなしで",),
    "ko": ("Horror 말고", "Horror 없이"),
    "th": ("ไม่เอา Horror",),
}


@pytest.mark.parametrize(("language", "text"), [(code, t) for code, texts in REFUSED.items() for t in texts])
def test_what_is_refused_is_not_asked_for_and_is_reported(language: str, text: str) -> None:
    said = parse(text, FILMS)
    assert (said.language, said.conditions) == (language, ())
    [note] = unresolved_notes(said)
    assert note.startswith(f"I read English and Chinese; not checked in {language_name(language)}: ")


def test_what_stands_before_a_refusal_is_still_asked_for() -> None:
    said = parse("Drama, aber kein Thriller", FILMS)
    assert [(c.op, c.value) for c in said.conditions] == [("contains", "Drama")]


@pytest.mark.parametrize(
    "text",
    [
        "no horror",
        "something like La La Land, no horror",
        "find me some romance, no strategy",
        "a film without horror",
        "Sin City",
        "non-stick pan",
        "不要恐怖",
        "nothing dark",
    ],
)
def test_english_and_chinese_are_no_other_language(text: str) -> None:
    assert refusals(text) == ("", [])


@pytest.mark.parametrize("text", ["under 1 500 €", "under €1 500", "under 1\u202f500 euros", "under 1'500 €"])
def test_thousands_parted_by_blanks_are_one_number(text: str) -> None:
    assert [(c.op, c.value) for c in parse(text, FILMS).conditions] == [("<=", 1500.0)]
