"""Does the tuned model ever write a title that the catalog does not have, and how often is the one taken
among those it writes?

    python bench/titles.py [--workspace .instructrec/demo] [--requests 500] [--each 20]

In a workspace with a tuned language model (`instructrec demo`, `instructrec tune`). For each request of the
test part, without words, so many titles are written by a beam that only the catalog's titles are open to
(`language.titles`).
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from machine import ROOT, facts, publish, shown

from instructrec.cli.learn import split_workspace
from instructrec.evaluation.cases import Case, cases
from instructrec.language.listwise import matching
from instructrec.language.model import TorchModel, faster_precision
from instructrec.language.rerank import NETWORK
from instructrec.language.titles import Titles
from instructrec.store.workspace import Workspace


def written(requests: Sequence[Case], titles: Sequence[str], folder: Path, each: int) -> dict[str, Any]:
    """Write titles for every request, and look each of them up."""
    catalog, beam = (
        {title.strip() for title in titles},
        Titles(TorchModel(str(folder / NETWORK), faster_precision()), titles),
    )
    many, outside, hits, start = 0, 0, 0, time.process_time()
    for done, case in enumerate(requests, start=1):
        found = beam.write(matching("", [titles[n] for n in case.context.history.tolist()]), each)
        many += len(found)
        outside += sum(one.title.strip() not in catalog for one in found)
        hits += bool({n for one in found for n in one.items} & set(case.relevant.tolist()))
        shown("titles", done, len(requests))
    return {
        "requests": len(requests), "titles written": many, "outside the catalog": outside,
        "requests with a hit": round(hits / len(requests), 4),
        "CPU s a request": round((time.process_time() - start) / len(requests), 2),
    }  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """The figures as text."""
    machine, found = result["machine"], result["found"]
    return "\n".join(
        [
            "# Titles written by the tuned model",
            "",
            f"{machine['cpu']}, commit {machine['commit']}. {result['each']} a request, by a beam; seen items stay in.",
            "",
            *(f"- {name}: {value:,}" for name, value in found.items()),
            "",
        ]
    )


def main() -> None:
    """Print the figures and write them to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--workspace", "-w", type=Path, default=ROOT / ".instructrec/demo")
    options.add_argument("--requests", type=int, default=500)
    options.add_argument("--each", type=int, default=20)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    place = Workspace.of(given.workspace)
    if not (place.language / NETWORK).exists():
        raise SystemExit(
            f"{place.folder} holds no tuned language model; next: instructrec tune -w {place.folder}"
        )
    split = split_workspace(place)
    titles = [item.title for item in split.train.catalog.records()]
    found = written(cases(split, "test", given.requests), titles, place.language, given.each)
    result = {"each": given.each, "machine": facts(), "found": found}
    text = markdown(result)
    publish(given.out, "titles", result, text)
    print(text)


if __name__ == "__main__":
    main()
