"""Sentence encoders side by side, on validation: what a model reaches with each, in English and Chinese, and
what a text costs.

    python bench/encoders.py [--encoders NAME ...] [--set ml-100k] [--data FOLDER]

For each encoder a model is trained. Measured on validation, before it is learned from: nDCG@10 without words,
told the train-side instruction, and wished for in words that name nothing; then the two channels that hear a
wish, on the same wishes in English and in Chinese. An encoder is a folder or a name on the hub, as
sentence-transformers takes it.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from machine import ROOT, facts, publish, shown

from instructrec.data.dataset import Split
from instructrec.data.split import split_by_time
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.encoders.transformer import MINILM
from instructrec.evaluation.cases import cases
from instructrec.evaluation.instructed import Steered, followed, steer
from instructrec.instructions.understand import Reader
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.sources.read import read
from instructrec.store.resources import get
from instructrec.tuning.loop import train

LANGUAGES = {"English": True, "Chinese": False}  # whether a sentence of it is ASCII


def cost(encoder: Encoder, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of one sentence alone (median), and texts a second in batches; the weights are read
    first.
    """
    encoder.encode(texts[:1])
    each = []
    for text in texts[:100]:
        start = time.perf_counter()
        encoder.encode([text])
        each.append(1000 * (time.perf_counter() - start))
    start = time.perf_counter()
    encoder.encode(texts)
    return {
        "ms a sentence": float(np.median(each)),
        "texts a second": len(texts) / (time.perf_counter() - start),
    }


def wishes(split: Split, encoder: Encoder, limit: int) -> list[Steered]:
    """Validation requests that wish for something in words that name nothing; the same for every encoder."""
    items = split.train.items()
    return steer(cases(split, "valid", limit), items, Reader(Vocabulary.of(items), encoder, None), seed=0)


def heard(model: FastModel, asked: Sequence[Steered]) -> dict[str, float]:
    """Satisfied@10 of what hears a wish, in each language."""
    found = {}
    for language, ascii_ in LANGUAGES.items():
        spoken = [s for s in asked if s.case.context.instruction.text.isascii() == ascii_]
        for name in ("instruction", "attributes"):
            found[f"{name}, {language}"] = followed(model.channels[name], spoken, len(model.items))[1]
    return found


def row(name: str, split: Split, limit: int) -> dict[str, Any]:
    """Train with one encoder and measure."""
    encoder = load_encoder(name)
    asked = wishes(split, encoder, limit)
    spent = cost(encoder, [s.case.context.instruction.text for s in asked])
    start = time.process_time()
    model, report = train(split, encoder, progress=shown)
    return {
        "encoder": name,
        **report.valid,
        **heard(model, asked),
        **spent,
        "fit, CPU s": time.process_time() - start,
    }


def markdown(name: str, rows: Sequence[dict[str, Any]]) -> str:
    """A column an encoder."""
    lines = [f"# Encoders on validation of {name}", "", f"| | {' | '.join(r['encoder'] for r in rows)} |"]
    lines.append("|---|" + "---:|" * len(rows))
    lines += [
        f"| {key} | {' | '.join(f'{r[key]:.4f}' if abs(r[key]) < 1 else f'{r[key]:.1f}' for r in rows)} |"
        for key in rows[0]
        if key != "encoder"
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--encoders", nargs="+", default=[DEFAULT, MINILM])
    options.add_argument("--set", default="ml-100k")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--limit", type=int, default=5_000)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    folder = given.data / given.set
    split = split_by_time(read(str(folder if folder.exists() else get(given.set)))[0])[0]
    rows = [row(name, split, given.limit) for name in given.encoders]
    text = markdown(given.set, rows)
    publish(given.out, "encoders", {"set": given.set, "machine": facts(), "rows": rows}, text)
    print(text)


if __name__ == "__main__":
    main()
