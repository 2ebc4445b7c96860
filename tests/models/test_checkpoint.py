"""Readers always find a whole model, and an earlier one can be served again."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instructrec.errors import NotTrained, StoreError
from instructrec.models import checkpoint
from instructrec.types import Context

ROOT = Path(__file__).parents[2]
CONTEXTS = [
    Context(history=np.array([0, 2, 4], np.int32), words=("golden",)),
    Context(history=np.zeros(0, np.int32)),
]


def test_a_model_scores_the_same_after_loading(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    loaded = checkpoint.load_model(tmp_path)
    assert np.array_equal(loaded.score(CONTEXTS), movie_model.score(CONTEXTS))
    assert (loaded.items, loaded.facts["encoder"]) == (movie_model.items, "hash-64")


def test_the_last_published_version_is_current(tmp_path, movie_model):
    assert [checkpoint.publish(movie_model, tmp_path) for _ in range(2)] == ["v00001", "v00002"]
    assert (checkpoint.current(tmp_path), checkpoint.versions(tmp_path)) == ("v00002", ["v00001", "v00002"])


def test_a_model_published_again_gets_a_manifest_of_its_own(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    version = checkpoint.publish(checkpoint.load_model(tmp_path), tmp_path)
    assert checkpoint.manifest(tmp_path, version)["version"] == version == "v00002"


def test_a_version_can_be_named(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    checkpoint.publish(replace(movie_model, facts={"note": "second"}), tmp_path)
    assert checkpoint.load_model(tmp_path, "v00002").facts["note"] == "second"
    assert "note" not in checkpoint.load_model(tmp_path, "v00001").facts


def test_rollback_serves_the_version_before(tmp_path, movie_model):
    for _ in range(3):
        checkpoint.publish(movie_model, tmp_path)
    assert [checkpoint.rollback(tmp_path), checkpoint.rollback(tmp_path)] == ["v00002", "v00001"]
    assert checkpoint.rollback(tmp_path, "v00003") == checkpoint.current(tmp_path) == "v00003"


def test_rollback_beyond_the_first_version_is_refused(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    with pytest.raises(NotTrained, match="before v00001"):
        checkpoint.rollback(tmp_path)
    with pytest.raises(NotTrained, match="v00009"):
        checkpoint.rollback(tmp_path, "v00009")


def test_after_a_rollback_no_version_is_overwritten(tmp_path, movie_model):
    for _ in range(2):
        checkpoint.publish(movie_model, tmp_path)
    checkpoint.rollback(tmp_path)
    assert checkpoint.publish(movie_model, tmp_path) == "v00003"


def test_a_model_that_is_held_back_is_written_and_not_served(tmp_path, movie_model):
    assert checkpoint.publish(movie_model, tmp_path, serve=False) == "v00001"
    assert checkpoint.served(tmp_path) is None
    with pytest.raises(NotTrained, match=r"held back.*instructrec models --use v00001"):
        checkpoint.load_model(tmp_path)
    checkpoint.publish(movie_model, tmp_path)
    checkpoint.publish(movie_model, tmp_path, serve=False)
    assert (checkpoint.served(tmp_path), checkpoint.versions(tmp_path)[-1]) == ("v00002", "v00003")
    with pytest.raises(NotTrained, match="before v00002"):  # v00001 was never served
        checkpoint.rollback(tmp_path)
    assert checkpoint.rollback(tmp_path, "v00003") == checkpoint.served(tmp_path) == "v00003"


def test_no_model_says_what_comes_next(tmp_path):
    with pytest.raises(NotTrained, match="instructrec train"):
        checkpoint.load_model(tmp_path / "nowhere")


def test_a_version_that_is_not_there_is_named_with_those_that_are(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    with pytest.raises(NotTrained, match=r"v00007.*v00001"):
        checkpoint.load_model(tmp_path, "v00007")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b""),
        ("model.safetensors", b"\xff" * 100),
        ("manifest.json", b"{"),
        ("manifest.json", b"{}"),
        ("manifest.json", b"\xff\xfe\x00"),
    ],
)
def test_a_damaged_file_is_named_with_the_way_back(tmp_path, movie_model, name, content):
    checkpoint.publish(movie_model, tmp_path)
    (tmp_path / "v00001" / name).write_bytes(content)
    with pytest.raises(StoreError, match=r"v00001.*damaged.*rollback"):
        checkpoint.load_model(tmp_path)


def test_a_file_cut_short_is_damaged(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    path = tmp_path / "v00001" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoreError, match="damaged"):
        checkpoint.load_model(tmp_path)


def test_a_file_without_one_of_the_arrays_is_damaged(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    path = tmp_path / "v00001" / "model.safetensors"
    arrays = {k: v for k, v in checkpoint.load_file(path).items() if k != "popularity.values"}
    checkpoint.save_file(arrays, path)
    with pytest.raises(StoreError, match="damaged"):
        checkpoint.load_model(tmp_path)


def test_a_model_from_before_a_channel_came_still_loads(tmp_path, movie_model):
    kept = [n for n, name in enumerate(movie_model.gates.channels) if name != "lexical"]
    names = tuple(movie_model.gates.channels[n] for n in kept)
    gates = replace(
        movie_model.gates,
        channels=names,
        weights=movie_model.gates.weights[kept],
        scale=movie_model.gates.scale[kept],
    )
    before = replace(movie_model, channels={n: movie_model.channels[n] for n in names}, gates=gates)
    checkpoint.publish(before, tmp_path)
    assert np.array_equal(checkpoint.load_model(tmp_path).score(CONTEXTS), before.score(CONTEXTS))


def test_a_format_of_another_version_is_refused(tmp_path, movie_model):
    checkpoint.publish(movie_model, tmp_path)
    path = tmp_path / "v00001" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(StoreError, match="format 99"):
        checkpoint.load_model(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
from instructrec.models import checkpoint
from tests import worlds

model, folder, last = worlds.movie_model(), Path(sys.argv[1]), int(sys.argv[2])
checkpoint.publish(model, folder)
done, sync = [], checkpoint._sync
def dying(path):
    sync(path)
    done.append(path)
    if len(done) == last:
        os.kill(os.getpid(), signal.SIGKILL)
checkpoint._sync = dying
checkpoint.publish(model, folder)
"""


@pytest.mark.parametrize(("step", "served"), [(1, "v00001"), (4, "v00001"), (5, "v00001"), (6, "v00002")])
def test_a_publish_killed_at_any_step_leaves_a_whole_model(tmp_path, movie_model, step, served):
    run = [sys.executable, "-c", KILLED, str(tmp_path), str(step)]
    done = subprocess.run(run, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})
    assert done.returncode == -signal.SIGKILL
    assert checkpoint.current(tmp_path) == served
    assert np.array_equal(checkpoint.load_model(tmp_path).score(CONTEXTS), movie_model.score(CONTEXTS))
    after = checkpoint.publish(movie_model, tmp_path)
    assert checkpoint.current(tmp_path) == after > served
