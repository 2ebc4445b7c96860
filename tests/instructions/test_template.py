"""Templates say what they need, cover the grid in both languages, and are filled by one renderer."""

from itertools import product
from random import Random

import pytest

from instructrec.errors import ConfigError
from instructrec.instructions.template import (
    GROUPS,
    LANGUAGES,
    Fact,
    PhraseTemplate,
    Template,
    colloquial_name,
    content_words,
    fill,
    fitting,
    named,
    phrases,
    render,
    stop,
    templates,
    words,
)
from instructrec.types import Intention, Preference, TaskForm

# a yes or no, or a choice of two, by nobody and for nothing
NOTHING_SAID = {("P0", "I0", "T0"), ("P0", "I0", "T1")}
CELLS = set(product(("P0", "P1", "P2"), ("I0", "I1", "I2"), ("T0", "T1", "T2", "T3"))) - NOTHING_SAID


def test_a_template_must_say_what_it_needs():
    with pytest.raises(ConfigError, match="'t' uses"):
        Template("t", "en", ("brand",), "a $category")


@pytest.mark.parametrize("answer", ["$wich", "always the same"])
def test_an_answer_is_of_the_known_kinds(answer):
    with pytest.raises(ConfigError, match="'t' answers"):
        Template("t", "en", ("brand",), "$brand", answer=answer)


def test_a_template_is_of_a_known_group():
    with pytest.raises(ConfigError, match="there are: recommendation"):
        Template("t", "en", ("brand",), "$brand", group="other")


def test_a_phrase_to_be_turned_round_says_both_sides():
    with pytest.raises(ConfigError, match="`turned`"):
        PhraseTemplate("flip", "en", ("flipped",), "only $flipped")
    with pytest.raises(ConfigError, match="there are: I1"):
        PhraseTemplate("I3", "en", ("mood",), "something $mood")


def test_a_template_fits_when_every_fact_is_there_and_not_empty():
    template = Template("t", "en", ("category", "decade"), "a $category from the $decade")
    assert template.fits({"category": "drama", "decade": "1990s"})
    assert not template.fits({"category": "drama", "decade": ""})
    assert not template.fits({"category": "drama"})


def test_rendering_fills_every_placeholder():
    assert render(Template("t", "zh", ("decade",), "${decade}的电影"), {"decade": "90年代"}) == "90年代的电影"


def test_rendering_leaves_no_gap_between_chinese_words_and_one_beside_others():
    template = Template("t", "zh", ("person",), "有 $person 的电影")
    assert render(template, {"person": "张艺谋"}) == "有张艺谋的电影"
    assert render(template, {"person": "Tom Hanks"}) == "有 Tom Hanks 的电影"


def test_rendering_knows_the_article_and_the_end_of_a_sentence():
    template = Template("t", "en", ("category", "brand"), "Find a $category by $brand. Thanks")
    assert render(template, {"category": "epic", "brand": "Acme Inc."}) == "Find an epic by Acme Inc. Thanks"


def test_the_templates_have_distinct_names_and_texts():
    assert len({t.id for t in templates()}) == len(templates())
    assert len({(t.language, t.text, t.intention, t.task) for t in templates()}) == len(templates())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_of_the_grid_that_makes_sense_has_a_template(language):
    own = [t for t in templates() if t.language == language]
    assert {(t.preference.value, t.intention.value, t.task.value) for t in own} == CELLS
    assert {t.group for t in own} == set(GROUPS)
    assert len(own) >= 39  # as many as the paper has


def test_groups_are_of_their_cells():
    for t in templates():
        if t.group == "search":
            assert t.preference == Preference.NONE, t.id
            assert t.intention != Intention.NONE, t.id
        if t.group == "recommendation":
            assert t.intention == Intention.NONE, t.id


def test_templates_hold_what_their_cell_says():
    for t in templates():
        if t.group in ("turned_around", "relatedness"):
            continue
        assert (t.preference == Preference.EXPLICIT) <= ("taste" in t.parts_needed), t.id
        assert (t.preference == Preference.IMPLICIT) <= ("history" in t.needs), t.id
        assert (t.task == TaskForm.POINTWISE) == ("target" in t.needs) == (t.answer == "$verdict"), t.id
        assert (t.task == TaskForm.PAIRWISE) == ({"first", "second"} <= set(t.needs)), t.id
        assert (t.task == TaskForm.RERANKING) == ("candidates" in t.needs), t.id
        assert t.intention != Intention.NONE or "wish" not in t.parts_needed, t.id


def test_both_languages_say_the_same_levels():
    levels = {language: [p.level for p in phrases() if p.language == language] for language in LANGUAGES}
    assert sorted(levels["en"]) == sorted(levels["zh"])


def test_most_moods_name_nothing_that_a_catalog_may_have():
    """The others are said only of items that have what they name."""
    columns = ("en", "zh", "occasion_en", "occasion_zh")
    said = [text for mood in words("moods")["mood"] for c in columns for text in mood.get(c, ())]
    assert sum(bool(named(text)) for text in said) < 0.2 * len(said)


def test_the_mix_names_what_exists():
    mix = words("mix")
    assert set(mix["groups"]) == set(GROUPS)
    assert set(mix["languages"]) == set(LANGUAGES)
    assert (set(mix["preference"]), set(mix["intention"]), set(mix["task"])) == (
        {p.value for p in Preference},
        {i.value for i in Intention},
        {t.value for t in TaskForm},
    )


def test_only_phrases_that_can_be_filled_are_fitting():
    assert all(
        set(p.needs) <= {"brand", "category"} for p in fitting("I2", "en", frozenset(("brand", "category")))
    )
    assert fitting("I2", "en", frozenset()) == ()


def test_no_fact_is_said_twice_where_there_is_another():
    known = {"tag": [Fact("drama", "tags"), Fact("quiet", "tags")], "category": [Fact("drama", "categories")]}
    for seed in range(10):
        filled, used = fill(("category", "tag"), known, "en", Random(seed))
        assert filled == {"category": "drama", "tag": "quiet"}
        assert [f.field for f in used] == ["categories", "tags"]


def test_title_words_are_said_as_a_fragment():
    known = {"words": [Fact(w, "title") for w in ("gone", "with", "wind")]}
    said = {fill(("words",), known, "en", Random(seed))[0]["words"] for seed in range(40)}
    assert said <= {"gone", "with", "wind", "gone with", "with wind", "gone with wind"}
    assert len(said) > 3


def test_values_are_said_in_the_language():
    assert colloquial_name("Sci-Fi", "en") == "sci-fi"
    assert colloquial_name("Sci-Fi", "zh") == "科幻片"
    assert colloquial_name("Nobody Knows", "zh") == "Nobody Knows"


def test_content_leaves_out_what_says_nothing():
    assert content_words("The new 2 of us, 科幻片") == ["科幻", "幻片"]
    assert content_words("Don't never Avoid Rome") == ["rome"]
    assert {"the", "的", "edition"} <= stop()
