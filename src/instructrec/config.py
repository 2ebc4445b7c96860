"""Settings: plain dictionaries (flags, TOML, JSON) to the frozen dataclass beside each component; unknown
keys refuse.
"""

import ctypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from instructrec.errors import ConfigError

Settings = TypeVar("Settings")

# bytes: what a training keeps for its next step, and glibc's own bound after large arrays
KEPT, USUAL = (256 << 20, 32 << 20)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
WORKSPACE_VARIABLE = "INSTRUCTREC_WORKSPACE"
CACHE_VARIABLE = "INSTRUCTREC_CACHE"


def build(cls: type[Settings], given: Mapping[str, Any]) -> Settings:
    """Make a settings dataclass from a mapping, refusing keys it does not have.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Size:
    ...     width: int = 1
    >>> build(Size, {"width": 2})
    Size(width=2)
    >>> build(Size, {"height": 2})
    Traceback (most recent call last):
    ...
    instructrec.errors.ConfigError: Size has no setting 'height'; it has: width
    """
    names = [f.name for f in fields(cls)]  # pyrefly: ignore[bad-argument-type] - a dataclass
    if unknown := sorted(given.keys() - set(names)):
        raise ConfigError(
            f"{cls.__name__} has no setting {', '.join(map(repr, unknown))}; it has: {', '.join(names)}"
        )
    return cls(**given)


def workspace_folder(given: str | Path | None = None) -> Path:
    """The workspace: the one given, else the environment's, else `.instructrec` in the current folder."""
    return Path(given or os.environ.get(WORKSPACE_VARIABLE) or ".instructrec")


def cache_folder() -> Path:
    """Where weights, data and tables fetched or computed once are kept for this user."""
    if own := os.environ.get(CACHE_VARIABLE):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "instructrec"


def threads() -> int:
    """How many threads to use: the cores this process may run on, and never more."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, available or 1)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep freed memory in the process: a training step frees and allocates the same large arrays repeatedly.

    glibc returns arrays above 32 MiB at once, and the system clears every page again: a fifth of a step's
    time. Afterwards all is returned. Other C libraries are left as they are.
    """
    library: Any = ctypes.CDLL(None) if os.name == "posix" else None
    if not hasattr(library, "mallopt"):
        yield
        return
    library.mallopt(M_MMAP_THRESHOLD, KEPT)
    library.mallopt(M_TRIM_THRESHOLD, KEPT)
    try:
        yield
    finally:
        library.mallopt(M_MMAP_THRESHOLD, USUAL)
        library.mallopt(M_TRIM_THRESHOLD, 2 * USUAL)
        library.malloc_trim(0)
