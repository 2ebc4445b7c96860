"""What a figure was made on: processor, cores, threads, commit, Python; and what a process cost."""

import os
import platform
import resource
import subprocess
from pathlib import Path
from typing import Any

from instructrec.config import threads

ROOT = Path(__file__).parents[1]


def facts() -> dict[str, Any]:
    """The machine and the code."""
    cpu = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if "model name" in line] if cpu.exists() else []
    )
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "commit": run.stdout.strip() or "unknown",
        "python": platform.python_version(),
    }


def peak_mib() -> int:
    """The most memory this process held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
