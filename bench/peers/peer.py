"""Fit one peer on an exported split and rank its requests: `peer.py EXPORT OUT library:model`.

Run by `bench/ranking.py` in the environment of the library; see README.md for the files.
"""

import importlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from common import Export, finish, search

DENSE = 50  # mean interactions of a user from which the grid for dense data is taken


def grid(row: str, export: Export) -> list[dict[str, Any]]:
    """The settings to try, for data as dense as this."""
    tables = tomllib.loads((Path(__file__).parent / "grid.toml").read_text())
    if row not in tables:
        raise SystemExit(f"there is no peer {row!r}; allowed: {', '.join(tables)}")
    dense = len(export.train) >= DENSE * export.train["user"].nunique()
    return tables[row].get("settings") or tables[row]["dense" if dense else "sparse"]


def main() -> None:
    """Choose settings on validation, rank the requests of test, write lists and report."""
    folder, out, row = (*map(os.path.abspath, sys.argv[1:3]), sys.argv[3])
    export = Export.read(folder)
    library, _, model = row.partition(":")
    settings = grid(row, export)
    peer = importlib.import_module(f"{library}_models").Peer(export, model)
    trials = search(settings, export.facts["budget_seconds"], peer.fit)
    finish(peer, row, export, trials, Path(out))


if __name__ == "__main__":
    main()
