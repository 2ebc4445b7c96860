"""Reading a catalog file into a workspace of its own in the cache, with the model that answers from it."""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from instructrec.app.catalog import ABOUT
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError, DataError, StoreError
from instructrec.models.untrained import load_untrained
from instructrec.sources.read import ReadReport, read
from instructrec.store.bulk import Origin, save
from instructrec.store.sources import listed, remove
from instructrec.store.workspace import Workspace
from instructrec.types import Progress

KEPT = 8  # catalogs in the cache; the one that was not asked for longest goes first
STALE = 86_400  # seconds after which a draft is one of a process that was killed
SHOWN = 10  # rows that were left out, named one by one


def read_catalog(source: str, folder: Path, progress: Progress) -> None:
    """Read a file of items and keep all that answers need in `folder`, which appears whole or not at all.

    The vectors of an earlier state of the same file are taken over.
    """
    data, report = _read_items(source)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        _take_over_earlier(folder, draft)
        _store_catalog(Workspace(draft), source, data, progress)
        (draft / ABOUT).write_text(json.dumps(_summary(source, report), ensure_ascii=False), encoding="utf-8")
        with suppress(OSError):  # another process was faster
            draft.rename(folder)
    except OSError as error:
        raise StoreError(
            f"{folder.parent} cannot be written ({error}); name another folder: INSTRUCTREC_CACHE=FOLDER"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _drop_oldest(folder.parent)


def _read_items(source: str) -> tuple[Dataset, ReadReport]:
    try:
        data, report = read(source)
    except (DataError, ConfigError) as error:
        if " --" not in str(error):
            raise
        raise DataError(
            f"{error}; --catalog takes no such options: give them to instructrec read {source}, and "
            "recommend without --catalog"
        ) from error
    if "items" not in {file.kind for file in report.files}:
        raise ConfigError(
            f"--catalog {source}: the file holds {report.files[0].kind} and no items; read it into a "
            f"workspace: instructrec read {source}"
        )
    return data, report


def _take_over_earlier(folder: Path, draft: Path) -> None:
    """Begin with what is kept of an earlier state of the same file, if anything is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for earlier in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
        with suppress(OSError):  # another process took it
            earlier.rename(draft)
            (draft / ABOUT).unlink(missing_ok=True)
            return


def _store_catalog(place: Workspace, source: str, data: Dataset, progress: Progress) -> None:
    with place.store as store:
        if before := [record.number for record in listed(store)]:
            remove(store, before)
        save(store, data, progress, Origin(str(Path(source).absolute())))
        load_untrained(place, progress)


def _summary(source: str, report: ReadReport) -> dict[str, Any]:
    """What a person has to know of how the file was read."""
    items = next(file for file in report.files if file.kind == "items")
    left_out = [
        f"row {error.row}, column {error.column}: {error.value!r} {error.message}"
        for error in report.errors[:SHOWN]
    ]
    return {
        "file": source,
        "items": items.rows_kept,
        "rows": items.rows_read,
        "merged": items.rows_merged,
        "left_out": report.errors_total,
        "columns": dict(items.columns),
        "errors": left_out,
        "notes": list(report.notes),
    }


def _drop_oldest(home: Path) -> None:
    """Keep the catalogs that were asked last, and no drafts of processes that were killed."""
    kept = sorted(home.glob(f"*/{ABOUT}"), key=lambda about: about.stat().st_mtime)
    for about in kept[:-KEPT]:
        shutil.rmtree(about.parent, ignore_errors=True)
    for draft in home.glob(".*"):
        if draft.stat().st_mtime < time.time() - STALE:
            shutil.rmtree(draft, ignore_errors=True)
