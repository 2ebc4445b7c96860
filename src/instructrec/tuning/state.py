"""A training run on disk: written after every epoch, so that a killed run goes on where it was."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file


def save_state(path: Path, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
    """Replace the state atomically; `facts` are JSON values and travel in the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    save_file(
        {k: v.detach().clone().contiguous() for k, v in tensors.items()},
        draft,
        metadata={"facts": json.dumps(facts)},
    )
    draft.replace(path)


def load_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The state, or None when there is none or it is not readable."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})["facts"])
            return {key: file.get_tensor(key) for key in file.keys()}, facts  # noqa: SIM118 - not a dict
    except (FileNotFoundError, SafetensorError, KeyError, json.JSONDecodeError):
        return None


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The moments of an Adam-type optimiser by parameter number."""
    state = optimiser.state_dict()["state"]
    return {
        f"optimiser.{number}.{key}": torch.as_tensor(v)
        for number, entry in state.items()
        for key, v in entry.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Put the moments back."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".", 2)
            state.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
