"""The command itself: quick to start, and errors are lines, not tracebacks."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from instructrec.cli.main import COMMANDS, _unexpected

from .conftest import run


def test_help_lists_every_command(tmp_path: Path) -> None:
    listed = run("--help", workspace=tmp_path).stdout
    assert all(f"  {name} " in listed for name in COMMANDS)
    assert all(f" {text}\n" in listed for _, _, text in COMMANDS.values()), "a line each"


def test_help_of_every_command_works(tmp_path: Path) -> None:
    for name in COMMANDS:
        assert f"Usage: instructrec {name} " in run(name, "--help", workspace=tmp_path).stdout


def test_help_explains_arguments_and_shows_defaults(tmp_path: Path) -> None:
    said = run("recommend", "--help", workspace=tmp_path).stdout
    assert "Arguments:\n  INSTRUCTION  What is wanted" in said
    assert "[default: " in run("train", "--help", workspace=tmp_path).stdout


def test_a_wrong_option_exits_with_two(tmp_path: Path) -> None:
    for wrong in (["--colour"], ["read"], ["recommend", "-n", "ten"], ["train", "--epoch", "3", "extra"]):
        done = run(*wrong, workspace=tmp_path, fails=True)
        assert done.returncode == 2
        assert "Error: " in done.stderr


def test_help_starts_in_half_a_second_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['instructrec', '--help']\n"
        "from instructrec.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'polars', 'fastapi', 'scipy', 'numpy', 'tqdm') if m in sys.modules], file=sys.stderr)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr.strip() == "[]"
    # CPU seconds: on an idle machine the wall time is the same, and others may be busy on this one
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_version_is_printed(tmp_path: Path) -> None:
    assert run("--version", workspace=tmp_path).stdout.startswith("instructrec 0.")


def test_unknown_command_exits_with_two(tmp_path: Path) -> None:
    done = run("recomend", workspace=tmp_path, fails=True)
    assert done.returncode == 2
    assert "Did you mean 'recommend'?" in done.stderr
    assert "Did you mean" not in run("zzz", workspace=tmp_path, fails=True).stderr


def test_a_known_error_is_one_line_and_exits_with_one(tmp_path: Path) -> None:
    done = run("recommend", "tea", workspace=tmp_path, fails=True)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "next: instructrec read" in done.stderr


def test_a_store_that_breaks_while_it_is_used_is_said(shop: Path, tmp_path: Path) -> None:
    run("read", str(shop), workspace=tmp_path)
    content = bytearray((tmp_path / "store.db").read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)
    (tmp_path / "store.db").write_bytes(content)
    done = run("clean", workspace=tmp_path, fails=True)
    assert done.returncode == 1
    assert "keep a copy of store.db before you read your sources again" in done.stderr


def test_a_place_that_refuses_is_said() -> None:
    said = _unexpected(PermissionError(13, "Permission denied", "models/current"))
    assert said == "models/current: Permission denied; mend its rights, make room, or name another place"
    assert _unexpected(ValueError("x")).startswith("unexpected ValueError: x")


def test_a_reader_that_goes_away_is_no_error(trained: Path) -> None:
    line = f"{sys.executable} -m instructrec.cli.main recommend -n 50 -w {trained} | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert "error" not in done.stderr


def test_an_interrupted_command_says_that_it_can_go_on(shop: Path, tmp_path: Path) -> None:
    run("read", str(shop), workspace=tmp_path / "w")
    line = [sys.executable, "-m", "instructrec.cli.main", "train", "-w", str(tmp_path / "w")]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.time() + 60
    while not (tmp_path / "w" / "training.safetensors").exists() and time.time() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command to go on" in said
    assert "Traceback" not in said
