"""Any encoder of the sentence-transformers library, by its folder or hub name; all-MiniLM-L6-v2 is a
resource.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from instructrec.errors import ConfigError, require
from instructrec.resources.download import hub_answers
from instructrec.resources.known import get

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM = "all-MiniLM-L6-v2"  # kept as a resource with pinned hashes


class TransformerEncoder:
    """A network of the BERT family (Reimers and Gurevych 2019); loads on first use, on a GPU where there is
    one.

    `name` is what the library takes: a folder, or a name on the hub, from which it is fetched once.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _model(self) -> "SentenceTransformer":
        library = require("sentence_transformers", "lm")
        place = str(get("minilm")) if self.name == MINILM else self.name
        try:
            return library.SentenceTransformer(
                place, local_files_only=Path(place).is_dir() or not hub_answers()
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no sentence encoder {self.name!r} ({str(error).splitlines()[0]}); give a folder with one, "
                f"{MINILM!r}, or a name of the hub on a machine that reaches it"
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
