"""A run's state is written whole or not at all."""

import pytest
import torch

from instructrec.tuning import state


def optimiser(seed: int) -> tuple[torch.nn.Linear, torch.optim.AdamW]:
    torch.manual_seed(seed)
    layer = torch.nn.Linear(3, 2)
    return layer, torch.optim.AdamW(layer.parameters(), lr=0.1)


def step(layer: torch.nn.Linear, by: torch.optim.AdamW) -> None:
    by.zero_grad()
    layer(torch.ones(1, 3)).square().sum().backward()
    by.step()


def test_tensors_and_facts_come_back(tmp_path):
    state.save_state(tmp_path / "deep" / "run", {"a": torch.arange(3)}, {"电影": [1, None]})
    found = state.load_state(tmp_path / "deep" / "run")
    assert found is not None
    assert (found[0]["a"].tolist(), found[1]) == ([0, 1, 2], {"电影": [1, None]})


def test_no_state_is_none(tmp_path):
    assert state.load_state(tmp_path / "absent") is None


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"{}"])
def test_an_unreadable_state_is_none(tmp_path, content):
    (tmp_path / "run").write_bytes(content)
    assert state.load_state(tmp_path / "run") is None


def test_a_write_that_fails_leaves_the_old_state(tmp_path):
    state.save_state(tmp_path / "run", {"a": torch.zeros(1)}, {"epoch": 1})
    with pytest.raises(TypeError):
        state.save_state(tmp_path / "run", {"a": torch.ones(1)}, {"epoch": object()})
    found = state.load_state(tmp_path / "run")
    assert found is not None
    assert found[1] == {"epoch": 1}


def test_an_optimiser_put_back_goes_on_as_if_never_stopped(tmp_path):
    layer, by = optimiser(0)
    step(layer, by)
    state.save_state(tmp_path / "run", {**layer.state_dict(), **state.optimiser_tensors(by)}, {})
    step(layer, by)

    found = state.load_state(tmp_path / "run")
    assert found is not None
    other, other_by = optimiser(1)
    other.load_state_dict({k: v for k, v in found[0].items() if not k.startswith("optimiser.")})
    state.restore_optimiser(other_by, found[0])
    step(other, other_by)
    assert torch.equal(layer.weight, other.weight)
