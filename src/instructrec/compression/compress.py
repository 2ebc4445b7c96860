"""A tuned language model made smaller by keeping only the tokens that the data needs."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from instructrec.compression.vocabulary import trimmed
from instructrec.data.dataset import Dataset
from instructrec.language.examples import Example, RankingTask, ranking_measures
from instructrec.language.listwise import LONGEST, MOST, Reading, listwise, matching
from instructrec.language.model import TorchModel
from instructrec.language.rerank import NETWORK, reading

TIMED_LISTS = 20
TOLERANCE = 0.02  # nDCG@10 on validation that a smaller model may lose and still be published


def compressed(model: TorchModel, data: Dataset, examples: Sequence[Example]) -> TorchModel:
    """The model with the vocabulary of the data; `examples` are those it was tuned on.

    Raises ConfigError for a tokenizer that cannot be trimmed.
    """
    return trimmed(model, data_texts(data, examples))


def data_texts(data: Dataset, examples: Sequence[Example]) -> list[str]:
    """All texts that a model of this data reads and writes: titles in every prompt, attributes, examples."""
    items = data.catalog.records()
    titles = [item.title[:LONGEST] for item in items]
    lists = [listwise("", [], titles[n : n + MOST]) for n in range(0, len(titles), MOST)]
    attributes = [value for item in items for value in item.attributes.values()]
    values = [str(v) for value in attributes for v in (value if isinstance(value, list | tuple) else [value])]
    prompts = [matching(words, []) for value in values for words in (value, value.lower())]
    texts = [text for example in examples for text in (example.prompt, example.answer)]
    return [*titles, *(matching("", [title, title]) for title in titles), *lists, *prompts, *texts]


def figures(
    folders: Sequence[Path], valid: Sequence[RankingTask], titles: Sequence[str]
) -> list[dict[str, float]]:
    """Size on disk (MiB), time to read a list (ms) and nDCG@10 on validation of each tuned model."""
    reads = [reading(folder) for folder in folders]
    times = milliseconds(reads, valid[:TIMED_LISTS], titles)
    return [
        {
            "network, MiB": mib(folder / NETWORK),
            f"{MOST} titles, ms": time_ms,
            "nDCG@10": ranking_measures(read, valid)["nDCG@10"] if valid else 0.0,
        }
        for folder, read, time_ms in zip(folders, reads, times, strict=True)
    ]


def milliseconds(
    reads: Sequence[Reading], requests: Sequence[RankingTask], titles: Sequence[str], size: int = MOST
) -> list[float]:
    """Median time of each model to read `size` random titles, list by list in turn so that load is shared."""
    rng, spent = np.random.default_rng(0), np.zeros((len(requests), len(reads)))
    for row, request in enumerate(requests):
        chosen = [titles[n] for n in rng.choice(len(titles), min(size, len(titles)), replace=False)]
        for column, read in enumerate(reads):
            read("", [], chosen)  # in service the likelihood of each title alone is known already
            start = time.perf_counter()
            read(request.instruction, request.history, chosen)
            spent[row, column] = 1000 * (time.perf_counter() - start)
    return np.median(spent, axis=0).tolist() if requests else [0.0] * len(reads)


def mib(folder: Path) -> float:
    """Size of the files of a folder, in MiB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
