"""A small causal network whose tokenizer knows more words than the catalog has."""

import pytest

from instructrec.language.model import TorchModel
from tests import networks

CATALOG = ["The Red Shoe", "A Blue Hat", "One Red Hat: Return of the Shoe", "红色 café"]
OTHERS = ["quantum mechanics for beginners", "tropical gardening manuals", "mechanical beginnings"]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> TorchModel:
    return networks.merges(tmp_path_factory.mktemp("merges"), [*CATALOG, *OTHERS] * 5)
