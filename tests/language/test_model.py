"""Answers are probabilities, do not depend on their company, and add up the way tokens do."""

import numpy as np
import pytest

from instructrec.language.engine import single_token
from instructrec.language.model import chat_turns

PROMPTS = ["which one ?", "which red shoe ? A B", "blue hat"]
CHOICES = ["A", "B", "C"]


def test_choices_are_shares_of_the_next_token(model):
    found = model.choose(PROMPTS, CHOICES)
    assert found.shape == (3, 3)
    assert (found < 0).all()
    assert (np.exp(found).sum(axis=1) < 1).all()
    assert abs(found[0] - found[1]).max() > 1e-4


def test_a_prompt_is_answered_the_same_alone_and_in_company(model):
    together = model.choose(PROMPTS, CHOICES)
    alone = np.concatenate([model.choose([prompt], CHOICES) for prompt in PROMPTS])
    assert together == pytest.approx(alone, abs=1e-5)


def test_an_answer_of_one_token_is_as_likely_as_the_choice(model):
    assert model.likelihood(PROMPTS[0], CHOICES) == pytest.approx(model.choose(PROMPTS[:1], CHOICES)[0], abs=1e-5)


def test_answers_of_any_length_are_as_likely_together_as_alone(model):
    answers = ["red", "blue hat", "red shoe one"]
    together = model.likelihood(PROMPTS[0], answers)
    alone = [float(model.likelihood(PROMPTS[0], [answer])[0]) for answer in answers]
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_longer_answer_is_less_likely(model):
    short, long = model.likelihood(PROMPTS[0], ["red", "red shoe"])
    assert long < short


def test_what_is_written_is_the_likeliest_token_first(model):
    [text] = model.write(PROMPTS[:1], longest=1)
    words = ["A", "B", "C", "red", "blue", "shoe", "hat", "which", "one", "?", "user", "answer"]
    likeliest = words[int(model.choose(PROMPTS[:1], words).argmax())]
    assert text in (likeliest, "")  # nothing where a special token is likeliest


def test_a_choice_of_several_tokens_is_refused(model):
    with pytest.raises(ValueError, match="'red shoe' is 2 tokens"):
        model.choose(PROMPTS[:1], ["red shoe"])
    with pytest.raises(ValueError, match="0 tokens"):
        single_token([], "")


def test_the_turns_of_a_chat_stand_round_the_prompt(causal, encodes):
    assert chat_turns(causal.tokenizer) == ("user ", " answer")
    assert chat_turns(encodes.tokenizer) == ("", "")
