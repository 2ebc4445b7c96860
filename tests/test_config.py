"""Settings come from plain dictionaries, and a wrong key is told, not ignored."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from instructrec.config import build, cache_folder, threads, workspace_folder
from instructrec.errors import ConfigError


@dataclass(frozen=True)
class Size:
    width: int = 1
    height: int = 2


def test_settings_left_out_keep_their_defaults():
    assert build(Size, {"height": 5}) == Size(1, 5)


def test_no_settings_are_the_defaults():
    assert build(Size, {}) == Size()


def test_unknown_settings_are_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="Size has no setting 'depth', 'weight'; it has: width, height"):
        build(Size, {"weight": 1, "width": 2, "depth": 3})


def test_the_workspace_asked_for_comes_before_the_environments(monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_WORKSPACE", "/from/environment")
    assert workspace_folder("/asked") == Path("/asked")


def test_the_environments_workspace_comes_before_the_default(monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_WORKSPACE", "/from/environment")
    assert workspace_folder() == Path("/from/environment")


@pytest.mark.parametrize("empty", [None, ""])
def test_without_anything_the_workspace_is_in_the_current_folder(empty, monkeypatch):
    monkeypatch.delenv("INSTRUCTREC_WORKSPACE", raising=False)
    assert workspace_folder(empty) == Path(".instructrec")


def test_the_cache_is_where_its_variable_says(monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_CACHE", "/own")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/own")


def test_the_cache_follows_the_desktop_standard(monkeypatch):
    monkeypatch.delenv("INSTRUCTREC_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/instructrec")


def test_the_cache_is_the_users_own(monkeypatch):
    for name in ("INSTRUCTREC_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/instructrec")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not pin processes to cores")
def test_threads_are_the_cores_this_process_may_use():
    mine = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(mine)})
        assert threads() == 1
    finally:
        os.sched_setaffinity(0, mine)
    assert threads() == len(mine)


def test_there_is_always_one_thread(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads() == 1


FAULTS = """
import resource
from instructrec.config import freed_memory_kept

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(1 << 26)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with freed_memory_kept():
    print(faults(), faults())
print(faults(), faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_memory_that_is_wanted_again_is_kept_only_within():
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    first, again, outside, outside_again = map(int, run.stdout.split())
    assert again < first / 10
    assert min(outside, outside_again) > first / 2
