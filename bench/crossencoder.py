"""Is a small network that reads a request and a title together worth its time over the first titles of the
fast model?

    python bench/crossencoder.py ml-100k [--lists 1500] [--limit 300]

all-MiniLM-L6-v2 as a cross-encoder (Nogueira and Cho 2019): what was had and said, and one title, give one
number. It learns lists of ten titles from instructions of the training part, in two ways: which of them was
taken, and (distilled) what the tuned language model makes of them (Hinton et al. 2015). Each is judged alone
among ten titles, and as a channel over the fast model's first 20, with a weight from validation as in
`instructrec tune`. Goes on in the --work of `bench/language.py SET
--fast`, whose fast and tuned models it takes.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from language import added
from machine import ROOT, WORK, facts, kept, publish, shown
from ranking import Task, load
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from instructrec.compression.compress import milliseconds
from instructrec.config import threads
from instructrec.data.facets import Facets
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError
from instructrec.evaluation.cases import Case
from instructrec.evaluation.instructed import allowed_by
from instructrec.instructions.generate import corpus
from instructrec.instructions.understand import Reader
from instructrec.language.examples import PLAIN, choices, reached
from instructrec.language.listwise import Reading, matching
from instructrec.language.model import faster_precision
from instructrec.language.rerank import reading
from instructrec.models import checkpoint
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.resources import get
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.assemble import lists

LONGEST = 160  # tokens of a pair
SHOWN_TITLES = 10  # of a list to learn from
HARD = 5  # of them from the fast model's list, the others at random
BATCH = 4  # lists
RATE = 5e-5
TIMED = 30


@dataclass(frozen=True)
class Lesson:
    """A request, titles, and how much of the answer each is; sums to 1."""

    said: str
    history: tuple[str, ...]
    titles: tuple[str, ...]
    shares: np.ndarray


class CrossEncoder:
    """MiniLM with one number on top; reads the pairs of a list in one batch."""

    def __init__(self, folder: str) -> None:
        self.words = AutoTokenizer.from_pretrained(folder)
        self.network = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
        self.precision = faster_precision()

    def logits(self, said: str, history: Sequence[str], titles: Sequence[str]) -> torch.Tensor:
        """A number for each title; (titles,) float32."""
        asked = [matching(said, history)] * len(titles)
        pairs = self.words(
            asked,
            list(titles),
            truncation="only_first",
            max_length=LONGEST,
            padding=True,
            return_tensors="pt",
        )
        with torch.autocast("cpu", self.precision, enabled=self.precision != torch.float32):
            return self.network(**pairs).logits[:, 0].float()

    def __call__(self, said: str, history: Sequence[str], titles: Sequence[str]) -> np.ndarray:
        """Values around zero, as the other readings give; (titles,) float32."""
        self.network.eval()
        with torch.inference_mode():
            found = self.logits(said, history, titles).numpy()
        return found - found.mean()


def drawn(task: Task, model: FastModel, many: int) -> list[tuple[str, list[int], list[int]]]:
    """What was said and had, and the items of a list, the one that was taken first: requests of the training
    part.
    """
    items = task.split.train.items()
    rng, reader = (
        np.random.default_rng(0),
        Reader(Vocabulary.of(items), load_encoder(), SqliteStore(task.work / "vectors.db")),
    )
    made = [g for g in corpus(task.split.train, size=4 * many, seed=2) if g.group in PLAIN and g.history][
        :many
    ]
    contexts = reader.contexts([g.said for g in made], [np.array(g.history, np.int64) for g in made])
    asked = [
        Case(c, np.array([g.item]), c.history, 0.0, str(n))
        for n, (g, c) in enumerate(zip(made, contexts, strict=True))
    ]
    found = []
    for g, case, tried in zip(made, asked, lists(model, asked, allowed_by(Facets(items))), strict=True):
        closed = {g.item, *g.history}
        hard = [n for n in tried.items if n not in closed][:HARD]
        others = [
            n for n in rng.permutation(len(items))[: 4 * SHOWN_TITLES].tolist() if n not in {*closed, *hard}
        ]
        found.append((g.said, list(case.context.history), [g.item, *hard, *others][:SHOWN_TITLES]))
    return found


def lessons(
    made: Sequence[tuple[str, list[int], list[int]]], titles: Sequence[str], teacher: Reading | None
) -> list[Lesson]:
    """Lists with what was taken as the answer or, with a teacher, the shares that it gives the titles."""
    found = []
    for done, (said, history, items) in enumerate(made, start=1):
        had, shown_titles = tuple(titles[n] for n in history), tuple(titles[n] for n in items)
        values = (
            teacher(said, had, shown_titles)
            if teacher
            else np.where(np.arange(len(items)) == 0, 0.0, -np.inf)
        )
        shares = np.exp(values - values.max())
        found.append(Lesson(said, had, shown_titles, (shares / shares.sum()).astype(np.float32)))
        if teacher:
            shown("the teacher reads", done, len(made))
    return found


def learned(taught: Sequence[Lesson]) -> CrossEncoder:
    """The network after one pass over the lists: cross-entropy with the shares of each."""
    torch.manual_seed(0)
    model = CrossEncoder(str(get("minilm")))
    optimiser = torch.optim.AdamW(model.network.parameters(), lr=RATE)
    steps = -(-len(taught) // BATCH)
    warm = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: min((n + 1) / 20, max(0.0, 1 - n / steps)))
    model.network.train()
    for start in range(0, len(taught), BATCH):
        some = taught[start : start + BATCH]
        for each in some:
            found = model.logits(each.said, each.history, each.titles)
            (cross_entropy(found[None], torch.from_numpy(each.shares)[None]) / len(some)).backward()
        torch.nn.utils.clip_grad_norm_(model.network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        warm.step()
        shown("lists", min(start + BATCH, len(taught)), len(taught))
    return model


def judged(task: Task, limit: int, make: Callable[[], Reading]) -> dict[str, Any]:
    """What a reading is worth alone and beside the fast model, and the CPU seconds that making it took."""
    start = time.process_time()
    read = make()
    row: dict[str, Any] = {"cpu_seconds": time.process_time() - start}
    plain, told = (choices(task.split, "test", limit, 0, told=words) for words in (False, True))
    row |= {f"{name}, no words": value for name, value in reached(read, plain).items()}
    row |= {f"{name}, told": value for name, value in reached(read, told).items()}
    row["20 titles, ms"] = milliseconds(
        [read], plain[:TIMED], [item.title for item in task.split.train.items()]
    )[0]
    return row | added(task, read, limit)


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine, rows = result["machine"], result["rows"]
    columns = [name for name in next(iter(rows.values())) if name not in ("plain", "told", "cpu_seconds")]
    lines = [
        f"# A cross-encoder of 22 million weights on {result['set']}, taught by {result['lists']:,} lists of ten titles",
        "",
        f"{machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}. Alone: one of ten titles was taken, "
        f"{result['requests']} requests of the test part.",
        "",
        f"| taught by | CPU s | {' | '.join(columns)} |",
        "|---|---:|" + "---:|" * len(columns),
        *(
            f"| {name} | {row['cpu_seconds']:.0f} | {' | '.join(f'{row[c]:.4g}' for c in columns)} |"
            for name, row in rows.items()
        ),
        "",
        "Beside the fast model, over its first 20 items; the weight is from validation:",
        "",
        "| taught by | requests | weight | lists | nDCG@20 without | with it | gain |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, row in rows.items():
        for kind, said in (("plain", "without words"), ("told", "told")):
            part = row[kind]
            gain = "{:+.4f} [{:+.4f}, {:+.4f}]".format(*part["gain"])
            lines.append(
                f"| {name} | {said} | {part['weighed']['weight']:.2f} | {part['lists']:,} | {part['without']:.4f} | "
                f"{part['with']:.4f} | {gain} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("set")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--tuned", default="2000", help="row of bench/language.py whose model teaches")
    options.add_argument("--lists", type=int, default=1_500)
    options.add_argument("--limit", type=int, default=300)
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    torch.set_num_threads(threads())
    work = given.work.expanduser() / f"language-{given.set}"
    if not (work / given.tuned).exists() or not (work / "models").exists():
        raise ConfigError(
            f"{work} holds no fast model or no tuned one; next: python bench/language.py {given.set} --fast"
        )
    task = load(given.set, given.data, given.limit, work)
    model = checkpoint.load_model(work / "models", checkpoint.current(work / "models"))
    titles, teacher = [item.title for item in task.split.train.items()], reading(work / given.tuned)
    made = drawn(task, model, given.lists)
    ways: dict[str, Callable[[], Reading]] = {
        "what was taken": lambda: learned(lessons(made, titles, None)),
        "the language model": lambda: learned(lessons(made, titles, teacher)),
        "(the language model itself)": lambda: teacher,
    }
    rows = {
        name: kept(work / f"cross-{place}-{given.lists}.json", partial(judged, task, given.limit, make))
        for place, (name, make) in enumerate(ways.items())
    }
    result = {"set": given.set, "lists": len(made), "requests": given.limit, "machine": facts(), "rows": rows}
    text = markdown(result)
    publish(given.out, f"crossencoder-{given.set}", result, text)
    print(text)


if __name__ == "__main__":
    main()
