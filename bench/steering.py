"""Does a wish in other words steer the list? Share of the first ten items that have what it means, and nDCG@10.

    python bench/steering.py [--data FOLDER] [--sets ml-100k steam] [--limit 3000] [--json]

A model is trained while no instruction may speak of half of the attributes that moods stand for: not by their names, not by
what people call them, not by their moods. It is then asked for just those on the test part of a time split, in English and
Chinese, in words that name no attribute ("something that makes me laugh", 想要阴森的). Nothing is filtered: a wish can only be
followed by ranking. Beside it the untuned encoder and BM25 on the same requests, and the trained model without the words.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from machine import shown

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.data.features import encoder_text
from instructrec.data.split import split_by_time
from instructrec.encoders.base import encode_cached
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import MAIN
from instructrec.evaluation.instructed import following, steer
from instructrec.evaluation.metrics import paired
from instructrec.instructions.template import words
from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.sources.read import read
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, train
from instructrec.types import Context, Scorer

SHARED = Path(__file__).parents[2] / "shared/data"


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


def run(folder: Path, limit: int, seed: int, store: SqliteStore | None) -> dict[str, Any]:
    """Train with the attributes held out, ask for them, and compare."""
    start = time.process_time()
    data, _ = read(str(folder))
    split = split_by_time(data)[0]
    encoder = load_encoder()
    held = held_out()
    model, report = train(split, encoder, TrainConfig(hold_out=held, seed=seed), store=store, progress=shown)
    items = split.train.items()
    vectors = encode_cached(encoder, [encoder_text(item) for item in items], store)
    reader = Reader(Vocabulary.of(items), encoder, store)
    asked = steer(cases(split, "test", limit, seed), items, reader, seed, only=held)
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    baselines: list[Scorer] = [UntunedEncoder.fit(known, vectors), BASELINES["BM25"].fit(known)]
    rows: list[Scorer] = [model, Untold(model), model.channels["instruction"], model.channels["attributes"], *baselines]
    values = {row.name: following(row, asked, len(items)) for row in rows}
    users = [s.case.user for s in asked]
    best = max((b.name for b in baselines), key=lambda name: values[name]["satisfied@10"].mean())
    return {
        "set": folder.name,
        "requests": len(asked),
        "users": len(set(users)),
        "at random": float(np.mean([len(s.wished) for s in asked]) / len(items)),
        "rows": {name: {k: float(v.mean()) for k, v in found.items()} for name, found in values.items()},
        "better baseline": best,
        "ratio": {k: _ratio(values[model.name][k], values[best][k], users) for k in ("satisfied@10", MAIN)},
        "valid": report.valid,
        "gates": {
            c: [round(float(w), 2) for w in row] for c, row in zip(model.gates.channels, model.gates.weights, strict=True)
        },
        "cpu_seconds": time.process_time() - start,
    }


def _ratio(ours: np.ndarray, theirs: np.ndarray, users: Sequence[str]) -> list[float]:
    found = paired(ours, theirs, np.unique(users, return_inverse=True)[1])
    return [found.ratio.mean, found.ratio.low, found.ratio.high] if found.ratio else [float("nan")] * 3


def main() -> None:
    """Print the table of each set."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--sets", nargs="+", default=["ml-100k", "steam"])
    options.add_argument("--limit", type=int, default=3_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--store", type=Path, help="a store that keeps the vectors of texts from run to run")
    options.add_argument("--json", action="store_true", help="print JSON")
    given = options.parse_args()
    store = SqliteStore(given.store) if given.store else None
    found = [run(given.data / name, given.limit, given.seed, store) for name in given.sets]
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        print(f"\n{one['set']}: {one['requests']:,} requests of {one['users']:,} users, {one['at random']:.3f} at random")
        for name, row in one["rows"].items():
            print(f"  {name:24} satisfied@10 {row['satisfied@10']:.3f}  {MAIN} {row[MAIN]:.4f}")
        for key, (mean, low, high) in one["ratio"].items():
            print(f"  {key} against {one['better baseline']}: x {mean:.2f} [{low:.2f}, {high:.2f}]")
        print(f"  {one['cpu_seconds']:.0f} CPU seconds")


if __name__ == "__main__":
    main()
