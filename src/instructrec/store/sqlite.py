"""The store of a workspace: one SQLite file in WAL mode, so a command may write while a server reads.

Rows in, rows out, standard library only; `store.bulk` moves whole datasets.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from instructrec.errors import StoreError
from instructrec.types import Item, SavedInstruction

_FIRST = """
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
# A row is one version of an instruction, and only the newest may be active; `plain` is the text as it is
# compared.
_INSTRUCTIONS = """
CREATE TABLE IF NOT EXISTS instructions (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, parent INTEGER REFERENCES instructions (number),
    owner TEXT NOT NULL, text TEXT NOT NULL, plain TEXT NOT NULL, language TEXT NOT NULL, provenance TEXT NOT NULL,
    quality REAL CHECK (quality BETWEEN 0 AND 1), standing INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'retired')), created REAL NOT NULL, changed REAL NOT NULL,
    asked INTEGER NOT NULL DEFAULT 0, shown INTEGER NOT NULL DEFAULT 0,
    positive INTEGER NOT NULL DEFAULT 0, negative INTEGER NOT NULL DEFAULT 0, UNIQUE (id, version));
CREATE UNIQUE INDEX IF NOT EXISTS instructions_active ON instructions (id) WHERE status = 'active';
CREATE UNIQUE INDEX IF NOT EXISTS instructions_said ON instructions (owner, plain) WHERE status = 'active';
CREATE INDEX IF NOT EXISTS instructions_standing ON instructions (owner) WHERE standing AND status = 'active';
"""
SCHEMAS = (_FIRST, _INSTRUCTIONS)  # what each version added
VERSION = len(SCHEMAS)
TABLES = ("users", "items", "interactions", "quarantine", "fills", "vectors", "instructions")
WAIT = 30.0  # seconds that a write waits for another process's

_STANDING = """
SELECT id, owner, text FROM instructions WHERE standing AND status = 'active' AND owner IN (
    SELECT 'global' UNION ALL SELECT 'user:' || :user UNION ALL
    SELECT 'segment:' || value FROM users, json_each(attributes, '$.segment') WHERE user_id = :user)
ORDER BY owner != 'global', owner LIKE 'user:%', number
"""


class SqliteStore:
    """Everything a workspace knows, in one file."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(
                self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
            )
            self.connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
            )
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot open the store {self.path}: {error}; is it a store, and its folder writable?"
            ) from error

    def _migrate(self) -> None:
        found = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer version (schema {found}, this one reads {VERSION}): upgrade"
            )
        if found < VERSION:
            steps = "".join(
                SCHEMAS[found:]
            )  # two that open it at once do the same: what is there is left alone
            try:
                self.connection.executescript(
                    f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;"
                )
            except sqlite3.Error:
                self.connection.close()  # which takes the half of it back
                raise

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def begin(self, wait: float = WAIT) -> "Transaction":
        """Open a transaction: all of its writes become visible together, or none does; `wait` seconds for
        another's end.
        """
        return Transaction(self.connection, wait)

    def get(self, key: str, default: Any = None) -> Any:
        """A named JSON value."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def put(self, key: str, value: Any) -> None:
        """Set a named JSON value."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    @property
    def revision(self) -> int:
        """A number that grows with every change of the data, so that results know whether they are still of
        it.
        """
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

    def history(self, user: str) -> list[tuple[str, int]] | None:
        """The (item id, sign) pairs of a user, oldest first; None when the user is not known."""
        rows = self.connection.execute(
            "SELECT item_id, sign FROM interactions WHERE user_id = ? ORDER BY timestamp", (user,)
        ).fetchall()
        if rows or self.connection.execute("SELECT 1 FROM users WHERE user_id = ?", (user,)).fetchone():
            return rows
        return None

    def saved_instructions(self, user: str | None) -> list[SavedInstruction]:
        """What holds for every request of a user: of all, of the segments in the user's attributes, of the
        user.
        """
        rows = self.connection.execute(_STANDING, {"user": user})
        return [SavedInstruction(id=i, owner=owner, text=text) for i, owner, text in rows]

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
            self.connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", ((encoder, h, v) for h, v in rows)
            )


class Transaction:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK when the block raises."""

    def __init__(self, connection: sqlite3.Connection, wait: float = WAIT) -> None:
        self.connection, self.wait = connection, wait

    def __enter__(self) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * self.wait)}")
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * WAIT)}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.connection.execute("COMMIT" if kind is None else "ROLLBACK")
