"""The language model beside the fast model: what tuning is worth, what it costs, and what smaller ones lose.

    python bench/language.py quality ml-100k [--minutes 15] [--shots 500 2000] [--limit 300] [--fast]
    python bench/language.py tuning [--set ml-100k] [--examples 64]
    python bench/language.py compress ml-100k [--model FOLDER]
    python bench/language.py reasons [-w .instructrec/demo] [--limit 1000]

`quality`: random order, the model untuned, tuned on so many examples, and tuned for so many minutes (0: no
such row), on requests of the test part: which of ten titles was chosen (nine are random ones that the user
had nothing to do with), without an instruction and with one made from the chosen item. With --fast it is also
weighed beside the fast model on validation lists, as in `instructrec tune`, and measured on test lists.
`tuning`: ours against transformers' Trainer with its defaults, on the same examples. `compress`: the model as
tuned and with the vocabulary of the data. `reasons`: the sentences that the model writes, checked against
catalog and history by code of its own (reasons.py).
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import harness
import numpy as np
import reasons
import sections
import torch
from task import Task, load

from instructrec.compression.compress import compressed, figures, milliseconds
from instructrec.data.facets import Facets
from instructrec.encoders.registry import load_encoder
from instructrec.errors import NotTrained
from instructrec.evaluation.instructed import allowed_by, instructed_cases
from instructrec.evaluation.metrics import paired
from instructrec.instructions.understand import Reader
from instructrec.language import tune
from instructrec.language.examples import (
    Example,
    RankingTask,
    ranking_measures,
    ranking_tasks,
    tuning_material,
)
from instructrec.language.listwise import MOST, Reading
from instructrec.language.loss import answer_loss, encoded
from instructrec.language.model import TorchModel
from instructrec.language.rerank import ABOUT, FEW_TITLES, NETWORK, reading, score_terms
from instructrec.language.weigh import ndcg_of_lists, weigh_by_kind
from instructrec.models import checkpoint
from instructrec.models.validation_lists import ValidationList
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.assemble import list_requests
from instructrec.tuning.loop import TrainConfig, train

TIMED = 30  # lists of each length that are timed
UNLIMITED = 600.0  # minutes that a run over a given number of examples may take
ALL_LAYERS = 1_000  # more than any model has
RANDOM = {"HR@1": 0.1, "nDCG@10": float(np.mean([1 / np.log2(place + 2) for place in range(10)]))}
Requests = dict[str, list[RankingTask]]


def requests_of(task: Task, limit: int) -> Requests:
    """Ten titles for each request of the test part, without and with an instruction."""
    split = task.split
    return {
        "": ranking_tasks(split, "test", limit, 0),
        ", with an instruction": ranking_tasks(split, "test", limit, 0, instructed=True),
    }


def judged(folder: Path, requests: Requests) -> dict[str, float]:
    """HR@1 and nDCG@10 of a tuned model's reading."""
    read = reading(folder)
    found = {kind: ranking_measures(read, asked) for kind, asked in requests.items()}
    return {f"{metric}{kind}": value for kind, row in found.items() for metric, value in row.items()}


def untuned(folder: Path) -> Path:
    """The model as it comes, in the form of a tuned one."""
    tune.publish_language(tune.write(TorchModel(), folder), folder, {}, {})
    return folder


def tuned(
    made: Sequence[Example], valid: Sequence[RankingTask], minutes: float, folder: Path
) -> dict[str, Any]:
    """Tune on these examples for at most so long; the model stays in the folder."""
    state, config = folder.with_suffix(".safetensors"), tune.TuneConfig(minutes=minutes)
    model, found = tune.tune(made, valid, config, checkpoint=state, progress=harness.progress)
    tune.publish_language(tune.write(model, folder), folder, found.to_dict(), {})
    state.unlink()
    return found.to_dict()


def quality(given: argparse.Namespace) -> None:
    """What tuning is worth: among ten titles, in time, and beside the fast model."""
    work = given.work.expanduser() / f"language-{given.set}"
    task = load(given.set, given.data, given.limit, work)
    made, valid = tuning_material(task.split, 0, harness.progress)
    requests = requests_of(task, given.limit)
    folder = work / "untuned"
    rows = {
        "random order": RANDOM,
        "untuned": harness.kept(work / "untuned.json", lambda: judged(untuned(folder), requests)),
    }
    runs = {str(many): (made[:many], UNLIMITED) for many in given.shots}
    runs |= {"minutes": (made, given.minutes)} if given.minutes else {}
    for run, (examples, minutes) in runs.items():
        folder = work / run
        about = harness.kept(work / f"tuned-{run}.json", partial(tuned, examples, valid, minutes, folder))
        name = f"{about['seen']:,} examples" + (f", {minutes:g} minutes" if minutes < UNLIMITED else "")
        rows[name] = harness.kept(work / f"row-{run}.json", partial(judged, folder, requests))
    found: dict[str, Any] = {"requests": len(requests[""]), "rows": rows}
    found["ms"] = harness.kept(work / "time.json", lambda: timed(folder, requests[""], task.titles))
    if given.fast:
        found["beside"] = harness.kept(work / "beside.json", lambda: beside(task, folder, given.limit))
    print(sections.language(harness.publish(given.out, "language", given.set, found)))


def timed(folder: Path, asked: Sequence[RankingTask], titles: Sequence[str]) -> dict[str, float]:
    """Milliseconds of reading ten and twenty titles (median)."""
    read = reading(folder)
    return {f"{n} titles": milliseconds([read], asked[:TIMED], titles, n)[0] for n in (FEW_TITLES, MOST)}


def beside(task: Task, folder: Path, limit: int) -> dict[str, Any]:
    """What the language model adds to the fast model's test lists, at its weight on validation lists."""
    encoder, store, models = load_encoder(), SqliteStore(task.work / "vectors.db"), task.work / "models"
    try:
        version = checkpoint.current(models)
    except NotTrained:
        made, about = train(task.split, encoder, TrainConfig(), store=store, progress=harness.progress)
        checkpoint.publish(made, models, about.lists)
        version = checkpoint.current(models)
    model, read = checkpoint.load_model(models, version), reading(folder)
    weighed = weigh_by_kind(read, checkpoint.validation_lists(models, version), task.titles, harness.progress)
    items = task.split.train.items()
    instructed = instructed_cases(task.test, items, Reader(Vocabulary.of(items), encoder, store), 0)
    parts = {"uninstructed": (task.test, None), "instructed": (instructed, allowed_by(Facets(items)))}
    rows: dict[str, Any] = {}
    for kind, (asked, allowed) in parts.items():
        made_lists = list(list_requests(model, asked[:limit], allowed))
        users = np.array([case.user for case in asked[:limit]])
        weight = weighed[kind].weight
        rows[kind] = {"weight": weight} | reranked(read, made_lists, task.titles, users, weight)
    return rows


def reranked(
    read: Reading, made: Sequence[ValidationList], titles: Sequence[str], users: np.ndarray, weight: float
) -> dict[str, Any]:
    """The nDCG@20 of lists without and with the language model, paired; a list without a hit stays at 0."""
    before = [np.array(each.scores) for each in made]
    after = []
    for each, scores in zip(made, before, strict=True):
        added = np.zeros(len(scores))
        if set(each.items) & set(each.relevant):
            history, shown = ([titles[n] for n in numbers] for numbers in (each.history, each.items))
            added = score_terms(read(each.instruction, history, shown), weight)
        after.append(scores + added)
    places = [np.flatnonzero(np.isin(each.items, each.relevant)) for each in made]
    ours, theirs = ndcg_of_lists(after, places), ndcg_of_lists(before, places)
    gap = paired(ours, theirs, users).difference
    means = {"without": float(theirs.mean()), "with": float(ours.mean())}
    return {"lists": len(made), **means, "gain": [gap.mean, gap.low, gap.high]}


def trainer_seconds(made: Sequence[Example]) -> float:
    """CPU seconds an example of transformers' Trainer as it comes: 32 bits, batches of 8, all layers."""
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    usual = tune.TuneConfig()
    model = TorchModel(usual.model)
    rows = encoded(model, made, usual.longest)
    data = [
        {
            "input_ids": row.prompt + row.instructed,
            "attention_mask": [1] * len(row),
            "labels": [-100] * len(row.prompt) + row.instructed,
        }
        for row in rows
    ]
    adapters = LoraConfig(r=usual.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    collator = DataCollatorForSeq2Seq(model.tokenizer, padding=True)
    with TemporaryDirectory() as folder:
        quiet = {"report_to": [], "save_strategy": "no", "disable_tqdm": True}
        settings = TrainingArguments(output_dir=folder, num_train_epochs=1, **quiet)
        network = get_peft_model(model.network, adapters)
        made_by = Trainer(network, settings, train_dataset=data, data_collator=collator)
        start = time.process_time()
        made_by.train()
    return (time.process_time() - start) / len(rows)


def our_seconds(
    made: Sequence[Example], config: tune.TuneConfig, precision: torch.dtype | None = None
) -> float:
    """CPU seconds an example of our steps, in the faster precision where none is given."""
    usual = tune.faster_precision
    tune.faster_precision = usual if precision is None else lambda: precision
    run = tune._TuningRun(made, [], config, answer_loss)
    tune.faster_precision = usual
    start = time.process_time()
    for step, batch in run.remaining():
        run.step(step, batch)
    return (time.process_time() - start) / len(made)


def tuning(given: argparse.Namespace) -> None:
    """How fast a language model is tuned: ours against transformers' Trainer."""
    with TemporaryDirectory() as folder:
        made = tuning_material(load(given.set, given.data, 10, Path(folder)).split, 0)[0][: given.examples]
    upper = tune.TuneConfig(minutes=UNLIMITED)
    every = replace(upper, layers=ALL_LAYERS)
    rows = {
        "transformers' Trainer, its defaults": trainer_seconds(made),
        "ours, 32 bits, all layers": our_seconds(made, every, torch.float32),
        "ours, 16 bits, all layers": our_seconds(made, every, torch.bfloat16),
        f"ours, 16 bits, upper {upper.layers} layers": our_seconds(made, upper, torch.bfloat16),
        f"ours, 32 bits, upper {upper.layers} layers": our_seconds(made, upper, torch.float32),
        "ours, as it is (upper layers, the faster precision)": our_seconds(made, upper),
    }
    found = {"examples": len(made), "rows": {name: {"CPU s an example": each} for name, each in rows.items()}}
    print(sections.tuning(harness.publish(given.out, "tuning", given.set, found)))


def made_once(folder: Path, make: Any) -> TorchModel:
    """A smaller model in the form of a tuned one, in a folder."""
    if not (folder / ABOUT).exists():
        harness.progress(folder.name, 1, 1)
        tune.publish_language(tune.write(make(), folder), folder, {}, {})
    return TorchModel(str(folder / NETWORK))


def smaller(given: argparse.Namespace, task: Task, work: Path) -> dict[str, Path]:
    """The folder of each row's model."""
    examples, _ = tuning_material(task.split, 0, harness.progress)
    whole = TorchModel(str(given.model / NETWORK))
    made_once(work / "trimmed", lambda: compressed(whole, task.split.train, examples))
    return {"as tuned": given.model, "vocabulary of the data": work / "trimmed"}


def compress(given: argparse.Namespace) -> None:
    """What each way to make the language model smaller saves and costs."""
    if not (given.model / ABOUT).exists():
        raise SystemExit(
            f"there is no tuned model in {given.model}; name one with --model, or: instructrec tune"
        )
    work = given.work.expanduser() / f"compress-{given.set}"
    task = load(given.set, given.data, given.limit, work)
    requests = requests_of(task, given.limit)

    def row(folder: Path) -> dict[str, float]:
        return figures([folder], requests[""], task.titles)[0] | judged(folder, requests)

    rows = {
        name: harness.kept(work / f"{folder.name}.json", partial(row, folder))
        for name, folder in smaller(given, task, work).items()
    }
    found = {"requests": len(requests[""]), "rows": rows}
    print(sections.compress(harness.publish(given.out, "compress", given.set, found)))


def check_reasons(given: argparse.Namespace) -> None:
    """Reasons in the model's words: how many are kept, their time, and whether any says what is not so."""
    found = reasons.checked(given.workspace, given.limit, given.work.expanduser())
    print(sections.reasons(harness.publish(given.out, "reasons", "demo", found)))


def main() -> None:
    """Measure, print the tables and write them to bench/results."""
    options, parts = harness.subcommands(__doc__)
    part = harness.subcommand(parts, "quality", quality)
    part.add_argument("set")
    part.add_argument("--minutes", type=float, default=15, help="minutes of tuning on all examples; 0: none")
    part.add_argument("--shots", type=int, nargs="*", default=[500, 2000], help="numbers of examples")
    part.add_argument("--limit", type=int, default=300, help="requests drawn at random")
    part.add_argument("--fast", action="store_true", help="weigh it beside the fast model too")
    part = harness.subcommand(parts, "tuning", tuning)
    part.add_argument("--set", default="ml-100k")
    part.add_argument("--examples", type=int, default=64)
    part = harness.subcommand(parts, "compress", compress)
    part.add_argument("set")
    part.add_argument("--model", type=Path, default=Path(".instructrec/demo/language"))
    part.add_argument("--limit", type=int, default=300, help="requests drawn at random")
    part = harness.subcommand(parts, "reasons", check_reasons)
    part.add_argument("-w", "--workspace", type=Path, default=harness.ROOT / ".instructrec/demo")
    part.add_argument("--limit", type=int, default=1000, help="reasons")
    given = options.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
