"""The pages are true: every command and every snippet runs, every link leads somewhere, generated pages are
current.

What a page's code fences mean: ```console lines that start with `$ ` (and `> ` to go on) are run by bash and
must work; ```console fails must fail and say every other line of the block; ```python is executed; a fence
with a file name after its language (```toml rules.toml) is written to that file; ```sh is set-up, named and
not run; ```text is output. Blocks run in their order, all blocks of a page in one folder.
"""

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
READMES = [path for path in (ROOT / "README.md", ROOT / "README.zh-CN.md") if path.is_file()]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [*READMES, *DOCS]
FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1``` *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
MAKE = re.compile(r"^(?:\$ )?make((?: [\w=.-]+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One code fence: its place, its language, what follows the language, and its text."""

    page: Path
    line: int
    language: str
    argument: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    source = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(source):
        indent, (language, _, argument) = fence[1], fence[2].strip().partition(" ")
        text = "".join(line.removeprefix(indent) for line in fence[3].splitlines(keepends=True))
        yield Block(page, source[: fence.start()].count("\n") + 1, language, argument.strip(), text)


def commands(block: Block) -> list[str]:
    """The commands of a console or sh block, each with the lines that go on with it."""
    found: list[str] = []
    for line in block.text.splitlines():
        if block.language == "sh" and line.strip() and not line.startswith("#"):
            found.append(line)
        elif line.startswith("$ "):
            found.append(line[2:])
        elif line.startswith("> ") and found:
            found[-1] += "\n" + line[2:]
    return found


def works(block: Block) -> bool:
    return block.language in ("console", "python")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def start(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run as a reader would, with the commands of the environment that runs the tests.

    One thread that waits for another in a loop is many times slower on a busy machine, so here none does.
    """
    own = {
        key: value
        for key, value in os.environ.items()
        if key not in ("INSTRUCTREC_WORKSPACE", "INSTRUCTREC_DEBUG")
    }
    own |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}", "PYTHONPATH": str(ROOT)}
    own |= {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, timeout=300)


def bash(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return start(["bash", "-c", script], folder)


def run_console(block: Block, folder: Path) -> None:
    if block.argument != "fails":
        done = bash("set -e\n" + "\n".join(commands(block)), folder)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, f"{block}\n{done.stderr}"
        return
    done = bash("\n".join(commands(block)), folder)
    assert done.returncode != 0, f"{block}: it works\n{done.stdout}"
    for line in block.text.splitlines():
        said = line.startswith(("$ ", "> ")) or line in done.stdout + done.stderr
        assert said, f"{block}: it does not say\n{line}\nbut\n{done.stdout}{done.stderr}"


def run(page: Path, folder: Path) -> None:
    """All blocks of a page; called in a process of its own, whose current folder is the page's."""
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if block.language == "console":
            run_console(block, folder)
        elif block.language == "python":
            padding = "\n" * block.line  # so that a traceback names the page's own line
            # The pages are this repository's own, and showing that they run is what the test is for.
            exec(compile(padding + block.text, name_of(page), "exec"), namespace)
        elif block.argument:
            (folder / block.argument).write_text(block.text, encoding="utf-8")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tutorial's shop beside a workspace that was trained on it for two epochs."""
    folder = tmp_path_factory.mktemp("docs")
    script = (
        f"set -e\npython {ROOT}/examples/shop.py shop\ninstructrec read shop\ninstructrec train --epochs 2"
    )
    done = bash(script, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(works, blocks(page)))], ids=name_of)
def test_every_snippet_of_the_page_runs(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = tmp_path / "folder"
    if any("examples/shop.py" in command for block in blocks(page) for command in commands(block)):
        folder.mkdir()  # the page makes its own shop
    else:
        shutil.copytree(request.getfixturevalue("trained"), folder)
    shutil.copytree(ROOT / "examples", folder / "examples")
    script = f"from pathlib import Path; from tests.test_docs import run; run(Path({str(page)!r}), Path())"
    done = start([sys.executable, "-c", script], folder)
    assert done.returncode == 0, done.stderr or done.stdout


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    faults = []
    for page in PAGES:
        fences = [block for block in blocks(page) if block.language in ("sh", "console")]
        prose = FENCE.sub("", page.read_text(encoding="utf-8"))
        code = [*(block.text for block in fences), *re.findall(r"`(make [^`]+)`", prose)]
        named = [
            word for text in code for found in MAKE.findall(text) for word in found.split() if "=" not in word
        ]
        faults += [f"{name_of(page)}: make {word}" for word in named if word not in targets]
    assert not faults, "\n".join(faults)


def slug(heading: str) -> str:
    """The anchor that a heading gets where Markdown is shown."""
    words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower())
    return words.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    faults = []
    for link in filter(None, (match[1] or match[2] for match in LINK.finditer(prose))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            faults.append(link)
        elif anchor and target.suffix == ".md":
            plain = FENCE.sub("", target.read_text(encoding="utf-8"))
            anchors = {slug(heading) for heading in re.findall(r"^#+ (.+)$", plain, re.MULTILINE)}
            faults += [link] if anchor not in anchors else []
    assert not faults


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / match[1]).resolve()
        for match in LINK.finditer(index.read_text(encoding="utf-8"))
        if match[1]
    }
    assert not [name_of(page) for page in DOCS if page != index and page.resolve() not in linked]


def test_generated_pages_are_current() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    stale = [
        name_of(path)
        for path, text in written.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run: python docs/generate.py (stale: {', '.join(stale)})"


def test_both_readmes_have_the_same_commands() -> None:
    """In the same order; what stands in quotation marks is said in the language of each, and comments are
    left out.
    """
    told = []
    for page in READMES:
        lines = [
            command
            for block in blocks(page)
            if block.language in ("sh", "console")
            for command in commands(block)
        ]
        told.append(
            [re.sub(r"\s+#.*$", "", re.sub(r"\"[^\"]*\"|'[^']*'", '""', line)).rstrip() for line in lines]
        )
    assert all(lines == told[0] for lines in told)


def test_pages_name_no_place_on_one_machine() -> None:
    private = re.compile(r"(?<![/\w.])/(?:home|root|work|tmp|Users)/\w")
    assert not [
        f"{name_of(page)}: {m[0]}"
        for page in PAGES
        for m in private.finditer(page.read_text(encoding="utf-8"))
    ]
