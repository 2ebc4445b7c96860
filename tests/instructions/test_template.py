"""Templates say what they need, and are filled by one renderer."""

import pytest

from instructrec.errors import ConfigError
from instructrec.instructions.template import Template, render, templates


def test_a_template_must_say_what_it_needs():
    with pytest.raises(ConfigError, match="'t' uses"):
        Template("t", "en", ("brand",), "a $category")


def test_a_template_fits_when_every_fact_is_there_and_not_empty():
    template = Template("t", "en", ("category", "decade"), "a $category from the $decade")
    assert template.fits({"category": "drama", "decade": "1990s"})
    assert not template.fits({"category": "drama", "decade": ""})
    assert not template.fits({"category": "drama"})


def test_rendering_fills_every_placeholder():
    assert render(Template("t", "zh", ("decade",), "${decade}的电影"), {"decade": "90年代"}) == "90年代的电影"


def test_the_templates_have_distinct_names_in_both_languages():
    names = [t.id for t in templates()]
    assert len(set(names)) == len(names)
    assert {t.language for t in templates()} == {"en", "zh"}
