"""What a corpus of instructions costs and how good it is, beside the paper's; `python bench/instructions.py
[--json]`.

The data set is read, split by leave-one-out, and only its training part is used. The paper's figures
(InstructRec, arXiv 2305.07001v1) were judged by people on 100 samples each; ours are measured, and answer
nearly but not quite the same questions.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.data.split import split_last
from instructrec.encoders.registry import load_encoder
from instructrec.instructions.audit import Audit, sample, write_form
from instructrec.instructions.generate import Generated, corpus
from instructrec.sources.read import read
from instructrec.types import Intention, Preference

# People's answers on 100 preferences and 100 intentions written by GPT-3.5 from reviews of amazon-games.
PAPER = {
    "instructions": (252_730, 252_730),
    "words_said": (23.5, 23.5),
    "grounded": (0.93, 0.90),
    "adds_knowledge": (0.87, 0.22),
    "reflects": (0.88, 0.69),
    "related": (0.48, 0.69),
}


def peak() -> float:
    """Peak resident memory of this process so far, MiB."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def kinds(made: Sequence[Generated]) -> dict[str, list[Generated]]:
    """The instructions that say a preference and no intention, those that say an intention and no preference,
    by track.
    """
    preference = [g for g in made if g.preference == Preference.EXPLICIT and g.intention == Intention.NONE]
    intention = [g for g in made if g.preference != Preference.EXPLICIT and g.intention != Intention.NONE]
    return {
        "all": list(made),
        "preference": preference,
        "intention": intention,
        "vague": [g for g in intention if g.intention == Intention.VAGUE],
        "specific": [g for g in intention if g.intention == Intention.SPECIFIC],
        "train-side": [g for g in intention if not g.leaks_target],
        "oracle": [g for g in intention if g.leaks_target],
    }


def run(data: str, size: int, seed: int, form: str | None) -> dict[str, Any]:
    """Generate and audit in this process; the cost is that of `corpus` alone."""
    everything, _ = read(data)
    train = split_last(everything)[0].train
    wall, cpu, before = time.perf_counter(), time.process_time(), peak()
    made = corpus(train, size=size, seed=seed)
    cost = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": peak(),
        "before_mib": before,
    }
    audit, encoder = Audit(train), load_encoder()
    cells = Counter(f"{g.preference} {g.intention} {g.task}" for g in made)
    result = {
        "cost": cost,
        "statistics": audit.statistics(made),
        "cells": dict(sorted(cells.items())),
        "measures": {},
    }
    for name, part in kinds(made).items():
        rng = np.random.default_rng(seed)
        said = {"words_said": audit.statistics(part)["words_said"], "obeyed": audit.obeyed(part, rng)}
        result["measures"][name] = audit.measures(part) | said | audit.relation(part, encoder, rng)
    if form:
        write_form(sample(made, 100, np.random.default_rng(seed)), audit, Path(form))
    return result


def show(result: dict[str, Any]) -> None:
    """Print the cost, what the corpus consists of, and the audit beside the paper's."""
    print("cost      " + "  ".join(f"{name} {value:,.1f}" for name, value in result["cost"].items()))
    print("corpus    " + "  ".join(f"{name} {value:,.3g}" for name, value in result["statistics"].items()))
    print("cells     " + "  ".join(f"{cell}: {count}" for cell, count in result["cells"].items()))
    names = ("grounded", "adds_knowledge", "new_words", "mrr", "hit_at_1", "related", "obeyed", "words_said")
    print("\n" + " " * 12 + "".join(f"{name:>16}" for name in names))
    for kind, measured in result["measures"].items():
        print(f"{kind:12}" + "".join(f"{measured.get(name, float('nan')):16.3f}" for name in names))
    print(f"{'at random':12}{'':48}{sum(1 / r for r in range(1, 101)) / 100:16.3f}{0.01:16.3f}{0.5:16.3f}")
    print("\nthe paper, judged by people (preference / intention):")
    print("  ".join(f"{name} {a:g} / {b:g}" for name, (a, b) in PAPER.items()))


def main() -> None:
    """Run in a fresh process and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(Path(__file__).parents[2] / "shared/data/amazon-games"))
    parser.add_argument("--size", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--form", help="write a form of 100 instructions to be judged to this CSV file")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.data, options.size, options.seed, options.form)))
        return
    line = [
        sys.executable,
        __file__,
        "--run",
        "--data",
        options.data,
        "--size",
        str(options.size),
        "--seed",
        str(options.seed),
    ]
    line += ["--form", options.form] if options.form else []
    child = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(child.stdout)
    print(json.dumps(result, indent=1)) if options.json else show(result)


if __name__ == "__main__":
    main()
