"""The parser against sentences labelled by people who did not see it, with the vocabularies of real catalogs.

`sentences` is the exam: half of it was never looked at when the parser was mended; `practice` was.
"""

import gc
import importlib.util
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Catalog
from instructrec.lexicon.words import key
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def load_bench() -> ModuleType:
    """bench/parser.py, which marks the sentences and prints the figures of the docs."""
    spec = importlib.util.spec_from_file_location("bench_parser", ROOT / "bench" / "parser.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench = load_bench()


def catalog_file(name: str) -> Path:
    path = bench.SHARED / name / "items.parquet"
    if not path.exists():
        pytest.skip(f"needs the real catalog {path}")
    return path


def read_items(name: str) -> list[Item]:
    return Catalog(pl.read_parquet(catalog_file(name))).records()


@pytest.fixture(scope="module")
def steam() -> Vocabulary:
    return bench.vocabulary_of(catalog_file("steam"))


@pytest.fixture(scope="module")
def marks():
    catalog_file("steam")
    return bench.mark(bench.SHARED, HERE / "sentences")


def test_the_exam_is_large_and_half_of_it_chinese():
    texts = [sentence["text"] for _, sentence in bench.load(HERE / "sentences")]
    assert len(texts) == len(set(texts)) >= 400
    assert sum(any("\u4e00" <= char <= "\u9fff" for char in text) for text in texts) >= 0.45 * len(texts)


def test_conditions_of_the_half_that_was_worked_on_are_found_and_no_others(marks):
    report = marks["work"].to_dict()
    assert report["f1"] >= 0.97, report["by_type"]
    assert report["negations_lost"] == []


def test_conditions_of_the_unseen_half_are_found_and_no_negation_is_lost(marks):
    report = marks["unseen"].to_dict()
    assert report["f1"] >= 0.97, report["by_type"]
    assert report["negations_lost"] == []


@pytest.mark.parametrize(
    ("folder", "least"),
    [
        ("practice", 0.97),
        ("practice/second", 0.97),
        ("practice/third", 0.97),
        ("practice/fourth", 0.94),
        ("practice/fifth", 0.95),
        ("practice/sixth", 0.9),
        ("practice/seventh", 0.9),
        ("practice/eighth", 0.9),
        ("practice/ninth", 0.95),
        ("practice/tenth", 0.95),
        ("practice/eleventh", 0.95),
        ("practice/twelfth", 0.95),
        ("practice/thirteenth", 0.97),
        ("practice/fourteenth", 0.95),
        ("practice/fifteenth", 0.97),
        ("practice/sixteenth", 0.94),
        ("practice/seventeenth", 0.95),
        ("practice/eighteenth", 0.98),
        ("practice/nineteenth", 0.97),
    ],
)
def test_conditions_of_the_practice_sentences_are_found(folder, least):
    """The last fifteen sets, of the hardest sentences, were worked on least."""
    catalog_file("steam")
    both = bench.mark(bench.SHARED, HERE / folder).values()
    assert sum(len(m.lost) for m in both) <= 2
    right, found, wanted = (
        sum(c[k] for m in both for c in m.facts.values()) for k in ("right", "found", "wanted")
    )
    assert 2 * right / (found + wanted) >= least, "\n".join(line for m in both for line in m.wrong)


def test_conditions_are_found_in_catalogs_that_nothing_was_made_for():
    """Twenty-five invented catalogs, from recipes to wines: their own attributes, numbers, units and flags."""
    every = bench.mark_shops(HERE / "shops")
    right, found, wanted = (sum(c[k] for c in every.facts.values()) for k in ("right", "found", "wanted"))
    assert every.sentences == 750
    assert not every.lost
    assert 2 * right / (found + wanted) >= 0.97, "\n".join(every.wrong)


def test_a_sentence_takes_about_a_millisecond_against_a_catalog_of_thirty_thousand(steam):
    taken = []
    for _, sentence in bench.load(HERE / "sentences"):
        start = time.process_time()
        parse(sentence["text"], steam)
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
    "under ",
    "十",
    "like Portal or ",
    "要么",
    "comedy or Valve or ",
)


def fastest(work) -> float:
    """CPU seconds of the best of three runs."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


@pytest.fixture(scope="module")
def pace():
    """CPU seconds in which the titles of steam are read here and now: .2 on a quiet core, twice that on a busy machine."""
    titles = [item.title for item in read_items("steam")]
    return fastest(lambda: [key(title) for title in titles])


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_time_in_line_with_its_length(steam, pace, piece):
    def seconds(length: int) -> float:
        return fastest(lambda: parse((piece * 4000)[:length], steam))

    seconds(200)
    assert seconds(4000) < 2 * pace
    assert seconds(4000) < 9 * max(seconds(1000), 0.002)  # four times as long; quadratic would be sixteen


def test_a_vocabulary_of_thirty_thousand_items_is_built_in_ten_times_the_time_of_reading_their_titles(pace):
    items = read_items("steam")
    gc.freeze()  # what other tests left in memory is not looked through meanwhile
    spent = fastest(lambda: Vocabulary.of(items))
    gc.unfreeze()
    assert spent < 10 * pace
