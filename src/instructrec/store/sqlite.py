"""The store of a workspace: one SQLite file in WAL mode, so a command may write while a server reads.

Rows in, rows out, standard library only; `store.bulk` moves whole datasets.
"""

import json
import math
import os
import shutil
import sqlite3
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
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
"""  # noqa: E501 - a stored schema is compared by its text
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
"""  # noqa: E501 - a stored schema is compared by its text
# What each source brought: `layers` hold its items and users, of which the tables show the newest value of
# each column; an interaction belongs to the source that brought it first, `repeats` hold what others brought
# of it.
_SOURCES = """
CREATE TABLE IF NOT EXISTS sources (
    number INTEGER PRIMARY KEY, place TEXT NOT NULL, read REAL NOT NULL, rows TEXT NOT NULL, meaning TEXT NOT NULL,
    timeless INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS layers (
    kind TEXT NOT NULL, id TEXT NOT NULL, source INTEGER NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (kind, id, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS layers_source ON layers (source, kind);
CREATE TABLE IF NOT EXISTS repeats (
    user_id TEXT NOT NULL, timestamp REAL NOT NULL, item_id TEXT NOT NULL, action TEXT NOT NULL, value REAL, extra TEXT,
    sign INTEGER NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (user_id, timestamp, item_id, action, source)) WITHOUT ROWID;
ALTER TABLE interactions ADD COLUMN source INTEGER NOT NULL DEFAULT 0;
"""  # noqa: E501 - a stored schema is compared by its text
# The profile of a source's catalog, its cells as they were written where they are stored as something else,
# and what a person corrected: one row a version, of which the last holds.
_PROFILES = """
ALTER TABLE sources ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
ALTER TABLE layers ADD COLUMN cells TEXT;
CREATE TABLE IF NOT EXISTS corrections (
    version INTEGER PRIMARY KEY, made REAL NOT NULL, columns TEXT NOT NULL);
"""
SCHEMAS = (_FIRST, _INSTRUCTIONS, _SOURCES, _PROFILES)  # what each version added
VERSION = len(SCHEMAS)
_LISTED = 3  # the version from which sources are listed
TABLES = (
    "users",
    "items",
    "interactions",
    "quarantine",
    "fills",
    "vectors",
    "instructions",
    "sources",
    "layers",
    "repeats",
    "corrections",
)
BEFORE = "what was read before sources were listed"
PAGE = 16_384  # bytes of a page of a new store: a row of an item fits in it, and its vector
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
            self.connection = self._connect()
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            advice = "is it a store, and its folder writable?"
            if "malformed" in str(error):
                advice = "it is damaged; keep a copy of store.db before you read your sources again"
            raise StoreError(f"cannot open the store {self.path}: {error}; {advice}") from error

    @cached_property
    def writable(self) -> bool:
        """Whether the store can be written; a folder that cannot is served as it is."""
        return _writable(self.path)

    def _connect(self) -> sqlite3.Connection:
        """A connection that may write, or where the folder cannot be written one that only reads."""
        settings: dict[str, Any] = {"timeout": WAIT, "isolation_level": None, "check_same_thread": False}
        if self.writable:
            connection = sqlite3.connect(self.path, **settings)
            connection.executescript(
                f"PRAGMA page_size = {PAGE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
            )
            return connection
        # Without its lock files a store can only be read as one that nobody changes; pages that wait in a log
        # are then put in their places in a copy.
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size:
            self._copy = tempfile.TemporaryDirectory(prefix="instructrec-", ignore_cleanup_errors=True)
            copy = Path(self._copy.name) / self.path.name
            shutil.copyfile(self.path, copy)
            shutil.copyfile(log, copy.with_name(log.name))
            return sqlite3.connect(copy, **settings)
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, **settings)

    def _migrate(self) -> None:
        found = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer version (schema {found}, this one reads {VERSION}): "
                "upgrade"
            )
        if found == VERSION:
            return
        if not self.writable:
            raise StoreError(
                f"{self.path} was written by an earlier version (schema {found}, this one reads {VERSION}) "
                "and its folder cannot be written: copy the folder to where it can be, and use the copy"
            )
        try:
            with self.begin():  # two that open it at once: the second finds it done
                found = self.connection.execute("PRAGMA user_version").fetchone()[0]
                for step in range(found, VERSION):
                    for statement in filter(str.strip, SCHEMAS[step].split(";\n")):
                        self.connection.execute(statement)
                if found < _LISTED:
                    _as_source(self.connection)
                self.connection.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error:
            self.connection.close()
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
        user = unicodedata.normalize("NFC", user)
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


def _writable(path: Path) -> bool:
    """Whether the store and its folder can be written, tried rather than asked: a file system may be
    read-only.
    """
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return False
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return True
    except OSError:
        return False


def _as_source(connection: sqlite3.Connection) -> None:
    """List what an earlier version stored as one source, so that it can be kept apart from what is read
    later.

    Numbers that are none (NaN), which no JSON may hold, are taken out of the attributes.
    """
    run = connection.execute
    if not any(
        run(f"SELECT EXISTS (SELECT 1 FROM {t})").fetchone()[0] for t in ("items", "users", "interactions")
    ):
        return
    connection.create_function(
        "mended", 1, lambda text: json.dumps(_sound(json.loads(text)), ensure_ascii=False)
    )
    connection.create_function(
        "whole", 2, lambda title, text: json.dumps({"title": title, **json.loads(text)}, ensure_ascii=False)
    )
    run("UPDATE users SET attributes = mended(attributes) WHERE NOT json_valid(attributes)")
    run("UPDATE items SET attributes = mended(attributes) WHERE NOT json_valid(attributes)")
    run("UPDATE interactions SET extra = mended(extra) WHERE extra IS NOT NULL AND NOT json_valid(extra)")
    run("UPDATE interactions SET source = 1")
    run(
        "UPDATE quarantine SET row = json_set(row, '$.source', 1) WHERE source = 'interactions' AND "
        "json_valid(row)"
    )
    counts = {t: run(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("items", "users", "interactions")}
    stored = run("SELECT value FROM meta WHERE key = 'feedback'").fetchone()
    feedback = json.loads(stored[0]) if stored else {}
    meaning = {
        "words": feedback.get("signs", {}),
        **{k: feedback.get(k) for k in ("like_from", "dislike_below")},
    }
    run(
        "INSERT INTO sources (number, place, read, rows, meaning) VALUES (1, ?, ?, ?, ?)",
        (BEFORE, time.time(), json.dumps(counts), json.dumps(meaning)),
    )
    run(
        "INSERT INTO layers (kind, id, source, row) "
        "SELECT 'items', item_id, 1, whole(title, attributes) FROM items "
        "WHERE title != item_id OR attributes != '{}' "
        "OR item_id NOT IN (SELECT item_id FROM interactions)"
    )
    run("INSERT INTO layers (kind, id, source, row) SELECT 'users', user_id, 1, attributes FROM users "
        "WHERE attributes != '{}' OR user_id NOT IN (SELECT user_id FROM interactions)")  # fmt: skip


def _sound(value: Any) -> Any:
    """The same value without numbers that are none."""
    if isinstance(value, dict):
        return {k: _sound(v) for k, v in value.items() if not (isinstance(v, float) and not math.isfinite(v))}
    if isinstance(value, list):
        return [_sound(v) for v in value if not (isinstance(v, float) and not math.isfinite(v))]
    return value


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
