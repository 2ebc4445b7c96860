"""The instructions that a workspace keeps: in versions, with an owner, counted, and known again when they
come back.

A row of the store is one version. An edit writes a new one; the texts of the old ones stay as they were.
"""

import json
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from instructrec.data.text import plain_text, text_diff
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.errors import ConfigError
from instructrec.instructions.template import Template, templates
from instructrec.lexicon.words import LIMIT
from instructrec.parsing.sentence import HAN
from instructrec.store.sqlite import WAIT, SqliteStore

STATUSES = ("active", "retired")
OWNER = re.compile(r"global|(?:segment|user):.*\S.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInstruction:
    """One version of an instruction; `parent` is the number of the version before, and a template has no
    number.

    `created` is when this version was written, `changed` when it was retired or replaced, else the same;
    seconds since 1970. Counts are of this version: times applied, items shown under it, and their good and
    bad outcomes.
    """

    id: str
    version: int = 1
    number: int | None = None
    parent: int | None = None
    owner: str = "global"
    text: str
    language: str
    provenance: str
    quality: float | None = None
    persistent: bool = False
    status: str = "active"
    created: float | None = None
    changed: float | None = None
    asked: int = 0
    shown: int = 0
    positive: int = 0
    negative: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Added:
    """What an add came to: the instruction, and whether it is new or was known already."""

    stored: StoredInstruction
    new: bool


Versions = list[StoredInstruction]  # by another name, since the bank has a `list` of its own
# The store's column has an older name.
_COLUMNS = ", ".join("standing" if f.name == "persistent" else f.name for f in fields(StoredInstruction))
_NEWEST = "number IN (SELECT max(number) FROM instructions GROUP BY id)"


class InstructionStore:
    """The kept instructions of one store, and beside them the templates, which are files."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store

    def add(
        self,
        text: str,
        owner: str = "global",
        *,
        language: str | None = None,
        provenance: str = "person",
        quality: float | None = None,
        persistent: bool = False,
    ) -> Added:
        """Keep an instruction; the known one where the owner has one that says the same but for case, width
        and punctuation.

        A `persistent` one is applied to every request of its owner. Raises ConfigError for what cannot be
        kept.
        """
        text, plain = _checked(text, owner, provenance, quality)
        with self.store.begin():
            if known := self._rows("owner = ? AND plain = ? AND status = 'active'", owner, plain):
                return Added(known[0], False)
            count = self.store.connection.execute("SELECT count(DISTINCT id) FROM instructions").fetchone()[0]
            stored = StoredInstruction(
                id=f"i{count + 1}",
                owner=owner,
                text=text,
                language=language or _language(text),
                provenance=provenance,
                quality=quality,
                persistent=persistent,
            )
            return Added(self._write(stored, plain), True)

    def edit(
        self,
        id: str,
        text: str | None = None,
        *,
        quality: float | None = None,
        persistent: bool | None = None,
    ) -> StoredInstruction:
        """Write a new version with what is given changed; what would change nothing writes none.

        Raises ConfigError for a template, a retired instruction, and a text that another one of the owner
        says already.
        """
        with self.store.begin():
            old = self._own(id)
            if old.status == "retired":
                raise ConfigError(f"instruction {id} is retired; add its text again to take it up")
            new_text, plain = _checked(old.text if text is None else text, old.owner, old.provenance, quality)
            others = self._rows(
                "owner = ? AND plain = ? AND status = 'active' AND id != ?", old.owner, plain, id
            )
            if others:
                raise ConfigError(
                    f"instruction {others[0].id} of {old.owner} says the same: retire one of them, or edit "
                    "that one"
                )
            new = StoredInstruction(
                id=id,
                version=old.version + 1,
                parent=old.number,
                owner=old.owner,
                text=new_text,
                provenance=old.provenance,
                language=old.language if text is None else _language(new_text),
                quality=old.quality if quality is None else quality,
                persistent=old.persistent if persistent is None else persistent,
            )
            if (new.text, new.quality, new.persistent) == (old.text, old.quality, old.persistent):
                return old
            self._close(old)
            return self._write(new, plain)

    def retire(self, id: str) -> StoredInstruction:
        """Take an instruction out of use; its versions stay, and retiring it again changes nothing."""
        with self.store.begin():
            old = self._own(id)
            if old.status == "active":
                self._close(old)
            return self._own(id)

    def get(self, id: str, version: int | None = None) -> StoredInstruction:
        """The newest version, or the one named, of an instruction or a template; raises ConfigError where
        there is none.
        """
        found = {stored.version: stored for stored in self.history(id)}
        chosen = max(found) if version is None else version
        if chosen not in found:
            raise ConfigError(
                f"instruction {id} has no version {chosen}; there are: {', '.join(map(str, found))}"
            )
        return found[chosen]

    def history(self, id: str) -> Versions:
        """All versions of an instruction, oldest first; a template has one. Raises ConfigError for an unknown
        id.
        """
        found = self._rows("id = ? ORDER BY version", id) or [
            _from_template(t) for t in templates() if t.id == id
        ]
        if not found:
            raise ConfigError(f"no instruction or template {id!r}; next: instructrec instructions list")
        return found

    def diff(self, id: str, before: int | None = None, after: int | None = None) -> str:
        """What one version changed in another, word by word: `no [-horror-] {+war+}`; without numbers, the
        newest edit.
        """
        new = self.get(id, after)
        if before is None and new.version == 1:
            raise ConfigError(
                f"version 1 of instruction {id} is its first: name the other version, or edit it first"
            )
        return text_diff(self.get(id, new.version - 1 if before is None else before).text, new.text)

    def list(
        self,
        *,
        owner: str | None = None,
        status: str | None = "active",
        language: str | None = None,
        contains: str | None = None,
        persistent: bool | None = None,
        with_templates: bool = False,
    ) -> Versions:
        """The newest version of every instruction, then the templates where they are asked for; None leaves a
        filter out.
        """
        _check_owner(owner or "global")
        if status not in (None, *STATUSES):
            raise ConfigError(f"no status {status!r}; there are: {', '.join(STATUSES)}")
        every = self._rows(f"{_NEWEST} ORDER BY CAST(substr(id, 2) AS INTEGER)")
        every += [_from_template(t) for t in templates()] if with_templates else []
        part = (contains or "").casefold()
        wanted = {"owner": owner, "status": status, "language": language, "persistent": persistent}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return [
            s
            for s in every
            if part in s.text.casefold() and all(getattr(s, n) == v for n, v in wanted.items())
        ]

    def count(
        self,
        ids: Collection[str],
        *,
        asked: int = 0,
        shown: int = 0,
        positive: int = 0,
        negative: int = 0,
        wait: float = WAIT,
    ) -> None:
        """Add to the counts of the active versions of some instructions, in one statement."""
        given = {
            "ids": json.dumps(list(ids)),
            "asked": asked,
            "shown": shown,
            "positive": positive,
            "negative": negative,
        }
        sums = ", ".join(f"{name} = {name} + :{name}" for name in given if name != "ids")
        chosen = "status = 'active' AND id IN (SELECT value FROM json_each(:ids))"
        query = f"UPDATE instructions SET {sums} WHERE {chosen}"
        with self.store.begin(wait):
            self.store.connection.execute(query, given)

    def near(self, text: str, encoder: Encoder, n: int = 5) -> Sequence[tuple[StoredInstruction, float]]:
        """The active instructions nearest to a text, with the cosine of the encoder's vectors; the nearest
        first.
        """
        known = self.list()
        if not known:
            return []
        cosines = encode_cached(encoder, [s.text for s in known], self.store) @ encoder.encode([text])[0]
        return [(known[k], float(cosines[k])) for k in np.argsort(-cosines, kind="stable")[:n].tolist()]

    def _rows(self, where: str, *values: object) -> Versions:
        rows = self.store.connection.execute(f"SELECT {_COLUMNS} FROM instructions WHERE {where}", values)
        return [_stored(row) for row in rows]

    def _own(self, id: str) -> StoredInstruction:
        """The newest version of an instruction that can be changed."""
        found = self.get(id)
        if found.number is None:
            raise ConfigError(
                f"{id} is a template, which comes with the package: add a text of your own instead"
            )
        return found

    def _close(self, old: StoredInstruction) -> None:
        query = "UPDATE instructions SET status = 'retired', changed = ? WHERE number = ?"
        self.store.connection.execute(query, (time.time(), old.number))

    def _write(self, new: StoredInstruction, plain: str) -> StoredInstruction:
        now = time.time()
        row = {**asdict(new), "created": now, "changed": now, "plain": plain}
        row["standing"] = row.pop("persistent")
        query = (
            f"INSERT INTO instructions ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
        )
        self.store.connection.execute(query, row)
        return self.get(new.id)


def _checked(text: str, owner: str, provenance: str, quality: float | None) -> tuple[str, str]:
    """The text without blanks around it, and as it is compared; or an error for people."""
    text = text.strip()
    if len(text) > LIMIT:
        raise ConfigError(
            f"the instruction has {len(text):,} characters; at most {LIMIT:,} are read: shorten it"
        )
    try:
        f"{text}{owner}{provenance}".encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"the instruction or its owner holds half a character ({error}); send it as UTF-8"
        ) from error
    if not (plain := plain_text(text)):
        raise ConfigError(f"the instruction {text!r} holds no word; say what is wanted or refused")
    _check_owner(owner)
    if quality is not None and not 0 <= quality <= 1:
        raise ConfigError(f"a quality of {quality}; allowed: 0 (bad) to 1 (good)")
    if not provenance.strip():
        raise ConfigError("an instruction without provenance; say person, generated, template:ID or the like")
    return text, plain


def _check_owner(owner: str) -> None:
    if not OWNER.fullmatch(owner):
        raise ConfigError(f"no owner {owner!r}; an instruction belongs to global, segment:NAME or user:ID")


def _stored(row: Sequence[Any]) -> StoredInstruction:
    record: dict[str, Any] = {f.name: value for f, value in zip(fields(StoredInstruction), row, strict=True)}
    record["persistent"] = bool(record["persistent"])
    return StoredInstruction(**record)


def _language(text: str) -> str:
    return "zh" if HAN.search(text) else "en"


def _from_template(template: Template) -> StoredInstruction:
    return StoredInstruction(
        id=template.id, text=template.text, language=template.language, provenance="template"
    )
