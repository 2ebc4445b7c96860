"""Encoders by name."""

import pytest

from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import ConfigError


def test_the_default_encoder_reads_english_and_chinese_alike():
    encoder = load_encoder(DEFAULT)
    dog, chinese_dog, tax = encoder.encode(["a small dog", "一只小狗", "income tax law"])
    assert dog @ chinese_dog > 0.6 > dog @ tax


def test_an_unknown_encoder_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match=f"there are: {DEFAULT}"):
        load_encoder("bert-large")
