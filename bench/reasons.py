"""Reasons in a language model's words: how many are kept, what they take, and whether any says what is not
so.

    python bench/reasons.py [-w .instructrec/demo] [--limit 1000]

Users of the test part ask, every other one in words made of the training part, and get five items each. The
reasons that are kept are read again here by a check of its own, against the catalog and the user's stored
history and not against the facts that the sentence was made of: every number, every name that the catalog
knows, every title and the role in which it stands, and no other word than those in which reasons are said.
Slates are kept in --work: a killed run goes on.
"""

import argparse
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from machine import ROOT, WORK, facts, publish

from instructrec.cli.learn import split_workspace
from instructrec.instructions.generate import corpus
from instructrec.recommender.recommender import Recommender
from instructrec.store.workspace import Workspace
from instructrec.types import Item, Request, Slate, TaskForm

EACH = 5  # items a slate
PLAIN = frozenset(
    re.findall(
        r"\w+",
        """a after also and ask because by comes few fits for from had have here in is it kind know like named next now of on
        people popular reads said shares that the to together went what who with words year you your brand price""",
    )
)
ROLES = {
    "last": re.compile(r"comes next after $"),
    "earlier": re.compile(r"(?:people who had|together with|shares words with) $"),
}


class Catalog:
    """What the sentences are read against."""

    def __init__(self, items: list[Item], recommender: Recommender) -> None:
        self.titles = {item.title for item in items}
        self.title = re.compile(
            "|".join(
                rf"(?<!\w){re.escape(t)}(?!\w)" for t in sorted(self.titles, key=lambda t: (-len(t), t)) if t
            )
        )
        self.values = {name for item in items for name in values(item)}
        self.by_id = {item.id: item for item in items}
        self.source = recommender.source

    def history(self, slate: Slate) -> list[str]:
        """Titles of what the user had and of what the words refer to, oldest first."""
        acts = self.source.history(slate.request.user or "") or []
        return [
            self.by_id[i].title
            for i in (*(i for i, sign in acts if sign >= 0), *slate.instruction.like)
            if i in self.by_id
        ]


def values(item: Item) -> Iterator[str]:
    """The names among an item's attributes."""
    for value in item.attributes.values():
        yield from (
            [str(v) for v in value] if isinstance(value, list) else [value] if isinstance(value, str) else []
        )


def unsupported(text: str, item: Item, history: list[str], catalog: Catalog) -> list[str]:
    """What a sentence says of an item that is not so, or cannot be told."""
    faults = [] if text.startswith(f"{item.title} is ") else ["does not begin with its item"]
    rest = text.removeprefix(item.title)
    while found := catalog.title.search(rest):
        title, before = found[0], rest[: found.start()]
        if title in {*values(item)} and not any(role.search(before) for role in ROLES.values()):
            # a title that is also a name which the item has
            rest = f"{before}{' ' * len(title)}{rest[found.end() :]}"
            continue
        roles = {"last": history[-1:], "earlier": history}
        if not any(role.search(before) and title in roles[name] for name, role in ROLES.items()):
            faults.append(f"the title {title!r} does not stand there")
        rest = f"{before}{'_' * len(title)}{rest[found.end() :]}"
    own, left = sorted(values(item), key=len, reverse=True), rest
    for name in own:
        left = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", left)
    faults += [
        f"it is no {name!r}" for name in catalog.values if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", left)
    ]
    numbers = {str(v) for v in item.attributes.values() if isinstance(v, int | float)}
    words = re.findall(r"\d[\d.]*\d|\d|[^\W\d_]+", left)
    return faults + [f"the word {w!r}" for w in words if w.lower() not in PLAIN and w not in numbers]


def mangled(text: str, title: str, others: list[str]) -> list[str]:
    """A sentence made wrong on purpose, to see that the check can find it: denied, praised, about another
    title or year.
    """
    other = next((t for t in others if t != title), "")
    made = [
        text.replace(f"{title} is ", f"{title} is not ", 1),
        text.replace(f"{title} is ", f"{title} is the best, ", 1),
    ]
    made += [text.replace(title, other, 1)] if other else []
    made += [re.sub(r"next after .*?(?=, and| and it|[.;]|$)", f"next after {other}", text)] if other else []
    made += [re.sub(r"year (\d+)", lambda m: f"year {int(m[1]) + 1}", text)]
    return [m for m in made if m != text]


def asked(place: Workspace, limit: int) -> list[Request]:
    """Requests of the users of the test part, every other one in words."""
    parts = split_workspace(place)
    users = parts.test.interactions["user_id"].unique(maintain_order=True).to_list()
    made = corpus(parts.train, size=20 * limit, seed=0)
    told = [g.said for g in made if g.language == "en" and g.task == TaskForm.MATCHING and g.said]
    texts = [
        told[n] if n % 2 and n < len(told) else "" for n in range(limit)
    ]  # slates may be short: more than are needed
    return [
        Request(instruction=text, user=users[n % len(users)], n=EACH, reasons="lm")
        for n, text in enumerate(texts)
    ]


def answered(recommender: Recommender, request: Request, catalog: Catalog) -> dict[str, Any]:
    """One slate: what was said, whether by the model, what is wrong with it, and the seconds of the
    writing.
    """
    start = time.perf_counter()
    slate = recommender.answer([request])[0]
    spent = time.perf_counter() - start
    lines, history, titles = [], catalog.history(slate), [line.item.title for line in slate]
    for line in slate:
        # only a worded reason opens with the title and "is"
        own = line.reason.startswith(f"{line.item.title} is ")
        faults = unsupported(line.reason, line.item, history, catalog) if own else []
        wrong = mangled(line.reason, line.item.title, titles) if own else []
        found = sum(bool(unsupported(text, line.item, history, catalog)) for text in wrong)
        lines.append(
            {"text": line.reason, "own": own, "faults": faults, "mangled": len(wrong), "found": found}
        )
    return {"asked": request.instruction, "user": request.user, "seconds": spent, "lines": lines}


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine = result["machine"]
    return "\n".join(
        [
            f"# Reasons in a language model's words: {result['reasons']:,} reasons",
            "",
            f"{machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}.",
            "",
            "| | |",
            "|---|---:|",
            f"| in the model's words | {result['kept']:,} ({100 * result['kept'] / max(result['reasons'], 1):.0f} %) |",
            f"| of them with anything unsupported | {result['unsupported']:,} |",
            f"| made wrong on purpose, found by the same check | {result['found']:,} of {result['mangled']:,} |",
            f"| time of a reason, ms | {result['ms']:,.0f} |",
            "",
            "Some of them:",
            "",
            *(f"- {text}" for text in result["some"]),
            "",
        ]
    )


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("-w", "--workspace", type=Path, default=ROOT / ".instructrec/demo")
    options.add_argument("--limit", type=int, default=1000)
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    kept = given.work.expanduser() / f"reasons-{given.limit}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in kept.read_text().split("\n") if line] if kept.exists() else []
    recommender = Recommender.load(given.workspace)
    catalog = Catalog(recommender.items, recommender)
    with kept.open("a") as file:
        for request in asked(Workspace.of(given.workspace), given.limit)[len(rows) :]:
            if sum(len(row["lines"]) for row in rows) >= given.limit:
                break
            rows.append(answered(recommender, request, catalog))
            print(json.dumps(rows[-1]), file=file, flush=True)
    lines = [line for row in rows for line in row["lines"]][: given.limit]
    own = [line for line in lines if line["own"]]
    result = {
        "machine": facts(),
        "reasons": len(lines),
        "kept": len(own),
        "unsupported": sum(bool(line["faults"]) for line in own),
        "faults": [line for line in own if line["faults"]],
        "mangled": sum(line["mangled"] for line in own),
        "found": sum(line["found"] for line in own),
        "ms": 1000 * sum(row["seconds"] for row in rows) / max(len(lines), 1),
        "some": [line["text"] for line in own[:: -(-len(own) // 12) or 1]],
    }
    text = markdown(result)
    publish(given.out, "reasons", result, text)
    print(text)
    for line in result["faults"]:
        print(line)


if __name__ == "__main__":
    main()
