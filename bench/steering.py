"""Does a wish in other words steer the list? Share of the first ten items that have what it means, and
nDCG@10.

    python bench/steering.py [--data FOLDER] [--sets ml-100k steam] [--limit 3000]

A model is trained while no instruction may speak of half of the attributes that moods stand for: not by their
names, not by what people call them, not by their moods. It is then asked for just those on the test part of a
time split, in English and Chinese, in words that name no attribute ("something that makes me laugh", 想要阴森的).
Nothing is filtered: a wish can only be followed by ranking. Beside it the untuned encoder and BM25 on the
same requests, the trained model without the words, and one that was trained without hard negatives: no
instruction stood beside the item of the same one with a condition turned round. The last column are the same
requests with an instruction that names a category, a decade and two words, whose conditions hold.
"""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from machine import ROOT, WORK, facts, kept, publish, shown

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.config import threads
from instructrec.data.split import split_by_time
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import MAIN, accuracy
from instructrec.evaluation.instructed import following, instruct, steer
from instructrec.evaluation.metrics import paired
from instructrec.instructions.template import words
from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.sources.read import read
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, fit
from instructrec.tuning.prepare import OBJECTIVES, Corpus, prepare
from instructrec.types import Context, Scorer

SHARED = ROOT.parent / "shared/data"
MEASURES = ("satisfied@10", MAIN)
TOLD = f"{MAIN} told"
COLUMNS = (*MEASURES, TOLD)


class Untold:
    """A model that is not told the wish: how far the history alone goes."""

    name = "InstructRec, not told"

    def __init__(self, model: Scorer) -> None:
        self.model = model

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Scores from the histories alone."""
        return self.model.score([Context(history=c.history, user=c.user) for c in contexts])


def held_out() -> tuple[str, ...]:
    """The attributes of every second mood of the list: a fixed rule."""
    return tuple(sorted({cue for mood in words("moods")["mood"][1::2] for cue in mood["cues"]}))


def without_hard_negatives(corpus: Corpus) -> Corpus:
    """The same corpus, where an instruction stands beside another item only if it asks which of the two."""
    pairs = corpus.asks.objective == OBJECTIVES.index("pairwise")
    return replace(corpus, asks=replace(corpus.asks, against=np.where(pairs, corpus.asks.against, -1)))


def run(folder: Path, limit: int, seed: int, store: SqliteStore) -> dict[str, Any]:
    """Train with the attributes held out, ask for them, and compare."""
    start = time.process_time()
    split = split_by_time(read(str(folder))[0])[0]
    encoder, held = load_encoder(), held_out()
    config = TrainConfig(hold_out=held, seed=seed)
    each, most = config.instructions_each, config.valid_limit
    corpus = prepare(split, encoder, store, each=each, limit=most, seed=seed, hold_out=held, progress=shown)
    model, report = fit(corpus, config, progress=shown)
    plainer = replace(
        fit(without_hard_negatives(corpus), config, progress=shown)[0], name="without hard negatives"
    )
    reader = Reader(Vocabulary.of(corpus.items), encoder, store)
    plain = cases(split, "test", limit, seed)
    asked = steer(plain, corpus.items, reader, seed, only=held)
    named = instruct(plain, corpus.items, reader, seed)
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    baselines: list[Scorer] = [UntunedEncoder.fit(known, corpus.vectors), BASELINES["BM25"].fit(known)]
    alone = [model.channels["instruction"], model.channels["attributes"]]
    rows: list[Scorer] = [model, plainer, Untold(model), *alone, *baselines]
    values = {row.name: following(row, asked, len(corpus.items)) for row in rows}
    told = {row.name: accuracy(row, named, len(corpus.items), allowed=corpus.allowed) for row in rows}
    users = [s.case.user for s in asked]
    best = max((b.name for b in baselines), key=lambda name: values[name]["satisfied@10"].mean())
    return {
        "requests": len(asked),
        "users": len(set(users)),
        "at random": float(np.mean([len(s.wished) for s in asked]) / len(corpus.items)),
        "rows": {
            name: {k: float(v.mean()) for k, v in found.items()} | {TOLD: told[name]}
            for name, found in values.items()
        },
        "ratio": {
            name: {k: _ratio(values[model.name][k], values[name][k], users) for k in MEASURES}
            for name in (best, plainer.name)
        },
        "valid": report.valid,
        "cpu_seconds": time.process_time() - start,
    }


def _ratio(ours: np.ndarray, theirs: np.ndarray, users: Sequence[str]) -> list[float]:
    found = paired(ours, theirs, np.unique(users, return_inverse=True)[1])
    return [found.ratio.mean, found.ratio.low, found.ratio.high] if found.ratio else [float("nan")] * 3


def markdown(result: dict[str, Any]) -> str:
    """The tables as text."""
    machine = result["machine"]
    lines = [
        "# Wishes in words that name nothing, of attributes that no instruction of the training spoke of",
        "",
        f"One seed. {machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}. CPU seconds: both trainings.",
    ]
    for name, found in result["sets"].items():
        lines += [
            "",
            f"## {name}: {found['requests']:,} requests of {found['users']:,} users",
            "",
            f"Of the catalog {found['at random']:.3f} have what is wished. {found['cpu_seconds']:,.0f} CPU s.",
            "",
            f"| row | {' | '.join(COLUMNS)} |",
            "|---|---:|---:|---:|",
            *(
                f"| {row} | {' | '.join(f'{values[m]:.4f}' for m in COLUMNS)} |"
                for row, values in found["rows"].items()
            ),
            "",
        ]
        for other, ratios in found["ratio"].items():
            told = "; ".join(
                f"{m} x {mean:.2f} [{low:.2f}, {high:.2f}]" for m, (mean, low, high) in ratios.items()
            )
            lines.append(f"InstructRec over {other}: {told}, paired by request, 95 % bootstrap by user.")
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table of each set and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--sets", nargs="+", default=["ml-100k", "steam"])
    options.add_argument("--limit", type=int, default=3_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--work", type=Path, default=WORK, help="where finished sets and vectors are kept")
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    torch.set_num_threads(threads())
    work = given.work.expanduser()
    work.mkdir(parents=True, exist_ok=True)
    store, done = SqliteStore(work / "vectors.db"), work / f"steering-{given.limit}-{given.seed}"
    sets = {
        name: kept(
            done / f"{name}.json", lambda name=name: run(given.data / name, given.limit, given.seed, store)
        )
        for name in given.sets
    }
    result = {"machine": facts(), "sets": sets}
    text = markdown(result)
    publish(given.out, "steering", result, text)
    print(text)


if __name__ == "__main__":
    main()
