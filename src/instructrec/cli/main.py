"""The `instructrec` command: finds the command asked for and loads only that; errors become one line."""

import gc
import io
import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module

import click

from instructrec import __version__
from instructrec.errors import InstructRecError

# command -> (module of instructrec.cli, function, what the list of commands says of it)
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo_command", "From nothing to recommendations on MovieLens-100K."),
    "read": ("data", "read_command", "Read interactions, items and users into the workspace."),
    "catalog": ("catalog", "catalog_command", "Show and correct what columns of the catalog are."),
    "sources": ("data", "sources_group", "List what was read, or take a source back."),
    "forget": ("data", "forget_command", "Erase a person from the workspace."),
    "clean": ("data", "clean_command", "Apply the cleaning rules; rejected rows go to quarantine."),
    "split": ("data", "split_command", "Choose the train/valid/test split."),
    "train": ("train", "train_command", "Train the fast model on the workspace's data."),
    "tune": ("train", "tune_command", "Tune a language model that reorders the first items."),
    "compress": ("train", "compress_command", "Make the tuned language model smaller."),
    "evaluate": ("train", "evaluate_command", "Compare the model with the baselines on the test part."),
    "recommend": (
        "recommend",
        "recommend_command",
        "Recommend for a user, a sentence, or a file of requests.",
    ),
    "parse": ("recommend", "parse_command", "Show how a sentence is understood."),
    "instructions": (
        "instructions",
        "instructions_group",
        "Save instructions, also for every request of a user.",
    ),
    "models": ("models", "models_command", "List the trained models, or go back to an earlier one."),
    "explain-model": ("models", "explain_command", "Show each channel's share of the score."),
    "bench": ("train", "bench_command", "Measure how fast the model answers on this machine."),
    "download": ("models", "download_command", "Download weights or data: minilm, smollm2, ml-100k."),
    "doctor": ("models", "doctor_command", "Check what is installed and how to fix what is not."),
}

STOPPED = 130  # the exit code of a command that was interrupted

# Set before numpy and torch load, and only where the user has not: a thread that spins while it waits for
# another makes small products up to ten times slower as soon as a second process is busy. Where more threads
# pay, they are asked for there.
THREADS: Mapping[str, str] = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}


class Commands(click.Group):
    """The group of COMMANDS: each is loaded when it is called, so that the list of commands loads nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Load one command; a wrong name is answered with the nearest."""
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            ctx.fail(f"No such command {cmd_name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        for name, value in THREADS.items():
            os.environ.setdefault(name, value)
        module, function, _ = COMMANDS[cmd_name]
        return getattr(import_module(f"instructrec.cli.{module}"), function)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line for each command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=Commands, no_args_is_help=True)
@click.version_option(__version__, message="instructrec %(version)s", help="Print the version.")
def main_group() -> None:
    """A recommender that follows natural-language instructions. First time here: instructrec demo"""


def main() -> None:
    """Run the command line; exit code 0 success, 1 failure, 2 wrong usage, 130 interrupted."""
    # a short process allocates much and drops little: collecting it is a tenth of its time
    gc.set_threshold(50_000)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console without a letter shows another, and never fails
            stream.reconfigure(errors="replace")
    try:
        code = _run_command(sys.argv[1:])
        sys.stdout.flush()  # now, while a reader that went away is still ours to pass over
    except KeyboardInterrupt:
        print("\nstopped; what was finished is kept, run the same command to go on", file=sys.stderr)
        code = STOPPED
    except InstructRecError as error:
        code = _failed(str(error))
    except BrokenPipeError:
        # the reader went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get("INSTRUCTREC_DEBUG"):
            raise
        code = _failed(_unexpected(error))
    sys.exit(code)


def _run_command(arguments: list[str]) -> int:
    """Run one command line; its exit code. Not by click's own `main`, which takes a reader that went away for
    a failure.
    """
    try:
        with main_group.make_context("instructrec", arguments) as context:
            main_group.invoke(context)
    except click.exceptions.Exit as done:  # --help and --version
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


def _unexpected(error: Exception) -> str:
    """An unexpected exception in words; a store can break while it is in use."""
    if type(error).__module__ == "sqlite3":
        return (
            f"the workspace's store failed: {error}; if its folder cannot be written, copy it to where "
            "it can; if it is locked, let the other command end; if the disk is full, make room; if the file "
            "is damaged, keep a copy of store.db before you read your sources again"
        )
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; mend its rights, make room, or name another place"
    return f"unexpected {type(error).__name__}: {error}; INSTRUCTREC_DEBUG=1 shows where"


def _failed(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
