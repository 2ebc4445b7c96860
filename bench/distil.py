"""Is the fast model better when it learns what the language model makes of its lists?

    python bench/distil.py [--workspace .instructrec/demo] [--lists 400]

In a workspace with a fast model and a tuned language model (`instructrec demo`, `instructrec tune`). The
teacher is the sum of both, with the weight that validation found, over the first 20 items for instructions of
the training part, whose answers are not looked at. The student is the fast model: its gates, and the adapter
of the instruction channel, learn the teacher's softmax over each list (Hinton et al. 2015). Both are measured
on the same requests of the test part, the whole catalog ranked.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from machine import ROOT, facts, publish, shown
from torch.nn.functional import kl_div, normalize

from instructrec.channels.instruction import InstructionMatch, Profile
from instructrec.cli.learn import split_workspace
from instructrec.data.facets import Facets
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import MAIN
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.instructed import allowed_by, instruct
from instructrec.evaluation.metrics import paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.instructions.generate import Generated, corpus
from instructrec.instructions.understand import Reader
from instructrec.language.examples import PLAIN
from instructrec.language.listwise import Reading
from instructrec.language.rerank import known, reading
from instructrec.models import checkpoint
from instructrec.models.fast import FastModel
from instructrec.models.gates import features, signed
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.workspace import Workspace
from instructrec.tuning.assemble import lists
from instructrec.tuning.gates import strength

CUT = 10
HELD = 5  # every fifth list is held back, and decides how long the student learns
STEPS, RATE = 300, 3e-3
PULL = 0.1  # towards the weights that the student comes with


@dataclass(frozen=True)
class Lesson:
    """A list for an instruction: the context, the items, and what the teacher adds to their scores."""

    case: Case
    items: np.ndarray
    added: np.ndarray


def asked(made: Sequence[Generated], reader: Reader, many: int) -> list[Case]:
    """Instructions of the training part as requests of which the answer is not known."""
    told = [g for g in made if g.group in PLAIN and g.said][:many]
    contexts = reader.contexts([g.said for g in told], [np.array(g.history, np.int64) for g in told])
    nothing = np.zeros(0, np.int64)
    return [Case(c, nothing, c.history, 0.0, str(n)) for n, c in enumerate(contexts) if c.vector is not None]


def lessons(
    model: FastModel,
    read: Reading,
    weight: float,
    requests: Sequence[Case],
    allowed: Allowed,
    titles: Sequence[str],
):
    """What the language model says of the fast one's lists, at the weight that it has beside it."""
    found = []
    for done, (case, made) in enumerate(zip(requests, lists(model, requests, allowed), strict=True), start=1):
        if len(made.items) > 1:
            values = read(made.said, [titles[n] for n in made.history], [titles[n] for n in made.items])
            found.append(Lesson(case, np.array(made.items), weight * values))
        shown("lessons", done, len(requests))
    return found


@dataclass(frozen=True)
class Seen:
    """Lessons as tensors, padded to the longest list."""

    features: torch.Tensor  # lists x features
    asked: torch.Tensor  # lists x dimension: vectors of the instructions
    items: torch.Tensor  # lists x items x width: vectors of the items
    others: torch.Tensor  # lists x items x channels; the instruction channel's is not used
    there: torch.Tensor  # lists x items, bool
    taught: torch.Tensor  # lists x items: the teacher's logarithms of shares

    @staticmethod
    def of(model: FastModel, taught: Sequence[Lesson]) -> "Seen":
        """What the student sees of each list."""
        contexts, width = [each.case.context for each in taught], max(len(each.items) for each in taught)
        rows = np.array(
            [np.pad(each.items, (0, width - len(each.items)), constant_values=-1) for each in taught]
        )
        values = np.stack(
            [np.take_along_axis(c.score(contexts), rows, 1) for c in model.channels.values()], axis=-1
        )
        there = torch.from_numpy(rows >= 0)
        added = np.array([np.pad(each.added, (0, width - len(each.added))) for each in taught])
        scores = np.take_along_axis(model.score(contexts), rows, 1) + added
        return Seen(
            torch.from_numpy(features(contexts, model.channels)), torch.from_numpy(np.stack([c.vector for c in contexts])),
            torch.from_numpy(model.match.items[rows]), torch.from_numpy(values.astype(np.float32)), there,
            torch.from_numpy(scores.astype(np.float32)).masked_fill(~there, -1e9).log_softmax(dim=1),
        )  # fmt: skip

    def some(self, chosen: np.ndarray) -> "Seen":
        """A part of the lists."""
        return Seen(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def learned(model: FastModel, taught: Sequence[Lesson]) -> tuple[FastModel, dict[str, float]]:
    """The student that is nearest to the teacher on lists held back, and how near: KL in nats a list before
    and after.
    """
    every = Seen.of(model, taught)
    number = np.arange(len(taught))
    to_learn, held = every.some(number % HELD > 0), every.some(number % HELD == 0)
    gates = torch.from_numpy(model.gates.weights.copy()).requires_grad_()
    adapter = torch.from_numpy(model.match.adapter.copy()).requires_grad_()
    start = (gates.detach().clone(), adapter.detach().clone())
    optimiser = torch.optim.Adam([{"params": [gates], "lr": RATE}, {"params": [adapter], "lr": RATE / 100}])
    best, kept_weights = float(loss(model, held, *start)), start
    first = best
    for _ in range(STEPS):
        optimiser.zero_grad()
        pull = PULL * ((gates - start[0]).square().mean() + (adapter - start[1]).square().mean())
        (loss(model, to_learn, gates, adapter) + pull).backward()
        optimiser.step()
        with torch.no_grad():
            if (now := float(loss(model, held, gates, adapter))) < best:
                best, kept_weights = now, (gates.detach().clone(), adapter.detach().clone())
    match = InstructionMatch(model.match.items, kept_weights[1].numpy())
    channels = {**model.channels, "instruction": match, "profile": Profile(match)}
    student = replace(model, channels=channels, gates=replace(model.gates, weights=kept_weights[0].numpy()))
    return student, {"KL before": first, "KL after": best, "lists": len(taught)}


def loss(model: FastModel, seen: Seen, gates: torch.Tensor, adapter: torch.Tensor) -> torch.Tensor:
    """KL of the student's shares of each list from the teacher's, in the mean."""
    order = list(model.gates.channels)
    below = torch.from_numpy(signed(seen.features.numpy(), order))
    counts = strength(seen.features, gates, below) * torch.from_numpy(model.gates.scale)
    match = (seen.items @ normalize(seen.asked @ adapter.T, dim=-1)[:, :, None])[..., 0]
    place = order.index("instruction")
    values = torch.cat([seen.others[..., :place], match[..., None], seen.others[..., place + 1 :]], dim=-1)
    shares = (values * counts[:, None]).sum(dim=-1).masked_fill(~seen.there, -1e9).log_softmax(dim=1)
    return kl_div(shares, seen.taught, log_target=True, reduction="batchmean")


def ranked(model: FastModel, requests: Sequence[Case], allowed: Allowed | None) -> np.ndarray:
    """nDCG@10 of every request, the whole catalog ranked."""
    found, _ = rank_all(model, requests, len(model.items), depth=CUT, allowed=allowed)
    return ranking_metrics(found, [c.relevant for c in requests], (CUT,))[MAIN]


def measure(place: Workspace, many: int, limit: int | None) -> dict[str, Any]:
    """Teach, and rank the test part with the fast model as it was and as it is then."""
    model, split = checkpoint.load_model(place.models), split_workspace(place)
    items = split.train.catalog.records()
    titles, reader = [item.title for item in items], Reader(Vocabulary.of(items), load_encoder(), place.store)
    weight = known(place.language)["weighed"]["told"]["weight"]
    if not weight:
        raise SystemExit(
            "beside the fast model the language model has no weight where something is said: nothing to teach"
        )
    read = reading(place.language)
    allowed = allowed_by(Facets(items))
    requests = asked(corpus(split.train, size=4 * many, seed=1), reader, many)
    taught = lessons(model, read, weight, requests, allowed, titles)
    found: dict[str, Any] = {"weight of the teacher": weight}
    student, near = learned(model, taught)
    found |= near
    test = cases(split, "test", limit)
    parts = {"plain": (test, None), "told": (instruct(test, items, reader, 0), allowed)}
    for kind, (some, passes) in parts.items():
        users = np.array([case.user for case in some])
        one, other = ranked(student, some, passes), ranked(model, some, passes)
        gap = paired(one, other, users).difference
        found[kind] = {
            "requests": len(some), "as trained": float(other.mean()), "distilled": float(one.mean()),
            "gain": [gap.mean, gap.low, gap.high],
        }  # fmt: skip
    return found


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine, found = result["machine"], result["found"]
    lines = [
        "# Distilled from the language model",
        "",
        f"{machine['cpu']}, commit {machine['commit']}. {found['lists']} lists for instructions of the training part.",
        f"The teacher is the fast model plus {found['weight of the teacher']:.2f} times the language model.",
        f"KL of the student from it on lists held back: {found['KL before']:.4f}, after learning {found['KL after']:.4f}.",
        f"{MAIN}, the whole catalog ranked.",
        "",
        "| requests | as trained | distilled | gain |",
        "|---|---:|---:|---:|",
    ]
    for kind in ("plain", "told"):
        row = found[kind]
        gain = "{:+.4f} [{:+.4f}, {:+.4f}]".format(*row["gain"])
        lines.append(
            f"| {kind}, {row['requests']:,} | {row['as trained']:.4f} | {row['distilled']:.4f} | {gain} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--workspace", "-w", type=Path, default=ROOT / ".instructrec/demo")
    options.add_argument("--lists", type=int, default=400)
    options.add_argument("--limit", type=int, help="requests of the test part; all where not given")
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    result = {"machine": facts(), "found": measure(Workspace.of(given.workspace), given.lists, given.limit)}
    text = markdown(result)
    publish(given.out, "distil", result, text)
    print(text)


if __name__ == "__main__":
    main()
