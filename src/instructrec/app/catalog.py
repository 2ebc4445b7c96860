"""A catalog file that is asked without a workspace: what was read of it is kept in the user's cache until the
file changes.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from instructrec import __version__
from instructrec.config import cache_folder
from instructrec.errors import ConfigError, require
from instructrec.store.workspace import Workspace
from instructrec.types import Progress, no_progress

ABOUT = "catalog.json"  # what was understood of the file; written last


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A catalog file that can be asked, and what a person has to know of how it was read."""

    place: Workspace  # in the cache
    about: Mapping[str, Any]  # file, items, rows, merged, left_out, columns, notes, errors
    fresh: bool  # whether it was read just now


def open_catalog(source: str, progress: Progress = no_progress) -> CatalogFile:
    """Read a file of items, or what is kept of it: it is known by its path, its size and its time of change.

    Raises what `read` raises, and ConfigError for what is no file of items.
    """
    path = Path(source).absolute()
    if "://" in source or path.is_dir():
        raise ConfigError(
            f"--catalog {source}: it takes one file of items; a folder or a database is read into a "
            f"workspace: instructrec read {source}"
        )
    folder = _folder_of(path)
    fresh = not (folder / ABOUT).exists()
    if fresh:
        require("instructrec.app.catalog_reading", "core").read_catalog(source, folder, progress)
    about = folder / ABOUT
    with suppress(OSError):
        about.touch()  # those that were not asked for longest go first
    return CatalogFile(Workspace(folder), json.loads(about.read_text(encoding="utf-8")), fresh)


def _folder_of(path: Path) -> Path:
    """The folder of a file as it is now; the first part of its name is the same for all states of the
    file.
    """
    state = (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else ()
    return cache_folder() / "catalogs" / f"{_short_hash(path)}-{_short_hash((*state, __version__))}"


def _short_hash(value: object) -> str:
    return blake2b(str(value).encode(errors="surrogateescape"), digest_size=6).hexdigest()
