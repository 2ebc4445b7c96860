"""Who writes: SmolLM2 as it comes, with 8 bits. A workspace's tuned model is tuned for titles and writes no
sentences.
"""

from collections.abc import Sequence
from typing import Protocol

from instructrec.config import cache_folder
from instructrec.errors import require
from instructrec.language.engine import ABOUT, Engine, export

FOLDER = "smollm2-int8"  # in the cache


class Writer(Protocol):
    """The part of a language model that writing needs."""

    def lines(self, beginnings: Sequence[str], longest: int, many: int = 1, seed: int = 0) -> list[list[str]]:
        """For each beginning, how its last line goes on: the likeliest way, or `many` that are drawn."""
        ...


def writer() -> Engine:
    """The model, ready to write; made of the readable weights once, which takes torch and half a minute."""
    folder = cache_folder() / FOLDER
    if (folder / ABOUT).exists():
        return Engine(folder)
    return export(require("instructrec.language.model", "lm").TorchModel(), folder)
