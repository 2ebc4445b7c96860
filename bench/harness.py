"""What the programs of the bench share: options, rows that are kept, and results with their run."""

import argparse
import json
import math
import os
import platform
import resource
import shlex
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from instructrec.config import threads

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench/results"
SHARED = ROOT.parent / "shared/data"
WORK = Path(os.environ.get("INSTRUCTREC_CACHE", "~/.cache/instructrec")) / "bench"
INTERVAL = 30.0  # seconds between two progress lines of one step
PLACES = ("--work", "--out", "--data", "--model", "--workspace", "-w")  # options whose value is a path
DIGITS = 5  # significant digits of a stored figure
_last_line = time.monotonic()


def options(about: str) -> argparse.ArgumentParser:
    """A parser that shows a program's docstring and has the options of every program."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    _shared(parser)
    return parser


def subcommand(parts: Any, name: str, run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
    """Add a subcommand with the options of every program; `main` calls `run` with what was given."""
    about = run.__doc__ or ""
    parser = parts.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    _shared(parser)
    return parser


def subcommands(about: str) -> tuple[argparse.ArgumentParser, Any]:
    """A parser that shows a program's docstring, and where its subcommands are added."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    return parser, parser.add_subparsers(required=True, metavar="COMMAND")


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=SHARED, help="folder with a subfolder for each data set")
    parser.add_argument(
        "--work", type=Path, default=WORK, help="folder of finished rows; a killed run resumes"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")


def facts() -> dict[str, Any]:
    """The machine, the commit and the command of this run."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    head = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(head, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "commit": commit or "unknown",
        "python": platform.python_version(),
        "command": command(),
    }


def command(arguments: Sequence[str] = tuple(sys.argv)) -> str:
    """The command line without its paths, which mean nothing on another machine.

    >>> command(["/home/me/bench/ranking.py", "ml-100k", "--work", "/tmp/x", "--peers", "recbole:SASRec"])
    'python bench/ranking.py ml-100k --peers recbole:SASRec'
    """
    script, *given = arguments
    values = {place + 1 for place, word in enumerate(given) if word in PLACES}
    kept_words = [
        word
        for place, word in enumerate(given)
        if word.partition("=")[0] not in PLACES and place not in values
    ]
    return shlex.join(["python", f"bench/{Path(script).name}", *kept_words])


def progress(step: str, done: int, total: int) -> None:
    """Report on standard error that a step is finished, and every half minute how far it is."""
    global _last_line
    if done == total or time.monotonic() - _last_line > INTERVAL:
        _last_line = time.monotonic()
        print(f"{time.strftime('%H:%M:%S')} {step} {done:,} of {total:,}", file=sys.stderr, flush=True)


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A row that is made once: read from its file, or made now and written there whole."""
    if not path.exists():
        print(f"{time.strftime('%H:%M:%S')} {path.stem}", file=sys.stderr, flush=True)
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(made))
        path.with_suffix(".part").rename(path)
    return json.loads(path.read_text())


def publish(out: Path, bench: str, part: str, found: Mapping[str, Any], **run: Any) -> dict[str, Any]:
    """Write one part (a data set, a subcommand) of a bench's file; its other parts stay.

    `run` are facts that differ from this process's own. Returns the part alone, as the tables take it.
    """
    path = out / f"{bench}.json"
    parts = json.loads(path.read_text()) if path.exists() else {}
    parts[part] = {**found, "run": facts() | run}
    write(path, parts, depth=3)
    return {part: parts[part]}


def write(path: Path, result: Mapping[str, Any], depth: int) -> None:
    """Write JSON with a line for each entry down to `depth`, figures rounded to five significant digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_json(rounded(result), depth) + "\n", encoding="utf-8")


def _json(value: Any, depth: int) -> str:
    if not (depth and value and isinstance(value, dict)):
        return json.dumps(value, ensure_ascii=False)
    lines = (
        f"{json.dumps(key, ensure_ascii=False)}: {_json(part, depth - 1)}" for key, part in value.items()
    )
    return "{\n" + textwrap.indent(",\n".join(lines), " ") + "\n}"


def rounded(value: Any) -> Any:
    """A value with every float at five significant digits; what is not a number is None.

    >>> rounded({"nDCG@10": 0.14375593970991826, "requests": 3094})
    {'nDCG@10': 0.14376, 'requests': 3094}
    """
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.{DIGITS}g}")  # JSON has no NaN
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list | tuple) else value


def peak_mib() -> int:
    """Peak resident memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
