"""`instructions paraphrase` and `instructions preference`: what a language model writes."""

from dataclasses import asdict

import click

from instructrec.cli.recommend import catalog_items
from instructrec.cli.terminal import argument, closing, command, dump, json_option, table, workspace_option
from instructrec.encoders.registry import load_encoder
from instructrec.errors import DataError
from instructrec.instructions.column_words import vocabulary_of
from instructrec.parsing.parse import parse
from instructrec.recommender.eligibility import describe, describe_all
from instructrec.store.bulk import load
from instructrec.store.profile import catalog_profile
from instructrec.store.workspace import Workspace
from instructrec.writing.paraphrase import JudgedParaphrase, paraphrases
from instructrec.writing.preference import preference
from instructrec.writing.writer import writer


@command("paraphrase")
@argument("text", help="The instruction, in English.")
@click.option("-n", type=click.IntRange(1, 20), default=5, help="Maximum number.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Random seed.")
@workspace_option
@json_option
def paraphrase_command(text: str, n: int, seed: int, workspace: str | None, as_json: bool) -> None:
    """Paraphrase an instruction with a language model.

    Only paraphrases with exactly the same conditions are kept. English only.
    """
    profile = catalog_profile(Workspace.of(workspace).store)
    vocabulary = vocabulary_of(catalog_items(text, workspace), profile)
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
    """Summarise what a user likes, from the history.

    A language model words it in English; where the facts do not support its words, a plain sentence is used.
    """
    data = load(Workspace.of(workspace).store)
    found = preference(data, user, writer())
    if found is None:
        raise DataError(
            f"the history of {user!r} shows no preference: the liked items have no attributes in common"
        )
    if as_json:
        dump(asdict(found))
        return
    print(found.text)
    print(f"facts: {', '.join([*found.names, *([found.time] if found.time else [])])}")
    parsed = parse(found.text, vocabulary_of(data.catalog.records(), data.catalog.profile))
    conditions = "; ".join(describe_all(parsed)) or "no conditions, it only affects the order"
    print(f"saved as a persistent instruction it would apply: {conditions}")
    how = (
        "worded by the model"
        if found.by_model
        else "worded plainly: the facts did not support the model's words"
    )
    closing(how, f'instructrec instructions add "{found.text}" --persistent --user {user}')


def _why(judged: JudgedParaphrase) -> str:
    """Why a paraphrase was dropped."""
    lost = [f"lost: {describe(c)}" for c in judged.lost]
    return "; ".join([*lost, *(f"added: {describe(c)}" for c in judged.added), *filter(None, [judged.why])])
