"""A reason in the model's words is shown only if the facts of the slate say all of it; else the plain one."""

import pytest

from instructrec.channels.registry import CHANNELS
from instructrec.errors import ConfigError
from instructrec.recommender import recommender as module
from instructrec.recommender.recommender import Recommender
from instructrec.recommender.verbalize import verbalize
from instructrec.types import Instruction, Item, Recommendation, Request, Slate
from instructrec.writing.checked import supported
from tests import worlds
from tests.writing.says import Says


def line(title: str, met: tuple[str, ...] = (), because: tuple[str, ...] = ()) -> Recommendation:
    reason = "; ".join((*met, *because))
    item = Item(id=title, title=title)
    return Recommendation(
        item=item, rank=1, score=1.0, channels={}, reason=reason, conditions_met=met, because=because
    )


def slate(*lines: Recommendation) -> Slate:
    return Slate(id="s", request=Request(), instruction=Instruction(), recommendations=lines)


def test_the_plain_reason_stands_where_the_model_says_more():
    plain = slate(
        line("Heat", because=("close to what you described",)),
        line("Ronin", met=("year 1998",)),
        line("Alien"),
    )
    writer = Says(" here because it is close to what you described", " a thriller that won an award in 1998.")
    found = verbalize(writer, plain)
    assert [each.reason for each in found] == [
        "Heat is here because it is close to what you described.",
        "year 1998",
        "",
    ]
    assert found.notes == (
        "1 of 2 reasons are in the model's words; the others were not supported by the facts",
    )
    assert [text.split("\n")[-1] for text in writer.asked] == ["Sentence: Heat is", "Sentence: Ronin is"]


def test_where_there_are_no_facts_nothing_is_written():
    writer = Says()
    assert verbalize(writer, slate(line("Alien"))).notes == (
        "no reason is in the model's words: there are no facts to word",
    )
    assert not writer.asked


@pytest.mark.parametrize(
    "met",
    [
        (),
        ("Crime",),
        ("Crime", "year 1995"),
        ("year 1995",),
        ("brand Lumen", "price 9.5", "a", "b", "c", "d"),
    ],
)
@pytest.mark.parametrize("phrase", [channel.reason["en"] for channel in CHANNELS.values()])
def test_the_examples_that_the_model_is_shown_keep_the_rule(met, phrase):
    writer = Says(" no matter")
    verbalize(writer, slate(line("Heat", met, (phrase.format("Ronin"), "a hidden gem"))))
    for shown in writer.asked[0].split("\n\n")[:2]:
        facts, sentence = (part.split(": ", 1)[1] for part in shown.split("\n"))
        title, *told = facts.split("; ")
        assert "Ronin" not in shown
        assert supported(sentence, f"{title} is", told[: len(met)], told[len(met) :])


def test_a_recommender_words_its_reasons_when_asked(monkeypatch):
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    plain = recommender.recommend(history=["m02"], n=2)
    monkeypatch.setattr(
        module, "writer", lambda: Says(*(f" here because it is {each.because[0]}" for each in plain))
    )
    told = recommender.recommend(history=["m02"], n=2, reasons="lm")
    assert [each.reason for each in told] == [
        f"{each.item.title} is here because it is {each.because[0]}." for each in plain
    ]
    assert told.notes == ("2 of 2 reasons are in the model's words",)
    assert [(each.item.id, each.score) for each in told] == [(each.item.id, each.score) for each in plain]
    with pytest.raises(ConfigError, match="allowed: 'lm' or nothing"):
        recommender.recommend(reasons="gpt")
