"""Full-catalog ranking of one data set: InstructRec, its channels, baselines and peers on the same requests.

    python bench/ranking.py amazon-games [--seeds 0 1 2] [--peers recbole:SASRec ...] [--limit 20000]
    python bench/ranking.py ml-1m-seq --search layers=4 width=256,dropout=0.3 --epochs 12

Rows are merged into bench/results/<set>.json, each with its machine and commit; a row of fewer seeds does not
replace one of more. Finished rows are kept in --work, so that a killed run resumes. With --search settings of
the sequence network are compared on validation; nothing of the test part is read.
"""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import harness
import numpy as np
import peer_runs
import report
import sections
import torch
from ablation import BOUND, EQUAL_GATES, equal_gates, is_part, popularity_bound, taken_apart
from task import SETTINGS, Task, load, protocol

from instructrec.baselines.registry import BASELINES
from instructrec.channels.base import request_batches
from instructrec.config import build, threads
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case
from instructrec.evaluation.compare import MAIN, fit_baselines
from instructrec.evaluation.evaluate import rank_all
from instructrec.evaluation.instructed import title_query_cases
from instructrec.evaluation.metrics import paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, _Run, train
from instructrec.tuning.prepare import Corpus, prepare
from instructrec.types import Scorer

OURS = "InstructRec"
TITLE_QUERY = "InstructRec, half of the title as query (leaks)"
HIT, COVERAGE = "HR@10", "coverage@10"
NEGATIVES = (9, 99)  # random items beside the wanted one
COSTS = ("fit_cpu_seconds", "ms_a_request", "peak_mib")
Row = dict[str, Any]


def listed(scorer: Scorer, task: Task, requests: Sequence[Case] | None = None) -> Row:
    """The lists of a scorer and the time of scoring."""
    ranked, seconds = rank_all(scorer, requests or task.test, task.items, depth=peer_runs.DEPTH)
    return {"lists": ranked.tolist(), "ms_a_request": 1000 * seconds / len(ranked)}


def few_candidates(scorer: Scorer, requests: Sequence[Case], items: int, seed: int = 0) -> dict[str, float]:
    """HR@1 and HR@5 among the wanted item and random items that the user never had (the paper's protocol)."""
    rng = np.random.default_rng(seed)
    places: dict[int, list[int]] = {n: [] for n in NEGATIVES}
    for batch in request_batches(requests):
        scores = scorer.score([case.context for case in batch])
        for row, case in zip(scores, batch, strict=True):
            closed = np.union1d(case.seen, case.relevant)
            drawn = rng.choice(items, min(items, max(NEGATIVES) + len(closed) + 50), replace=False)
            others = rng.permutation(np.setdiff1d(drawn, closed, assume_unique=True))[: max(NEGATIVES)]
            beaten = row[others] >= row[case.relevant[0]]
            for n in NEGATIVES:
                places[n].append(int(beaten[:n].sum()))
    return {
        f"HR@{k} of {n + 1}": float(np.mean([place < k for place in places[n]]))
        for n in NEGATIVES
        for k in (1, 5)
    }


def ours(task: Task, seed: int, encoder: Encoder, store: SqliteStore, *, apart: bool) -> dict[str, Row]:
    """Train with one seed: the rows of the model and, taken `apart`, of its channels."""
    config = TrainConfig(seed=seed, **SETTINGS.get(task.name, {}))
    state = task.work / f"training-{seed}.safetensors"
    model, trained = train(
        task.split, encoder, config, store=store, checkpoint=state, progress=harness.progress
    )
    cost = {"peak_mib": harness.peak_mib(), "fit_cpu_seconds": trained.cpu_seconds}
    best = 1 + int(np.argmax([epoch.get("valid_sequence", 0) for epoch in trained.epochs]))
    queries = title_query_cases(task.test, task.split.train.items(), encoder, seed=0)
    rows = {OURS: listed(model, task) | cost, TITLE_QUERY: listed(model, task, queries)}
    rows[OURS] |= {
        "data": model.facts["data"],
        "seconds to best epoch": sum(epoch["seconds"] for epoch in trained.epochs[:best]),
        "few candidates": few_candidates(model, task.test, task.items),
        "few candidates, half of the title as query": few_candidates(model, queries, task.items),
    }
    if apart:
        parts = taken_apart(model, task.test, peer_runs.DEPTH)
        rows |= {row: {"lists": lists.tolist()} for row, lists in parts.items()}
        rows[EQUAL_GATES] = listed(equal_gates(model), task)
    return rows


def baseline(task: Task, name: str) -> Row:
    """Tune one of the library's baselines on validation, fit it and list its items."""
    start = time.process_time()
    (row,) = fit_baselines(task.split, task.valid, {name: BASELINES[name]})
    if row.scorer is None:
        return {"skipped": row.reason}
    cost = {"fit_cpu_seconds": time.process_time() - start, "chosen": dict(row.settings)}
    return listed(row.scorer, task) | cost


def measured(task: Task, lists: list[list[int]]) -> dict[str, np.ndarray]:
    """The nDCG@10 and HR@10 of every request, and coverage@10, the share of the catalog in any list."""
    ranked = np.array(lists)
    metrics = ranking_metrics(ranked, [case.relevant for case in task.test], (10,))
    shown = np.unique(ranked[:, :10][ranked[:, :10] >= 0])
    return {MAIN: metrics[MAIN], HIT: metrics["Success@10"], COVERAGE: np.array(len(shown) / task.items)}


def hard_cases(task: Task) -> dict[str, np.ndarray]:
    """The requests for items, and of users, with no or few interactions in training, as masks."""
    counts = np.bincount(task.split.train.histories().items, minlength=task.items)
    wanted = np.array([counts[case.relevant].min() for case in task.test])  # of several the rarest
    known = np.array([len(case.context.history) for case in task.test])
    masks = {
        "item without interactions": wanted == 0,
        "item with 1-9 interactions": (wanted > 0) & (wanted < 10),
        "user without a history": known == 0,
        "user with 1-4 interactions": (known > 0) & (known < 5),
    }
    return {name: mask for name, mask in masks.items() if mask.any()}


def table(task: Task, runs: dict[str, list[Row]]) -> dict[str, Row]:
    """A row for each recommender: means over its seeds; InstructRec's with its lead and its hard cases."""
    found: dict[str, Row] = {}
    values: dict[str, np.ndarray] = {}  # nDCG@10 of each request, mean over seeds
    for name, made in runs.items():
        if "skipped" in made[0]:
            found[name] = {"skipped": made[0]["skipped"]}
            continue
        metrics = [measured(task, row["lists"]) for row in made]
        values[name] = np.mean([each[MAIN] for each in metrics], axis=0)
        found[name] = summary(made, metrics)
    if OURS in values:
        found[OURS] |= beside_others(task, values)
    return found


def summary(made: list[Row], metrics: list[dict[str, np.ndarray]]) -> Row:
    """The figures of one row of the table from the runs of its seeds."""
    first = made[0]
    row: Row = {key: float(np.mean([each[key].mean() for each in metrics])) for key in metrics[0]}
    row |= {"seeds": len(made)} | {key: mean_of(made, key) for key in COSTS if key in first}
    row |= {key: first[key] for key in ("chosen", "version", "note") if key in first}
    row |= by_seed(made, metrics)
    sampled = [key for key in first if key.startswith("few candidates")]
    return row | {
        key: {name: mean_of([run[key] for run in made], name) for name in first[key]} for key in sampled
    }


def by_seed(made: list[Row], metrics: list[dict[str, np.ndarray]]) -> Row:
    """What each seed reached, where there are several, and when."""
    row: Row = {}
    if len(made) > 1:
        row |= {f"{key} by seed": [float(each[key].mean()) for each in metrics] for key in (MAIN, HIT)}
    if "seconds to best epoch" in made[0]:
        row["seconds to best epoch"] = [round(run["seconds to best epoch"]) for run in made]
    return row


def mean_of(rows: list[Row], key: str) -> float:
    """The mean of a figure over rows."""
    return float(np.mean([row[key] for row in rows]))


def beside_others(task: Task, values: dict[str, np.ndarray]) -> Row:
    """InstructRec against the best of the others: paired over all requests, and in each hard case."""
    others = [name for name in values if name != OURS and not is_part(name)]
    if not others:
        return {}
    users = np.unique([case.user for case in task.test], return_inverse=True)[1]
    rival = max(others, key=lambda name: values[name].mean())
    lead = paired(values[OURS], values[rival], users).ratio
    hard = {}
    for kind, mask in hard_cases(task).items():  # the best there need not be the best of all
        means = {name: float(values[name][mask].mean()) for name in (OURS, *others)}
        best = max(others, key=means.__getitem__)
        hard[kind] = {"requests": int(mask.sum()), OURS: means[OURS], best: means[best]}
    ratio = [lead.mean, lead.low, lead.high] if lead else None
    return {"lead": {"over": rival, "ratio": ratio}, "hard": hard}


def merged(path: Path, head: Row, rows: dict[str, Row]) -> dict[str, Any]:
    """The file's table with these rows; it starts anew where requests, items or data are not the same."""
    old = json.loads(path.read_text()) if path.exists() else {}
    if old and any(old.get(key) != head[key] for key in ("requests", "items", "data")):
        print(f"{path.name}: other requests or data than before; the table starts anew", file=sys.stderr)
        old = {}
    kept_rows = dict(old.get("rows", {}))
    for name, row in rows.items():
        whole = OURS if is_part(name) else name  # channels stay beside the model that they are of
        if old.get("rows", {}).get(whole, {}).get("seeds", 0) <= rows[whole].get("seeds", 0):
            kept_rows[name] = row
    return head | {"rows": kept_rows}


def rank(given: Namespace) -> None:
    """Make or complete the table of one set."""
    root = given.work.expanduser()
    task = load(given.set, given.data, given.limit, root / f"{given.set}-{given.limit or 'all'}")
    encoder, store = load_encoder(), SqliteStore(root / "vectors.db")
    runs: dict[str, list[Row]] = {}
    for seed in given.seeds:
        apart = seed == given.seeds[0]  # the channels cost ten times as much as the whole: once is enough
        made = harness.kept(
            task.work / f"ours-{seed}.json",
            lambda seed=seed, apart=apart: ours(task, seed, encoder, store, apart=apart),
        )
        for name, row in made.items():
            runs.setdefault(name, []).append(row)
    makers = {BOUND: lambda: listed(popularity_bound(task.test, task.items), task)}
    makers |= {name: lambda name=name: baseline(task, name) for name in given.baselines}
    makers |= {name: lambda name=name: peer_runs.run(task, name, given.budget) for name in given.peers}
    for name, make in makers.items():
        file = name.replace(" ", "-").replace(":", "-")
        runs[name] = [harness.kept(task.work / f"row-{file}.json", make)]
    run = harness.facts()
    head = {"set": task.name, "requests": len(task.test), "items": task.items}
    head |= {"data": runs[OURS][0]["data"], "protocol": protocol(task.name)}
    path = given.out / f"{task.name}.json"
    result = merged(path, head, {name: row | {"run": run} for name, row in table(task, runs).items()})
    harness.write(path, result, depth=2)
    print(report.ranking(result))


def curve(corpus: Corpus, config: TrainConfig) -> Row:
    """The nDCG@10 on validation after each epoch of the sequence network alone, and the CPU time of one."""
    run, spent = _Run(corpus, config, corpus.histories), 0.0
    for epoch in range(config.epochs):
        start = time.process_time()
        run.epoch(epoch, harness.progress, {"sequence"})
        spent += time.process_time() - start
        run.validate(epoch, {"sequence"})
    return {"by epoch": [line["valid_sequence"] for line in run.log], "cpu_seconds": spent / config.epochs}


def search(given: Namespace) -> None:
    """Train the sequence network with each of the settings for the same number of epochs."""
    torch.set_num_threads(threads())
    root = given.work.expanduser()
    work = root / f"search-{given.set}-{given.epochs}"
    usual = {**asdict(TrainConfig()), **SETTINGS.get(given.set, {}), "epochs": given.epochs}
    split = load(given.set, given.data, 1, work).split
    store, limit = SqliteStore(root / "vectors.db"), given.limit or usual["valid_limit"]
    corpus = prepare(split, load_encoder(), store, each=1, limit=limit, seed=0, progress=harness.progress)
    rows = {}
    for changes in ("", *given.search):
        pairs = (pair.split("=", 1) for pair in changes.split(",") if pair)
        config = build(TrainConfig, usual | {name: json.loads(value) for name, value in pairs})
        file = work / f"{changes or 'usual'}-{limit}.json"
        rows[changes or "as in the table"] = harness.kept(file, lambda config=config: curve(corpus, config))
    found = {"epochs": given.epochs, "requests": len(corpus.uninstructed), "rows": rows}
    print(sections.search(harness.publish(given.out, "search", given.set, found)))


def main() -> None:
    """Rank or search, print the tables and write them to bench/results."""
    options = harness.options(__doc__)
    options.add_argument("set", help="a data set, such as ml-100k")
    options.add_argument("--seeds", type=int, nargs="+", default=[0], help="seeds of InstructRec")
    usual = ["popularity", "item neighbours", "EASE", "ALS"]
    options.add_argument("--baselines", nargs="*", default=usual, choices=list(BASELINES), metavar="NAME")
    options.add_argument("--peers", nargs="*", default=[], help="library:model; see bench/peers/README.md")
    options.add_argument("--budget", type=int, default=900, help="seconds for all settings of one peer")
    options.add_argument("--limit", type=int, help="requests drawn at random; default: all")
    options.add_argument(
        "--search", nargs="*", metavar="SETTINGS", help="settings to compare: width=256,dropout=0.3"
    )
    options.add_argument("--epochs", type=int, default=12, help="epochs of each row of --search")
    given = options.parse_args()
    if given.search is None:
        rank(given)
    else:
        search(given)


if __name__ == "__main__":
    main()
