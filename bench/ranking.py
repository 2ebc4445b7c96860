"""Full-catalog ranking of one data set: InstructRec, its channels, baselines and peers, on the same requests.

    python bench/ranking.py amazon-games [--seeds 0 1 2] [--peers recbole:SASRec ...] [--baselines EASE ...]
    [--limit 20000]

Writes bench/results/<set>.json and .md. Every row is kept in a folder (--work) as its lists, so that a run
that was killed goes on at the row it was at. Sets whose times are an order of each user's own are split by
each user's last acts (leave one out), the others at two moments in time. On title-only sets the query of the
oracle track is a random part of the wanted item's title: it leaks, as in the paper's protocol, and is named
so.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import peer
import polars as pl
from ablation import FIXED, FORESEEN, foreseen, is_part, plain_addition, taken_apart
from machine import ROOT, WORK, facts, peak_mib, publish, shown
from machine import kept as made_once

from instructrec.baselines.registry import BASELINES
from instructrec.data.dataset import Dataset, Split
from instructrec.data.split import split_by_time, split_last
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import load_encoder
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.compare import MAIN, fit_baselines
from instructrec.evaluation.evaluate import batches, rank_all
from instructrec.evaluation.instructed import titled
from instructrec.evaluation.metrics import paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.sources.read import read
from instructrec.store.resources import get
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, train
from instructrec.types import Scorer

SHARED = ROOT.parent / "shared/data"
LAST = (
    "amazon-games",
    "ml-1m-seq",
    "amazon-office",
    "amazon-industrial",
)  # their times are an order of each user's own
WITHOUT_RATINGS = ("ml-1m-seq",)  # published tables of this set take every rating for an act
# What differs from the defaults: histories of ml-1m-seq are ten times as long as those of the other sets, and
# small batches of them learn more in the same time; its 3,883 items are all candidates (decision 17), a tenth
# of the acts is left out (23), and so regularised four layers go on getting better where two have stopped
# (25).
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-1m-seq": dict(
        length=200, layers=4, batch=8, negatives=4000, dropout=0.25, masked=0.1, epochs=30, patience=3
    )
}
SAMPLES = (9, 99)  # random negatives beside the wanted item


@dataclass(frozen=True)
class Task:
    """A split with its requests, and where the rows of its table are kept."""

    name: str
    split: Split
    test: list[Case]
    valid: list[Case]
    work: Path

    @property
    def items(self) -> int:
        """Size of the catalog."""
        return len(self.split.train.catalog)


def load(name: str, data: Path, limit: int | None, work: Path) -> Task:
    """Read, split and list the requests of one set."""
    found, _ = read(
        str(data / name if (data / name).exists() else get(name))
    )  # ml-100k can be fetched, others are handed over
    if name in WITHOUT_RATINGS:
        found = without_ratings(found)
    split = (split_last if name in LAST else split_by_time)(found)[0]
    return Task(name, split, cases(split, "test", limit), cases(split, "valid", 2_000), work)


def without_ratings(data: Dataset) -> Dataset:
    """The same interactions with no value, so that each is an act and none is a dislike."""
    return data.with_interactions(data.interactions.with_columns(value=pl.lit(None, dtype=pl.Float64)))


def kept(task: Task, row: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A row's lists and facts, made once."""
    return made_once(task.work / f"{row.replace('/', '-').replace(' ', '-')}.json", make)


def listed(scorer: Scorer, task: Task, asked: Sequence[Case] | None = None) -> dict[str, Any]:
    """The lists of a scorer and what scoring took."""
    start = time.process_time()
    ranked, seconds = rank_all(scorer, asked or task.test, task.items, depth=peer.DEPTH)
    return {
        "lists": ranked.tolist(),
        "cpu_seconds": time.process_time() - start,
        "ms_a_request": 1000 * seconds / len(ranked),
    }


def sampled(scorer: Scorer, asked: Sequence[Case], items: int, seed: int = 0) -> dict[str, list[float]]:
    """HR@1 and HR@5 of each request among the wanted item and random items that the user never had (the
    paper's protocol).
    """
    rng = np.random.default_rng(seed)
    places: dict[int, list[int]] = {n: [] for n in SAMPLES}
    for batch in batches(asked):
        for row, case in zip(scorer.score([c.context for c in batch]), batch, strict=True):
            closed = np.union1d(case.seen, case.relevant)
            some = rng.choice(items, min(items, max(SAMPLES) + len(closed) + 50), replace=False)
            others = np.setdiff1d(some, closed, assume_unique=True)
            others = rng.permutation(others)[: max(SAMPLES)]
            beaten = row[others] >= row[case.relevant[0]]
            for n in SAMPLES:
                places[n].append(int(beaten[:n].sum()))
    return {f"HR@{k} of 1+{n}": [float(p < k) for p in places[n]] for n in SAMPLES for k in (1, 5)}


def ours(
    task: Task, seed: int, encoder: Encoder, store: SqliteStore, *, apart: bool
) -> dict[str, dict[str, Any]]:
    """Train with one seed; the model's lists, its places among few candidates and, taken `apart`, the lists
    of its parts.
    """
    config, checkpoint = (
        TrainConfig(seed=seed, **SETTINGS.get(task.name, {})),
        task.work / f"training-{seed}.safetensors",
    )
    model, report = train(task.split, encoder, config, store=store, checkpoint=checkpoint, progress=shown)
    spent = {"peak_mib": peak_mib(), "fit_cpu_seconds": report.cpu_seconds}
    wall = sum(
        e["seconds"]
        for e in report.epochs[: 1 + int(np.argmax([e.get("valid_sequence", 0) for e in report.epochs]))]
    )
    told = titled(task.test, task.split.train.items(), encoder, seed=0)
    whole = (
        listed(model, task) | spent | {"epochs": report.epochs, "wall_to_best": wall, "counts": report.counts}
    )
    whole |= {
        "valid": report.valid,
        "data": model.facts["data"],
        "sampled": sampled(model, task.test, task.items),
    }
    whole |= {
        "oracle": listed(model, task, told)["lists"],
        "oracle_sampled": sampled(model, told, task.items),
    }
    weights = {c: row.tolist() for c, row in zip(model.gates.channels, model.gates.weights, strict=True)}
    found = {"InstructRec": whole | {"gates": weights}}
    if not apart:
        return found
    found |= {
        row: {"lists": lists.tolist()} for row, lists in taken_apart(model, task.test, peer.DEPTH).items()
    }
    return found | {FIXED: listed(plain_addition(model), task)}


def baseline(task: Task, name: str) -> dict[str, Any]:
    """Tune and fit one of the library's baselines."""
    start = time.process_time()
    (row,) = fit_baselines(task.split, task.valid, {name: BASELINES[name]})
    if row.scorer is None:
        return {"skipped": row.reason}
    return listed(row.scorer, task) | {
        "fit_cpu_seconds": time.process_time() - start,
        "chosen": dict(row.settings),
    }


def values(task: Task, lists: list[list[int]]) -> dict[str, np.ndarray]:
    """nDCG@10 and HR@10 of every request."""
    metrics = ranking_metrics(np.array(lists), [c.relevant for c in task.test], (10,))
    return {MAIN: metrics[MAIN], "HR@10": metrics["Success@10"]}


def hard(task: Task) -> dict[str, np.ndarray]:
    """The requests of items that nobody or hardly anybody had, and of people of whom nothing or little is
    known.
    """
    acts = np.bincount(task.split.train.histories().items, minlength=task.items)
    wanted = np.array([acts[c.relevant].min() for c in task.test])  # of several, the least known one
    known = np.array([len(c.context.history) for c in task.test])
    kinds = {
        "an item that nobody had": wanted == 0, "an item of 1 to 9 acts": (wanted > 0) & (wanted < 10),
        "a user of whom nothing is known": known == 0, "a user of 1 to 4 acts": (known > 0) & (known < 5),
    }  # fmt: skip
    return {name: mask for name, mask in kinds.items() if mask.any()}


def table(task: Task, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The means over seeds, and InstructRec against the best row of others on the same requests."""
    users = np.unique([c.user for c in task.test], return_inverse=True)[1]
    measured = {name: [values(task, r["lists"]) for r in made if "lists" in r] for name, made in rows.items()}
    means = {
        name: {k: np.mean([v[k] for v in runs], axis=0) for k in (MAIN, "HR@10")}
        for name, runs in measured.items()
        if runs
    }
    others = [name for name in means if name != "InstructRec" and not is_part(name)]
    rival = max(others, key=lambda n: means[n][MAIN].mean(), default=None)
    found: dict[str, Any] = {
        "set": task.name, "requests": len(task.test), "items": task.items, "machine": facts(),
        "data": rows["InstructRec"][0]["data"], "seeds": len(rows["InstructRec"]), "rows": {}, "hard": {},
    }  # fmt: skip
    for name, made in rows.items():
        if name not in means:
            found["rows"][name] = {"skipped": made[0]["skipped"]}
            continue
        row = {k: float(v.mean()) for k, v in means[name].items()}
        row |= {
            f"{k} by seed": [round(float(v[k].mean()), 5) for v in measured[name]] for k in (MAIN, "HR@10")
        }
        row |= {
            k: float(np.mean([r[k] for r in made]))
            for k in ("fit_cpu_seconds", "ms_a_request", "peak_mib")
            if k in made[0]
        }
        row |= (
            {"s to best by seed": [round(r["wall_to_best"]) for r in made]}
            if "wall_to_best" in made[0]
            else {}
        )
        row |= {k: made[0][k] for k in ("chosen", "version", "note") if k in made[0]}
        for track in ("sampled", "oracle_sampled"):
            row |= {
                f"{track}: {k}": float(np.mean([r[track][k] for r in made])) for k in made[0].get(track, ())
            }
        if "oracle" in made[0]:
            found["rows"]["InstructRec, told half of the title (leaks)"] = {
                k: float(np.mean([values(task, r["oracle"])[k].mean() for r in made]))
                for k in (MAIN, "HR@10")
            }
        found["rows"][name] = row
    for kind, mask in hard(
        task
    ).items():  # beside the best of the others there, which need not be the best of all
        reached = {name: float(means[name][MAIN][mask].mean()) for name in ("InstructRec", *others)}
        best = max(others, key=lambda name: reached[name], default="InstructRec")
        found["hard"][kind] = {"requests": int(mask.sum())} | {
            name: reached[name] for name in ("InstructRec", best)
        }
    if rival:
        lead = paired(means["InstructRec"][MAIN], means[rival][MAIN], users)
        found["lead"] = {
            "over": rival,
            "ratio": [lead.ratio.mean, lead.ratio.low, lead.ratio.high] if lead.ratio else None,
        }
    return found


def by_seed(result: dict[str, Any]) -> list[str]:
    """What each seed reached, where there are several; the parts of the model are of the first."""
    if result["seeds"] == 1:
        return []
    row = result["rows"]["InstructRec"]
    told = ", ".join(
        f"{key} {' '.join(f'{v:.4f}' for v in row[f'{key} by seed'])}" for key in (MAIN, "HR@10")
    )
    best = " ".join(map(str, row["s to best by seed"]))  # epochs by the clock, validation included
    return [
        f"InstructRec by seed: {told}. Its parts are those of the first seed; others have one seed.",
        f"Training reached its best validation score after {best} s.",
    ]


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine = result["machine"]
    lines = [
        f"# {result['set']}: {result['requests']:,} requests, {result['items']:,} items ranked in full",
        "",
        f"Means over {result['seeds']} seeds. {machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}, data "
        f"{result['data']}. CPU seconds of a baseline are of its whole search.",
        *by_seed(result),
        "",
        f"| row | {MAIN} | HR@10 | fit, CPU s | ms a request |",
        "|---|---:|---:|---:|---:|",
    ]
    ordered = sorted(result["rows"].items(), key=lambda item: -item[1].get(MAIN, -1))
    for name, row in ordered:
        if "skipped" in row:
            lines.append(f"| {name} | not run: {row['skipped']} | | | |")
            continue
        cost = f"{row['fit_cpu_seconds']:.0f}" if "fit_cpu_seconds" in row else ""
        speed = f"{row['ms_a_request']:.2f}" if "ms_a_request" in row else ""
        lines.append(f"| {name} | {row[MAIN]:.4f} | {row['HR@10']:.4f} | {cost} | {speed} |")
    notes = [f"- {name} {row.get('version', '')}: {row['note']}" for name, row in ordered if "note" in row]
    lines += ["", "Of the peers:", "", *notes] if notes else []
    if lead := result.get("lead"):
        low = "x {:.2f} [{:.2f}, {:.2f}]".format(*lead["ratio"]) if lead["ratio"] else "no ratio"
        lines += [
            "",
            f"InstructRec over {lead['over']}: {low} in {MAIN}, paired by request, 95 % bootstrap by user.",
        ]
    lines += ["", f"{MAIN} of the requests that are hard:", ""]
    for kind, row in result["hard"].items():
        told = ", ".join(f"{name} {value:.4f}" for name, value in row.items() if name != "requests")
        lines.append(f"- for {kind} ({row['requests']:,}): {told}")
    few = {k: v for k, v in result["rows"]["InstructRec"].items() if "1+" in k}
    lines += [
        "",
        "Among few candidates, for parity with the paper (sampled; not comparable with the ranking above):",
        "",
    ]
    return "\n".join([*lines, *(f"- {name}: {value:.4f}" for name, value in few.items()), ""])


def main() -> None:
    """Make or complete the table of one set."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("set")
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--seeds", type=int, nargs="+", default=[0])
    options.add_argument("--baselines", nargs="*", default=["popularity", "item neighbours", "EASE", "ALS"])
    options.add_argument(
        "--peers", nargs="*", default=[], help="program:model, as in recbole:SASRec; see bench/peers"
    )
    options.add_argument(
        "--budget", type=int, default=900, help="seconds in which a peer may choose its settings"
    )
    options.add_argument("--limit", type=int, help="requests drawn at random; all where not given")
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    work = given.work.expanduser() / f"{given.set}-{given.limit or 'all'}"
    work.mkdir(parents=True, exist_ok=True)
    task = load(given.set, given.data, given.limit, work)
    encoder, store = load_encoder(), SqliteStore(given.work.expanduser() / "vectors.db")
    rows: dict[str, list[dict[str, Any]]] = {}
    for seed in given.seeds:
        apart = (
            seed == given.seeds[0]
        )  # parts are looked at once: together they cost ten times as much as the whole
        made = kept(
            task, f"ours-{seed}", lambda seed=seed, apart=apart: ours(task, seed, encoder, store, apart=apart)
        )
        for name, row in made.items():
            rows.setdefault(name, []).append(row)
    rows[FORESEEN] = [kept(task, "foreseen", lambda: listed(foreseen(task.test, task.items), task))]
    for name in given.baselines:
        rows[name] = [kept(task, f"baseline-{name}", lambda name=name: baseline(task, name))]
    for name in given.peers:
        rows[name] = [kept(task, f"peer-{name}", lambda name=name: peer.run(task, name, given.budget))]
    result = table(task, rows)
    text = markdown(result)
    publish(given.out, given.set, result, text)
    print(text)


if __name__ == "__main__":
    main()
