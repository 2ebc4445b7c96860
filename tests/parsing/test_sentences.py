"""The parser against sentences labelled by hand, with the vocabularies of three real catalogs."""

import time
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Catalog
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Item

SHARED = Path(__file__).parents[3] / "shared/data"
SENTENCES: dict[str, dict[str, list[list[Any]]]] = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text())


def read_items(name: str) -> list[Item]:
    path = SHARED / name / "items.parquet"
    if not path.exists():
        pytest.skip(f"needs the real catalog {path}")
    return Catalog(pl.read_parquet(path)).records()


@pytest.fixture(scope="module")
def vocabularies() -> dict[str, Vocabulary]:
    return {name: Vocabulary.of(read_items(name)) for name in SENTENCES}


def facts(condition: Condition, vocabulary: Vocabulary) -> tuple[str, str, str]:
    value = condition.value
    if condition.op in ("in", "not_in"):
        value = sorted(value)
        value = [value[0], value[-1]] if condition.field == "year" else value
    limits = vocabulary.quantiles.get("price", ())
    if condition.field == "price" and value in limits:
        value = ("cheap", "dear")[limits.index(value)]
    return condition.field, condition.op, repr(value)


def counted(vocabularies: Mapping[str, Vocabulary]) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name, sentences in SENTENCES.items():
        for text, labels in sentences.items():
            found = {facts(c, vocabularies[name]) for c in parse(text, vocabularies[name]).conditions}
            wanted = {(f, op, repr(v)) for f, op, v in labels}
            counts.update(right=len(found & wanted), found=len(found), wanted=len(wanted), exact=found == wanted, sentences=1)
            if found != wanted:
                wrong.append(f"{text}: too much {sorted(found - wanted)}, missing {sorted(wanted - found)}")
    return counts, wrong


def test_conditions_of_labelled_sentences_are_found_and_no_others(vocabularies):
    counts, wrong = counted(vocabularies)
    precision, recall = counts["right"] / counts["found"], counts["right"] / counts["wanted"]
    line = f"precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / (precision + recall):.3f}; {counts}"
    assert min(precision, recall) >= 0.97, "\n".join([line, *wrong])


def test_a_sentence_takes_about_a_millisecond_against_a_catalog_of_thirty_thousand(vocabularies):
    taken = []
    for text in [t for sentences in SENTENCES.values() for t in sentences]:
        start = time.process_time()
        parse(text, vocabularies["steam"])
        taken.append(time.process_time() - start)
    assert np.median(taken) < 0.0015


HOSTILE = (
    "not ",
    "(",
    "7",
    "between ",
    "no horror or ",
    "1990 ",
    "$5 ",
    "除了",
    "不",
    "90s or ",
    "“",
    "a.",
    "by the ",
    "恐怖不要",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_time_in_line_with_its_length(vocabularies, piece):
    text = (piece * 4000)[:4000]
    taken = []
    for _ in range(3):
        start = time.process_time()
        parse(text, vocabularies["steam"])
        taken.append(time.process_time() - start)
    assert min(taken) < 0.05


def test_a_vocabulary_of_thirty_thousand_items_is_built_in_half_a_second():
    items = read_items("steam")
    taken = []
    for _ in range(3):
        start = time.process_time()
        Vocabulary.of(items)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.5
