"""The page of results and both READMEs are what bench/results gives, and tables say what is in the files."""

import doctest
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import harness
import markdown
import report
import sections

RUN = {"cpu": "Z80", "threads": 1, "commit": "abc"}
ROWS = {
    "InstructRec": {"nDCG@10": 0.2, "HR@10": 0.4, "seeds": 1, "run": RUN},
    "EASE": {"nDCG@10": 0.1, "HR@10": 0.3, "coverage@10": 0.25, "seeds": 1, "run": RUN},
    "recbole:SASRec": {"nDCG@10": 0.16, "HR@10": 0.3, "seeds": 1, "run": {**RUN, "commit": "def"}},
    "equal gates": {"nDCG@10": 0.15, "HR@10": 0.35, "seeds": 1, "run": RUN},
}
PROTOCOL = {"split": "global time", "ratings": "ignored", "history": 200, "sequence length": 50}
RESULT = {"set": "steam", "requests": 1_000, "items": 2_000, "protocol": PROTOCOL, "rows": ROWS}


def with_lead(over: str) -> dict:
    ours = ROWS["InstructRec"] | {"lead": {"over": over, "ratio": [1.25, 1.2, 1.3]}}
    return RESULT | {"rows": ROWS | {"InstructRec": ours}}


def test_every_generated_file_is_current():
    stale = [path.name for path, text in report.pages().items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run: python bench/report.py"


def test_rows_stand_by_their_accuracy_each_with_its_run():
    text = report.ranking(with_lead("recbole:SASRec"))
    assert (
        text.index("| InstructRec | 0.200") < text.index("| SASRec (RecBole) | 0.160") < text.index("| EASE")
    )
    assert "| EASE | 0.100 | 0.300 | 0.250 | 1 | a |" in text
    assert "| SASRec (RecBole) | 0.160 | 0.300 | not measured | 1 | b |" in text
    assert "- run b: Z80, 1 thread, commit def" in text


def test_an_interval_is_shown_only_beside_the_row_that_it_was_measured_against():
    assert report.lead(with_lead("recbole:SASRec")["rows"]) == "1.25x (1.20-1.30)"
    assert report.lead(with_lead("EASE")["rows"]) == "1.25x (interval not measured)"


def test_the_summary_has_the_best_of_each_kind_in_both_languages():
    results = dict.fromkeys(report.SETS, with_lead("recbole:SASRec"))
    assert "| **0.200** | EASE 0.100 | SASRec (RecBole) 0.160 | 1.25x (1.20-1.30) |" in report.summary(
        results
    )
    assert "2,000 款游戏 | **0.200** | EASE 0.100 |" in report.summary(results, language=1)


def test_a_row_that_nobody_classified_is_refused():
    with pytest.raises(SystemExit, match="'mystery'"):
        report.ranking(RESULT | {"rows": ROWS | {"mystery": ROWS["EASE"]}})


def test_a_readme_without_its_markers_is_refused():
    with pytest.raises(SystemExit, match="exactly one is needed"):
        report.readme("# Shop", dict.fromkeys(report.SETS, RESULT), 0)


def test_a_part_says_what_it_was_measured_on():
    rows = {"slow": {"CPU s an example": 2.0}, "fast": {"CPU s an example": 0.5}}
    text = sections.tuning({"films": {"examples": 48, "rows": rows, "run": RUN}})
    assert "| fast | 0.500 | 4.00x |" in text
    assert "48 examples, Z80, 1 thread, commit abc." in text


@pytest.mark.parametrize("module", [harness, markdown], ids=lambda module: module.__name__)
def test_examples_of_the_shared_modules_hold(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
