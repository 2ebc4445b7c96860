"""How well instructions are understood, and how good the generated ones are.

    python bench/understanding.py exam [--sentences FOLDER] [--wrong]
    python bench/understanding.py violations [--pairs 100000]
    python bench/understanding.py corpus [--size 250000] [--form FILE]

`exam`: sentences labelled by people who had not seen the parser (tests/parsing/marks.py). `violations`:
random catalogs and requests; every returned item is checked against every parsed condition by code that
shares nothing with the package's own (tests/violations.py). `corpus`: the time, memory and audit of generated
instructions, made of the training part of amazon-games.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import harness
import numpy as np
import sections

sys.path.insert(0, str(harness.ROOT))

from task import split_of

from instructrec.encoders.registry import load_encoder
from instructrec.instructions.audit import Audit, sample, write_form
from instructrec.instructions.generate import Generated, corpus
from instructrec.types import Intention, Preference
from tests import violations
from tests.parsing import marks

FIRST_SIGHT = "thirteen later sets at first sight"
HALVES = {"work": "the half that the parser was mended on", "unseen": "the other half"}
SHOWN = 20  # violations and misread sentences


def exam(given: argparse.Namespace) -> None:
    """The parser on labelled sentences, both halves of a folder."""
    halves = marks.mark(given.data, given.sentences)
    if given.wrong:
        print("\n".join(halves["work"].wrong))
    found = {}
    for name, half in halves.items():
        figures = half.to_dict()
        kinds = {**figures["by_type"], **figures["parts"]}
        found[HALVES[name]] = {key: figures[key] for key in ("sentences", "exact", "f1", "conditions")}
        found[HALVES[name]] |= {"negations lost": len(figures["negations_lost"])}
        found[HALVES[name]] |= {"f1 by kind": {kind: row["f1"] for kind, row in kinds.items()}}
    found[FIRST_SIGHT] = first_sight()
    show(given, "exam", {"rows": found})


def first_sight() -> dict[str, float]:
    """All sets as they were read before anything was mended on them, each by the parser of its day."""
    sets = tomllib.loads(
        (harness.ROOT / "tests/parsing/first_sight.toml").read_text(encoding="utf-8")
    ).values()
    totals = {key: sum(each[key] for each in sets) for key in ("sentences", "exact")}
    lost = sum(each["negations_lost"] for each in sets)
    return {**totals, "f1": float(np.mean([each["f1"] for each in sets])), "negations lost": lost}


def check(given: argparse.Namespace) -> None:
    """Do returned items violate a parsed condition? Random catalogs and requests."""
    start = time.process_time()
    found = violations.run(given.pairs, given.seed)
    print("\n".join([*found["violations"][:SHOWN], *found["misread"]]))
    counts = {key: found[key] for key in ("pairs", "items", "conditions", "saved", "read_back")}
    counts |= {"violations": len(found["violations"]), "cpu_seconds": time.process_time() - start}
    show(given, "violations", counts)


def audit(given: argparse.Namespace) -> None:
    """The time, memory and audit of generated instructions."""
    train = split_of("amazon-games", given.data).train
    start = time.process_time()
    made = corpus(train, size=given.size, seed=0)
    spent = {"cpu_seconds": time.process_time() - start, "peak_mib": harness.peak_mib()}
    judge, encoder = Audit(train), load_encoder()
    rows = {}
    for name, part in kinds(made).items():
        rng = np.random.default_rng(0)
        rows[name] = {"words": judge.statistics(part)["words"], "conditions met": judge.obeyed(part, rng)}
        rows[name] |= judge.measures(part) | judge.relation(part, encoder, rng)
    if given.form:
        write_form(sample(made, 100, np.random.default_rng(0)), judge, given.form)
    show(given, "corpus", {**spent, "statistics": judge.statistics(made), "rows": rows})


def kinds(made: Sequence[Generated]) -> dict[str, list[Generated]]:
    """Instructions with only a preference, and those with only an intention, by track."""
    preference = [g for g in made if g.preference == Preference.EXPLICIT and g.intention == Intention.NONE]
    intention = [g for g in made if g.preference != Preference.EXPLICIT and g.intention != Intention.NONE]
    return {
        "preference": preference,
        "intention": intention,
        "intention, from the training part": [g for g in intention if not g.leaks_target],
        "intention, from the target (leaks)": [g for g in intention if g.leaks_target],
    }


def show(given: argparse.Namespace, part: str, found: dict[str, Any]) -> None:
    """Write a part of bench/results/understanding.json and print its table."""
    print(sections.understanding(harness.publish(given.out, "understanding", part, found)))


def main() -> None:
    """Measure, print the tables and write them to bench/results."""
    options, parts = harness.subcommands(__doc__)
    part = harness.subcommand(parts, "exam", exam)
    part.add_argument(
        "--sentences", type=Path, default=marks.SENTENCES, help="a folder of labelled sentences"
    )
    part.add_argument("--wrong", action="store_true", help="show the faults of the half that was worked on")
    part = harness.subcommand(parts, "violations", check)
    part.add_argument("--pairs", type=int, default=100_000, help="pairs of a catalog and a request")
    part.add_argument("--seed", type=int, default=0)
    part = harness.subcommand(parts, "corpus", audit)
    part.add_argument("--size", type=int, default=250_000, help="instructions")
    part.add_argument("--form", type=Path, help="write 100 of them to this CSV file for a person to judge")
    given = options.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
