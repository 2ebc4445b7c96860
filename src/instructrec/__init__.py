"""InstructRec: a recommender that follows natural-language instructions.

Every public name is loaded on first use, so that `import instructrec` costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "instructrec.types": (
        "Condition",
        "Estimate",
        "Instruction",
        "Intention",
        "Interaction",
        "Item",
        "Preference",
        "Recommendation",
        "Relaxation",
        "Report",
        "Request",
        "Slate",
        "TaskForm",
    ),
    "instructrec.errors": ("InstructRecError",),
    "instructrec.data.dataset": ("Dataset", "Feedback", "Split"),
    "instructrec.sources.read": ("read",),
    "instructrec.data.clean": ("Rules", "clean"),
    "instructrec.data.split": ("split_by_time", "split_by_user", "split_last"),
    "instructrec.encoders.registry": ("load_encoder",),
    "instructrec.parsing.parse": ("parse",),
    "instructrec.tuning.loop": ("TrainConfig", "train"),
    "instructrec.models.checkpoint": ("load_model", "publish"),
    "instructrec.recommender.recommender": ("Recommender",),
    "instructrec.evaluation.tables": ("evaluate",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"instructrec has no {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
