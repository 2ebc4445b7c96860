"""The `instructrec` command: finds the command asked for and loads only that; errors become one line."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from instructrec import __version__
from instructrec.errors import InstructRecError

# command -> (module of instructrec.cli, function, what the list of commands says of it)
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "From nothing to recommendations on MovieLens-100K."),
    "read": ("data", "read_command", "Read interactions, items and users into the workspace."),
    "clean": ("data", "clean_command", "Apply the cleaning rules; rejected rows go to the quarantine."),
    "split": ("data", "split_command", "Choose how train, valid and test are parted."),
    "train": ("learn", "train_command", "Train the fast model on the workspace's data."),
    "evaluate": ("learn", "evaluate_command", "Compare the model with the baselines on the test part."),
    "recommend": ("ask", "recommend_command", "Recommend for a user, a sentence, or both; one request or a file of them."),
    "parse": ("ask", "parse_command", "Show what is understood of a sentence."),
    "models": ("keep", "models_command", "List the trained models, or go back to an earlier one."),
    "get": ("keep", "get_command", "Fetch weights or data: minilm, smollm2, ml-100k."),
    "doctor": ("keep", "doctor_command", "Say what is present, what is missing and what that costs."),
}


STOPPED = 130  # the exit code of a command that was interrupted

# Set before numpy and torch load, and only where the user has not: a thread that spins while it waits for another makes small
# products up to ten times slower as soon as a second process is busy. Where more threads pay, they are asked for there.
THREADS: Mapping[str, str] = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}


class LazyCommand(TyperCommand):
    """A command that is loaded when it is called, so that the list of commands loads nothing."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the real command."""
        for name, value in THREADS.items():
            os.environ.setdefault(name, value)
        module, function, _ = COMMANDS[str(self.name)]
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name)(getattr(import_module(f"instructrec.cli.{module}"), function))
        return typer.main.get_command(app).make_context(info_name, args, parent=parent, **extra)


def _version(value: bool) -> None:
    if value:
        print(f"instructrec {__version__}")
        raise typer.Exit


app = typer.Typer(cls=TyperGroup, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """A recommender that follows natural-language instructions. First time here: instructrec demo"""


def command() -> TyperGroup:
    """The group with all of its commands, none of them loaded."""
    group = typer.main.get_group(app)
    for name, (_, _, text) in COMMANDS.items():
        group.commands[name] = LazyCommand(name, help=text)
    return group


def main() -> None:
    """Run; exit code 0 when it worked, 1 when it could not be done, 2 when it was asked wrongly, 130 when stopped."""
    code = 0
    try:
        code = command()(prog_name="instructrec", standalone_mode=True)
    except SystemExit as done:
        if done.code == STOPPED:
            print("stopped; what was finished is kept, run the same command to go on", file=sys.stderr)
        raise
    except InstructRecError as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away, as `| head` does
    except Exception as error:
        if os.environ.get("INSTRUCTREC_DEBUG"):
            raise
        _fail(f"unexpected {type(error).__name__}: {error}; INSTRUCTREC_DEBUG=1 shows where")
    sys.exit(code)


def _fail(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
