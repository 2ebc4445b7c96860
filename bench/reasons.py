"""The reasons that a language model writes, read again by a check of its own.

Users of the test part send requests, every other one with an instruction made of the training part, and get
five items each. Each sentence is compared with the catalog and the user's stored history, not with the facts
it was made of: every number, every name that the catalog knows, every title and its role, and no other word
than those in which reasons are written. Sentences made wrong on purpose show that the check finds faults.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instructrec.app.train import split_workspace
from instructrec.instructions.generate import corpus
from instructrec.recommender.recommender import Recommender
from instructrec.store.workspace import Workspace
from instructrec.types import Item, Request, Slate, TaskForm

EACH = 5  # items a slate
PLAIN = frozenset(
    re.findall(
        r"\w+",
        "a after also and because by choice chose chosen close described for from gem here hidden in is it "
        "kind lately likely like match much next now of often on popular right similar that the thing to "
        "together what who with year you your brand price",
    )
)
QUOTED = re.compile(r"“([^”]*)”")  # "a match for “drama”": words of the request
ROLES = {
    "last": re.compile(r"a likely next choice after $"),
    "earlier": re.compile(r"(?:often chosen after|often chosen together with|described much like) $"),
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
        """Titles of the user's items and of those that the instruction names, oldest first."""
        interactions = self.source.history(slate.request.user or "") or []
        chosen = [item for item, sign in interactions if sign >= 0]
        return [self.by_id[i].title for i in (*chosen, *slate.instruction.like) if i in self.by_id]


def values(item: Item) -> Iterator[str]:
    """The names among an item's attributes."""
    for value in item.attributes.values():
        yield from (
            [str(v) for v in value] if isinstance(value, list) else [value] if isinstance(value, str) else []
        )


def unsupported(text: str, item: Item, asked: str, history: list[str], catalog: Catalog) -> list[str]:
    """The claims of a sentence about an item that are wrong or cannot be checked; `asked` is the request."""
    faults = [] if text.startswith(f"{item.title} is ") else ["does not begin with its item"]
    rest = QUOTED.sub(lambda quote: "" if repeats(quote[1], asked) else quote[0], text)
    rest = rest.removeprefix(item.title)
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


def repeats(quoted: str, asked: str) -> bool:
    """Whether quoted words are the request's own."""
    return {w.strip().lower() for w in quoted.split(",")} <= set(re.findall(r"[\w'-]+", asked.lower()))


def mangled(text: str, title: str, others: list[str]) -> list[str]:
    """A sentence made wrong on purpose: negated, praised, about another title or year."""
    other = next((t for t in others if t != title), "")
    made = [
        text.replace(f"{title} is ", f"{title} is not ", 1),
        text.replace(f"{title} is ", f"{title} is the best, ", 1),
    ]
    made += [text.replace(title, other, 1)] if other else []
    made += (
        [re.sub(r"next choice after .*?(?=, and| and |[.;]|$)", f"next choice after {other}", text)]
        if other
        else []
    )
    made += [re.sub(r"year (\d+)", lambda m: f"year {int(m[1]) + 1}", text)]
    return [m for m in made if m != text]


def requests(place: Workspace, limit: int) -> list[Request]:
    """Requests of the users of the test part, every other one with an instruction."""
    parts = split_workspace(place)
    users = parts.test.interactions["user_id"].unique(maintain_order=True).to_list()
    made = corpus(parts.train, size=20 * limit, seed=0)
    told = [g.stated for g in made if g.language == "en" and g.task == TaskForm.MATCHING and g.stated]
    # slates may be short: more than are needed
    texts = [told[n] if n % 2 and n < len(told) else "" for n in range(limit)]
    return [
        Request(instruction=text, user=users[n % len(users)], n=EACH, reasons="lm")
        for n, text in enumerate(texts)
    ]


def answered(recommender: Recommender, request: Request, catalog: Catalog) -> dict[str, Any]:
    """One slate: its reasons, which of them the model wrote, their faults, and the seconds it took."""
    start = time.perf_counter()
    slate = recommender.answer([request])[0]
    spent = time.perf_counter() - start
    lines, history, titles = [], catalog.history(slate), [line.item.title for line in slate]
    for line in slate:
        # only a worded reason opens with the title and "is"
        own = line.reason.startswith(f"{line.item.title} is ")
        faults = unsupported(line.reason, line.item, request.instruction, history, catalog) if own else []
        wrong = mangled(line.reason, line.item.title, titles) if own else []
        found = sum(
            bool(unsupported(text, line.item, request.instruction, history, catalog)) for text in wrong
        )
        lines.append(
            {"text": line.reason, "own": own, "faults": faults, "mangled": len(wrong), "found": found}
        )
    return {"asked": request.instruction, "user": request.user, "seconds": spent, "lines": lines}


def checked(workspace: Path, limit: int, work: Path) -> dict[str, Any]:
    """So many reasons of a workspace's model; finished slates are kept in `work`, so a killed run resumes."""
    path = work / f"reasons-{limit}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    recommender = Recommender.load(workspace)
    catalog = Catalog(recommender.items, recommender)
    with path.open("a") as file:
        for request in requests(Workspace.of(workspace), limit)[len(rows) :]:
            if sum(len(row["lines"]) for row in rows) >= limit:
                break
            rows.append(answered(recommender, request, catalog))
            print(json.dumps(rows[-1]), file=file, flush=True)
    return figures(rows, limit)


def figures(rows: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """How many reasons the model worded, and how many of them say what the facts do not."""
    lines = [line for row in rows for line in row["lines"]][:limit]
    written = [line for line in lines if line["own"]]
    return {
        "reasons": len(lines),
        "kept": len(written),
        "unsupported": sum(bool(line["faults"]) for line in written),
        "faults": [line for line in written if line["faults"]],
        "made wrong": sum(line["mangled"] for line in written),
        "found": sum(line["found"] for line in written),
        "ms": 1000 * sum(row["seconds"] for row in rows) / max(len(lines), 1),
        "sample": [line["text"] for line in written[:: -(-len(written) // 12) or 1]],
    }
