"""A workspace is a folder; nothing is made in it before it is needed."""

from pathlib import Path

import pytest

from instructrec.errors import StoreError
from instructrec.store.workspace import Workspace


def test_the_workspace_asked_for_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_WORKSPACE", "/elsewhere")
    assert Workspace.of(tmp_path).folder == tmp_path


def test_without_one_the_environments_is_taken(monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_WORKSPACE", "/elsewhere")
    assert Workspace.of().folder == Path("/elsewhere")


def test_naming_a_workspace_makes_nothing(tmp_path):
    place = Workspace(tmp_path / "shop")
    assert place.models == tmp_path / "shop" / "models"
    assert place.checkpoint == tmp_path / "shop" / "training.safetensors"
    assert list(tmp_path.iterdir()) == []


def test_the_store_is_made_on_first_use_with_its_folders(tmp_path):
    place = Workspace(tmp_path / "my shops" / "店")
    assert place.store.count("items") == 0
    assert (place.folder / "store.db").is_file()
    place.store.close()


def test_the_store_is_opened_once(tmp_path):
    place = Workspace(tmp_path)
    assert place.store is place.store
    place.store.close()


def test_what_one_workspace_stored_the_next_one_finds(tmp_path):
    first = Workspace(tmp_path)
    first.store.put("split", {"method": "last"})
    first.store.close()
    with Workspace(tmp_path).store as again:
        assert again.get("split") == {"method": "last"}


def test_a_workspace_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"cannot open the store .*store\.db.*writable"):
        _ = Workspace(tmp_path / "file").store
