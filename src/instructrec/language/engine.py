"""The language model as it serves: CTranslate2 with weights of 8 bits, without torch; and how it is made of
one in torch.
"""

import json
import os
import platform
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from instructrec.config import threads
from instructrec.errors import ConfigError, require

# what the tokenizer's file does not tell: the name, the turns of a chat, whether it encodes
ABOUT = "instructrec.json"
DRAWN, WARMTH = 20, 0.8  # tokens that are drawn from, and the temperature
ENDS = ("<|im_end|>", "<|endoftext|>", "</s>", "<end>")  # what models of several kinds end a text with


class Engine:
    """A model that `export` wrote; the same answers as in torch but for rounding, in a quarter of the memory.

    Raises ConfigError for a folder that holds none.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            about = json.loads((self.folder / ABOUT).read_text())
        except FileNotFoundError as error:
            raise ConfigError(
                f"{folder} holds no language model (no {ABOUT}); next: instructrec tune"
            ) from error
        self.name, self.encodes, self.turns = (
            str(about["name"]),
            bool(about["encodes"]),
            tuple(about["turns"]),
        )

    @cached_property
    def _tokenizer(self) -> Any:
        return require("tokenizers", "lm").Tokenizer.from_file(str(self.folder / "tokenizer.json"))

    @cached_property
    def _network(self) -> Any:
        return self._load()

    def _load(self) -> Any:
        library = require("ctranslate2", "lm")
        computed = "default" if library.get_cuda_device_count() or eight_bits_are_exact() else "float32"
        return library.Generator(
            str(self.folder), device="auto", compute_type=computed, inter_threads=1, intra_threads=threads()
        )

    def lines(self, beginnings: Sequence[str], longest: int, many: int = 1, seed: int = 0) -> list[list[str]]:
        """How the last line of each text goes on, without turn marks: the likeliest way, or `many` drawn ones
        by a seed.

        `longest` is in tokens. Raises ConfigError for an encoder-decoder, which answers and does not go on.
        """
        if self.encodes:
            raise ConfigError(f"{self.name} answers texts and does not go on with them; give a causal model")
        require("ctranslate2", "lm").set_random_seed(seed)
        network = self._load() if many > 1 else self._network  # only a new one begins with the seed
        drawn = (
            {"num_hypotheses": many, "sampling_topk": DRAWN, "sampling_temperature": WARMTH}
            if many > 1
            else {}
        )
        asked = [self._tokenizer.encode(text, add_special_tokens=False).tokens for text in beginnings]
        settings = {
            "max_length": longest,
            "include_prompt_in_result": False,
            "end_token": self._ends,
            **drawn,
        }
        found = [network.generate_batch([tokens], **settings)[0].sequences for tokens in asked]
        return [[self._text(pieces).split("\n")[0] for pieces in sequences] for sequences in found]

    @cached_property
    def _ends(self) -> list[str]:
        """Tokens that end a line or a text, as far as the model has them."""
        breaks = [self._tokenizer.encode(text, add_special_tokens=False).tokens for text in ("\n", "\n\n")]
        known = [token for token in ENDS if self._tokenizer.token_to_id(token) is not None]
        return [*(tokens[0] for tokens in breaks if len(tokens) == 1), *known]

    def _text(self, pieces: Sequence[str]) -> str:
        ids = [self._tokenizer.token_to_id(piece) for piece in pieces]
        return self._tokenizer.decode(ids, skip_special_tokens=True).strip()


def export(model: Any, folder: str | Path, quantization: str = "int8_float32") -> Engine:
    """Write a model in torch (`language.model.TorchModel`) as an engine, whole or not at all; replaces what
    was there.

    `quantization` is CTranslate2's: the weights with 8 bits and the rest with 32, or float32 for a
    comparison.
    """
    target = Path(folder)
    draft = target.with_name(f".draft-{target.name}-{os.getpid()}")
    convert = require("ctranslate2.converters", "lm").TransformersConverter
    convert(model.place, copy_files=["tokenizer.json"]).convert(
        str(draft), quantization=quantization, force=True
    )
    about = {"name": model.name, "encodes": model.encodes, "turns": model.turns}
    (draft / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1))
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return Engine(target)


def eight_bits_are_exact() -> bool:
    """Whether this processor multiplies 8 bits without losing any: x86 adds pairs of products in 16 bits,
    unless it has VNNI.

    Where they overflow, log-probabilities of SmolLM2 were wrong by up to 2.9; there the weights of 8 bits are
    multiplied in 32.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "vnni" in flags.read_text()
