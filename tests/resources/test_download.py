"""A download runs in a process of its own, ends in time, and says in one line why it failed."""

import importlib.util
import sys
from pathlib import Path

import pytest

from instructrec.errors import MissingResource
from instructrec.resources import download


def silent(done: int) -> None:
    """Tell nobody."""


def python(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let this script stand for pip; its last arguments are those of pip."""
    monkeypatch.setattr(download, "PIP", (sys.executable, "-c", script))


def test_wheel_is_fetched_and_its_bytes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python(
        monkeypatch,
        "import sys, time, tempfile, pathlib; folder = pathlib.Path(sys.argv[-2])\n"
        "assert pathlib.Path(tempfile.gettempdir()) == folder\n"
        "(folder / 'toy-1.whl').write_bytes(bytes(500)); time.sleep(.4)",
    )
    told: list[int] = []
    assert download.from_index("toy==1", tmp_path, told.append) == tmp_path / "toy-1.whl"
    assert told[-1] == 500


def test_failure_is_told_in_the_words_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; print('WARNING: Retrying after connection broken\\nERROR: No match for', sys.argv[-1]); sys.exit(1)"
    python(monkeypatch, script)
    with pytest.raises(MissingResource, match=r"^package index: not reached; No match for toy==1$"):
        download.from_index("toy==1", tmp_path, silent)
    python(monkeypatch, "raise SystemExit(2)")
    with pytest.raises(MissingResource, match="failed without a word"):
        download.from_index("toy==1", tmp_path, silent)
    python(monkeypatch, "")
    with pytest.raises(MissingResource, match="brought no wheel of toy==1"):
        download.from_index("toy==1", tmp_path, silent)


def test_download_that_never_ends_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(download, "LIMIT", 0.3)
    with pytest.raises(MissingResource, match="given up after 0 s with 0 MB"):
        download.from_index("toy==1", tmp_path, silent)


def test_python_without_pip_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingResource, match=r"has no pip .python -m ensurepip adds it"):
        download.from_index("toy==1", tmp_path, silent)


def test_hub_is_skipped_when_it_is_off_or_its_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with pytest.raises(MissingResource, match="huggingface_hub is not installed"):
        download.from_hub("o/toy", ["a.txt"], tmp_path, silent)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(MissingResource, match="HF_HUB_OFFLINE is set"):
        download.from_hub("o/toy", ["a.txt"], tmp_path, silent)


def test_hub_is_left_when_no_byte_has_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(download, "HUB", "import time; time.sleep(60)")
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    with pytest.raises(MissingResource, match="hub: given up after 0 s"):
        download.from_hub("o/toy", ["a.txt"], tmp_path, silent)


def test_hub_gives_the_files_without_its_bookkeeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    script = (
        "import sys, pathlib; folder = pathlib.Path(sys.argv[2]); (folder / '.cache').mkdir(parents=True)\n"
        "(folder / sys.argv[3]).write_text(sys.argv[1])"
    )
    monkeypatch.setattr(download, "HUB", script)
    folder = download.from_hub("o/toy", ["a.txt"], tmp_path, silent)
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
    assert (folder / "a.txt").read_text() == "o/toy"


def test_a_hub_that_is_not_there_does_not_answer(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://localhost.invalid")
    assert not download.hub_answers()
