"""`recommend`, `parse`, and what a language model writes of an instruction or of a history."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from instructrec.cli.show import argument, bars, closing, command, dump, json_option, table, workspace_option
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError, DataError, NotTrained, ReadError
from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.explain import unchecked
from instructrec.recommender.limits import describe, describe_all, offer
from instructrec.recommender.recommender import MOST, Recommender, not_unicode
from instructrec.store.bulk import load
from instructrec.store.workspace import Workspace
from instructrec.types import Instruction, Item, Request, Slate
from instructrec.writing.paraphrase import Judged, paraphrases
from instructrec.writing.preference import preference
from instructrec.writing.writer import writer

BLOCK = 256  # requests read, answered and written together
REQUEST = (
    "request_id",
    "instruction",
    "user",
    "history",
    "candidates",
    "exclude",
    "n",
    "allow_missing",
    "rerank",
    "rerank_seconds",
    "reasons",
)
LISTS = ("history", "candidates", "exclude")


@command("recommend")
@argument("instruction", default="", help="What is wanted, in English or Chinese; may be left out.")
@click.option("--user", "-u", help="The user's id.")
@click.option("--history", multiple=True, help="An item id; repeat, oldest first.")
@click.option("-n", type=int, help="How many, 1 to 1,000; without, what the instruction says, or 10.")
@click.option("--candidate", "candidates", multiple=True, help="Choose among these item ids; repeat.")
@click.option("--exclude", multiple=True, help="Never this item id; repeat.")
@click.option(
    "--allow-missing", is_flag=True, help="Also show items that lack the attribute a condition is about."
)
@click.option(
    "--rerank", type=click.Choice(["lm"]), help="Let the tuned language model read the first items."
)
@click.option(
    "--rerank-seconds", type=float, help="... if it can in this time, else fewer or none; 2 if not said."
)
@click.option(
    "--reasons", type=click.Choice(["lm"]), help="Let a language model word the reasons, in English; checked."
)
@click.option(
    "--requests", type=click.Path(path_type=Path), help="A file of requests, one JSON object a line."
)
@click.option("--output", type=click.Path(path_type=Path), help="Where the answers to --requests go.")
@workspace_option
@json_option
def recommend_command(
    instruction: str,
    requests: Path | None,
    output: Path | None,
    workspace: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Recommend items for a user, a sentence, or both."""
    given = {
        name: value
        for name, value in asked.items()
        if value is not None and value != () and value is not False
    }
    if requests and (instruction or given):
        raise ConfigError(
            "--requests takes everything from the file: leave out the instruction, --user, --history and -n"
        )
    if output and not requests:
        raise ConfigError(
            "--output takes the answers to a file of requests: add --requests FILE, or redirect --json"
        )
    if requests and output and output.exists() and requests.exists() and output.samefile(requests):
        raise ConfigError(
            f"--output {output} is the file of requests, which it would overwrite: name another file"
        )
    recommender = Recommender.load(workspace)
    if requests:
        _batch(recommender, requests, output)
        return
    slate = recommender.recommend(instruction, **given)
    if as_json:
        dump(slate.to_dict())
    else:
        show_slate(slate)


@command("parse")
@argument("instruction", help="A sentence in English or Chinese.")
@workspace_option
@json_option
def parse_command(instruction: str, workspace: str | None, as_json: bool) -> None:
    """Show what is understood of a sentence, against the workspace's catalog."""
    items = _catalog(instruction, workspace)
    vocabulary = Vocabulary.of(items)
    parsed = parse(instruction, vocabulary, NearestName(vocabulary, load_encoder))
    if as_json:
        dump(parsed.to_dict())
        return
    show_parsed(parsed, {item.id: item.title for item in items})


@command("paraphrase")
@argument("text", help="The instruction, in English.")
@click.option("-n", type=click.IntRange(1, 20), default=5, help="How many, if so many pass.")
@click.option("--seed", type=click.IntRange(0), default=0, help="The one source of randomness.")
@workspace_option
@json_option
def paraphrase_command(text: str, n: int, seed: int, workspace: str | None, as_json: bool) -> None:
    """Say an instruction in a language model's other words.

    Only those are kept from which the parser understands the very same. In English: the model that comes with
    this writes no Chinese.
    """
    vocabulary = Vocabulary.of(_catalog(text, workspace))
    kept, dropped = paraphrases(writer(), text, vocabulary, load_encoder(), n, seed)
    if as_json:
        dump({"kept": [j.text for j in kept], "dropped": [{"text": j.text, "why": _why(j)} for j in dropped]})
        return
    table("Kept", ("text",), [(j.text,) for j in kept])
    table("\nDropped", ("why", "text"), [(_why(j), j.text) for j in dropped])
    more = (
        'instructrec instructions add "..."'
        if kept
        else f'instructrec instructions paraphrase "..." --seed {seed + 1}'
    )
    closing(f"{len(kept)} kept, {len(dropped)} dropped", more)


@command("preference")
@click.option("--user", "-u", required=True, help="The user's id.")
@workspace_option
@json_option
def preference_command(user: str, workspace: str | None, as_json: bool) -> None:
    """Say what a user likes, from the facts of the history.

    In a language model's words, in English, where the facts say all of it; else in plain ones.
    """
    data = load(Workspace.of(workspace).store)
    found = preference(data, user, writer())
    if found is None:
        raise DataError(f"the history of {user!r} tells no preference: what was liked has no names in common")
    if as_json:
        dump(asdict(found))
        return
    print(found.text)
    print(f"facts: {', '.join([*found.names, *([found.time] if found.time else [])])}")
    said = parse(found.text, Vocabulary.of(data.catalog.records()))
    held = "; ".join(describe_all(said)) or "nothing must hold, it counts towards the order"
    print(f"kept as standing, in every answer: {held}")
    words = (
        "in the model's words"
        if found.worded
        else "in plain words: the model would have said more than the facts"
    )
    closing(words, f'instructrec instructions add "{found.text}" --standing --user {user}')


def _catalog(sentence: str, workspace: str | None) -> list[Item]:
    """The items against which a sentence is understood."""
    if broken := not_unicode(sentence):
        raise ConfigError(f"the sentence holds {broken}, which is no Unicode text; send it as UTF-8")
    items = Workspace.of(workspace).store.items()
    if not items:
        raise NotTrained(
            "the workspace has no catalog to understand the sentence against; next: instructrec read FOLDER"
        )
    return items


def _why(judged: Judged) -> str:
    """What speaks against a paraphrase, in words."""
    lost = [f"lost: {describe(c)}" for c in judged.lost]
    return "; ".join([*lost, *(f"added: {describe(c)}" for c in judged.added), *filter(None, [judged.why])])


def show_parsed(parsed: Instruction, titles: Mapping[str, str]) -> None:
    """Everything that was understood of a sentence, and what was not."""
    text = parsed.text
    rows = [(describe(c), text[slice(*c.span)], c.source) for c in parsed.conditions]
    for number, group in enumerate(parsed.any_of, start=1):
        rows += [(f"({number}) {describe(c)}", text[slice(*c.span)], c.source) for c in group]
    table("Conditions, which every item will meet", ("condition", "said as", "found by"), rows)
    if parsed.any_of:
        print("of the numbered groups one must hold")
    print(f"\nwishes: {parsed.wishes or '-'}")
    for name, ids in (("like", parsed.like), ("unlike", parsed.unlike)):
        if ids:
            print(f"{name}: {', '.join(titles.get(i, i) for i in ids[:5])}{' ...' if len(ids) > 5 else ''}")
    if parsed.dials:
        print("dials: " + ", ".join(f"{dial} {amount:+.1f}" for dial, amount in parsed.dials.items()))
    print(
        f"n: {parsed.n or '-'}; preference {parsed.preference}, intention {parsed.intention}, task {parsed.task}"
    )
    for note in unchecked(parsed):
        print(note)


def show_slate(slate: Slate) -> None:
    """One slate as a table, with what was understood above and what is missing below."""
    said = slate.instruction
    asked = f'"{said.text}"' if said.text else "no instruction"
    who = f" for user {slate.request.user}" if slate.request.user else ""
    understood = f" - {'; '.join(describe_all(said))}" if said.conditions or said.any_of else ""
    rows = [(r.rank, r.item.title, _attributes(r.item.attributes), r.score, r.reason) for r in slate]
    table(f"{asked}{who}{understood}", ("", "title", "", "score", "because"), rows)
    for text in slate.standing:
        print(f"standing: {text}")
    for note in slate.notes:
        print(f"note: {note}")
    if slate.shortfall:
        print(f"fewer than asked for: {slate.shortfall}")
    for relaxation in slate.relaxations:
        print(f"possible: {offer(relaxation)}")


def _attributes(attributes: Any) -> str:
    shown = [attributes.get(key) for key in ("categories", "brand", "year", "price")]
    return ", ".join("/".join(v[:4]) if isinstance(v, list) else str(v) for v in shown if v is not None)


def _batch(recommender: Recommender, source: Path, output: Path | None) -> None:
    try:
        # not splitlines, which also breaks at signs that JSON allows inside a string, such as U+2028
        lines = source.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"cannot be read as UTF-8 text: {error}", file=str(source)) from error
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    asked = [read_request(line, source, number) for number, line in rows]
    with bars(quiet=output is None) as progress, _answers_to(output) as file:
        for done, slate in enumerate(_answers(recommender, asked), start=1):
            print(json.dumps(slate.to_dict(), ensure_ascii=False), file=file)
            progress("requests", done, len(asked))
    if output:
        closing(f"answered {len(asked):,} requests: {output}")


@contextmanager
def _answers_to(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole or not at all."""
    if output is None:
        yield sys.stdout
        return
    draft = output.with_name(output.name + ".part")
    try:
        if output.is_dir():
            raise IsADirectoryError(f"{output} is a folder")
        with draft.open("w", encoding="utf-8") as file:
            yield file
        draft.replace(output)
    except OSError as error:
        raise ConfigError(
            f"--output {output} cannot be written ({error}); name a file in a folder that can be"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _answers(recommender: Recommender, asked: list[Request]) -> Iterator[Slate]:
    for start in range(0, len(asked), BLOCK):
        yield from recommender.answer(asked[start : start + BLOCK])


def read_request(line: str, file: Path, row: int) -> Request:
    """One line of a request file as a Request; raises ReadError that says what is wrong with it."""
    try:
        given = json.loads(line)
    except (
        ValueError,
        RecursionError,
    ) as error:  # also a number of too many digits, and lists in lists without end
        raise ReadError(f"not a JSON object: {error}", file=str(file), row=row) from error
    if not isinstance(given, dict):
        raise ReadError(f"not a JSON object but {type(given).__name__}", file=str(file), row=row)
    if unknown := given.keys() - set(REQUEST):
        raise ReadError(
            f"no field {sorted(unknown)[0]!r}; a request has: {', '.join(REQUEST)}", file=str(file), row=row
        )
    for key, value in given.items():
        _check(key, value, file, row)
    fields = {"id" if key == "request_id" else key: value for key, value in given.items()}
    for name in LISTS:
        if fields.get(name) is not None:
            fields[name] = tuple(fields[name])
    return Request(**{name: value for name, value in fields.items() if value is not None})


def _check(key: str, value: Any, file: Path, row: int) -> None:
    if value is None:
        return
    if key in LISTS:
        fits, wanted = (
            isinstance(value, list) and all(isinstance(v, str) for v in value),
            "a list of item ids (strings)",
        )
    else:
        whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST
        fits, wanted = {
            "n": (whole, f"a whole number from 1 to {MOST:,}"),
            "allow_missing": (isinstance(value, bool), "true or false"),
            "rerank": (value == "lm", 'the string "lm"'),
            "reasons": (value == "lm", 'the string "lm"'),
            "rerank_seconds": (
                not isinstance(value, bool) and isinstance(value, int | float) and value > 0,
                "a time above 0",
            ),
        }.get(key, (isinstance(value, str), "a string"))
    if fits and (broken := not_unicode(value)):
        fits, wanted = False, f"whole Unicode, and {broken} is half a character"
    if not fits:
        shown = json.dumps(value, ensure_ascii=False)[:80]
        raise ReadError(f"is {shown}; it must be {wanted}", file=str(file), row=row, column=key)
