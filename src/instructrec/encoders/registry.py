"""Encoders by the name that a model's manifest carries."""

from collections.abc import Callable, Mapping

from instructrec.encoders.base import Encoder
from instructrec.encoders.use import UseEncoder
from instructrec.errors import ConfigError

ENCODERS: Mapping[str, Callable[[], Encoder]] = {UseEncoder.name: UseEncoder}
DEFAULT = UseEncoder.name


def load_encoder(name: str = DEFAULT) -> Encoder:
    """The encoder of that name; its weights are read on first use."""
    if name not in ENCODERS:
        raise ConfigError(f"no encoder {name!r}; there are: {', '.join(ENCODERS)}")
    return ENCODERS[name]()
