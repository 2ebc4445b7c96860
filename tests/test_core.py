"""A core install, without torch, reads, parses, recommends with a trained model, and evaluates."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import instructrec as ir
from instructrec.channels.content import Content
from instructrec.channels.fit import count_transitions, index_terms, neighbours
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.lexical import Lexical
from instructrec.channels.neighbours import NeighbourConfig
from instructrec.channels.popularity import Popularity
from instructrec.channels.sequence import NextItem
from instructrec.data.features import encoder_text, full_text
from instructrec.models.fast import CHANNELS, FastModel
from instructrec.models.gates import FEATURES, Gates

ROOT = Path(__file__).parents[1]


def command(*arguments: str, workspace: Path) -> str:
    line = [sys.executable, "-m", "instructrec.cli.main", *arguments, "--workspace", str(workspace)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def trained(data: ir.Dataset, revision: int) -> FastModel:
    """A model as training would leave it, put together without torch: the sequence network knows nothing."""
    items, acts = data.items(), data.histories()
    vectors = ir.load_encoder().encode([encoder_text(i) for i in items])
    width = 8
    names = {"norm1": (width,), "norm2": (width,), "qkv": (3 * width, width), "out": (width, width), "up": (4 * width, width)}
    blank = {"items": (len(items), width), "bias": (len(items),), "position": (5, width), "norm.weight": (width,)}
    blank |= {"norm.bias": (width,), "blocks.0.down.weight": (width, 4 * width), "blocks.0.down.bias": (width,)}
    blank |= {f"blocks.0.{k}.weight": shape for k, shape in names.items()}
    blank |= {f"blocks.0.{k}.bias": shape[:1] for k, shape in names.items()}
    config = NeighbourConfig()
    channels = {
        "sequence": NextItem({name: np.zeros(shape, np.float32) for name, shape in blank.items()}),
        "instruction": InstructionMatch(vectors, np.eye(vectors.shape[1], dtype=np.float32)),
        "neighbours": neighbours(count_transitions(acts, len(items), config), config),
        "lexical": Lexical(index_terms([full_text(i) for i in items])),
        "popularity": Popularity.fit(acts, len(items)),
        "content": Content.fit(vectors),
    }
    gates = Gates(tuple(CHANNELS), np.zeros((len(CHANNELS), len(FEATURES)), np.float32), np.ones(len(CHANNELS), np.float32))
    facts = {"encoder": "use-multilingual-v3", "revision": revision, "valid": {"nDCG@10": 0.0}, "data": "test"}
    return FastModel(tuple(i.id for i in items), channels, gates, facts)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("core")
    subprocess.run([sys.executable, str(ROOT / "examples/shop.py"), str(folder / "shop")], check=True, capture_output=True)
    command("read", str(folder / "shop"), workspace=folder / "w")
    data, _ = ir.read(folder / "shop")
    split, _ = ir.split_by_time(data)
    ir.publish(trained(split.train, revision=1), folder / "w" / "models")
    return folder / "w"


def test_the_core_reads_parses_recommends_and_evaluates(workspace: Path) -> None:
    parsed = json.loads(command("parse", "便宜的帐篷，不要Alto", "--json", workspace=workspace))
    assert ("brand", "!=", "Alto") in [(c["field"], c["op"], c["value"]) for c in parsed["conditions"]]
    slate = json.loads(command("recommend", "a tent, not Alto", "--user", "u001", "-n", "3", "--json", workspace=workspace))
    assert 1 <= len(slate["items"]) <= 3
    assert all(item["attributes"]["brand"] != "Alto" for item in slate["items"])
    found = json.loads(command("evaluate", "--limit", "50", "--json", workspace=workspace))
    assert {"InstructRec", "EASE", "ALS"} <= {row["name"] for row in found["plain"]["rows"]}


def test_training_without_torch_says_what_to_install(workspace: Path) -> None:
    if importlib.util.find_spec("torch"):
        pytest.skip("torch is installed here: the message is for environments without it")
    line = [sys.executable, "-m", "instructrec.cli.main", "train", "--workspace", str(workspace)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'instructrec[train]'" in done.stderr


def test_the_core_declares_no_torch() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    core = text[text.index("dependencies = [") : text.index("]", text.index("dependencies = ["))]
    assert "torch" not in core
