"""A workspace: the folder that holds one store, the models trained on it, and the state of a run that is not
finished.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from instructrec.config import workspace_folder
from instructrec.store.sqlite import SqliteStore


@dataclass(frozen=True)
class Workspace:
    """Where everything of one shop or feed lies."""

    folder: Path

    @staticmethod
    def of(given: str | Path | None = None) -> "Workspace":
        """The workspace asked for, else the environment's, else `.instructrec` here."""
        return Workspace(workspace_folder(given))

    @cached_property
    def store(self) -> SqliteStore:
        """The store, opened on first use and created when there is none."""
        return SqliteStore(self.store_path)

    @property
    def store_path(self) -> Path:
        """The file of the store."""
        return self.folder / "store.db"

    @property
    def models(self) -> Path:
        """The folder of model versions."""
        return self.folder / "models"

    @property
    def checkpoint(self) -> Path:
        """The state of an unfinished training run."""
        return self.folder / "training.safetensors"

    @property
    def language(self) -> Path:
        """The folder of the tuned language model."""
        return self.folder / "language"

    @property
    def tuning(self) -> Path:
        """The state of an unfinished tuning of a language model."""
        return self.folder / "tuning.safetensors"
