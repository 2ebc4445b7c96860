"""Writing titles of the catalog and nothing else: after each token only those are open that some title goes
on with.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from instructrec.errors import DataError
from instructrec.language.model import TorchModel

END = 1 << 62  # greater than any token: the end of the range of titles that share a beginning


@dataclass(frozen=True, slots=True)
class Written:
    """A title that was written, the items that have it, and the log-probability of all its tokens."""

    title: str
    items: tuple[int, ...]
    score: float


class Titles:
    """The titles of a catalog as the model's tokens, in order, so that one is found by its beginning.

    Raises DataError for a catalog without a title.
    """

    def __init__(self, model: TorchModel, titles: Sequence[str]) -> None:
        self.model = model
        self.end: int = model.tokenizer.eos_token_id
        self.holders: dict[tuple[int, ...], list[int]] = {}
        for number, title in enumerate(titles):
            if tokens := model.tokenizer.encode(title.strip(), add_special_tokens=False):
                self.holders.setdefault((*tokens, self.end), []).append(number)
        if not self.holders:
            raise DataError("no item has a title, so none can be written; give the items titles")
        self.order = sorted(self.holders)
        self.titles = titles
        self.longest = max(map(len, self.order))

    def following(self, begun: tuple[int, ...]) -> list[int]:
        """The tokens that some title goes on with after this beginning; the end where nothing does."""
        low, high = bisect_left(self.order, begun), bisect_left(self.order, (*begun, END))
        found = []
        while low < high:
            token = self.order[low][len(begun)] if len(self.order[low]) > len(begun) else self.end
            found.append(token)
            low = bisect_left(self.order, (*begun, token + 1), low, high)
        return found or [self.end]

    @torch.inference_mode()
    def write(self, prompt: str, many: int = 1) -> list[Written]:
        """The most likely titles as answers to a prompt, best first, by a beam of `many`; fewer where there
        are no more.
        """
        asked = self.model.rows([self.model.prompt_ids(prompt)])
        before = 1 if self.model.encodes else asked["input_ids"].shape[1]

        def open_tokens(_row: int, ids: torch.Tensor) -> list[int]:
            return self.following(tuple(ids[before:].tolist()))

        found: Any = self.model.network.generate(
            **asked, **self._read(asked, max(many, 2)), num_beams=max(many, 2), num_return_sequences=many,
            max_new_tokens=self.longest, do_sample=False, pad_token_id=self.model.pad, eos_token_id=self.end,
            prefix_allowed_tokens_fn=open_tokens, length_penalty=0.0, output_scores=True, return_dict_in_generate=True,
        )  # fmt: skip
        written = []
        for row, score in zip(found.sequences, found.sequences_scores.tolist(), strict=True):
            ids = row[before:].tolist()
            tokens = tuple(ids[: ids.index(self.end) + 1]) if self.end in ids else tuple(ids)
            if holders := self.holders.get(tokens):  # a beam for which no title was left ends anywhere
                written.append(Written(self.titles[holders[0]], tuple(holders), score))
        return written

    def _read(self, asked: dict[str, torch.Tensor], beams: int) -> dict[str, Any]:
        """The keys and values of the prompt but for its last token, worked out once and not by every beam."""
        if self.model.encodes:  # the encoder reads once by itself
            return {}
        known = self.model.network(
            input_ids=asked["input_ids"][:, :-1], use_cache=True, logits_to_keep=1
        ).cache
        known.batch_repeat_interleave(beams)
        return {"cache": known}
