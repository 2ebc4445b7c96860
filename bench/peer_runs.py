"""Running a peer: export the split, make its environment, run it there, and read its lists."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from task import Task

from instructrec.config import threads

PEERS = Path(__file__).parent / "peers"
DEPTH = 20  # items of a list that is kept


def run(task: Task, row: str, budget: int) -> dict[str, Any]:
    """Fit the peer `row` (library:model) within a budget of seconds; its lists, without items seen before."""
    out = task.work / f"peer-{row.replace(':', '-')}"
    python = environment(row.partition(":")[0])
    subprocess.run([python, PEERS / "peer.py", export(task, budget), out, row], check=True)
    report = json.loads((out / "report.json").read_text())
    lists = pl.read_parquet(out / "lists.parquet").sort("row")["items"].to_list()
    return report | {"lists": lists, "ms_a_request": report["seconds_per_1000_requests"]}


def environment(library: str) -> Path:
    """The interpreter of a library's own environment, made when its requirements are new or changed.

    Pins of the peers conflict with ours and with each other's. pip is used because it follows the user's
    index settings, which may offer a build of torch without GPU libraries (4 GB less).
    """
    requirements = PEERS / "requirements" / f"{library}.txt"
    if not requirements.exists():
        known = ", ".join(sorted(path.stem for path in requirements.parent.glob("*.txt")))
        raise SystemExit(f"there is no peer {library!r}; allowed: {known}, as in recbole:SASRec")
    folder = Path(os.environ.get("INSTRUCTREC_PEERS", "~/.cache/instructrec-peers")).expanduser() / library
    installed = folder / ".installed"
    if not (installed.exists() and installed.read_text() == requirements.read_text()):
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--requirement", requirements]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        installed.write_text(requirements.read_text())
    return folder / "bin/python"


def export(task: Task, budget: int) -> Path:
    """Write split and requests as files of numbers (peers/README.md), the same for every peer."""
    folder = task.work / "export"
    folder.mkdir(parents=True, exist_ok=True)
    train = task.split.train.histories()
    number = {user: n for n, user in enumerate(train.users)}
    not_negative = train.signs >= 0
    owners = np.repeat(np.arange(len(train)), np.diff(train.offsets))
    order = np.arange(len(train.items))
    columns = {"user": owners, "item": train.items, "order": order}
    _save(folder / "train", {name: values[not_negative] for name, values in columns.items()})
    first_new = max(number.values(), default=-1) + 1
    users = [number.setdefault(case.user, first_new + n) for n, case in enumerate(task.test)]
    valid = [case for case in task.valid if case.user in number]
    wanted = [int(case.relevant[0]) for case in valid]
    _save(folder / "valid", {"user": [number[case.user] for case in valid], "item": wanted})
    rows = list(range(len(users)))
    _save(folder / "test", {"row": rows, "user": users, "item": [int(c.relevant[0]) for c in task.test]})
    histories = pl.DataFrame({"row": rows, "items": [c.context.history.tolist() for c in task.test]})
    types = {"row": pl.Int32, "items": pl.List(pl.Int32)}
    histories.cast(types).write_parquet(folder / "histories.parquet")
    about = {"users": max(users) + 1, "items": task.items, "seed": 0, "threads": threads()}
    about |= {"depth": DEPTH, "budget_seconds": budget}
    (folder / "facts.json").write_text(json.dumps(about))
    return folder


def _save(path: Path, columns: dict[str, Any]) -> None:
    pl.DataFrame(columns).cast(pl.Int32).write_parquet(path.with_suffix(".parquet"))
