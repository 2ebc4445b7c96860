"""What a model learned in one shop is worth in another that it never saw.

    python bench/transfer.py [--sets amazon-office amazon-industrial] [--limit 3000]

Taken over are the adapter of the instruction channel and the gates. What is counted (transitions, EASE
neighbourhood, popularity) is counted on the other shop's own interactions, and the sequence channel, which
knows only items that it was trained on, is left out. Beside it stand the same sum with nothing learned (the
encoder as it comes, equal gates), a model trained on that shop, and baselines. Two tracks, last interaction
of each user for test, full ranking: without an instruction, and with one made from the item that was chosen,
whose conditions hold for every row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import harness
import numpy as np
import sections
from ablation import without
from task import split_of

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.channels.base import FitSettings, Material, NeighbourConfig
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.registry import fit_channels
from instructrec.data.dataset import Split
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import MAIN, Table, compare, fit_baselines
from instructrec.evaluation.evaluate import Space
from instructrec.evaluation.instructed import instructed_cases
from instructrec.instructions.understand import Reader
from instructrec.models.fast import FastModel
from instructrec.models.gates import Gates
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.tuning.gates import equal_gates
from instructrec.tuning.loop import train
from instructrec.tuning.networks import SequenceNetwork
from instructrec.tuning.prepare import Corpus, prepare
from instructrec.types import Scorer

METRICS = {MAIN: MAIN, "HR@10": "Success@10", "coverage@10": "coverage@10"}  # our name -> the library's


@dataclass(frozen=True)
class Shop:
    """A set with the model that was trained on it."""

    name: str
    split: Split
    corpus: Corpus
    model: FastModel


def shop(name: str, data: Path, encoder: Encoder) -> Shop:
    """Read, split and train."""
    split = split_of(name, data)
    corpus = prepare(split, encoder, None, each=1, limit=1_000, seed=0)
    return Shop(name, split, corpus, train(split, encoder, progress=harness.progress)[0])


def carried(source: Shop, texts: np.ndarray) -> InstructionMatch:
    """The adapter in the axes of another catalog: in the source's axes what it learned, elsewhere nothing."""
    axes, here = InstructionMatch.untrained(source.corpus.vectors).adapter, InstructionMatch.untrained(texts)
    learned = source.model.match.adapter
    turned = axes.T @ learned + np.eye(axes.shape[1], dtype=np.float32) - axes.T @ axes
    return InstructionMatch(here.items, (here.adapter @ turned).astype(np.float32))


def moved(source: Shop | None, target: Shop, requests: Sequence[Case]) -> FastModel:
    """What was learned in the source, or nothing, on the counts of the target."""
    corpus = target.corpus
    untrained = SequenceNetwork(corpus.vectors, 16, 8, 1, 0.0).channel()
    settings, match = FitSettings(), InstructionMatch.untrained(corpus.vectors)
    if source:
        chosen = dict(source.model.facts["fitted"])
        settings = FitSettings(**chosen | {"neighbours": NeighbourConfig(**chosen["neighbours"])})
        match = carried(source, corpus.vectors)
    trained = {"sequence": untrained, "instruction": match}
    channels = fit_channels(Material(corpus.items, corpus.vectors, corpus.known, settings, trained))
    model = replace(target.model, channels=channels)
    plain = equal_gates(channels, [case.context for case in requests])  # scales: no answer is looked at
    gates = Gates(plain.channels, source.model.gates.weights if source else plain.weights, plain.scale)
    name = f"learned in {source.name}" if source else "nothing learned"
    return replace(without(replace(model, gates=gates), "sequence"), name=name)


def tables(source: Shop, target: Shop, encoder: Encoder, limit: int) -> dict[str, Table]:
    """Both tracks: the moved model beside the target's own and baselines."""
    corpus, split = target.corpus, target.split
    requests = cases(split, "test", limit)
    instructed = instructed_cases(
        requests, corpus.items, Reader(Vocabulary.of(corpus.items), encoder), seed=0
    )
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    rows: list[Scorer] = [
        moved(source, target, requests),
        moved(None, target, requests),
        replace(target.model, name=f"learned in {target.name}"),
        replace(without(target.model, "sequence"), name=f"learned in {target.name}, without sequence"),
    ]
    counts = np.bincount(split.train.histories().items, minlength=len(corpus.items))
    space = Space(corpus.vectors, counts)
    chosen = {name: BASELINES[name] for name in ("item neighbours", "EASE")}
    plain = compare([*rows, *fit_baselines(split, corpus.uninstructed, chosen)], requests, space)
    by_words: list[Scorer] = [UntunedEncoder.fit(known, corpus.vectors), BASELINES["BM25"].fit(known)]
    told = compare([*rows, *by_words], instructed, space, allowed=corpus.allowed)
    return {"without an instruction": plain, "with an instruction": told}


def figures(table: Table) -> dict[str, Any]:
    """The rows of a table with the metrics that are printed, nDCG@10 with its interval."""
    rows = {}
    for made in table.reports:
        metrics = {ours: made.metrics[theirs].mean for ours, theirs in METRICS.items()}
        main = made.metrics[MAIN]
        rows[made.name] = metrics | {"interval": [main.low, main.high]}
    about = table.reports[0].settings
    return {"requests": about["requests"], "items": about["items"], "rows": rows}


def main() -> None:
    """Train on each set, test on the other, print the tables and write them to bench/results."""
    options = harness.options(__doc__)
    options.add_argument("--sets", nargs=2, default=["amazon-office", "amazon-industrial"])
    options.add_argument("--limit", type=int, default=3_000, help="requests drawn at random")
    given = options.parse_args()
    encoder = load_encoder()
    one, other = (shop(name, given.data, encoder) for name in given.sets)
    for source, target in ((one, other), (other, one)):
        for track, table in tables(source, target, encoder, given.limit).items():
            part = f"{source.name} to {target.name}, {track}"
            print(sections.transfer(harness.publish(given.out, "transfer", part, figures(table))))


if __name__ == "__main__":
    main()
