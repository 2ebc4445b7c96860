"""Write the pages, and the parts of pages, that follow from the code: `python docs/generate.py`.

A test fails when a page differs from what this script would write.
"""

import inspect
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import click

import instructrec
from instructrec.app.requests import FIELDS
from instructrec.cli.main import COMMANDS, main_group

REFERENCE = Path(__file__).parent / "reference"
BATCH = Path(__file__).parent / "guides" / "recommend-in-batch.md"
FIELDS_PART = re.compile(r"(?<=<!-- fields:begin -->\n).*?(?=<!-- fields:end -->)", re.DOTALL)
NOTE = "<!-- written by docs/generate.py: change the code or that script, not this page -->\n"

# Every public name, in the order in which data flows through it.
STAGES: Mapping[str, tuple[str, ...]] = {
    "Read": ("read", "Dataset", "Feedback", "Interaction", "Item"),
    "Clean": ("clean", "Rules"),
    "Split": ("split_by_time", "split_last", "split_by_user", "Split"),
    "Understand": (
        "parse",
        "Instruction",
        "Condition",
        "Preference",
        "Intention",
        "TaskForm",
        "load_encoder",
    ),
    "Train": ("train", "TrainConfig", "publish", "load_model"),
    "Recommend": ("Recommender", "Request", "Slate", "Recommendation", "Relaxation"),
    "Evaluate": ("evaluate", "Report", "Estimate"),
    "Errors": ("InstructRecError",),
}

COMMAND_LINE = """\
# The command line

The `--help` text of every command. To see them in use, follow the [tutorial](../tutorials/first-shop.md).

- A workspace is the folder with the data and the models of one shop or feed: `.instructrec`, or the folder
  given by `--workspace` or the variable `INSTRUCTREC_WORKSPACE`. See [files](files.md).
- Results go to standard output; progress and errors go to standard error. `--json` prints one JSON document.
- Exit codes: 0 success; 1 failure, explained in one line (see [errors](errors.md)); 2 wrong usage; 130
  interrupted.

"""
PYTHON = """\
# Python

Every public name, with its signature and a one-sentence description. Names are loaded on first use, so
`import instructrec as ir` is fast. For an example, see the [tutorial](../tutorials/first-shop.md).

Types without a heading here (an encoder, a fast model, the report of one stage) are arguments or results of
these functions; their docstrings describe them.

"""


def pages() -> dict[Path, str]:
    """The generated pages, path -> text."""
    return {
        REFERENCE / "command-line.md": command_line(),
        REFERENCE / "python.md": python(),
        BATCH: with_fields(BATCH.read_text(encoding="utf-8")),
    }


def with_fields(page: str) -> str:
    """The page with the table of request fields between its two markers; raises SystemExit without them."""
    if not FIELDS_PART.search(page):
        raise SystemExit(f"docs/generate.py: {BATCH.name} needs the lines fields:begin and fields:end")
    rows = [f"| `{name}` | {field.meaning} | {field.wanted} |" for name, field in FIELDS.items()]
    table = "\n".join(["| field | meaning | value |", "|---|---|---|", *rows, ""])
    return FIELDS_PART.sub(lambda _: table, page)


def command_line() -> str:
    """The help of the group and of every command, also of those inside another."""
    parts = [COMMAND_LINE, NOTE, f"\n## instructrec\n\n```text\n{help_of()}\n```\n"]
    for name in COMMANDS:
        parts.append(f"\n## {name}\n\n```text\n{help_of(name)}\n```\n")
        inner = main_group.get_command(click.Context(main_group), name)
        names = sorted(inner.commands) if isinstance(inner, click.Group) else []
        parts += [f"\n### {name} {part}\n\n```text\n{help_of(name, part)}\n```\n" for part in names]
    return "".join(parts)


def help_of(*name: str) -> str:
    """What `--help` prints, 80 columns wide, without blanks at the ends of lines."""
    with redirect_stdout(io.StringIO()) as said:
        main_group.main([*name, "--help"], prog_name="instructrec", standalone_mode=False, terminal_width=80)
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


def python() -> str:
    """Every public name once."""
    if wrong := {name for names in STAGES.values() for name in names} ^ set(instructrec.__all__):
        raise SystemExit(f"docs/generate.py: STAGES and instructrec.__all__ differ in {sorted(wrong)}")
    parts = [PYTHON, NOTE]
    for stage, names in STAGES.items():
        parts.append(f"\n## {stage}\n")
        parts += [entry(name, getattr(instructrec, name)) for name in names]
    return "".join(parts)


def entry(name: str, thing: Any) -> str:
    """Heading, signature, one sentence, and the methods of a class."""
    lines = [f"\n### `ir.{name}`\n", f"```py\n{form(name, thing)}\n```\n", first_sentence(thing)]
    if inspect.isclass(thing) and not issubclass(thing, Enum | Exception):
        listed = [f"- `{signature(key, method)}`: {first_sentence(method)}" for key, method in methods(thing)]
        lines += ["", *listed] if listed else []
    return "\n".join(lines) + "\n"


def form(name: str, thing: Any) -> str:
    """How the thing is called, or, of an enumeration, what values there are."""
    if inspect.isclass(thing) and issubclass(thing, Enum):
        return "\n".join(f'{name}.{member.name} == "{member.value}"' for member in thing)
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return f"{name}(message)"
    line = signature(name, thing)
    if len(line) <= 100:
        return line
    head, _, rest = line.partition("(")
    inner, _, result = rest.rpartition(")")
    return "\n".join([f"{head}(", *(f"    {part}," for part in split_arguments(inner)), f"){result}"])


def signature(name: str, function: Any) -> str:
    """The signature as one writes it, without the modules of its types."""
    returned = inspect.signature(function).return_annotation
    silent = inspect.isclass(function) or returned is inspect.Signature.empty
    return f"{name}({', '.join(arguments(function))}){'' if silent else f' -> {said(returned)}'}"


def arguments(function: Any) -> Iterator[str]:
    """Each parameter, and the star before those that are given by name only."""
    made = {field.name: field.default_factory for field in fields(function)} if is_dataclass(function) else {}
    starred = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        kind = "" if parameter.annotation is parameter.empty else f": {said(parameter.annotation)}"
        given = default(parameter.default, made.get(parameter.name, MISSING))
        value = "" if parameter.default is parameter.empty else f"{' = ' if kind else '='}{given}"
        yield f"{parameter.name}{kind}{value}"


def said(annotation: Any) -> str:
    """A type without the modules it comes from."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"(?:\w+\.)+(?=\w)", "", text).replace("'", "").replace('"', "")


def default(value: Any, factory: Any = MISSING) -> str:
    """A default as one writes it; `...` where a function makes it."""
    if factory is not MISSING:
        return "{}" if factory is dict else f"{factory.__name__}()" if inspect.isclass(factory) else "..."
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if inspect.isfunction(value):
        return value.__name__
    if is_dataclass(value):
        return f"{type(value).__name__}()"
    return repr(value).replace("'", '"') if isinstance(value, str) else repr(value)


def split_arguments(inner: str) -> list[str]:
    """Cut at the commas that are not inside of brackets."""
    parts, depth = [""], 0
    for char in inner:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def methods(thing: type) -> Iterator[tuple[str, Any]]:
    """The public functions of a class, in the order of its source."""
    for key, value in vars(thing).items():
        function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if not key.startswith("_") and inspect.isfunction(function):
            yield key, function


def first_sentence(thing: Any) -> str:
    """The first sentence of the docstring, on one line."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    found = re.match(r"(.+?\.)(?= [A-Z`]|$)", text)
    return found[1] if found else text


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
