"""One small shop, read, split and trained once by the commands themselves; every test of a command works on
it or on a copy.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def run(
    *arguments: str, workspace: Path, fails: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a user does; it has to work, or to fail without a
    traceback.
    """
    done = subprocess.run(
        [sys.executable, "-m", "instructrec.cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "INSTRUCTREC_WORKSPACE": str(workspace), "OMP_NUM_THREADS": "1", **environment},
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's shop as CSV files."""
    folder = tmp_path_factory.mktemp("files") / "shop"
    subprocess.run(
        [sys.executable, str(ROOT / "examples/shop.py"), str(folder)], check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="session")
def trained(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the shop read and a model trained for two epochs."""
    workspace = tmp_path_factory.mktemp("trained") / "workspace"
    run("read", str(shop), workspace=workspace)
    run("train", "--epochs", "2", workspace=workspace)
    return workspace
