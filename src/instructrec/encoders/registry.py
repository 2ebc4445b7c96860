"""Encoders by the name that a model's manifest carries."""

from instructrec.encoders.base import Encoder
from instructrec.encoders.use import UseEncoder
from instructrec.errors import require

DEFAULT = UseEncoder.name


def load_encoder(name: str = DEFAULT) -> Encoder:
    """The encoder of that name: the default, or one of the sentence-transformers library; its weights are
    read on first use.
    """
    if name == DEFAULT:
        return UseEncoder()
    return require("instructrec.encoders.transformer", "lm").TransformerEncoder(name)
