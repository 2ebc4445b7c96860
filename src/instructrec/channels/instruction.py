"""Cosine of a sentence with an item's text: the words of the request, and the user's stated preferences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, unit
from instructrec.types import Context

WIDTH = 128  # reading the item vectors is what a request costs on a large catalog


@dataclass(frozen=True)
class InstructionMatch(Channel):
    """cos(A q, v): the adapter A turns an instruction's vector towards the items people chose.

    Both live in the principal axes of the items' text vectors, and A starts at the projection on them: what
    the encoder says of the catalog, in a quarter of the space.
    """

    items: np.ndarray  # items x up to WIDTH, unit rows, float32
    adapter: np.ndarray  # up to WIDTH x dimension of the encoder, float32
    name = "instruction"
    needs: ClassVar[Need] = Need.WORDS
    dials: ClassVar[Mapping[str, float]] = {"personal": -2.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "close to what you described", "zh": "符合你的描述"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """The trained channel where there is one, else the encoder's own similarity."""
        trained = material.trained.get(cls.name)
        return trained if isinstance(trained, cls) else cls.untrained(material.vectors)

    @classmethod
    def untrained(cls, texts: np.ndarray) -> Self:
        """The channel before any tuning; text vectors (items, dimension).

        The axes are not centred: a query is not drawn from the catalog, so the common part of its texts is
        not its own.
        """
        _, axes = np.linalg.eigh((texts.T @ texts).astype(np.float64))
        adapter = np.ascontiguousarray(axes[:, ::-1][:, :WIDTH].T.astype(np.float32))
        return cls(unit(texts @ adapter.T).astype(np.float32), adapter)

    def queries(self, contexts: Sequence[Context]) -> np.ndarray:
        """Adapted unit vectors of the words; (contexts, up to WIDTH) float32, zeros where there are none."""
        vectors = np.zeros((len(contexts), self.adapter.shape[1]), np.float32)
        for row, context in enumerate(contexts):
            if context.vector is not None:
                vectors[row] = context.vector
        return unit(vectors @ self.adapter.T).astype(np.float32)

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Cosine with every item; (contexts, items) float32, zeros where there are no words."""
        asked = self.queries(contexts)
        return asked @ self.items.T if asked.any() else np.zeros((len(contexts), len(self.items)), np.float32)

    def rows(self, items: np.ndarray) -> np.ndarray:
        """Text vectors of some items; (some, width) float32."""
        return self.items.take(items, axis=0)

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Cosine of some items with adapted words, (width,); (some,) float32."""
        return self.rows(items) @ query

    def arrays(self) -> dict[str, np.ndarray]:
        """Item vectors and adapter."""
        return {"items": self.items, "adapter": self.adapter}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["items"], arrays["adapter"])


@dataclass(frozen=True)
class Profile(Channel):
    """The same match with the user's stated preferences, which count whatever the request says."""

    match: InstructionMatch
    name = "profile"
    needs: ClassVar[Need] = Need.PROFILE
    dials: ClassVar[Mapping[str, float]] = {"personal": 2.0}
    saved_with: ClassVar[str] = "instruction"
    reason: ClassVar[Mapping[str, str]] = {
        "en": "in line with your saved preferences",
        "zh": "符合你保存的喜好",
    }

    @classmethod
    def fit(cls, material: Material) -> Self:
        """The match of the instruction channel, read with other words."""
        return cls(InstructionMatch.fit(material))

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Cosine with every item; (contexts, items) float32, zeros where no preference is stated."""
        return self.match.score([replace(context, vector=context.profile) for context in contexts])

    def arrays(self) -> dict[str, np.ndarray]:
        """None of its own: see `saved_with`."""
        return {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel over the arrays of the instruction channel."""
        return cls(InstructionMatch.from_arrays(arrays))
