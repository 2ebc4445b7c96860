"""Serving speed on a trained workspace: a cold process, a warm one, a batch, and memory; `python bench/serving.py --json`.

Uses the demo's workspace (make demo) unless --workspace names another.
"""

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SENTENCE = "a dark science fiction thriller from the 90s, not horror"
WARM = """
import json, resource, statistics, sys, time
from instructrec.recommender.recommender import Recommender
recommender = Recommender.load(sys.argv[1])
users = json.loads(sys.argv[2])
recommender.recommend(sys.argv[3], user=users[0])
walls, cpus = [], []
for user in users:
    for words in (sys.argv[3], ""):
        wall, cpu = time.perf_counter(), time.process_time()
        recommender.recommend(words, user=user)
        walls.append(1000 * (time.perf_counter() - wall)); cpus.append(1000 * (time.process_time() - cpu))
def cuts(values):
    values = sorted(values)
    return {"p50": statistics.median(values), "p99": values[int(.99 * len(values))]}
told, plain = walls[::2], walls[1::2]
print(json.dumps({"instructed_ms": cuts(told), "plain_ms": cuts(plain), "cpu_ms": statistics.mean(cpus),
                  "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def users(workspace: Path, n: int) -> list[str]:
    """The n most active users."""
    query = "SELECT user_id FROM interactions GROUP BY user_id ORDER BY count(*) DESC LIMIT ?"
    with sqlite3.connect(workspace / "store.db") as store:
        return [row[0] for row in store.execute(query, (n,))]


def cold(workspace: Path, user: str, runs: int = 7) -> dict[str, float]:
    """Whole processes, imports included; the first, which may still build tables, is left out."""
    line = [sys.executable, "-m", "instructrec.cli.main", "recommend", SENTENCE, "--user", user, "-w", str(workspace)]
    walls = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(line, check=True, capture_output=True)
        walls.append(time.perf_counter() - start)
    return {"p50": statistics.median(walls[1:]), "worst": max(walls[1:])}


def batch(workspace: Path, known: list[str], n: int = 2_000) -> dict[str, float]:
    """One file of requests, candidates absent, half of them with an instruction of its own."""
    with tempfile.TemporaryDirectory() as room:
        asked, answers = Path(room) / "in.jsonl", Path(room) / "out.jsonl"
        rows = [
            {
                "request_id": str(k),
                "instruction": f"{SENTENCE} number {k}" if k % 2 else "",
                "user": known[k % len(known)],
                "n": 10,
            }
            for k in range(n)
        ]
        asked.write_text("".join(json.dumps(row) + "\n" for row in rows))
        start = time.perf_counter()
        line = [sys.executable, "-m", "instructrec.cli.main", "recommend", "-w", str(workspace)]
        subprocess.run([*line, "--requests", str(asked), "--output", str(answers)], check=True, capture_output=True)
        seconds = time.perf_counter() - start
        assert len(answers.read_text().splitlines()) == n
    return {"requests": n, "seconds": seconds, "requests_per_second": n / seconds}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspace", type=Path, default=Path(".instructrec/demo"))
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    if not (given.workspace / "store.db").exists():
        sys.exit(f"no workspace in {given.workspace}; next: make demo")
    known = users(given.workspace, 100)
    line = [sys.executable, "-c", WARM, str(given.workspace), json.dumps(known), SENTENCE]
    warm = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    found = {"cold_s": cold(given.workspace, known[0]), "warm": warm, "batch": batch(given.workspace, known)}
    found["peak_of_children_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"cold process      p50 {found['cold_s']['p50']:.2f} s, worst {found['cold_s']['worst']:.2f} s   (target 0.9 s)")
    for name, target in (("instructed", "15 ms"), ("plain", "15 ms")):
        cut = warm[f"{name}_ms"]
        print(f"warm, {name:<11} p50 {cut['p50']:.1f} ms, p99 {cut['p99']:.1f} ms   (target {target})")
    print(f"warm process      {warm['memory_mib']:.0f} MiB, {warm['cpu_ms']:.1f} CPU ms a request   (target 500 MB)")
    print(f"batch             {found['batch']['requests_per_second']:.0f} requests a second   (target 100)")


if __name__ == "__main__":
    main()
