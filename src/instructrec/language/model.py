"""A language model behind one small interface, causal (SmolLM2) or encoder-decoder (Flan-T5), in torch: the
reference.

Its weights are SmolLM2's from their pinned 4-bit file, made readable once; a folder's; or those of a name on
the hub.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.utils import logging

from instructrec.config import cache_folder, threads
from instructrec.errors import ConfigError, require
from instructrec.resources.download import hub_answers
from instructrec.resources.known import get
from instructrec.tuning.networks import faster_on_this_cpu

DEFAULT = "smollm2"  # SmolLM2-135M-Instruct (Ben Allal et al. 2025)
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
READABLE = "smollm2-f16"  # its folder in the cache
# oneDNN keeps what it compiled and laid out for each shape of products of 16 bits, by itself and in PyTorch's
# bridge to it, a thousand shapes by default. Texts have ever other lengths, so that grows to gigabytes; 64
# are those of a step.
KEPT_SHAPES: Mapping[str, str] = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "64"}
SPLIT = "<<what is asked>>"  # stands in the chat template for the text


class TorchModel:
    """The model as the transformers library has it, on a GPU where there is one; loads on first use.

    Without a `precision` its weights have 32 bits on a CPU, which makes it the reference.
    """

    def __init__(self, name: str = DEFAULT, precision: torch.dtype | None = None) -> None:
        self.name, self.precision = name, precision

    @cached_property
    def place(self) -> str:
        """Folder or hub name of the weights."""
        return locate(self.name)

    @cached_property
    def tokenizer(self) -> Any:
        """The library's own."""
        return AutoTokenizer.from_pretrained(self.place)

    @cached_property
    def network(self) -> Any:
        """The library's own, ready to answer."""
        torch.set_num_threads(threads())
        device = "cuda" if torch.cuda.is_available() else "cpu"
        kind = AutoModelForSeq2SeqLM if self.encodes else AutoModelForCausalLM
        usual = torch.float32 if device == "cpu" else "auto"
        logging.disable_progress_bar()  # ours is the one that is shown
        return kind.from_pretrained(self.place, dtype=self.precision or usual).to(device).eval()

    @cached_property
    def encodes(self) -> bool:
        """Whether it is an encoder-decoder."""
        return bool(AutoConfig.from_pretrained(self.place).is_encoder_decoder)

    @cached_property
    def turns(self) -> tuple[str, str]:
        """The text before and after a prompt."""
        return chat_turns(self.tokenizer)

    @torch.inference_mode()
    def likelihood(self, prompt: str, answers: Sequence[str]) -> np.ndarray:
        """Log-probability of each whole answer after one prompt, which is read once; (answers,) float32."""
        answer = [self.tokenizer.encode(answer, add_special_tokens=False) for answer in answers]
        return self.log_likelihood(self.prompt_ids(prompt), answer).cpu().numpy()

    def log_likelihood(self, prompt: Sequence[int], answers: Sequence[Sequence[int]]) -> Tensor:
        """The same of tokens, and open to gradients; (answers,)."""
        prompt_rows, answered = self.rows([prompt]), self.rows(answers)
        ids, there = answered["input_ids"], answered["attention_mask"].bool()
        if self.encodes:
            encoded = self.network.get_encoder()(**prompt_rows).last_hidden_state.expand(len(answers), -1, -1)
            before = torch.cat([begin(self, len(answers)), ids[:, :-1]], dim=1)
            logits = self.network(encoder_outputs=(encoded,), decoder_input_ids=before).logits[there]
        else:
            logits = self._side_by_side(prompt_rows["input_ids"][0], ids, there)
        each = -cross_entropy(logits.float(), ids[there], reduction="none")
        return torch.zeros(len(ids), device=each.device).index_add(0, torch.nonzero(there)[:, 0], each)

    def _side_by_side(self, prompt_rows: Tensor, ids: Tensor, there: Tensor) -> Tensor:
        """Logits before each token of the answers, (tokens, vocabulary), in one pass over one row.

        Each answer has the positions that it would have alone, and attends to the prompt and itself only.
        """
        answer, rows = ids[there], torch.nonzero(there)
        length, owners = len(prompt_rows), torch.cat([rows.new_full((len(prompt_rows),), -1), rows[:, 0]])
        places = torch.cat([torch.arange(length, device=ids.device), length + rows[:, 1]])
        order = torch.arange(len(owners), device=ids.device)
        seen = (order[None] <= order[:, None]) & ((owners[None] == -1) | (owners[None] == owners[:, None]))
        kind = self.network.get_input_embeddings().weight.dtype
        mask = torch.zeros(1, 1, *seen.shape, dtype=kind, device=ids.device).masked_fill(
            ~seen, torch.finfo(kind).min
        )
        before = torch.where(rows[:, 1] == 0, length - 1, order[length:] - 1)
        row = torch.cat([prompt_rows, answer])[None]
        return self.network(
            input_ids=row,
            attention_mask=mask,
            position_ids=places[None],
            use_cache=False,
            logits_to_keep=before,
        ).logits[0]

    @property
    def pad(self) -> int:
        """The token that fills a row where nothing is read."""
        known = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
        return next(token for token in known if token is not None)

    def prompt_ids(self, prompt: str) -> list[int]:
        """The tokens of a prompt between its turn marks."""
        before, after = self.turns
        return self.tokenizer.encode(before + prompt + after, add_special_tokens=self.encodes)

    def rows(self, ids: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Padded at the end, where a causal network does not look."""
        longest = max(map(len, ids))
        rows = torch.tensor(
            [[*row, *[self.pad] * (longest - len(row))] for row in ids], device=self.network.device
        )
        there = torch.tensor(
            [[1] * len(row) + [0] * (longest - len(row)) for row in ids], device=self.network.device
        )
        return {"input_ids": rows, "attention_mask": there}


def begin(model: TorchModel, rows: int) -> Tensor:
    """What a decoder starts with; (rows, 1)."""
    start = model.network.config.decoder_start_token_id
    return torch.full((rows, 1), model.pad if start is None else start, device=model.network.device)


def chat_turns(tokenizer: Any) -> tuple[str, str]:
    """What a chat template puts before and after a user's message; empty where the model has none."""
    if not getattr(tokenizer, "chat_template", None):
        return "", ""
    said = [{"role": "user", "content": SPLIT}]
    before, _, after = tokenizer.apply_chat_template(
        said, tokenize=False, add_generation_prompt=True
    ).partition(SPLIT)
    return before, after


def locate(name: str = DEFAULT) -> str:
    """What the transformers library can load: a folder, or a name on the hub where that is reached.

    The default comes as a file of four bits a weight, which the library reads but cannot write or tune; it is
    written as safetensors to the cache once, 270 MB. Raises ConfigError for a name that leads nowhere.
    """
    if name == DEFAULT:
        folder = cache_folder() / READABLE
        if not (folder / "config.json").exists():
            _make_readable(get(DEFAULT), folder)
        return str(folder)
    if not (Path(name) / "config.json").exists() and not hub_answers():
        raise ConfigError(
            f"no language model {name!r}: it is no folder with a config.json, and the hub does not answer; "
            f"give such a folder, or {DEFAULT!r}"
        )
    return name


def _make_readable(source: Path, folder: Path) -> None:
    """Copy the weights into a model that does not know of the four bits, and write it; whole or not at
    all.
    """
    require("gguf", "lm")
    logging.disable_progress_bar()  # ours is the one that is shown
    with redirect_stderr(StringIO()):  # where one of transformers' bars goes that cannot be turned off
        read = AutoModelForCausalLM.from_pretrained(source, gguf_file=FILE, dtype=torch.float32)
    described = {key: value for key, value in read.config.to_dict().items() if key != "quantization_config"}
    plain = AutoModelForCausalLM.from_config(type(read.config).from_dict(described))
    plain.load_state_dict(read.state_dict())
    draft = folder.with_name(f".draft-{folder.name}-{os.getpid()}")
    plain.half().save_pretrained(draft)
    tokenizer: Any = AutoTokenizer.from_pretrained(source, gguf_file=FILE)
    tokenizer.save_pretrained(draft)
    try:
        draft.rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)


def faster_precision() -> torch.dtype:
    """The precision of weights that do not learn: 16 bits on a GPU that has them, on a CPU whichever
    multiplies faster here.

    Before the first product of 16 bits it bounds what is kept for each shape of them, where the user has not.
    """
    for name, value in KEPT_SHAPES.items():
        os.environ.setdefault(name, value)
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return faster_on_this_cpu()
