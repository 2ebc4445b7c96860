"""The channels of the sum, in their order; a new one is its file and one line here."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from instructrec.channels.attributes import Attributes
from instructrec.channels.base import Channel, Material
from instructrec.channels.content import Content
from instructrec.channels.instruction import InstructionMatch, Profile
from instructrec.channels.lexical import Lexical
from instructrec.channels.neighbours import EaseNeighbours, Neighbours, TfidfNeighbours
from instructrec.channels.popularity import Popularity
from instructrec.channels.sequence import NextItem

CHANNELS: Mapping[str, type[Channel]] = {
    channel.name: channel
    for channel in (
        NextItem,
        InstructionMatch,
        Attributes,
        Neighbours,
        Lexical,
        Popularity,
        Content,
        TfidfNeighbours,
        EaseNeighbours,
        Profile,
    )
}


def fit_channels(material: Material, known: Mapping[str, Channel] | None = None) -> dict[str, Channel]:
    """Fit every channel; those of `known` that do not depend on interactions are reused.

    A channel that needs training is there where it was trained.
    """
    return {
        name: known[name]
        if known and not cls.counts_interactions and name not in material.trained
        else cls.fit(material)
        for name, cls in CHANNELS.items()
        if name in material.trained or not cls.needs_training
    }


def load_channels(
    names: Sequence[str], arrays: Callable[[str], Mapping[str, np.ndarray]]
) -> dict[str, Channel]:
    """The channels that gave these arrays, by name; `arrays` gives those of one channel."""
    return {name: CHANNELS[name].from_arrays(arrays(CHANNELS[name].saved_with or name)) for name in names}
