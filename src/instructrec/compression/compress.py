"""A tuned language model made smaller step by step, and what each step cost and gave."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from instructrec.compression.layers import distilled, pruned
from instructrec.compression.vocabulary import trimmed
from instructrec.data.dataset import Dataset
from instructrec.language.examples import Choice, Example, reached
from instructrec.language.listwise import LONGEST, MOST, Reading, listwise, matching
from instructrec.language.model import TorchModel
from instructrec.language.rerank import ENGINE, NETWORK, reading
from instructrec.language.tune import TuneConfig
from instructrec.types import Progress, no_progress

CALIBRATED = 32  # prompts on which layers are compared
TIMED = 20  # lists that are timed
# of nDCG@10 on the choices of validation: a model that lost more does not take the place of the tuned one
TOLERANCE = 0.02


def compressed(
    model: TorchModel,
    data: Dataset,
    made: Sequence[Example],
    valid: Sequence[Choice],
    *,
    vocabulary: bool = True,
    layers: int | None = None,
    minutes: float = 10.0,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> TorchModel:
    """The model with the vocabulary of the data and, where `layers` are given, that many of its layers,
    distilled.

    Each step is left out where it is not asked for. Raises ConfigError for one that the model does not allow.
    `made` are the examples that the model was tuned on, or ones like them. With a `checkpoint` a killed
    distillation goes on.
    """
    whole = trimmed(model, wording(data, made)) if vocabulary else model
    if layers is None:
        return whole
    small = pruned(whole, layers, [example.prompt for example in made[:CALIBRATED]])
    if small.network.config.num_hidden_layers == whole.network.config.num_hidden_layers:
        return whole
    return distilled(
        small, whole, made, valid, TuneConfig(minutes=minutes), checkpoint=checkpoint, progress=progress
    )[0]


def wording(data: Dataset, made: Sequence[Example]) -> list[str]:
    """The texts that a model of this data reads and writes: titles wherever they may stand, attributes,
    prompts and answers.
    """
    items = data.catalog.records()
    titles = [item.title[:LONGEST] for item in items]
    lists = [listwise("", [], titles[n : n + MOST]) for n in range(0, len(titles), MOST)]
    attributes = [value for item in items for value in item.attributes.values()]
    values = [
        str(one) for value in attributes for one in (value if isinstance(value, list | tuple) else [value])
    ]
    told = [matching(said, []) for value in values for said in (value, value.lower())]
    texts = [text for example in made for text in (example.prompt, example.answer)]
    return [*titles, *(matching("", [title, title]) for title in titles), *lists, *told, *texts]


def figures(
    folders: Sequence[Path], valid: Sequence[Choice], titles: Sequence[str]
) -> list[dict[str, float]]:
    """What each model as `tune` writes it takes and gives: MiB on disk, ms to read a list by likelihood,
    nDCG@10.
    """
    reads = [reading(folder) for folder in folders]
    spent = milliseconds(reads, valid[:TIMED], titles)
    return [
        {
            "network, MiB": mib(folder / NETWORK),
            "engine, MiB": mib(folder / ENGINE),
            f"{MOST} titles, ms": took,
            "nDCG@10": reached(read, valid)["nDCG@10"] if valid else 0.0,
        }
        for folder, read, took in zip(folders, reads, spent, strict=True)
    ]


def milliseconds(
    reads: Sequence[Reading], asked: Sequence[Choice], titles: Sequence[str], many: int = MOST
) -> list[float]:
    """Of a reading of so many titles, drawn from these, by those who ask (median); usually as many as are
    ever read at once.

    Each way of reading in turn, list by list, so that a busy moment of the machine falls on all of them.
    """
    rng, spent = np.random.default_rng(0), np.zeros((len(asked), len(reads)))
    for place, each in enumerate(asked):
        some = [titles[n] for n in rng.choice(len(titles), min(many, len(titles)), replace=False)]
        for way, read in enumerate(reads):
            read("", [], some)  # what titles are worth alone is known in service
            start = time.perf_counter()
            read(each.said, each.history, some)
            spent[place, way] = 1000 * (time.perf_counter() - start)
    return np.median(spent, axis=0).tolist() if asked else [0.0] * len(reads)


def mib(folder: Path) -> float:
    """What the files of a folder take on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
