"""The bench's side of a peer: export the split, run the peer in an environment of its own, read its lists
back.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from machine import ROOT

from instructrec.config import threads

if TYPE_CHECKING:
    from ranking import Task

PEERS = ROOT / "bench/peers"
DEPTH = 20  # items of a list that is kept


def export(task: "Task", budget: int) -> Path:
    """Write the split and the requests as files of numbers; the same for every peer."""
    folder = task.work / "export"
    folder.mkdir(parents=True, exist_ok=True)
    known = task.split.train.histories()
    number = {user: n for n, user in enumerate(known.users)}
    owners = np.repeat(np.arange(len(known)), np.diff(known.offsets))
    kept = known.signs >= 0
    order = np.arange(len(known.items))
    pl.DataFrame({"user": owners[kept], "item": known.items[kept], "order": order[kept]}).cast(
        pl.Int32
    ).write_parquet(folder / "train.parquet")
    fresh = max(number.values(), default=-1) + 1
    users = [number.setdefault(c.user, fresh + n) for n, c in enumerate(task.test)]
    valid = [(number[c.user], int(c.relevant[0])) for c in task.valid if c.user in number]
    pl.DataFrame(valid, schema=["user", "item"], orient="row").cast(pl.Int32).write_parquet(
        folder / "valid.parquet"
    )
    rows = {"row": range(len(users)), "user": users, "item": [int(c.relevant[0]) for c in task.test]}
    pl.DataFrame(rows).cast(pl.Int32).write_parquet(folder / "test.parquet")
    histories = [c.context.history.tolist() for c in task.test]
    pl.DataFrame({"row": range(len(users)), "items": histories}).cast(
        {"row": pl.Int32, "items": pl.List(pl.Int32)}
    ).write_parquet(folder / "histories.parquet")
    about = {
        "users": max(users) + 1,
        "items": task.items,
        "seed": 0,
        "threads": threads(),
        "depth": DEPTH,
        "budget_seconds": budget,
    }
    (folder / "facts.json").write_text(json.dumps(about))
    return folder


def run(task: "Task", name: str, budget: int) -> dict[str, Any]:
    """Fit one peer and give its lists, with items the user had before taken out by the peer."""
    program, _, model = name.partition(":")
    environment = [
        sys.executable,
        str(PEERS / "environment.py"),
        program,
    ]  # why it fails is said on standard error
    made = subprocess.run(environment, stdout=subprocess.PIPE, text=True, check=True)
    out = task.work / f"peer-{program}-{model}"
    command = [
        made.stdout.strip().splitlines()[-1],
        str(PEERS / f"{program}_peer.py"),
        str(export(task, budget)),
        str(out),
    ]
    subprocess.run([*command, *([model] if model else [])], check=True)
    report = json.loads((out / "report.json").read_text())
    if not (out / "lists.parquet").exists():
        return {"skipped": report["note"]}
    lists = pl.read_parquet(out / "lists.parquet").sort("row")["items"].to_list()
    return report | {"lists": lists, "ms_a_request": report["seconds_per_1000_requests"]}
