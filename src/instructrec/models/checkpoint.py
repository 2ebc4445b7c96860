"""Models on disk: safetensors and a readable manifest, published atomically, with a pointer to the current
one.
"""

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from instructrec import __version__
from instructrec.channels.base import pack_strings, unpack_strings
from instructrec.channels.registry import load_channels
from instructrec.errors import MissingExtra, NotTrained, StoreError
from instructrec.models.fast import UNTRAINED, FastModel
from instructrec.models.gates import Gates
from instructrec.models.shortlist import Shortlist
from instructrec.models.validation_lists import ValidationList, read_lists, write_lists
from instructrec.store.workspace import Workspace

log = logging.getLogger(__name__)
SHORTLIST = "nearest.usearch"
LISTS = "validation.jsonl"
FORMAT = 3  # 2: before channels were called ease and tfidf


def publish(
    model: FastModel, folder: Path, lists: Sequence[ValidationList] = (), *, serve: bool = True
) -> str:
    """Write a model as the next version and make it current; readers see the old one or the new one, never a
    half. Without `serve` it is held back: written, and what was current stays so.

    Returns the version's name. The draft is written beside its place, synced and renamed; then the pointer is
    replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = _next_version(folder)
    draft = folder / f".{version}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    save_file(_arrays(model), draft / "model.safetensors")
    if model.shortlist:
        model.shortlist.save(draft / SHORTLIST)
    write_lists(draft / LISTS, lists)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {
        **model.facts,
        "format": FORMAT,
        "version": version,
        "created": created,
        "held_back": not serve,
    }  # facts may be a manifest read
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False))
    for path in (*draft.iterdir(), draft):
        # the library writes 0600: another user may serve what this one trains
        path.chmod(0o755 if path.is_dir() else 0o644)
        _sync(path)
    draft.rename(folder / version)
    if serve:
        _point_to(folder, version)
    return version


def load_model(folder: Path, version: str | None = None) -> FastModel:
    """Read the current model, or the version named; raises NotTrained when there is none."""
    chosen = version or current(folder)
    path = folder / chosen
    try:
        manifest = json.loads((path / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            raise StoreError(
                f"model {chosen} has format {manifest['format']}, this version reads {FORMAT}; next: "
                "instructrec train"
            )
        model = _model_from(load_file(path / "model.safetensors"), manifest)
        return _with_shortlist(model, path / SHORTLIST)
    except FileNotFoundError as error:
        raise NotTrained(
            f"no model {chosen!r} in {folder}; there are: {', '.join(versions(folder)) or 'none'}"
        ) from error
    except (SafetensorError, ValueError, KeyError) as error:  # ValueError: neither JSON nor UTF-8
        raise StoreError(
            f"model {chosen} in {folder} is damaged ({error}); next: instructrec models --rollback"
        ) from error


def kept_untrained(place: Workspace) -> FastModel | None:
    """The untrained model of what the workspace's store holds now, where this version of the program made it
    before and it can be read.
    """
    with suppress(NotTrained, StoreError):
        kept = load_model(place.folder / UNTRAINED)
        made_of = (kept.facts.get("revision"), kept.facts.get("program"))
        return kept if made_of == (place.store.revision, __version__) else None
    return None


def validation_lists(folder: Path, version: str) -> list[ValidationList]:
    """The lists that this version made for validation requests when it was trained."""
    return read_lists(folder / version / LISTS)


def _with_shortlist(model: FastModel, path: Path) -> FastModel:
    """The model with the graph that was saved with it, if any; without usearch every item is scored, only
    slower.
    """
    try:
        return replace(model, shortlist=Shortlist.load(path)) if path.exists() else model
    except MissingExtra as error:
        log.warning("every one of %d items is scored for a request: %s", len(model.items), error)
        return model


def served(folder: Path) -> str | None:
    """The version that is served; None where nothing was trained, or all of it was held back."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return (folder / "current").read_text().strip()
    return None


def current(folder: Path) -> str:
    """The version that is served; raises NotTrained where there is none."""
    if version := served(folder):
        return version
    if held := versions(folder):
        raise NotTrained(
            f"{held[-1]} in {folder} was held back, since it was not better than the untrained model; to use "
            f"it all the same: instructrec models --use {held[-1]}"
        )
    raise NotTrained(f"no model in {folder}; next: instructrec train")


def versions(folder: Path) -> list[str]:
    """All complete versions, oldest first."""
    return sorted(p.parent.name for p in folder.glob("v*/manifest.json")) if folder.exists() else []


def manifest(folder: Path, version: str) -> dict[str, Any]:
    """The manifest of a version."""
    return json.loads((folder / version / "manifest.json").read_text())


def rollback(folder: Path, version: str | None = None) -> str:
    """Serve an earlier version again: the one named, or the one before the current one."""
    known = versions(folder)
    now = (served(folder) or "") if known else current(folder)
    earlier = [v for v in known if v < now and not manifest(folder, v).get("held_back")]
    target = version or (earlier[-1] if earlier else None)
    if target is None or target not in known:
        raise NotTrained(
            f"no model {version or 'before ' + now} to go back to; there are: {', '.join(known)}"
        )
    _point_to(folder, target)
    return target


def _next_version(folder: Path) -> str:
    numbers = [int(p.name[1:]) for p in folder.glob("v*") if p.name[1:].isdigit()]
    return f"v{max(numbers, default=0) + 1:05d}"


def _point_to(folder: Path, version: str) -> None:
    draft = folder / f".current.{os.getpid()}"
    draft.write_text(version + "\n")
    _sync(draft)
    draft.replace(folder / "current")
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _arrays(model: FastModel) -> dict[str, np.ndarray]:
    arrays = {"catalog.items": pack_strings(model.items)}
    arrays |= {f"gates.{k}": v for k, v in model.gates.arrays().items()}
    for name, channel in model.channels.items():
        arrays |= {f"{name}.{k}": v for k, v in channel.arrays().items()}
    return {k: np.ascontiguousarray(v) for k, v in arrays.items()}


def _model_from(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> FastModel:
    def part(name: str) -> dict[str, np.ndarray]:
        return {k[len(name) + 1 :]: v for k, v in arrays.items() if k.startswith(name + ".")}

    gates = Gates.from_arrays(part("gates"))
    return FastModel(
        tuple(unpack_strings(arrays["catalog.items"])), load_channels(gates.channels, part), gates, facts
    )
