"""`recommend` and `parse`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from instructrec.app.catalog import CatalogFile, open_catalog
from instructrec.app.requests import answer_file, parse_file, with_matching
from instructrec.app.why import why
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
from instructrec.data.facets import Facets
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError, NotTrained
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.understand import NearestName
from instructrec.parsing.parse import parse
from instructrec.recommender.eligibility import describe, describe_all, offer
from instructrec.recommender.explain import order_note, reason_text, unread_notes, unresolved_notes
from instructrec.recommender.recommender import Recommender, not_unicode
from instructrec.store.profile import catalog_profile
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
@click.option("--catalog", help="Answer from this file of items alone; no workspace is read or written.")
@workspace_option
@json_option
def recommend_command(
    instruction: str,
    requests: Path | None,
    output: Path | None,
    catalog: str | None,
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
    _check_batch_options(requests, output, bool(instruction or given))
    _check_catalog_options(catalog, workspace, given)
    with bars(quiet=as_json) as progress:
        opened = None if catalog is None else open_catalog(catalog, progress)
        recommender = Recommender.load(opened.place.folder if opened else workspace, progress=progress)
    if not as_json:
        show_catalog(opened, sys.stderr if requests else sys.stdout)
    if requests:
        _answer_requests(recommender, requests, output)
        return
    slate = recommender.recommend(instruction, **given)
    if as_json:
        dump(slate.to_dict() | ({"catalog": dict(opened.about)} if opened else {}))
    else:
        show_slate(slate)


def _check_batch_options(requests: Path | None, output: Path | None, asked: bool) -> None:
    if requests and asked:
        raise ConfigError(
            "--requests takes everything from the file: leave out the instruction, --user, --history and -n"
        )
    if output and not requests:
        raise ConfigError(
            "--output takes the answers to a file of requests: add --requests FILE, or redirect --json"
        )


def _answer_requests(recommender: Recommender, requests: Path, output: Path | None) -> None:
    with bars(quiet=output is None) as progress:
        count = answer_file(recommender, requests, output, progress)
    if output:
        closing(f"answered {count:,} requests: {output}", f"head -n 1 {output}")


def _check_catalog_options(catalog: str | None, workspace: str | None, given: Mapping[str, Any]) -> None:
    """Raise ConfigError for options that ask for more than a catalog file holds."""
    if catalog is None:
        return
    lacking = {
        "--workspace": workspace and "the file is asked instead of a workspace",
        "--user": "user" in given and "a catalog knows no users; --history takes the items somebody had",
        "--rerank": "rerank" in given and "the language model is tuned on the interactions of a workspace",
    }
    for option, reason in lacking.items():
        if reason:
            raise ConfigError(f"--catalog leaves no room for {option}: {reason}")


def show_catalog(opened: CatalogFile | None, out: TextIO) -> None:
    """How a catalog file was read: what was left out, merged and guessed, and where it is kept."""
    if opened is None:
        return
    about = opened.about
    columns = ", ".join(
        name if name == column else f"{name} from {column!r}" for name, column in about["columns"].items()
    )
    print(f"{about['file']}: {about['items']:,} items with {columns}", file=out)
    if lost := about["rows"] - about["items"]:
        shares = f"{about['merged']:,} merged with others, {about['left_out']:,} left out"
        print(f"note: {lost:,} of {about['rows']:,} rows are no items of their own: {shares}", file=out)
    for line in about["errors"]:
        print(f"left out: {line}", file=out)
    for note in about["notes"]:
        print(f"note: {note}", file=out)
    if opened.fresh:
        print(f"note: kept in {opened.place.folder} until the file changes", file=out)
    print(file=out)


@command("parse")
@argument("instruction", default="", help="A sentence in English or Chinese.")
@click.option(
    "--requests", type=click.Path(path_type=Path), help="A file of requests, one JSON object per line."
)
@click.option("--output", type=click.Path(path_type=Path), help="File for what is understood of --requests.")
@click.option("--matching", is_flag=True, help="With each condition the ids of items that pass it, as JSON.")
@click.option(
    "--why", "explained", is_flag=True, help="Show what was found in the sentence and what became of it."
)
@workspace_option
@json_option
def parse_command(
    instruction: str,
    *,
    explained: bool,
    requests: Path | None,
    output: Path | None,
    matching: bool,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Show how a sentence is understood against the workspace's catalog."""
    _check_batch_options(requests, output, bool(instruction))
    if not (instruction or requests):
        raise ConfigError(
            'nothing to read: give a sentence, as in instructrec parse "...", or --requests FILE'
        )
    items = catalog_items(instruction, workspace)
    profile = catalog_profile(Workspace.of(workspace).store)
    vocabulary = vocabulary_of(items, profile, load_encoder())
    nearest = NearestName(vocabulary, load_encoder)
    if requests:
        with bars(quiet=output is None) as progress:
            count = parse_file(nearest, items, requests, output, matching=matching, progress=progress)
        if output:
            closing(f"read {count:,} requests: {output}", f"head -n 1 {output}")
        return
    if explained:
        rows = [(s.words, s.meaning, s.source, s.outcome) for s in why(instruction, nearest)]
        table("In the order of the words", ("words", "meaning", "found by", "outcome"), rows)
        return
    parsed = parse(instruction, vocabulary, nearest)
    if matching:
        dump(with_matching(parsed, Facets(items)))
    elif as_json:
        dump(parsed.to_dict())
    else:
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
    liked = [(describe(c), text[slice(*c.span)], c.source) for c in parsed.soft]
    if liked:
        table("Likings, which lift an item and bar none", ("condition", "words", "found by"), liked)
    for order in parsed.sort[:1]:
        print(order_note(order))
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
    for note in (*unread_notes(parsed), *unresolved_notes(parsed)):
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
