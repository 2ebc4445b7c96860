"""The store of a workspace: one SQLite file in WAL mode, so a command may write while a server reads.

Rows in, rows out, standard library only; `store.bulk` moves whole datasets.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from instructrec.errors import StoreError
from instructrec.types import Item

VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (user_id TEXT PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, attributes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS interactions (
    user_id TEXT NOT NULL, timestamp REAL NOT NULL, item_id TEXT NOT NULL, action TEXT NOT NULL, value REAL, extra TEXT,
    sign INTEGER NOT NULL, PRIMARY KEY (user_id, timestamp, item_id, action)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL, row TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fills (
    source TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (encoder, hash)) WITHOUT ROWID;
"""
TABLES = ("users", "items", "interactions", "quarantine", "fills", "vectors")


class SqliteStore:
    """Everything a workspace knows, in one file."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self.connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"cannot open the store {self.path}: {error}; is it a store, and its folder writable?") from error

    def _migrate(self) -> None:
        found = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise StoreError(f"{self.path} was written by a newer version (schema {found}, this one reads {VERSION}): upgrade")
        if found < VERSION:
            self.connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def begin(self) -> "Transaction":
        """Open a transaction: all of its writes become visible together, or none does."""
        return Transaction(self.connection)

    def get(self, key: str, default: Any = None) -> Any:
        """A named JSON value."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def put(self, key: str, value: Any) -> None:
        """Set a named JSON value."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    @property
    def revision(self) -> int:
        """A number that grows with every change of the data, so that results know whether they are still of it."""
        return self.get("revision", 0)

    def changed(self) -> None:
        """Note that the data is not what it was."""
        self.put("revision", self.revision + 1)

    def count(self, table: str) -> int:
        """Rows of one of the tables."""
        if table not in TABLES:
            raise StoreError(f"no table {table!r}; there are: {', '.join(TABLES)}")
        return self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def items(self) -> list[Item]:
        """Every item with its current attributes, in catalog order."""
        rows = self.connection.execute("SELECT item_id, title, attributes FROM items ORDER BY number")
        return [Item(id=i, title=t, attributes=json.loads(a)) for i, t, a in rows]

    def item_text(self, item: str) -> tuple[str, str] | None:
        """Title and attributes (JSON) of one item, or None."""
        return self.connection.execute("SELECT title, attributes FROM items WHERE item_id = ?", (item,)).fetchone()

    def history(self, user: str) -> list[tuple[str, int]] | None:
        """The (item id, sign) pairs of a user, oldest first; None when the user is not known."""
        rows = self.connection.execute(
            "SELECT item_id, sign FROM interactions WHERE user_id = ? ORDER BY timestamp", (user,)
        ).fetchall()
        if rows or self.connection.execute("SELECT 1 FROM users WHERE user_id = ?", (user,)).fetchone():
            return rows
        return None

    def vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """The stored vectors of the given content hashes."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(hashes), 500):
            part = hashes[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT hash, vector FROM vectors WHERE encoder = ? AND hash IN ({marks})"
            found.update(self.connection.execute(query, (encoder, *part)))
        return found

    def add_vectors(self, encoder: str, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Store vectors by content hash; one transaction a call, so a killed run keeps the earlier ones."""
        with self.begin():
            self.connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", ((encoder, h, v) for h, v in rows))


class Transaction:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK when the block raises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.connection.execute("COMMIT" if kind is None else "ROLLBACK")
