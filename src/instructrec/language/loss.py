"""Examples as tokens, packed by length, and the loss of their answers: what one step of tuning computes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from instructrec.language.examples import Example
from instructrec.language.listwise import matching
from instructrec.language.model import TorchModel, begin
from instructrec.types import TaskForm


@dataclass(frozen=True, slots=True)
class Row:
    """An example as tokens; `answer` ends with the end of a turn where the answer is a text, `others` do
    not.
    """

    prompt: list[int]
    answer: list[int]
    others: tuple[list[int], ...] = ()

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer) + sum(map(len, self.others))


def encoded(model: TorchModel, some: Sequence[Example], longest: int) -> list[Row]:
    """Examples as tokens; those that are too long are left out. A text ends with the end of a turn, a label
    is all there is.
    """
    rows = []
    for example in some:
        texts = (example.answer, *example.others)
        answer, *others = (model.tokenizer.encode(text, add_special_tokens=False) for text in texts)
        end = [] if example.form == TaskForm.RERANKING else [model.tokenizer.eos_token_id]
        rows.append(Row(model.prompt_ids(example.prompt), [*answer, *end], tuple(others)))
    return [row for row in rows if len(row) <= longest]


def packed(rows: Sequence[Row], tokens: int) -> Iterator[list[Row]]:
    """Groups of rows of like length, each at most so many tokens when padded, or one row; one with others is
    read by itself.

    >>> [[len(r) for r in group] for group in packed([Row([1] * n, [1]) for n in (9, 2, 8, 2)], 12)]
    [[3, 3], [9], [10]]
    """
    group: list[Row] = []
    for row in sorted(rows, key=len):
        if row.others:
            yield [row]
            continue
        if group and len(row) * (len(group) + 1) > tokens:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def tuning_loss(model: TorchModel, rows: Sequence[Row]) -> Tensor:
    """The loss that `tune` minimises, one a row: of the choice where there is something to choose from, else
    of the answer.
    """
    found = [choice_loss(model, row) for row in rows if row.others]
    if answers := [row for row in rows if not row.others]:
        found.extend(answer_loss(model, answers))
    return torch.stack(found)


def choice_loss(model: TorchModel, row: Row) -> Tensor:
    """Cross-entropy of the answer among the others, each scored as `listwise.TitleLikelihood` scores it.

    So the model learns which title follows, not how titles are spelled.
    """
    texts = [row.answer[:-1], *row.others]
    values = model.log_likelihood(row.prompt, texts) - model.log_likelihood(
        model.prompt_ids(matching("", [])), texts
    )
    return -values.log_softmax(dim=0)[0]


def answer_loss(model: TorchModel, rows: Sequence[Row]) -> Tensor:
    """The mean of minus the log-probability of each answer's tokens, one a row."""
    logits, answer = answer_logits(model, rows)
    each = cross_entropy(logits.float().flatten(0, 1), answer.flatten(), ignore_index=-100, reduction="none")
    return each.view(answer.shape).sum(dim=1) / (answer >= 0).sum(dim=1)


def answer_logits(model: TorchModel, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """Logits before each token of the answers, (rows, longest, vocabulary), and those tokens, -100 where a
    row has none.
    """
    longest = max(len(row.answer) for row in rows)
    blank = [[-100] * (longest - len(row.answer)) for row in rows]
    sides = [row.answer + b if model.encodes else b + row.answer for row, b in zip(rows, blank, strict=True)]
    answer = torch.tensor(sides, device=model.network.device)
    return (_decoded(model, rows, answer) if model.encodes else _continued(model, rows, longest)), answer


def _continued(model: TorchModel, rows: Sequence[Row], longest: int) -> Tensor:
    """Logits of a causal network before each token of the answers, which all end together: the head sees
    nothing else.
    """
    texts, pad = [row.prompt + row.answer for row in rows], model.pad  # what else could be chosen is not read
    width = max(map(len, texts))
    ids = torch.tensor([[pad] * (width - len(text)) + text for text in texts], device=model.network.device)
    there = torch.tensor(
        [[0] * (width - len(text)) + [1] * len(text) for text in texts], device=model.network.device
    )
    places = (there.cumsum(dim=1) - 1).clamp(min=0)
    found = model.network(
        input_ids=ids, attention_mask=there, position_ids=places, logits_to_keep=longest + 1, use_cache=False
    )
    return found.logits[:, :-1]


def _decoded(model: TorchModel, rows: Sequence[Row], answer: Tensor) -> Tensor:
    """Logits of a decoder before each token of the answers, which all begin together."""
    prompt = model.rows([row.prompt for row in rows])
    before = torch.cat([begin(model, len(rows)), answer[:, :-1].clamp(min=0)], dim=1)
    return model.network(**prompt, decoder_input_ids=before, use_cache=False).logits
