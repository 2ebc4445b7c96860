"""Text to unit vectors behind one small protocol, cached by content in the store."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from instructrec.store.sqlite import SqliteStore
from instructrec.types import Progress, no_progress


class Encoder(Protocol):
    """A sentence encoder; `name` is part of a model's manifest, since vectors of two encoders do not mix."""

    name: str

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; (texts, dimension) float32."""
        ...


def text_hash(text: str) -> bytes:
    """The content key of a text.

    >>> len(text_hash("a quiet gift"))
    16
    """
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def encode_cached(
    encoder: Encoder,
    texts: Sequence[str],
    store: SqliteStore | None = None,
    progress: Progress = no_progress,
    batch: int = 1024,
) -> np.ndarray:
    """Encode texts, each distinct one once; with a store, finished batches are kept, so a killed run
    resumes.
    """
    if not texts:
        return np.zeros((0, encoder.dimension), np.float32)
    hashes = [text_hash(t) for t in texts]
    distinct = dict(zip(hashes, texts, strict=True))
    stored = store.vectors(encoder.name, list(distinct)) if store else {}
    known = {key: np.frombuffer(value, np.float32) for key, value in stored.items()}
    missing = [key for key in distinct if key not in known]
    for start in range(0, len(missing), batch):
        part = missing[start : start + batch]
        vectors = np.asarray(encoder.encode([distinct[key] for key in part]), np.float32)
        if store:
            store.add_vectors(
                encoder.name, [(key, v.tobytes()) for key, v in zip(part, vectors, strict=True)]
            )
        known.update(zip(part, vectors, strict=True))
        progress("text vectors", len(distinct) - len(missing) + start + len(part), len(distinct))
    return np.stack([known[key] for key in hashes])
