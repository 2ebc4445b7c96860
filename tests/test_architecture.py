"""The rules of the house, held over every module: direction of imports, sizes, words, and what starting up
may load.
"""

import ast
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from complexipy import code_complexity

import instructrec

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "instructrec"
# The one statement of the order is the decision's.
LAYERS = re.search(
    r"```text layers\n(.*?)```", (ROOT / "docs/decisions/0001-layers.md").read_text(), re.DOTALL
)[1].split()
ONLY_IN = {
    "torch": ("tuning", "language", "compression"), "fastapi": ("server",), "starlette": ("server",), "uvicorn": ("server",),
    "click": ("cli",),
    "tqdm": ("cli",),
}  # fmt: skip
NOT_TO_RECOMMEND = (
    "torch",
    "polars",
    "pint",
    "scipy",
    "implicit",
    "sklearn",
    "ir_measures",
    "altair",
    "ctranslate2",
    "tokenizers",
    "click",
)
HEAVY = ("torch", "polars", "scipy", "fastapi")
VAGUE_NAMES = {"utils", "util", "common", "helpers", "misc"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
TO_BE_REPLACED = ("parsing", "lexicon")  # by one folder that keeps the ceilings
LATE_IMPORTS = {
    "errors.py": "require(), the one way to an optional extra",
    "cli/main.py": "a command is loaded when it is called, so that --help loads none",
}

MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text())
    for path in sorted(PACKAGE.rglob("*.py"))
}
INITS = {name: tree for name, tree in MODULES.items() if name.endswith("/__init__.py")}
PARTS = {name: tree for name, tree in MODULES.items() if not name.endswith("__init__.py")}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def unit_of(name: str) -> str:
    return name.split("/")[0].removesuffix(".py")


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is named for import, also as `require("torch", ...)`; (line, dotted name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            place = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{place}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("require", "import_module", "__import__"):
            yield from ((node.lineno, str(a.value)) for a in node.args[:1] if isinstance(a, ast.Constant))


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def public(tree: ast.Module) -> Iterator[ast.ClassDef | Function]:
    """Public functions and classes of a module, and public methods of the classes."""
    kinds = ast.ClassDef | Function
    tops = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    for top in tops:
        yield top
        if isinstance(top, ast.ClassDef):
            yield from (
                node for node in top.body if isinstance(node, kinds) and not node.name.startswith("_")
            )


def parameters(function: Function) -> list[ast.arg]:
    """All parameters but self and cls."""
    a = function.args
    every = [*a.posonlyargs, *a.args, *filter(None, (a.vararg,)), *a.kwonlyargs, *filter(None, (a.kwarg,))]
    return [arg for arg in every if arg.arg not in ("self", "cls")]


def none_of(faults: list[str]) -> None:
    assert not faults, "\n".join(["", *faults])


def fresh(script: str) -> dict[str, object]:
    """Run a script in a new process; its last line of standard error is JSON."""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stderr.splitlines()[-1])


def test_every_unit_has_its_layer() -> None:
    none_of(sorted({unit_of(name) for name in PARTS} - set(LAYERS)))


def test_imports_point_left() -> None:
    faults = []
    for name, tree in PARTS.items():
        for line, there in imported(tree):
            if there.startswith("."):
                faults.append(f"{name}:{line} imports {there}: write it from instructrec on")
            unit = there.split(".")[1] if there.startswith("instructrec.") else ""
            if there == "instructrec" or unit == "__version__" or not unit:
                continue
            if unit not in LAYERS or LAYERS.index(unit) > LAYERS.index(unit_of(name)):
                faults.append(f"{name}:{line} imports {there}, which is not to its left")
    none_of(faults)


def test_folder_inits_hold_a_docstring_only() -> None:
    none_of([name for name, tree in INITS.items() if len(tree.body) != 1 or not ast.get_docstring(tree)])
    none_of(
        [
            folder.name
            for folder in PACKAGE.iterdir()
            if any(folder.glob("*.py")) and not (folder / "__init__.py").exists()
        ]
    )


def test_no_import_hides_inside_a_function() -> None:
    faults = []
    for name, tree in PARTS.items():
        if name in LATE_IMPORTS:
            continue
        for function in functions(tree):
            late = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            faults += [
                f"{name}:{node.lineno} in {function.name}: move it up, or use errors.require" for node in late
            ]
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and called(node) in ("import_module", "__import__")
        ]
        faults += [f"{name}:{node.lineno} {called(node)}: use errors.require" for node in calls]
    none_of(faults)


def test_torch_web_frameworks_and_the_terminal_stay_in_their_units() -> None:
    faults = []
    for name, tree in PARTS.items():
        for line, there in imported(tree):
            units = ONLY_IN.get(there.split(".")[0])
            faults += (
                [f"{name}:{line} imports {there}: only {units} may"]
                if units and unit_of(name) not in units
                else []
            )
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        ]
        faults += [f"{name}:{node.lineno} prints" for node in calls if unit_of(name) != "cli"]
    none_of(faults)


def test_no_pickle_and_no_eval() -> None:
    faults = []
    for name, tree in MODULES.items():
        banned = ("pickle", "cloudpickle", "joblib", "dill", "marshal", "shelve")
        faults += [
            f"{name}:{line} imports {there}"
            for line, there in imported(tree)
            if there.split(".")[0] in banned
        ]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        faults += [
            f"{name}:{c.lineno} {c.func.id}"
            for c in calls
            if isinstance(c.func, ast.Name) and c.func.id in ("eval", "exec")
        ]
    none_of(faults)


def test_modules_and_folders_stay_small() -> None:
    long = {name: len((PACKAGE / name).read_text().splitlines()) for name in MODULES}
    none_of([f"{name}: {lines} lines, at most 400" for name, lines in long.items() if lines > 400])
    folders = {folder: sum(unit_of(name) == folder for name in PARTS if "/" in name) for folder in LAYERS}
    none_of([f"{folder}: {count} modules, at most 10" for folder, count in folders.items() if count > 10])


def test_no_function_is_hard_to_follow() -> None:
    """Cognitive complexity counts nesting and boolean operators, as a reader does (Campbell 2018)."""
    paths = [
        *(PACKAGE / name for name in PARTS if unit_of(name) not in TO_BE_REPLACED),
        *sorted((ROOT / "bench").rglob("*.py")),
    ]
    found = [(path, each) for path in paths for each in code_complexity(path.read_text()).functions]
    none_of(
        [
            f"{path.name} {each.name}: {each.complexity}, at most 15"
            for path, each in found
            if each.complexity > 15
        ]
    )


def test_functions_have_few_parameters() -> None:
    faults = []
    for name, tree in MODULES.items():
        for function in functions(tree):
            total = len(parameters(function))
            positional = total - len(function.args.kwonlyargs)
            fault = f"{name}:{function.lineno} {function.name}: {positional} positional of {total} parameters, at most 7 of 12"
            faults += [fault] if positional > 7 or total > 12 else []
    none_of(faults)


def test_one_name_has_one_meaning() -> None:
    places: dict[str, set[str]] = {}
    for name, tree in PARTS.items():
        if unit_of(name) not in TO_BE_REPLACED:
            for node in tree.body:
                if isinstance(node, ast.ClassDef | Function):
                    places.setdefault(node.name, set()).add(name)
    none_of([f"{name}: {', '.join(sorted(where))}" for name, where in places.items() if len(where) > 1])


def test_everything_public_has_a_docstring() -> None:
    faults = [name for name, tree in MODULES.items() if not ast.get_docstring(tree)]
    for name, tree in MODULES.items():
        faults += [
            f"{name}:{node.lineno} {node.name}" for node in public(tree) if not ast.get_docstring(node)
        ]
    none_of(faults)


def test_everything_is_annotated() -> None:
    faults = []
    for name, tree in MODULES.items():
        for function in functions(tree):
            bare = [arg.arg for arg in parameters(function) if arg.annotation is None]
            bare += [] if function.returns is not None else ["return"]
            faults += [f"{name}:{function.lineno} {function.name}: {', '.join(bare)}"] if bare else []
    none_of(faults)


def test_no_vague_file_names_and_no_unfinished_business() -> None:
    none_of([name for name in MODULES if Path(name).stem.strip("_") in VAGUE_NAMES])
    texts = {
        path: path.read_text()
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".toml", ".html", ".js", ".css")
    }
    none_of(
        [
            f"{path.relative_to(PACKAGE)}: {m[0]}"
            for path, text in texts.items()
            for m in UNFINISHED.finditer(text)
        ]
    )


def test_every_module_is_used_by_the_package() -> None:
    """What only a test or a bench calls is no part of the product."""
    texts = {name: (PACKAGE / name).read_text() for name in MODULES}
    faults = []
    for name in PARTS:
        folder, _, stem = name.removesuffix(".py").rpartition("/")
        dotted = f"instructrec.{folder.replace('/', '.')}.{stem}" if folder else f"instructrec.{stem}"
        uses = re.compile(rf'{re.escape(dotted)}\b|"\.?{stem}\b|import (\w+, )*{stem}\b')
        others = (text for other, text in texts.items() if other != name)
        faults += [] if any(map(uses.search, others)) else [f"{name}: nothing uses it"]
    none_of([fault for fault in faults if not fault.startswith("cli/main.py")])


def test_import_of_the_package_loads_nothing_heavy() -> None:
    begin = time.monotonic()
    script = f"import sys, json, instructrec; print(json.dumps([m for m in {HEAVY} if m in sys.modules]), file=sys.stderr)"
    assert fresh(script) == []
    assert time.monotonic() - begin < 1.5


def test_a_recommendation_loads_only_what_it_needs() -> None:
    """A cold process spends most of its time on imports: none that a plain request does not need."""
    script = (
        "import json, sys\n"
        "import instructrec.recommender.recommender\n"
        f"print(json.dumps([m for m in {NOT_TO_RECOMMEND} if m in sys.modules]), file=sys.stderr)"
    )
    assert fresh(script) == []


def test_help_loads_nothing_heavy() -> None:
    assert "cli/main.py" in PARTS, "the command line is not there: write src/instructrec/cli/main.py"
    script = (
        "import json, runpy, sys\n"
        "sys.argv = ['instructrec', '--help']\n"
        "try:\n"
        "    runpy.run_module('instructrec.cli.main', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print(json.dumps([m for m in {HEAVY} if m in sys.modules]), file=sys.stderr)"
    )
    begin = time.monotonic()
    assert fresh(script) == []
    assert time.monotonic() - begin < 1.5


def test_public_names_are_exactly_the_documented_ones() -> None:
    page = ROOT / "docs" / "reference" / "python.md"
    assert page.is_file(), "the reference of the public names is not there: write docs/reference/python.md"
    assert set(getattr(instructrec, "__all__", [])) == set(re.findall(r"`ir\.(\w+)", page.read_text()))


@pytest.mark.parametrize("name", getattr(instructrec, "__all__", []))
def test_public_name_loads(name: str) -> None:
    assert getattr(instructrec, name) is not None
