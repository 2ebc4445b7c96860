"""`recommend` and `parse`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from instructrec.app.requests import answer_file
from instructrec.cli.terminal import (
    argument,
    bars,
    closing,
    command,
    dump,
    json_option,
    table,
    workspace_option,
)
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError, NotTrained
from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.eligibility import describe, describe_all, offer
from instructrec.recommender.explain import reason_text, unresolved_notes
from instructrec.recommender.recommender import Recommender, not_unicode
from instructrec.store.workspace import Workspace
from instructrec.types import Instruction, Item, Recommendation, Slate


@command("recommend")
@argument("instruction", default="", help="What is wanted, in English or Chinese; optional.")
@click.option("--user", "-u", help="The user's id.")
@click.option("--history", multiple=True, help="An item id; repeat, oldest first.")
@click.option(
    "-n", type=int, help="Number of items, 1 to 1,000; by default what the instruction asks for, or 10."
)
@click.option("--candidate", "candidates", multiple=True, help="Choose among these item ids only; repeat.")
@click.option("--exclude", multiple=True, help="Never this item id; repeat.")
@click.option(
    "--allow-missing", is_flag=True, help="Also show items that lack the attribute a condition is about."
)
@click.option(
    "--rerank", type=click.Choice(["lm"]), help="Let the tuned language model reorder the first items."
)
@click.option("--rerank-seconds", type=float, help="Time limit of --rerank; 2 by default.")
@click.option(
    "--reasons",
    type=click.Choice(["lm"]),
    help="Let a language model word the reasons, in English; each is checked.",
)
@click.option(
    "--requests", type=click.Path(path_type=Path), help="A file of requests, one JSON object per line."
)
@click.option("--output", type=click.Path(path_type=Path), help="File for the answers to --requests.")
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
    with bars(quiet=as_json) as progress:
        recommender = Recommender.load(workspace, progress=progress)
    if requests:
        with bars(quiet=output is None) as progress:
            count = answer_file(recommender, requests, output, progress)
        if output:
            closing(f"answered {count:,} requests: {output}", f"head -n 1 {output}")
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
    """Show how a sentence is understood against the workspace's catalog."""
    items = catalog_items(instruction, workspace)
    vocabulary = Vocabulary.of(items)
    parsed = parse(instruction, vocabulary, NearestName(vocabulary, load_encoder))
    if as_json:
        dump(parsed.to_dict())
        return
    show_parsed(parsed, {item.id: item.title for item in items})


def catalog_items(sentence: str, workspace: str | None) -> list[Item]:
    """The items against which a sentence is understood."""
    if broken := not_unicode(sentence):
        raise ConfigError(f"the sentence holds {broken}, which is no Unicode text; send it as UTF-8")
    items = Workspace.of(workspace).store.items()
    if not items:
        raise NotTrained(
            "the workspace has no catalog to understand the sentence against; next: instructrec read FOLDER"
        )
    return items


def show_parsed(parsed: Instruction, titles: Mapping[str, str]) -> None:
    """Everything that was understood of a sentence, and what was not."""
    text = parsed.text
    rows = [(describe(c), text[slice(*c.span)], c.source) for c in parsed.conditions]
    for number, group in enumerate(parsed.any_of, start=1):
        rows += [(f"({number}) {describe(c)}", text[slice(*c.span)], c.source) for c in group]
    table("Conditions, which every item will meet", ("condition", "words", "found by"), rows)
    if parsed.any_of:
        print("one of the numbered groups must hold")
    print(f"\nwishes: {parsed.wishes or '-'}")
    for name, ids in (("like", parsed.like), ("unlike", parsed.unlike)):
        if ids:
            print(f"{name}: {', '.join(titles.get(i, i) for i in ids[:5])}{' ...' if len(ids) > 5 else ''}")
    if parsed.dials:
        print("dials: " + ", ".join(f"{dial} {amount:+.1f}" for dial, amount in parsed.dials.items()))
    print(
        f"n: {parsed.n or '-'}; preference {parsed.preference}, intention {parsed.intention}, task "
        f"{parsed.task}"
    )
    for note in unresolved_notes(parsed):
        print(note)


def show_slate(slate: Slate) -> None:
    """One slate as a table, with what was understood above and what is missing below."""
    instruction = slate.instruction
    words = f'"{instruction.text}"' if instruction.text else "no instruction"
    user = f" for user {slate.request.user}" if slate.request.user else ""
    print(f"{words}{user}")
    if conditions := describe_all(instruction):
        print(f"conditions: {'; '.join(conditions)}")
    if slate.shared_reasons:
        print(f"all of them: {', '.join(slate.shared_reasons)}")
    rows = [
        (r.rank, r.item.title, _shown_attributes(r.item.attributes), r.score, _own_reason(slate, r))
        for r in slate
    ]
    table("", ("", "title", "", "score", "because"), rows)
    if slate.model:
        print(f"model: {slate.model}")
    for text in slate.saved_instructions:
        print(f"saved instruction applied: {text}")
    for note in slate.notes:
        print(f"note: {note}")
    if slate.shortfall:
        print(f"fewer items than requested: {slate.shortfall}")
    for relaxation in slate.relaxations:
        print(f"possible: {offer(relaxation)}")


def _own_reason(slate: Slate, line: Recommendation) -> str:
    """The reason without what all items share; whole where a language model worded it."""
    if slate.request.reasons:
        return line.reason
    met = [fact for fact in line.conditions_met if fact not in slate.shared_reasons]
    because = [fact for fact in line.because if fact not in slate.shared_reasons]
    return reason_text(met, because, slate.instruction.language)


def _shown_attributes(attributes: Any) -> str:
    shown = [attributes.get(key) for key in ("categories", "brand", "year", "price")]
    return ", ".join("/".join(v[:4]) if isinstance(v, list) else str(v) for v in shown if v is not None)
