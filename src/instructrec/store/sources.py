"""What was read into a store, source by source; each can be taken back, and a person can be erased."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from instructrec.data.dataset import Feedback
from instructrec.errors import StoreError, UnknownUser
from instructrec.store.bulk import ACT, KEY
from instructrec.store.layers import rebuild
from instructrec.store.quarantine import restore
from instructrec.store.sqlite import SqliteStore

_COUNTED = ("items", "users", "interactions")
# who has an interaction when its source goes: the newest of the same place, else the first that brought it
# too
_HEIRS = f"""
CREATE TEMP TABLE heirs AS SELECT {", ".join(ACT)} FROM (
    SELECT r.*, row_number() OVER (PARTITION BY {", ".join(f"r.{k}" for k in KEY)}
        ORDER BY s.place = :place DESC, iif(s.place = :place, -r.source, r.source)) AS turn
    FROM interactions e JOIN repeats r USING ({", ".join(KEY)}) JOIN sources s ON s.number = r.source
    WHERE e.source = :source) WHERE turn = 1
"""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One thing that was read: where from, when, how many rows of each table, and what its columns mean."""

    number: int
    place: str
    read: float  # seconds since 1970
    rows: Mapping[str, int]
    meaning: Mapping[str, Any]
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows that went with what was taken back, and whether cleaning was taken back for it."""

    rows: Mapping[str, int]
    cleaned: bool


def listed(store: SqliteStore) -> list[SourceRecord]:
    """Everything that was read, oldest first."""
    rows = store.connection.execute(
        "SELECT number, place, read, rows, meaning, complete FROM sources ORDER BY number"
    )
    return [SourceRecord(n, p, r, json.loads(c), json.loads(m), bool(x)) for n, p, r, c, m, x in rows]


def meanings(store: SqliteStore) -> list[Mapping[str, Any]]:
    """How earlier sources were read, newest first: for columns and verbs of the same name."""
    return [record.meaning for record in reversed(listed(store)) if record.meaning]


def remove(store: SqliteStore, numbers: Sequence[int]) -> Removed:
    """Take sources back: what others brought too comes from these again.

    Raises StoreError for a number that is not listed, and for a place that was read again later.
    """
    with store.begin():
        _check_known(store, set(numbers))
        before = {table: store.count(table) for table in _COUNTED}
        cleaned = bool(store.count("quarantine") or store.count("fills"))
        restore(store)
        for number in sorted(set(numbers), reverse=True):
            _take_back(store, number)
        for kind in ("items", "users"):
            rebuild(store, kind)
        _remember(store)
        store.changed()
        return Removed({table: before[table] - store.count(table) for table in _COUNTED}, cleaned)


def _check_known(store: SqliteStore, numbers: set[int]) -> None:
    there = {record.number: record for record in listed(store)}
    if unknown := sorted(numbers - set(there)):
        raise StoreError(f"no source {unknown[0]}; there are: {', '.join(map(str, there)) or 'none'}")
    for number in numbers:
        later = [
            n for n, r in there.items() if n > number and r.place == there[number].place and n not in numbers
        ]
        if later:
            both = " ".join(map(str, sorted([number, *later])))
            raise StoreError(
                f"source {number} was read again as {', '.join(map(str, later))}, which holds only what was "
                f"new: remove these first, or all of them: instructrec sources remove {both}"
            )


def _take_back(store: SqliteStore, number: int) -> None:
    run = store.connection.execute
    run("DELETE FROM repeats WHERE source = ?", (number,))
    place = run("SELECT place FROM sources WHERE number = ?", (number,)).fetchone()[0]
    run("DROP TABLE IF EXISTS temp.heirs")
    run(_HEIRS, {"place": place, "source": number})
    key = ", ".join(KEY)
    run("DELETE FROM interactions WHERE source = ?", (number,))
    run(f"INSERT INTO interactions ({', '.join(ACT)}) SELECT {', '.join(ACT)} FROM temp.heirs")
    run(f"DELETE FROM repeats WHERE ({key}, source) IN (SELECT {key}, source FROM temp.heirs)")
    run("DROP TABLE temp.heirs")
    run("DELETE FROM layers WHERE source = ?", (number,))
    run("DELETE FROM sources WHERE number = ?", (number,))


def _remember(store: SqliteStore) -> None:
    """How ratings and actions are read, by the newest source that is left."""
    left = meanings(store)
    rated = next((m for m in left if m.get("like_from") is not None), {})
    words = next((m["words"] for m in left if m.get("words")), {})
    feedback = Feedback({**Feedback().signs, **words}, rated.get("like_from"), rated.get("dislike_below"))
    store.put("feedback", asdict(feedback))


def forget(store: SqliteStore, user: str) -> dict[str, int]:
    """Erase a person: profile, interactions, instructions of their own, and all that was set aside of them.

    Raises UnknownUser when nothing is stored of them.
    """
    user = unicodedata.normalize("NFC", user)
    run = store.connection.execute
    with store.begin():
        counts = {
            "interactions": run("DELETE FROM interactions WHERE user_id = ?", (user,)).rowcount
            + run("DELETE FROM repeats WHERE user_id = ?", (user,)).rowcount,
            "profile": run("DELETE FROM users WHERE user_id = ?", (user,)).rowcount
            + run("DELETE FROM layers WHERE kind = 'users' AND id = ?", (user,)).rowcount,
            "rejected rows": run(
                "DELETE FROM quarantine WHERE source IN ('users', 'interactions') "
                "AND json_extract(row, '$.user_id') = ?",
                (user,),
            ).rowcount,
            "filled values": run(
                "DELETE FROM fills WHERE (source = 'users' AND key = ?1) OR "
                "(source = 'interactions' AND json_extract(key, '$[0]') = ?1)", (user,)
            ).rowcount,
            "instructions": _forget_instructions(store, f"user:{user}"),
        }  # fmt: skip
        if not any(counts.values()):
            raise UnknownUser(f"nothing is stored of a user {user!r}")
        rebuild(store, "items")
        store.changed()
    run("PRAGMA wal_checkpoint(TRUNCATE)")  # the log would hold the erased pages on
    return counts


def _forget_instructions(store: SqliteStore, owner: str) -> int:
    run = store.connection.execute
    run(
        "UPDATE instructions SET parent = NULL WHERE parent IN (SELECT number FROM instructions WHERE "
        "owner = ?)",
        (owner,),
    )
    return run("DELETE FROM instructions WHERE owner = ?", (owner,)).rowcount
