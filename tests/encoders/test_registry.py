"""Encoders by name."""

from instructrec.encoders.registry import DEFAULT, load_encoder


def test_the_default_encoder_reads_english_and_chinese_alike():
    encoder = load_encoder(DEFAULT)
    dog, chinese_dog, tax = encoder.encode(["a small dog", "一只小狗", "income tax law"])
    assert dog @ chinese_dog > 0.6 > dog @ tax
