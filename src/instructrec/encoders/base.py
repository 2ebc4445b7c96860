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
    batch: int = 512,
) -> np.ndarray:
    """Encode texts, each distinct one once; with a store, finished batches survive a kill and the next run
    goes on there.
    """
    hashes = [text_hash(t) for t in texts]
    distinct = dict(zip(hashes, texts, strict=True))
    known = (
        {h: np.frombuffer(v, np.float32) for h, v in store.vectors(encoder.name, list(distinct)).items()}
        if store
        else {}
    )
    missing = [h for h in distinct if h not in known]
    for start in range(0, len(missing), batch):
        part = missing[start : start + batch]
        vectors = np.asarray(
            encoder.encode([distinct[h] for h in part]), np.float32
        )  # as the store's bytes are read
        if store:
            store.add_vectors(encoder.name, [(h, v.tobytes()) for h, v in zip(part, vectors, strict=True)])
        known.update(zip(part, vectors, strict=True))
        progress("text vectors", len(distinct) - len(missing) + start + len(part), len(distinct))
    return np.stack([known[h] for h in hashes]) if texts else np.zeros((0, encoder.dimension), np.float32)
