"""How well instructions are understood, and how good the generated ones are.

    python bench/understanding.py exam [--sentences FOLDER] [--wrong]
    python bench/understanding.py violations [--pairs 100000]
    python bench/understanding.py corpus [--size 250000] [--form FILE]
    python bench/understanding.py catalogs [--catalogs FOLDER] [--half work] [--wrong]
    python bench/understanding.py requests [--catalogs FOLDER] [--half work] [--wrong]

`exam`: sentences labelled by people who had not seen the parser (tests/parsing/marks.py). `violations`:
random catalogs and requests; every returned item is checked against every parsed condition by code that
shares nothing with the package's own (tests/violations.py). `corpus`: the time, memory and audit of generated
instructions, made of the training part of amazon-games. `catalogs`: real catalogs with labelled columns, read
without any mapping: a column is right when its role, its unit and the signs of its lists are. `requests`:
labelled requests of the same catalogs, by the rows that conditions keep, marked by the exam's `score.py`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import harness
import numpy as np
import sections

sys.path.insert(0, str(harness.ROOT))

from task import split_of

from instructrec.app.requests import with_matching
from instructrec.cells.units import unit_named
from instructrec.data.facets import Facets
from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.encoders.registry import load_encoder
from instructrec.errors import InstructRecError
from instructrec.files.formats import open_source
from instructrec.instructions.audit import Audit, sample, write_form
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.generate import Generated, corpus
from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse
from instructrec.sources.items import parse_items
from instructrec.sources.judging import Asked
from instructrec.sources.read import read
from instructrec.types import Instruction, Intention, Preference
from tests import violations
from tests.parsing import marks

FIRST_SIGHT = "thirteen later sets at first sight"
COUNTED = ("columns", "columns right", "asked of the owner", "wrong", "rows", "merged", "left out", "seconds")
HALVES = {"work": "the half that the parser was mended on", "unseen": "the other half"}
CATALOGS = harness.ROOT.parent / "shared/catalog-exam/catalogs"
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


def halves_of(given: argparse.Namespace) -> dict[str, list[Path]]:
    """The halves of the labelled catalogs that were asked for: every second one, by name, is unseen."""
    folders = sorted(path for path in given.catalogs.iterdir() if (path / "columns.json").exists())
    halves = {"work": folders[::2], "unseen": folders[1::2]}
    return {half: paths for half, paths in halves.items() if given.half in ("all", half)}


def catalogs(given: argparse.Namespace) -> None:
    """The columns of real catalogs, read without any mapping."""
    rows: dict[str, dict[str, float]] = {}
    for half, paths in halves_of(given).items():
        figures = {path.name: columns_of(path, given.wrong) for path in paths}
        rows |= {f"{name} ({half})": found for name, found in figures.items()}
        total = {key: sum(found[key] for found in figures.values()) for key in COUNTED}
        rows[f"all of {half}"] = {**total, "right": total["columns right"] / total["columns"]}
    show(given, "catalogs", {"rows": rows})


def requests(given: argparse.Namespace) -> None:
    """Requests over real catalogs that were read without any mapping, marked by the rows that are kept."""
    exam = given.catalogs.parent
    rows: dict[str, dict[str, Any]] = {}
    for half, paths in halves_of(given).items():
        with tempfile.TemporaryDirectory() as made:
            about = {path.name: predict(path, exam / "cases", Path(made)) for path in paths}
            (Path(made) / "ids.json").write_text(json.dumps(about), encoding="utf-8")
            marks = [sys.executable, str(exam / "score.py"), made, "--json", f"{made}/figures.json"]
            marks += ["-v"] if given.wrong and half == "work" else []
            print(subprocess.run(marks, check=True, capture_output=True, text=True).stdout)
            figures = json.loads(Path(made, "figures.json").read_text(encoding="utf-8"))
        rows |= {f"{name} ({half})": marked(figures[name]) for name in about}
        rows |= {f"all of {half}, {scope}": marked(figures[scope]) for scope in ("all", "en", "zh")}
    show(given, "requests", {"rows": rows})


def marked(figures: Mapping[str, Any]) -> dict[str, Any]:
    """What the table shows of the figures of `score.py`."""
    shown = {"cases": "requests", "f1": "f1", "precision": "precision", "recall": "recall", "exact": "exact"}
    shown |= {"bars": "exclude what is wanted", "negation_lost": "negations lost", "silent": "silent losses"}
    return {name: figures[key] for key, name in shown.items()}


def predict(folder: Path, cases: Path, out: Path) -> dict[str, Any]:
    """Read the requests of a catalog as the exam wants them; items go by the numbers of their rows."""
    data, _ = read(folder / "items.csv")
    items, profile = data.items(), data.catalog.profile
    raw = next(iter(open_source(folder / "items.csv").values()))
    ids = parse_items(raw, {}, None, CatalogProfile(), Asked(), []).frame["item_id"].to_list()
    of_item: dict[str, list[str]] = {}
    for number, item in enumerate(ids, start=1):
        of_item.setdefault(item, []).append(str(number))
    vocabulary, facets = vocabulary_of(items, profile, load_encoder()), Facets(items)
    nearest = NearestName(vocabulary, load_encoder)

    texts = [
        json.loads(line)["text"] for line in (cases / f"{folder.name}.jsonl").read_text("utf-8").splitlines()
    ]
    lines = [prediction(parse(text, vocabulary, nearest), text, facets, of_item) for text in texts]
    written = (json.dumps(line, ensure_ascii=False, default=str) for line in lines)
    (out / f"{folder.name}.jsonl").write_text("\n".join(written) + "\n", encoding="utf-8")
    fields = {name: column.column for name, column in profile.columns.items()}
    return {"column": None, "items": len(ids), "fields": fields}


def prediction(
    parsed: Instruction, text: str, facets: Facets, of_item: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """One line of predictions: the parse, and with each condition the rows that pass it."""

    def rows_of(ids: Iterable[str]) -> list[str]:
        return [row for i in ids for row in of_item[i]]

    line = with_matching(parsed, facets) | {"text": text}
    for each in (*line["conditions"], *line["soft"], *(c for group in line["any_of"] for c in group)):
        each["matching"] = rows_of(each["matching"])
    if parsed.any_of:
        line["any_of_matching"] = rows_of(line["any_of_matching"])
    return line | {side: rows_of(line[side]) for side in ("like", "unlike")}


def columns_of(folder: Path, wrong: bool) -> dict[str, float]:
    """How the columns of one catalog were understood, against its labels."""
    labels = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    start = time.process_time()
    try:
        data, report = read(folder / "items.csv")
    except InstructRecError as error:
        print(f"{folder.name}: {error}")
        return dict.fromkeys(COUNTED, 0) | {"columns": len(labels), "right": 0.0}
    profile = data.catalog.profile
    by_column = {column.column: column for column in reversed(list(profile.columns.values()))}
    marks = []
    for number, (name, label) in enumerate(labels.items(), start=1):
        column = by_column.get(name) or by_column.get(f"column_{number}")
        marks.append(mark_of(column, label))
        if wrong and marks[-1] != "right":
            print(f"{folder.name}: {name!r} is {label}, read as {column and column.to_dict()}")
    file = report.files[0]
    return {
        "columns": len(labels),
        "columns right": marks.count("right"),
        "asked of the owner": marks.count("asked"),
        "wrong": marks.count("wrong"),
        "rows": file.rows_read,
        "merged": file.rows_merged,
        "left out": file.rows_failed,
        "seconds": time.process_time() - start,
        "right": marks.count("right") / len(labels),
    }


def mark_of(column: ColumnProfile | None, label: Mapping[str, Any]) -> str:
    """Whether a column was read as its label says, or is asked about."""
    if column is None:
        return "wrong"
    if column.role is Role.UNKNOWN:
        return "asked"
    signs = label.get("list_separator", [])
    unit = label.get("unit", "")
    same = (
        str(column.role) == label["role"]
        and (unit_named(unit) or unit) == column.unit
        and set([signs] if isinstance(signs, str) else signs) == set(column.separators)
    )
    return "right" if same else "wrong"


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
    part = harness.subcommand(parts, "catalogs", catalogs)
    part.add_argument("--catalogs", type=Path, default=CATALOGS, help="a folder of labelled catalogs")
    part.add_argument("--half", choices=("all", "work", "unseen"), default="all")
    part.add_argument("--wrong", action="store_true", help="show the columns that were not read as labelled")
    part = harness.subcommand(parts, "requests", requests)
    part.add_argument("--catalogs", type=Path, default=CATALOGS, help="the catalogs of an exam")
    part.add_argument("--half", choices=("all", "work", "unseen"), default="all")
    part.add_argument("--wrong", action="store_true", help="show what was misread in the half worked on")
    given = options.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
