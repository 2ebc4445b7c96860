"""Instruction tuning of a language model: low-rank adapters on its upper layers, for as long as was given."""

import hashlib
import json
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, PartialState
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor

from instructrec.errors import DataError
from instructrec.language.examples import Example, RankingTask, ranking_measures
from instructrec.language.listwise import TitleLikelihood
from instructrec.language.loss import Row, encoded, packed, tuning_loss
from instructrec.language.model import DEFAULT, TorchModel, faster_precision
from instructrec.language.rerank import ABOUT, ALONE, NETWORK
from instructrec.tuning.state import load_state, optimiser_tensors, restore_optimiser, save_state
from instructrec.types import Progress, no_progress

ADAPTERS = "adapters"  # of a folder of a tuned model
LOOKS = 4  # at validation in a run, beside the one before it
KEPT_EVERY = 60.0  # seconds of work that a kill may cost

Loss = Callable[[TorchModel, Sequence[Row]], Tensor]  # one a row


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneConfig:
    """How a language model is tuned; the defaults are the fastest that were measured on two cores
    (`bench/language.py tuning`).
    """

    model: str = DEFAULT
    minutes: float = 15.0
    rank: int = 16  # of the adapters
    layers: int = 15  # uppermost ones that get adapters: no gradient has to flow further down
    rate: float = 5e-4
    batch: int = 16  # examples a step
    tokens: int = 2048  # of the examples that pass the network at once, padding included
    longest: int = 512  # tokens of an example; a longer one is left out
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TuneReport:
    """A line for each validation, the examples seen, and the cost."""

    log: list[dict[str, float]]
    seen: int
    seconds: float
    resumed_from: int
    precision: str
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def tune(
    made: Sequence[Example],
    valid: Sequence[RankingTask],
    config: TuneConfig = TuneConfig(),
    *,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
    loss: Loss = tuning_loss,
) -> tuple[TorchModel, TuneReport]:
    """Tune on the examples in their order until they or the minutes end, and return the best model on `valid`
    (nDCG@10).

    The loss is `tuning_loss`, unless another is given. With a `checkpoint` a killed run goes on within a
    minute of where it was, and the minutes that it had used count; the file is the caller's to remove when
    what came out is safe. Several processes under accelerate share the examples of each step. Raises
    DataError without examples.
    """
    if not made:
        raise DataError(
            "there is no example to tune on: the data gives no instruction; read more items or interactions"
        )
    run = _TuningRun(made, valid, config, loss)
    resumed = run.restore(checkpoint)
    if not run.log:
        run.look()  # what is not better than no tuning is not kept
    for step, batch in run.remaining():
        run.step(step, batch)
        progress("tune, s", int(min(run.seconds(), 60 * config.minutes)), int(60 * config.minutes))
        looked = run.is_time_to_look()
        if looked:
            run.look()
        if looked or run.seconds() - run.kept_at > KEPT_EVERY:
            run.keep(checkpoint)
    if run.log[-1]["examples"] < run.seen:
        run.look()
    run.use_best()
    progress("tune, s", int(60 * config.minutes), int(60 * config.minutes))
    run.keep(checkpoint)
    precision = str(run.precision).removeprefix("torch.")
    return run.model, TuneReport(run.log, run.seen, run.seconds(), resumed, precision, asdict(config))


class _TuningRun:
    """The model with its adapters, the optimiser, and how far they came."""

    def __init__(
        self,
        made: Sequence[Example],
        valid: Sequence[RankingTask],
        config: TuneConfig,
        loss: Loss = tuning_loss,
    ) -> None:
        self.made, self.valid, self.config, self.loss = made, valid, config, loss
        self.started, self.before = time.perf_counter(), 0.0
        self.accelerator = Accelerator()
        torch.manual_seed(config.seed)
        self.model = TorchModel(config.model)
        weights = _weights_digest(self.model.network)
        self.precision = faster_precision()
        self.model.network = adapted(self.model, config, self.precision).to(self.accelerator.device)
        self.learned = [p for p in self.model.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learned, lr=config.rate, weight_decay=0.0)
        self.log: list[dict[str, float]] = []
        self.losses: list[float] = []
        self.seen, self.best, self.kept, self.kept_at = 0, -1.0, self._adapters(), 0.0
        settings = {
            **asdict(config),
            "minutes": 0,
            "model": weights,
        }  # wherever a model lies, it is the same one
        self.identity: dict[str, Any] = {"config": settings, "examples": len(made)}

    def seconds(self) -> float:
        """What was used so far, killed runs before this one included."""
        return self.before + time.perf_counter() - self.started

    def share(self) -> float:
        """How much of the run is done, by time or by examples; 1 is its end."""
        return max(self.seconds() / max(60 * self.config.minutes, 1e-9), self.seen / len(self.made))

    def remaining(self) -> Iterator[tuple[int, Sequence[Example]]]:
        """Batches still to learn from; every process stops at the same one."""
        while self.seen < len(self.made) and self._agreed(self.share()) < 1:
            yield self.seen, self.made[self.seen : self.seen + self.config.batch]

    def _agreed(self, value: float) -> float:
        """The mean over all processes, whose clocks differ."""
        mean = torch.tensor(value, device=self.accelerator.device)
        return float(self.accelerator.reduce(mean, "mean"))

    def step(self, number: int, batch: Sequence[Example]) -> None:
        """One step of the optimiser on a batch, in parts that fit; the rate falls to nothing towards the
        end.
        """
        self.model.network.train()
        torch.manual_seed(self.config.seed * 100_003 + number)
        own = batch[self.accelerator.process_index :: self.accelerator.num_processes]
        for rows in packed(encoded(self.model, own, self.config.longest), self.config.tokens):
            loss = self.loss(self.model, rows).sum() / len(batch)
            self.losses.append(float(loss.detach()) * len(batch) / len(rows))
            loss.backward()
        for weights in self.learned:
            weights.grad = self.accelerator.reduce(
                weights.grad if weights.grad is not None else torch.zeros_like(weights)
            )
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate * max(0.0, 1 - self.share())
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.seen += len(batch)

    def is_time_to_look(self) -> bool:
        """Whether another part of the run is done since the last look."""
        return self._agreed(self.share()) * LOOKS >= len(self.log)

    def look(self) -> None:
        """Measure on validation, and keep the adapters if they are the best so far."""
        value = (
            ranking_measures(TitleLikelihood(self.model), self.valid)["nDCG@10"]
            if self.valid
            else float(len(self.log))
        )
        found = {"examples": self.seen, "seconds": self.seconds(), "nDCG@10": value}
        self.log.append(found | ({"loss": float(np.mean(self.losses))} if self.losses else {}))
        self.losses = []
        if value > self.best:
            self.best, self.kept = value, self._adapters()

    def use_best(self) -> None:
        """Go back to the best adapters."""
        set_peft_model_state_dict(self.model.network, self.kept)
        self.model.network.eval()

    def _adapters(self) -> dict[str, Tensor]:
        return {k: v.detach().clone().cpu() for k, v in get_peft_model_state_dict(self.model.network).items()}

    def keep(self, path: Path | None) -> None:
        """Write the run's state."""
        self.kept_at = self.seconds()
        if path and self.accelerator.is_main_process:
            now = {f"now.{k}": v for k, v in self._adapters().items()}
            best = {f"best.{k}": v for k, v in self.kept.items()}
            facts = {
                "identity": self.identity,
                "log": self.log,
                "seen": self.seen,
                "best": self.best,
                "spent": self.seconds(),
            }
            save_state(path, {**now, **best, **optimiser_tensors(self.optimiser)}, facts)

    def restore(self, path: Path | None) -> int:
        """Go on with the state on disk, if it is of the same examples and settings; returns the examples that
        were seen.
        """
        found = load_state(path) if path else None
        if found is None or found[1]["identity"] != self.identity:
            return 0
        tensors, facts = found
        set_peft_model_state_dict(
            self.model.network, {k[4:]: v for k, v in tensors.items() if k.startswith("now.")}
        )
        self.kept = {k[5:]: v for k, v in tensors.items() if k.startswith("best.")}
        restore_optimiser(self.optimiser, tensors)
        self.log, self.seen, self.best, self.before = (
            facts["log"],
            facts["seen"],
            facts["best"],
            facts["spent"],
        )
        self.kept_at = self.seconds()
        return self.seen


def _weights_digest(network: torch.nn.Module) -> str:
    """What the weights are, as a short name."""
    summary = hashlib.blake2b(digest_size=16)
    for name, weights in network.state_dict().items():
        summary.update(name.encode())
        summary.update(weights.detach().float().cpu().numpy().tobytes())
    return summary.hexdigest()


def leads() -> bool:
    """Whether this process writes what came out: of several under accelerate one does."""
    return PartialState().is_main_process


def adapted(model: TorchModel, config: TuneConfig, precision: torch.dtype) -> Any:
    """The network with low-rank adapters on every product of its upper layers (LoRA; Hu et al. 2021); only
    they learn.
    """
    network = model.network.to(precision)
    products = sorted(
        {
            name.rsplit(".", 1)[-1]
            for name, part in network.named_modules()
            if isinstance(part, torch.nn.Linear)
        }
    )
    targets = [name for name in products if name != "lm_head"]
    depth = network.config.num_hidden_layers
    upper = None if model.encodes else list(range(max(0, depth - config.layers), depth))
    shape = LoraConfig(
        r=config.rank, lora_alpha=2 * config.rank, target_modules=targets, layers_to_transform=upper
    )
    with warnings.catch_warnings():
        # of one library about a name that the other still uses
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(network, shape)


def write(model: TorchModel, folder: Path) -> Path:
    """Write the network, with 16 bits, into a draft beside a folder; returns the draft.

    Adapters become part of the network, and are written by themselves too.
    """
    for left in folder.parent.glob(f".{folder.name}.*"):  # by a run that was killed: some 400 MB
        shutil.rmtree(left, ignore_errors=True)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    network = model.network.float()
    if isinstance(network, PeftModel):
        network.save_pretrained(str(draft / ADAPTERS))
        network = network.merge_and_unload()
    save_network(network, model.tokenizer, draft / NETWORK)
    return draft


def save_network(network: Any, tokenizer: Any, folder: Path) -> None:
    """Write a network, whose weights become ones of 16 bits, and its tokenizer: a folder that `TorchModel`
    reads.
    """
    network.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def publish_language(draft: Path, folder: Path, about: Mapping[str, Any], alone: Mapping[str, float]) -> None:
    """Write the report and the title likelihoods into a draft, and put it in place of the folder.

    A kill leaves the old folder or the new one, or for a moment none: the same command then makes it again.
    """
    (draft / ALONE).write_text(json.dumps(dict(alone), ensure_ascii=False), encoding="utf-8")
    (draft / ABOUT).write_text(json.dumps(dict(about), indent=2, ensure_ascii=False), encoding="utf-8")
    old = folder.with_name(f".old-{folder.name}.{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
