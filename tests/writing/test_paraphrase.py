"""A paraphrase is kept only where the very same is understood of it."""

import pytest

from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.writing.paraphrase import judge, paraphrases
from tests import worlds
from tests.writing.says import Says

FILMS = Vocabulary.of(worlds.movies().catalog.records())


class Near:
    """An encoder to which all texts are alike."""

    name, dimension = "near", 1

    def encode(self, texts):
        return worlds.np.ones((len(texts), 1), worlds.np.float32)


@pytest.mark.parametrize(
    ("text", "lost", "added", "why"),
    [
        ("I would like to see a quiet horror after 1980", 0, 0, ""),
        ("a quiet horror", 1, 0, ""),
        ("a quiet comedy after 1980", 1, 1, ""),
        ("a quiet horror after 1990", 1, 1, ""),
        ("a quiet horror after 1980 without drama", 0, 1, ""),
        ("a horror after 1980", 0, 0, "it has other wishes"),
        ("a quiet and violent horror after 1980", 0, 0, "it has other wishes"),
        ("three quiet horror films after 1980", 0, 0, "it has other number"),
        ("a quiet horror after 1980, something well known", 0, 0, "it has other dials"),
        ("a quiet horror after 1980, but nobody wants it", 0, 0, "it has other refusals"),
    ],
)
def test_what_a_paraphrase_loses_or_adds_is_told(text, lost, added, why):
    found = judge(parse("a quiet horror after 1980", FILMS), text, FILMS, Near())
    assert (len(found.lost), len(found.added), found.why) == (lost, added, why)
    assert found.kept == (not (lost or added or why))


def test_what_is_far_by_the_encoder_is_dropped():
    found = judge(
        parse("horror after 1980", FILMS), "the 1980 is after which horror", FILMS, worlds.HashEncoder()
    )
    assert not found.kept


def test_as_many_as_are_wanted_are_kept_and_each_once():
    writer = Says(
        " Horror after 1980!",
        " I want horror after 1980",
        " comedy",
        " I WANT horror after 1980.",
        " show me horror after 1980",
        " see",
    )
    kept, dropped = paraphrases(writer, "horror after 1980", FILMS, Near(), 2)
    assert [j.text for j in kept] == ["I want horror after 1980", "show me horror after 1980"]
    assert [j.text for j in dropped] == ["comedy"]
