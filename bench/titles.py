"""Does the tuned model ever write a title that the catalog does not have, and how often is the one taken among those it writes?

    python bench/titles.py ml-100k [--requests 500] [--each 20]

Goes on from what `bench/language.py SET` left in --work. For each request of the test part, without words, so many titles are
written by a beam that only the catalog's titles are open to (`language.titles`).
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from language import kept
from machine import ROOT, facts, publish, shown
from ranking import Task, load

from instructrec.language.listwise import matching
from instructrec.language.model import TorchModel, faster_precision
from instructrec.language.rerank import NETWORK
from instructrec.language.titles import Titles


def written(task: Task, folder: Path, each: int) -> dict[str, Any]:
    """Write titles for every request of the task, and look each of them up."""
    titles = [item.title for item in task.split.train.items()]
    catalog, beam = {title.strip() for title in titles}, Titles(TorchModel(str(folder / NETWORK), faster_precision()), titles)
    many, outside, hits, start = 0, 0, 0, time.process_time()
    for done, case in enumerate(task.test, start=1):
        found = beam.write(matching("", [titles[n] for n in case.context.history.tolist()]), each)
        many += len(found)
        outside += sum(one.title.strip() not in catalog for one in found)
        hits += bool({n for one in found for n in one.items} & set(case.relevant.tolist()))
        shown("titles", done, len(task.test))
    return {
        "requests": len(task.test), "titles written": many, "outside the catalog": outside,
        "requests with a hit": round(hits / len(task.test), 4),
        "CPU s a request": round((time.process_time() - start) / len(task.test), 2),
    }  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """The figures as text."""
    machine, found = result["machine"], result["found"]
    return "\n".join(
        [
            f"# Titles written by the tuned model, {result['set']}",
            "",
            f"{machine['cpu']}, commit {machine['commit']}. {result['each']} a request, by a beam; seen items stay in.",
            "",
            *(f"- {name}: {value:,}" for name, value in found.items()),
            "",
        ]
    )


def main() -> None:
    """Print the figures and write them to bench/results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("set")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--requests", type=int, default=500)
    options.add_argument("--each", type=int, default=20)
    options.add_argument(
        "--work", type=Path, default=Path(os.environ.get("INSTRUCTREC_CACHE", "~/.cache/instructrec")) / "bench"
    )
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    work = given.work.expanduser() / f"language-{given.set}"
    if not (work / "minutes").exists():
        raise SystemExit(f"{work} holds no tuned model; next: python bench/language.py {given.set}")
    task = load(given.set, given.data, given.requests, work)
    found = kept(work / f"titles-{given.requests}-{given.each}.json", lambda: written(task, work / "minutes", given.each))
    result = {"set": given.set, "each": given.each, "machine": facts(), "found": found}
    text = markdown(result)
    publish(given.out, f"titles-{given.set}", result, text)
    print(text)


if __name__ == "__main__":
    main()
