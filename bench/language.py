"""What tuning a language model is worth: among few titles, beside the fast model, in time, and in eight bits.

    python bench/language.py ml-100k [--minutes 15] [--shots 500 2000] [--limit 300] [--fast]

Rows: random order, the model untuned, tuned on so many examples, and tuned for so many minutes (no such row
with --minutes 0). Each is judged on requests of the test part: which of ten titles was taken (one taken, nine
random that the user had nothing to do with), without words and told the train-side instruction. With --fast
the fast model is trained too, the language model is weighed on lists of validation as in `instructrec tune`,
and measured on lists of the test part. Rows are kept in --work: a killed run goes on.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from machine import ROOT, WORK, facts, kept, publish, shown
from ranking import Task, load

from instructrec.compression.compress import milliseconds
from instructrec.data.facets import Facets
from instructrec.encoders.registry import load_encoder
from instructrec.errors import NotTrained
from instructrec.evaluation.instructed import allowed_by, instruct
from instructrec.evaluation.metrics import paired
from instructrec.instructions.understand import Reader
from instructrec.language import tune as tuning
from instructrec.language.engine import Engine
from instructrec.language.examples import Choice, Example, choices, material, reached
from instructrec.language.listwise import LABELS, MOST, Reading, listwise, once, score
from instructrec.language.model import TorchModel
from instructrec.language.rerank import ENGINE, NETWORK, SHORT, measured, reading, terms, weighed_apart
from instructrec.models import checkpoint
from instructrec.models.tried import Tried
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.assemble import lists
from instructrec.tuning.loop import TrainConfig, train

TIMED = 30  # lists of each length that are timed
AGREED = 30  # lists on which engine and reference are compared
LONG = 600.0  # minutes that a run over a given number of examples may take


def judged(folder: Path, asked: Sequence[Choice], told: Sequence[Choice]) -> dict[str, float]:
    """HR@1 and nDCG@10 by the likelihood of titles, without and with words; by labels; and how often the
    first is chosen.
    """
    likely, engine = reading(folder), Engine(folder / ENGINE)
    found = {f"{name}, no words": value for name, value in reached(likely, asked).items()}
    found |= {f"{name}, told": value for name, value in reached(likely, told).items()}
    found |= {f"{name} by labels": value for name, value in reached(partial(score, engine), asked).items()}
    first = [int(once(engine, c.said, c.history, c.titles).argmax()) == 0 for c in asked]
    return found | {"label A chosen": float(np.mean(first))}


def untuned(folder: Path) -> Path:
    """The model as it comes, in the form of a tuned one."""
    tuning.publish(tuning.write(TorchModel(), folder), folder, {}, {})
    return folder


def tuned(made: Sequence[Example], valid: Sequence[Choice], minutes: float, folder: Path) -> dict[str, Any]:
    """Tune on these examples for at most so long; the engine stays in the folder."""
    config = tuning.TuneConfig(minutes=minutes)
    state = folder.with_suffix(".safetensors")
    model, report = tuning.tune(made, valid, config, checkpoint=state, progress=shown)
    tuning.publish(tuning.write(model, folder), folder, report.to_dict(), {})
    state.unlink()
    return report.to_dict()


def timed(folder: Path, asked: Sequence[Choice], titles: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a reading of ten and of twenty titles, by likelihood and by labels in both orders
    (median).
    """
    ways = {"likelihood": reading(folder), "labels": partial(score, Engine(folder / ENGINE))}
    return {
        f"{many} titles by {name}, ms": took
        for many in (SHORT, MOST)
        for name, took in zip(
            ways, milliseconds(list(ways.values()), asked[:TIMED], titles, many), strict=True
        )
    }


def agreement(folder: Path, asked: Sequence[Choice]) -> dict[str, float]:
    """The engine of eight bits against the network of 32 in torch: log-probabilities of labels."""
    prompts = [listwise(c.said, c.history, c.titles) for c in asked[:AGREED]]
    models = (Engine(folder / ENGINE), TorchModel(str(folder / NETWORK)))
    one, other = (np.stack([m.choose([p], list(LABELS[:10]))[0] for p in prompts]) for m in models)
    same = float((one.argmax(1) == other.argmax(1)).mean())
    return {"largest difference of a label": float(np.abs(one - other).max()), "share of equal choices": same}


def beside(task: Task, folder: Path, limit: int) -> dict[str, Any]:
    """The fast model's lists for the test part before and after the language model read them."""
    encoder, store = load_encoder(), SqliteStore(task.work / "vectors.db")
    models = task.work / "models"
    try:
        checkpoint.current(models)
    except NotTrained:
        model, report = train(task.split, encoder, TrainConfig(), store=store, progress=shown)
        checkpoint.publish(model, models, report.tried)
    return added(task, reading(folder), limit)


def added(task: Task, read: Reading, limit: int) -> dict[str, Any]:
    """What a reading adds to the fast model's lists for the test part, at the weight that it has on lists of
    validation.
    """
    models, encoder = task.work / "models", load_encoder()
    version = checkpoint.current(models)
    model, tried = checkpoint.load_model(models, version), checkpoint.tried(models, version)
    items = task.split.train.items()
    titles = [item.title for item in items]
    found = weighed_apart(read, tried, titles, shown)
    told = instruct(
        task.test, items, Reader(Vocabulary.of(items), encoder, SqliteStore(task.work / "vectors.db")), 0
    )
    parts = {"plain": (task.test, None), "told": (told, allowed_by(Facets(items)))}
    rows: dict[str, Any] = {}
    for kind, (asked, allowed) in parts.items():
        some = asked[:limit]
        made = list(lists(model, some, allowed))
        users = np.array([case.user for case in some])
        rows[kind] = {"weighed": asdict(found[kind])} | reread(read, made, titles, users, found[kind].weight)
    return rows


def reread(
    read: Reading, made: Sequence[Tried], titles: Sequence[str], users: np.ndarray, weight: float
) -> dict[str, Any]:
    """nDCG@20 of the lists without and with the language model at that weight, paired; a list without a hit
    stays at 0.
    """
    before = [np.array(each.scores) for each in made]
    after = []
    for each, scores in zip(made, before, strict=True):
        hit = set(each.items) & set(each.relevant)
        values = (
            read(each.said, [titles[n] for n in each.history], [titles[n] for n in each.items])
            if hit
            else None
        )
        after.append(scores if values is None else scores + terms(values, weight))
    places = [np.flatnonzero(np.isin(each.items, each.relevant)) for each in made]
    one, other = measured(after, places), measured(before, places)
    gap = paired(one, other, users).difference
    return {
        "lists": len(made),
        "without": float(other.mean()),
        "with": float(one.mean()),
        "gain": [gap.mean, gap.low, gap.high],
    }


def markdown(result: dict[str, Any]) -> str:
    """The tables as text."""
    machine, rows = result["machine"], result["rows"]
    columns = list(rows["untuned"])
    lines = [
        f"# A language model on {result['set']}: {result['requests']} requests of the test part",
        "",
        f"{machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}. One of ten titles was taken.",
        "Titles are read by their likelihood in torch, labels by the engine of eight bits; agreement is that of the two.",
        "",
        f"| | {' | '.join(columns)} |",
        "|---|" + "---:|" * len(columns),
        *(
            f"| {name} | {' | '.join(f'{row[c]:.4f}' if c in row else '' for c in columns)} |"
            for name, row in rows.items()
        ),
        "",
        "The learning curve (validation): examples, seconds, nDCG@10",
        "",
        *(
            f"- {look['examples']:,.0f}, {look['seconds']:.0f}, {look['nDCG@10']:.4f}"
            for look in result["curve"]
        ),
        "",
        "Time and agreement: "
        + ", ".join(f"{k} {v:.2f}" for k, v in {**result["time"], **result["agreement"]}.items()),
    ]
    for kind, row in result.get("beside", {}).items():
        gain = "{:+.4f} [{:+.4f}, {:+.4f}]".format(*row["gain"])
        lines.append(
            f"\nBeside the fast model, {kind}: weight {row['weighed']['weight']:.2f}, nDCG@20 of {row['lists']} lists "
            f"{row['without']:.4f} without and {row['with']:.4f} with it, {gain}."
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the tables and write them to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("set")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--minutes", type=float, default=15)
    options.add_argument("--shots", type=int, nargs="*", default=[500, 2000])
    options.add_argument("--limit", type=int, default=300)
    options.add_argument("--fast", action="store_true")
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    work = given.work.expanduser() / f"language-{given.set}"
    work.mkdir(parents=True, exist_ok=True)
    task = load(given.set, given.data, given.limit, work)
    made, valid = material(task.split, 0, shown)
    plain, told = (choices(task.split, "test", given.limit, 0, told=words) for words in (False, True))
    gains = [1 / np.log2(place + 2) for place in range(10)]
    rows: dict[str, dict[str, float]] = {
        "random order": {"HR@1, no words": 0.1, "nDCG@10, no words": float(np.mean(gains))}
    }
    rows["untuned"] = kept(work / "untuned.json", lambda: judged(untuned(work / "untuned"), plain, told))
    runs = {str(many): (made[:many], LONG) for many in given.shots}
    runs |= {"minutes": (made, given.minutes)} if given.minutes else {}
    folder, report = work / "untuned", None
    for run, (some, minutes) in runs.items():
        folder = work / run
        report = kept(work / f"tuned-{run}.json", partial(tuned, some, valid, minutes, folder))
        name = f"{report['seen']:,} examples" + (f", {minutes:g} minutes" if minutes < LONG else "")
        rows[name] = kept(work / f"row-{run}.json", partial(judged, folder, plain, told))
    result: dict[str, Any] = {"set": given.set, "requests": len(plain), "machine": facts()}
    result |= {"rows": rows, "curve": report["log"] if report else []}
    result["time"] = kept(
        work / "time.json", lambda: timed(folder, plain, [i.title for i in task.split.train.items()])
    )
    result["agreement"] = kept(work / "agreement.json", lambda: agreement(folder, plain))
    if given.fast:
        result["beside"] = kept(work / "beside.json", lambda: beside(task, folder, given.limit))
    text = markdown(result)
    publish(given.out, f"language-{given.set}", result, text)
    print(text)


if __name__ == "__main__":
    main()
