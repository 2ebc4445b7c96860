"""A causal language model with fewer layers, and what it then learns from the whole one."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, kl_div

from instructrec.errors import ConfigError
from instructrec.language.examples import Choice, Example
from instructrec.language.loss import Row, answer_logits
from instructrec.language.model import TorchModel
from instructrec.language.tune import TuneConfig, TuneReport, save, tune
from instructrec.types import Progress, no_progress


def changes(model: TorchModel, prompts: Sequence[str]) -> np.ndarray:
    """How much each layer changes what passes it: 1 - the mean cosine of a token's state before and after it;
    (layers,).

    The "block influence" of ShortGPT (Men et al. 2024).
    """
    sums = np.zeros(len(_layers(model.network)))
    tokens = 0

    def seen(number: int, _part: Any, given: tuple[Tensor, ...], found: Any) -> None:
        after = found[0] if isinstance(found, tuple) else found
        sums[number] += (
            float(1 - cosine_similarity(given[0].float(), after.float(), dim=-1).mean()) * after.shape[-2]
        )

    hooks = [
        part.register_forward_hook(partial(seen, number))
        for number, part in enumerate(_layers(model.network))
    ]
    with torch.inference_mode():
        for prompt in prompts:  # one by one: no padding that would count
            ids = model.rows([model.prompt_ids(prompt)])
            model.network(**ids, use_cache=False, logits_to_keep=1)
            tokens += ids["input_ids"].shape[1]
    for hook in hooks:
        hook.remove()
    return sums / max(tokens, 1)


def pruned(model: TorchModel, layers: int, prompts: Sequence[str]) -> TorchModel:
    """The same model with that many layers: those are left out that change least on the prompts.

    The model that was given stays as it is. Raises ConfigError where it has not more layers than that, or is
    no causal one.
    """
    depth_allows(model, layers)
    stay = sorted(np.argsort(-changes(model, prompts), kind="stable")[:layers].tolist())
    small = TorchModel(model.name, model.precision)
    small.tokenizer, small.network = model.tokenizer, _shortened(model.network, stay)
    return small


def depth_allows(model: TorchModel, layers: int) -> None:
    """Raise ConfigError where the model cannot have that many layers left."""
    if model.encodes:
        raise ConfigError(
            f"{model.name!r} is an encoder-decoder; only the layers of a causal model can be left out"
        )
    depth = len(_layers(model.network))
    if not 1 <= layers <= depth:
        raise ConfigError(
            f"{layers} layers: allowed is 1 to {depth}, as many as the model has; next: another --layers"
        )


def _shortened(network: Any, stay: Sequence[int]) -> Any:
    """A copy of the network with these of its layers, numbered anew: a layer finds its keys of earlier tokens
    by number.
    """
    made = deepcopy(network)
    parts = _layers(made)
    for number in reversed(range(len(parts))):
        if number not in stay:
            del parts[number]
    numbered = [
        (number, part)
        for number, layer in enumerate(parts)
        for part in layer.modules()
        if hasattr(part, "layer_idx")
    ]
    for number, part in numbered:
        setattr(part, "layer_idx", number)  # noqa: B010 (torch declares no such attribute)
    made.config.num_hidden_layers = len(stay)
    if kinds := getattr(made.config, "layer_types", None):
        made.config.layer_types = [kinds[number] for number in stay]
    return made


def distilled(
    student: TorchModel,
    teacher: TorchModel,
    made: Sequence[Example],
    valid: Sequence[Choice],
    config: TuneConfig,
    *,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> tuple[TorchModel, TuneReport]:
    """Tune the student towards the teacher's distribution over the tokens of the answers (Hinton et al.
    2015).

    All of its layers learn, by adapters that become part of it; it is the best one on `valid` that is
    returned. Of the configuration everything counts but the model and its layers. Student and teacher share a
    vocabulary. With a `checkpoint` a killed run goes on, as in `tune`.
    """
    layers = student.network.config.num_hidden_layers
    with TemporaryDirectory() as folder:
        save(deepcopy(student.network), student.tokenizer, Path(folder))
        own = replace(config, model=folder, layers=layers)
        tuned, report = tune(
            made, valid, own, checkpoint=checkpoint, progress=progress, loss=partial(divergence, teacher)
        )
    learned = TorchModel(student.name, student.precision)
    learned.tokenizer, learned.network = student.tokenizer, tuned.network.float().merge_and_unload()
    return learned, report


def divergence(teacher: TorchModel, model: TorchModel, rows: Sequence[Row]) -> Tensor:
    """KL of the model's distribution from the teacher's before each token of an answer, its mean one a row;
    (rows,).
    """
    with torch.no_grad():
        wanted, _ = answer_logits(teacher, rows)
    logits, told = answer_logits(model, rows)
    own, aim = (each.float().log_softmax(dim=-1) for each in (logits, wanted))
    apart = kl_div(own, aim, log_target=True, reduction="none").sum(dim=-1)
    there = told >= 0
    return (apart * there).sum(dim=1) / there.sum(dim=1)


def _layers(network: Any) -> torch.nn.ModuleList:
    """The list of a causal network's layers, whatever it is called."""
    depth = network.config.num_hidden_layers
    return next(
        part for part in network.modules() if isinstance(part, torch.nn.ModuleList) and len(part) == depth
    )
