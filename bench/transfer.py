"""What a model learned in one shop is worth in another that it never saw: amazon-office to amazon-industrial,
and back.

    python bench/transfer.py [--data FOLDER] [--sets amazon-office amazon-industrial] [--limit 3000]

Taken over are the adapter of the instruction channel and the gates; what is counted (neighbours, together,
popularity) is counted on the other shop's own acts, and its sequence channel, which knows only items it was
trained on, is silent. Beside it stand the same sum with nothing learned (the encoder as it comes, plain
addition), a model trained on that shop, and baselines. Two tracks, last act of each user for test, full
ranking: without an instruction, and with the train-side one, whose conditions hold for every row.
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
from ablation import without
from machine import ROOT, facts, publish, shown

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES, Baseline
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.neighbours import NeighbourConfig
from instructrec.data.dataset import Split
from instructrec.data.split import split_last
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import Table, compare, fit_baselines
from instructrec.evaluation.evaluate import Space
from instructrec.evaluation.instructed import instruct
from instructrec.instructions.understand import Reader
from instructrec.models.fast import FastModel
from instructrec.models.gates import Gates
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.sources.read import read
from instructrec.tuning.assemble import Counts, assemble
from instructrec.tuning.gates import prior
from instructrec.tuning.loop import train
from instructrec.tuning.networks import SequenceNetwork
from instructrec.tuning.prepare import Corpus, prepare
from instructrec.types import Scorer


@dataclass(frozen=True)
class Shop:
    """A set with the model that was trained on it."""

    name: str
    split: Split
    corpus: Corpus
    model: FastModel


def shop(folder: Path, encoder: Encoder) -> Shop:
    """Read, split and train."""
    split = split_last(read(str(folder))[0])[0]
    corpus = prepare(split, encoder, None, each=1, limit=1_000, seed=0)
    return Shop(folder.name, split, corpus, train(split, encoder, progress=shown)[0])


def carried(source: Shop, texts: np.ndarray) -> InstructionMatch:
    """The adapter in the axes of another catalog: in the source's axes what it learned, elsewhere the encoder
    as it is.
    """
    axes, here = InstructionMatch.fit(source.corpus.vectors).adapter, InstructionMatch.fit(texts)
    learned = source.model.match.adapter
    turned = axes.T @ learned + np.eye(axes.shape[1], dtype=np.float32) - axes.T @ axes
    return InstructionMatch(here.items, (here.adapter @ turned).astype(np.float32))


def moved(source: Shop | None, target: Shop, asked: Sequence[Case]) -> FastModel:
    """What was learned in the source, or nothing, on the counts of the target."""
    corpus = target.corpus
    silent = SequenceNetwork(corpus.vectors, 16, 8, 1, 0.0).channel()
    counts, match = Counts(), InstructionMatch.fit(corpus.vectors)
    if source:
        told = dict(source.model.facts["counts"])
        counts = Counts(**told | {"neighbours": NeighbourConfig(**told["neighbours"])})
        match = carried(source, corpus.vectors)
    model = assemble(corpus, silent, match, counts, target.model.gates, {})
    plain = prior(model.channels, [case.context for case in asked])  # scales: no answer is looked at
    gates = Gates(plain.channels, source.model.gates.weights if source else plain.weights, plain.scale)
    silent_sequence = without(replace(model, gates=gates), "sequence")
    return replace(silent_sequence, name=f"learned in {source.name}" if source else "nothing learned")


def tables(source: Shop, target: Shop, encoder: Encoder, limit: int) -> dict[str, Table]:
    """Both tracks, the target's own model and baselines beside."""
    corpus, split = target.corpus, target.split
    asked = cases(split, "test", limit)
    told = instruct(asked, corpus.items, Reader(Vocabulary.of(corpus.items), encoder), seed=0)
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    rows: list[Scorer] = [
        moved(source, target, asked),
        moved(None, target, asked),
        replace(target.model, name=f"learned in {target.name}"),
        replace(without(target.model, "sequence"), name=f"learned in {target.name}, without sequence"),
    ]
    space = Space(corpus.vectors, np.bincount(split.train.histories().items, minlength=len(corpus.items)))
    plain = compare(
        [*rows, *fit_baselines(split, corpus.plain, chosen("item neighbours", "EASE"))], asked, space
    )
    words: list[Scorer] = [*rows, UntunedEncoder.fit(known, corpus.vectors), BASELINES["BM25"].fit(known)]
    return {"without an instruction": plain, "told": compare(words, told, space, allowed=corpus.allowed)}


def chosen(*names: str) -> dict[str, Baseline]:
    """Some of the baselines."""
    return {name: BASELINES[name] for name in names}


def main() -> None:
    """Train on each set, test on the other, print and write the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--sets", nargs=2, default=["amazon-office", "amazon-industrial"])
    options.add_argument("--limit", type=int, default=3_000)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    encoder = load_encoder()
    one, other = (shop(given.data / name, encoder) for name in given.sets)
    found: dict[str, Any] = {"machine": facts(), "tables": {}}
    parts = [
        f"# Learned in one shop, asked in another\n\nOne seed. {found['machine']['cpu']}, commit {found['machine']['commit']}."
    ]
    for source, target in ((one, other), (other, one)):
        for track, table in tables(source, target, encoder, given.limit).items():
            title = f"{source.name} to {target.name}, {track}"
            found["tables"][title] = table.to_dict()
            parts.append(f"## {title}\n\n{table.to_markdown()}")
    text = "\n\n".join(parts) + "\n"
    publish(given.out, "transfer", found, text)
    print(text)


if __name__ == "__main__":
    main()
