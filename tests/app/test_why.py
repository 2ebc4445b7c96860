"""What `parse --why` says of a sentence: each thing that was found, with what became of it."""

from instructrec.app.why import why
from instructrec.instructions.understand import NearestName
from instructrec.parsing.vocabulary import Vocabulary
from tests import worlds
from tests.recommender.test_liked import SHOP


def outcomes(text: str) -> dict[str, str]:
    nearest = NearestName(Vocabulary.of(worlds.movies().catalog.records()), worlds.HashEncoder)
    return {step.words: step.outcome for step in why(text, nearest)}


def test_each_thing_has_its_outcome():
    found = outcomes("a comedy, ideally sci-fi, no horror, no violence")
    assert found["comedy"] == "demanded"
    assert found["sci-fi"] == "liked"
    assert found["horror"] == "refused"
    assert found["violence"] == "not checked"
    assert "ideally" in found
    assert "no" in found


def test_a_sentence_of_nothing_has_no_steps():
    nearest = NearestName(Vocabulary.of(SHOP), worlds.HashEncoder)
    assert why("", nearest) == []
