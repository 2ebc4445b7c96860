"""The two small networks, written once, and each of them in turn."""

import pytest

from instructrec.language.model import TorchModel
from tests import networks


@pytest.fixture(scope="session")
def causal(tmp_path_factory: pytest.TempPathFactory) -> TorchModel:
    return networks.causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="session")
def encodes(tmp_path_factory: pytest.TempPathFactory) -> TorchModel:
    return networks.encodes(tmp_path_factory.mktemp("encodes"))


@pytest.fixture(params=["causal", "encodes"])
def model(request: pytest.FixtureRequest) -> TorchModel:
    """Each of the two."""
    return request.getfixturevalue(request.param)
