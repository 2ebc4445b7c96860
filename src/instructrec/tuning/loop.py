"""Train the fast model: one visible loop over the sequence and the instruction network, then counts, then
gates.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from instructrec import __version__
from instructrec.channels.base import Channel
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.sequence import NextItem
from instructrec.config import freed_memory_kept, threads
from instructrec.data.dataset import Split
from instructrec.data.histories import Histories
from instructrec.encoders.base import Encoder
from instructrec.errors import DataError
from instructrec.evaluation.compare import ndcg_at_10
from instructrec.instructions.template import words
from instructrec.models.fast import FastModel
from instructrec.models.validation_lists import ValidationList
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.assemble import assemble, calibrate, choose_settings
from instructrec.tuning.batch import Batch, window_batches, windows
from instructrec.tuning.gain import Gain, measure_gain
from instructrec.tuning.networks import InstructionNetwork, SequenceNetwork, faster_on_this_cpu, polyak
from instructrec.tuning.objective import Sampler, grid_loss, softmax_loss
from instructrec.tuning.prepare import Corpus, prepare
from instructrec.tuning.state import load_state, optimiser_tensors, restore_optimiser, save_state
from instructrec.types import Progress, no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How the fast model is trained; the defaults are what `make demo` uses."""

    width: int = 128
    length: int = 50
    layers: int = 2
    dropout: float = 0.5
    masked: float = 0.0  # share of the interactions that a window leaves out, others in every epoch
    rate: float = 1e-3
    # of the instruction network, which starts at the encoder's own knowledge and must not lose it
    adapter_rate: float = 3e-4
    batch: int = 128
    negatives: int = 1000
    epochs: int = 30
    patience: int = 5
    instructions_each: int = 12
    valid_limit: int = 5000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainReport:
    """The epochs of a run, the settings it chose, its cost, and its lists for validation requests."""

    epochs: list[dict[str, float]]
    valid: dict[str, float]
    fitted: dict[str, Any]
    cpu_seconds: float
    resumed_from: int
    settings: dict[str, Any] = field(default_factory=dict)
    lists: tuple[ValidationList, ...] = ()
    # over the untrained model, by kind of request; empty where nothing could be compared
    gain: dict[str, Gain] = field(default_factory=dict)

    @property
    def improves(self) -> bool:
        """Whether the trained model is at least as good as the untrained one, or could not be compared."""
        return not self.gain or self.gain["overall"].difference.mean >= 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the lists."""
        return asdict(replace(self, lists=()))


def train(
    split: Split,
    encoder: Encoder,
    config: TrainConfig = TrainConfig(),
    *,
    store: SqliteStore | None = None,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> tuple[FastModel, TrainReport]:
    """Train on a split; returns the model and a report.

    With a `checkpoint` an interrupted run resumes at its last epoch. Raises DataError when there is nothing
    to learn from.
    """
    start = time.process_time()
    torch.set_num_threads(threads())
    corpus = prepare(
        split,
        encoder,
        store,
        each=config.instructions_each,
        limit=config.valid_limit,
        seed=config.seed,
        progress=progress,
    )
    preparing = time.process_time() - start
    model, report = fit(corpus, config, checkpoint=checkpoint, progress=progress)
    return model, replace(report, cpu_seconds=preparing + report.cpu_seconds)


def fit(
    corpus: Corpus, config: TrainConfig, *, checkpoint: Path | None = None, progress: Progress = no_progress
) -> tuple[FastModel, TrainReport]:
    """`train` with a prepared corpus.

    Networks trained on train and stopped on validation decide the number of epochs and the gates. Then the
    sequence network is trained again on train and valid for as many epochs, and everything that is counted is
    counted again, so that the model knows all interactions before the test part.
    """
    start = time.process_time()
    run = _Run(corpus, config, corpus.histories)
    resumed = run.restore(checkpoint)
    for epoch in run.remaining():
        learning = run.learning()
        run.epoch(epoch, progress, learning)
        run.validate(epoch, learning)
        run.keep(checkpoint)
        progress("train", epoch + 1, config.epochs, run.last_epoch())
    progress("train", config.epochs, config.epochs)
    run.use_best()
    trained: dict[str, Channel] = {
        "sequence": run.sequence.channel(),
        "instruction": run.instruction.channel(),
    }
    found = calibrate(corpus, trained, choose_settings(corpus, progress), config.seed, progress)
    progress("compare", 0, 1)
    gain = measure_gain(corpus, found.model)
    progress("compare", 1, 1)
    facts = {
        "code": __version__,
        "data": corpus.digest,
        "encoder": corpus.encoder,
        "settings": asdict(config),
        "fitted": asdict(found.settings),
        "valid": found.valid,
        "gain": {name: asdict(each) for name, each in gain.items()},
        "epochs": len(run.log),
    }
    trained["sequence"] = run.refit(progress)
    progress("count", 0, 1)
    model = assemble(corpus, trained, found, facts)
    progress("count", 1, 1)
    spent = time.process_time() - start + sum(line.get("cpu_seconds", 0.0) for line in run.log[:resumed])
    report = TrainReport(
        run.log, found.valid, facts["fitted"], spent, resumed, facts["settings"], found.lists, gain
    )
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return model, report


class _Run:
    """The networks of a run, their optimiser and what they reached so far."""

    def __init__(self, corpus: Corpus, config: TrainConfig, histories: Histories) -> None:
        self.corpus, self.config, self.histories = corpus, config, histories
        if not (np.diff(histories.offsets) >= 2).any():
            raise DataError(
                "no user has two interactions before the split, so there is no order to learn; read more "
                "interactions"
            )
        torch.manual_seed(config.seed)
        self.sequence = SequenceNetwork(
            corpus.vectors, config.width, config.length, config.layers, config.dropout
        )
        self.instruction = InstructionNetwork(InstructionMatch.untrained(corpus.vectors))
        self.parts = nn.ModuleDict({"sequence": self.sequence, "instruction": self.instruction})
        self.average = AveragedModel(self.sequence, avg_fn=polyak)
        rates = {"sequence": config.rate, "instruction": config.adapter_rate}
        groups = [{"params": part.parameters(), "lr": rates[name]} for name, part in self.parts.items()]
        self.optimiser = torch.optim.Adam(groups, fused=True)
        items = len(corpus.items)
        self.sampler = Sampler(np.bincount(histories.items, minlength=items), config.negatives)
        self.example_sampler = Sampler(np.bincount(corpus.examples.items, minlength=items), config.negatives)
        self.log: list[dict[str, float]] = []
        self.best: dict[str, float] = {name: -1.0 for name in self.parts}
        self.best_epochs: dict[str, int] = dict.fromkeys(self.parts, 0)
        self.kept: dict[str, torch.Tensor] = {}
        self.weights = words("mix")["objectives"]
        self.identity: dict[str, Any] = {
            "data": corpus.digest,
            "encoder": corpus.encoder,
            "config": asdict(config),
        }

    def learning(self) -> set[str]:
        """The networks that got better within the last `patience` epochs; the others have ended."""
        return {
            name for name, best in self.best_epochs.items() if len(self.log) - best <= self.config.patience
        }

    def remaining(self) -> Iterator[int]:
        """Epochs still to run, until no network gets better any more."""
        while len(self.log) < self.config.epochs and self.learning():
            yield len(self.log)

    def refit(self, progress: Progress) -> NextItem:
        """A sequence network trained for as many epochs as were best, on train and valid; the same seeds, no
        stopping.
        """
        again = _Run(self.corpus, self.config, self.corpus.known.taste())
        epochs = self.best_epochs["sequence"]
        for number in range(epochs):
            again.epoch(number, no_progress, {"sequence"})
            progress("refit", number + 1, epochs)
        return again.averaged()

    @freed_memory_kept()
    def epoch(self, number: int, progress: Progress, learning: Collection[str]) -> None:
        """One pass over all windows and the instructions beside them, for those of the two networks that are
        `learning`.
        """
        torch.manual_seed(self.config.seed * 100_003 + number)
        rng = np.random.default_rng((self.config.seed, number))
        self.parts.train()
        started, cpu, losses = time.perf_counter(), time.process_time(), []
        examples = self._example_batches(rng) if "instruction" in learning else iter(())
        spans = windows(self.histories, self.config.length, rng)
        total = -(-len(spans) // self.config.batch)
        # each instruction once an epoch, or less
        every = max(1, total * self.config.batch // max(len(self.corpus.examples), 1))
        for done, batch in enumerate(
            window_batches(self.histories, spans, self.config.batch, rng, self.config.masked)
        ):
            found = []
            if "sequence" in learning and batch.learn.any():
                found.append(self._sequence_loss(batch, rng))
            if done % every == 0 and (rows := next(examples, None)) is not None:
                found.append(self._example_loss(rows, rng))
            if found:
                losses.append(self._step(torch.stack(found).sum(), "sequence" in learning))
            progress("epoch", done + 1, total)
        cost = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
        self.log.append({"epoch": number, "loss": float(np.mean(losses)), **cost})

    def _sequence_loss(self, batch: Batch, rng: np.random.Generator) -> torch.Tensor:
        candidates, included, place = self.sampler.draw(batch.targets[batch.learn], rng)
        states = self.sequence.after(torch.from_numpy(batch.inputs), torch.from_numpy(batch.learn))
        items, bias = self.sequence.items[candidates], self.sequence.bias[candidates] - included
        kind = faster_on_this_cpu()
        return softmax_loss(states.to(kind), items.to(kind), bias.to(kind), place).float()

    def _step(self, loss: torch.Tensor, averaging: bool) -> float:
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        if averaging:
            self.average.update_parameters(self.sequence)
        return float(loss.detach())

    def _example_batches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Batches of instruction numbers, without end where there are any."""
        size = len(self.corpus.examples)
        while size:
            order = rng.permutation(size)
            yield from (order[i : i + self.config.batch] for i in range(0, size, self.config.batch))

    def _example_loss(self, rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        examples, known = self.corpus.examples, self._known
        return grid_loss(
            self.instruction, examples, rows, self.example_sampler, rng, known=known, weights=self.weights
        )

    @torch.no_grad()
    def _known(self, histories: np.ndarray, candidates: torch.Tensor) -> torch.Tensor:
        """The sequence network's logits of some items after each history, zero without one; (rows, some)."""
        acts = torch.from_numpy(histories[:, -self.config.length :])
        latest = torch.arange(acts.shape[1]).expand_as(acts) == acts.shape[1] - 1
        states = self.sequence.after(acts, latest)  # of all rows, so that their number stays the same
        logits = states @ self.sequence.items[candidates].T + self.sequence.bias[candidates]
        return logits.masked_fill(acts[:, -1:] < 0, 0.0)

    def last_epoch(self) -> str:
        """Loss and validation measures of the last epoch, in words."""
        line = self.log[-1]
        reached = [f"{name} {line[f'valid_{name}']:.4f}" for name in self.parts if f"valid_{name}" in line]
        return f"loss {line['loss']:.2f}, validation nDCG@10: {', '.join(reached)}"

    def averaged(self) -> NextItem:
        """The numpy twin of the sequence network with the mean of its weights over the last steps."""
        module = self.average.module
        assert isinstance(module, SequenceNetwork)
        return module.channel()

    def validate(self, number: int, learning: Collection[str]) -> None:
        """NDCG@10 of each network alone; each keeps its own best weights, the sequence network those of its
        mean.
        """
        self.parts.eval()
        for name in sorted(learning):
            value = self._reached(name)
            self.log[-1][f"valid_{name}"] = value
            if value > self.best[name]:
                self.best[name], self.best_epochs[name] = value, number + 1
                weights = self.average.module if name == "sequence" else self.parts[name]
                self.kept |= {f"{name}.{k}": v.detach().clone() for k, v in weights.state_dict().items()}

    def _reached(self, name: str) -> float:
        """NDCG@10 on the validation requests that are this network's to answer; 0 where there are none."""
        items = len(self.corpus.items)
        if name == "sequence":
            return (
                ndcg_at_10(self.averaged(), self.corpus.uninstructed, items)
                if self.corpus.uninstructed
                else 0.0
            )
        match = self.instruction.channel()
        asked = [
            part for part in (self.corpus.instructed, [each.case for each in self.corpus.soft_wishes]) if part
        ]
        return float(np.mean([ndcg_at_10(match, part, items) for part in asked])) if asked else 0.0

    def use_best(self) -> None:
        """Go back to the best weights of each network."""
        self.parts.load_state_dict(self.kept)
        self.parts.eval()

    def keep(self, path: Path | None) -> None:
        """Write the run's state."""
        if path:
            now = {f"now.{k}": v for k, v in self.parts.state_dict().items()}
            best = {f"best.{k}": v for k, v in self.kept.items()}
            mean = {f"mean.{k}": v for k, v in self.average.state_dict().items()}
            facts = {
                "identity": self.identity,
                "log": self.log,
                "best": self.best,
                "best_epochs": self.best_epochs,
            }
            save_state(path, {**now, **best, **mean, **optimiser_tensors(self.optimiser)}, facts)

    def restore(self, path: Path | None) -> int:
        """Go on with the state on disk, if it is of the same data and settings; returns the epochs that were
        done.
        """
        found = load_state(path) if path else None
        if found is None or found[1]["identity"] != self.identity:
            return 0
        tensors, facts = found
        self.parts.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("now.")})
        self.average.load_state_dict({k[5:]: v for k, v in tensors.items() if k.startswith("mean.")})
        self.kept = {k[5:]: v for k, v in tensors.items() if k.startswith("best.")}
        restore_optimiser(self.optimiser, tensors)
        self.log, self.best, self.best_epochs = facts["log"], facts["best"], facts["best_epochs"]
        return len(self.log)
