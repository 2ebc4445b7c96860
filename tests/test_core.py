"""A core install, without torch, reads, parses, recommends with a trained model, and evaluates."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import instructrec as ir
from instructrec.channels.attributes import Attributes
from instructrec.channels.content import Content
from instructrec.channels.instruction import InstructionMatch, Profile
from instructrec.channels.lexical import Lexical, TermIndex
from instructrec.channels.neighbours import EaseNeighbours, Neighbours, TfidfNeighbours
from instructrec.channels.popularity import Popularity
from instructrec.channels.registry import CHANNELS
from instructrec.channels.sequence import NextItem
from instructrec.data.features import encoder_text
from instructrec.data.sparse import SparseRows
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates

ROOT = Path(__file__).parents[1]


def command(*arguments: str, workspace: Path) -> str:
    line = [sys.executable, "-m", "instructrec.cli.main", *arguments, "--workspace", str(workspace)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def trained(data: ir.Dataset, revision: int) -> FastModel:
    """A model of the shape that training leaves, put together without torch and implicit: sequence and counts
    know nothing.
    """
    items, acts = data.items(), data.histories()
    vectors = ir.load_encoder().encode([encoder_text(i) for i in items])
    width = 8
    names = {
        "norm1": (width,),
        "norm2": (width,),
        "qkv": (3 * width, width),
        "out": (width, width),
        "up": (4 * width, width),
    }
    blank = {
        "items": (len(items), width),
        "bias": (len(items),),
        "position": (5, width),
        "norm.weight": (width,),
    }
    blank["blocks.0.near"] = (2, 5)
    blank |= {
        "norm.bias": (width,),
        "blocks.0.down.weight": (width, 4 * width),
        "blocks.0.down.bias": (width,),
    }
    blank |= {f"blocks.0.{k}.weight": shape for k, shape in names.items()}
    blank |= {f"blocks.0.{k}.bias": shape[:1] for k, shape in names.items()}
    diagonal = SparseRows(
        np.ones(len(items), np.float32), np.arange(len(items)), np.arange(len(items) + 1), len(items)
    )
    match = InstructionMatch(vectors, np.eye(vectors.shape[1], dtype=np.float32))
    channels = {
        "sequence": NextItem({name: np.zeros(shape, np.float32) for name, shape in blank.items()}),
        "instruction": match,
        "attributes": Attributes.of(items, vectors),
        "neighbours": Neighbours(diagonal, decay=0.5, last=20),
        "lexical": Lexical(TermIndex({i.title: n for n, i in enumerate(items)}, diagonal)),
        "popularity": Popularity.of(acts, len(items)),
        "content": Content.of(vectors),
        "tfidf": TfidfNeighbours(diagonal, decay=0.5, last=50),
        "ease": EaseNeighbours(diagonal, decay=0.5, last=50),
        "profile": Profile(match),
    }
    gates = Gates(
        tuple(CHANNELS),
        np.zeros((len(CHANNELS), len(FEATURES)), np.float32),
        np.ones(len(CHANNELS), np.float32),
    )
    facts = {
        "encoder": "use-multilingual-v3",
        "revision": revision,
        "valid": {"nDCG@10": 0.0},
        "data": "test",
    }
    return FastModel(tuple(i.id for i in items), channels, gates, facts)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("core")
    subprocess.run(
        [sys.executable, str(ROOT / "examples/shop.py"), str(folder / "shop")],
        check=True,
        capture_output=True,
    )
    command("read", str(folder / "shop"), workspace=folder / "w")
    data, _ = ir.read(folder / "shop")
    split, _ = ir.split_by_time(data)
    ir.publish(trained(split.train, revision=1), folder / "w" / "models")
    return folder / "w"


def test_the_core_reads_parses_recommends_and_evaluates(workspace: Path) -> None:
    parsed = json.loads(command("parse", "便宜的帐篷，不要Alto", "--json", workspace=workspace))
    assert ("brand", "!=", "Alto") in [(c["field"], c["op"], c["value"]) for c in parsed["conditions"]]
    slate = json.loads(
        command("recommend", "a tent, not Alto", "--user", "u001", "-n", "3", "--json", workspace=workspace)
    )
    assert 1 <= len(slate["items"]) <= 3
    assert all(item["attributes"]["brand"] != "Alto" for item in slate["items"])
    found = json.loads(command("evaluate", "--limit", "50", "--json", workspace=workspace))
    rows = {row["name"] for row in found["plain"]["rows"]}
    assert {"InstructRec", "popularity", "recent popularity", "EASE", "untuned encoder"} <= rows
    # rows that need implicit are there, or say what they need
    for name, why in found["plain"]["skipped"].items():
        assert name in ("item neighbours", "user neighbours", "RP3beta", "ALS", "TF-IDF content", "BM25")
        assert "pip install 'instructrec[compare]'" in why


def test_the_core_answers_before_training(workspace: Path, tmp_path: Path) -> None:
    command("read", str(workspace.parent / "shop"), workspace=tmp_path / "w")
    slate = json.loads(
        command("recommend", "a tent, not Alto", "-n", "3", "--json", workspace=tmp_path / "w")
    )
    assert len(slate["items"]) == 3
    assert all(item["attributes"]["brand"] != "Alto" for item in slate["items"])
    assert any(note.startswith("not trained yet") for note in slate["notes"])


def test_training_without_torch_says_what_to_install(workspace: Path) -> None:
    if importlib.util.find_spec("torch"):
        pytest.skip("torch is installed here: the message is for environments without it")
    line = [sys.executable, "-m", "instructrec.cli.main", "train", "--workspace", str(workspace)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'instructrec[train]'" in done.stderr


def test_the_core_declares_few_dependencies_at_most_and_none_that_is_heavy() -> None:
    core = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split("[<>=]", line)[0] for line in core}
    assert len(names) <= 15  # docs/decisions/0029-a-profile-of-the-catalog.md
    assert not names & {"torch", "implicit", "pandas", "pyarrow", "transformers", "scikit-learn"}
