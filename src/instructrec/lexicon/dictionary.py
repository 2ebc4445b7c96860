"""What Chinese words mean in English: the dictionary CC-CEDICT (CC BY-SA 4.0), shortened by `bench/dictionary.py`."""

import lzma
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def dictionary() -> Mapping[str, str]:
    """Chinese words of two to five characters, each with its English meanings between strokes; read when first needed."""
    packed = files("instructrec.resources").joinpath("cedict.txt.xz").read_bytes()
    pairs = (line.split("\t") for line in lzma.decompress(packed).decode("utf-8").splitlines())
    return dict(pairs)


def meanings(word: str) -> tuple[str, ...]:
    """The English meanings of a Chinese word; () where the dictionary has none.

    >>> meanings("壁炉"), meanings("不是词")
    (('fireplace',), ())
    """
    return tuple(filter(None, dictionary().get(word, "").split("|")))
