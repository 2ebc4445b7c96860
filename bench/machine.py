"""What a figure was made on: processor, cores, threads, commit, Python; what a process cost; and where it is
written.
"""

import json
import os
import platform
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instructrec.config import threads

ROOT = Path(__file__).parents[1]
WORK = (
    Path(os.environ.get("INSTRUCTREC_CACHE", "~/.cache/instructrec")) / "bench"
)  # where finished rows and states are kept
OFTEN = 30.0  # seconds between two lines of a step that is not finished
_said = time.monotonic()
PLACES = ("--work", "--out", "--data", "--model", "--workspace", "-w")  # options that say where files lie


def facts() -> dict[str, Any]:
    """The machine and the code."""
    cpu = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if "model name" in line]
        if cpu.exists()
        else []
    )
    run = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "commit": run.stdout.strip() or "unknown",
        "python": platform.python_version(),
    }


def shown(step: str, done: int, total: int) -> None:
    """Say on standard error when a step is finished, and every half minute how far it is."""
    global _said
    if done == total or time.monotonic() - _said > OFTEN:
        _said = time.monotonic()
        print(f"{time.strftime('%H:%M:%S')} {step} {done:,} of {total:,}", file=sys.stderr, flush=True)


def command(arguments: Sequence[str] = tuple(sys.argv)) -> str:
    """What was typed, but for where files lie, which means nothing elsewhere.

    >>> command(["/home/me/bench/ranking.py", "ml-100k", "--work", "/tmp/x", "--peers", "recbole:SASRec"])
    'python bench/ranking.py ml-100k --peers recbole:SASRec'
    """
    script, *given = arguments
    places = [place for place, word in enumerate(given) if word in PLACES]
    told = [
        w for place, w in enumerate(given) if w.partition("=")[0] not in PLACES and place - 1 not in places
    ]
    return shlex.join(["python", f"bench/{Path(script).name}", *told])


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A row of a table, made once: what is in its file, or is made now and written there, whole or not at
    all.
    """
    if not path.exists():
        print(f"{time.strftime('%H:%M:%S')} {path.stem}", file=sys.stderr, flush=True)
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(made))
        path.with_suffix(".part").rename(path)
    return json.loads(path.read_text())


def publish(out: Path, name: str, result: Mapping[str, Any], text: str = "") -> None:
    """Write a result as JSON and, where there is one, its table as Markdown; both say what made them."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps({**result, "command": command()}, indent=1) + "\n")
    if text:
        (out / f"{name}.md").write_text(f"{text}\nMade by `{command()}`.\n")


def peak_mib() -> int:
    """The most memory this process held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
