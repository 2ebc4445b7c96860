"""What each source says of items and users, kept apart; the tables show the newest value of every column."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from instructrec.store.sqlite import SqliteStore

TABLES: Mapping[str, tuple[str, str]] = {"items": ("item_id", "title"), "users": ("user_id", "")}
_decode = json.JSONDecoder().raw_decode
encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def to_json(rows: pl.DataFrame) -> list[str]:
    """Each row as a JSON object, without what is missing; a number that is none (NaN) is missing.

    >>> to_json(pl.DataFrame({"a": [1, 2], "b": [None, "x"], "c": [float("nan"), 0.5]}))
    ['{"a": 1}', '{"a": 2, "b": "x", "c": 0.5}']
    """
    if not rows.width:
        return ["{}"] * rows.height
    columns = [_json_members(values) for values in rows]
    return ["{" + ", ".join(filter(None, row)) + "}" for row in zip(*columns, strict=True)]


def _json_members(values: pl.Series) -> list[str | None]:
    """Each value as the member of a JSON object, None where it is missing; of equal values one is written."""
    if values.dtype.is_float():
        values = values.set(~values.is_finite(), None)
    name, given = encode(values.name), values.to_list()
    if values.dtype.is_nested():
        write = _list_writer(values) if values.dtype == pl.List(pl.String) else encode
        return [None if value is None else f"{name}: {write(value)}" for value in given]
    written = {value: f"{name}: {encode(value)}" for value in set(given) if value is not None}
    return [written.get(value) for value in given]


def _list_writer(values: pl.Series) -> Callable[[list[str]], str]:
    """What writes a list of words as JSON; of equal words one is written."""
    words = {word: encode(word) for word in values.explode().unique().to_list()}
    return lambda row: f"[{', '.join([words[word] for word in row])}]"


def add(
    store: SqliteStore,
    kind: str,
    frame: pl.DataFrame,
    acts: pl.DataFrame,
    source: int,
    place: str,
    cells: pl.DataFrame | None = None,
) -> tuple[int, int]:
    """Add what a source says of its items or users, of which those it only names in interactions have no
    layer; (rows that are new, rows that changed). `cells` are those stored as something else than was
    written.
    """
    key, title = TABLES[kind]
    run = store.connection
    before = store.count(kind)
    acting = set(acts[key].unique().to_list())
    layers, named = _layers(frame, key, title, acting)
    layers = _without_known(store, kind, layers, place)
    written = _cells_by_id(cells)
    run.executemany(
        "INSERT INTO layers (kind, id, source, row, cells) VALUES (?, ?, ?, ?, ?)",
        # in the order of the key, so that the table grows at its end
        ((kind, id, source, text, written.get(id)) for id, text in sorted(layers)),
    )
    changed = refold(store, kind, [id for id, _ in layers])
    if not _is_complete(store, kind):
        _mention(store, kind, named)
    run.execute(
        f"UPDATE sources SET rows = json_set(rows, '$.{kind}', ?) WHERE number = ?", (frame.height, source)
    )
    added = store.count(kind) - before
    return added, max(changed - added, 0)


def _layers(
    frame: pl.DataFrame, key: str, title: str, acting: set[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """What is said of each id as JSON, and the ids that are only named: by interactions, which are
    `acting`.
    """
    ids = frame[key].to_list()
    rest = frame.drop(key)
    if title:  # it comes first, and the id stands for it where they are the same
        name = pl.when(pl.col(title) != pl.col(key)).then(pl.col(title)).alias(title)
        rest = frame.select(name, pl.exclude(key, title))
    said = list(zip(ids, to_json(rest), strict=True))
    bare = {id for id, text in said if text == "{}"} & acting
    return [layer for layer in said if layer[0] not in bare], [id for id in ids if id in bare]


def _cells_by_id(cells: pl.DataFrame | None) -> dict[str, str]:
    """The written cells of each item as JSON."""
    if cells is None or cells.width < 2:
        return {}
    rows = zip(cells["item_id"].to_list(), to_json(cells.drop("item_id")), strict=True)
    return {id: text for id, text in rows if id is not None}


def _is_complete(store: SqliteStore, kind: str) -> bool:
    """Whether a complete catalog was read: then an item that interactions alone name is no item."""
    return kind == "items" and first_layer(store, kind) > 0


def first_layer(store: SqliteStore, kind: str) -> int:
    """The number of the last source that holds a complete catalog, before which no layer of items counts."""
    if kind != "items":
        return 0
    return int(
        store.connection.execute("SELECT coalesce(max(number), 0) FROM sources WHERE complete").fetchone()[0]
    )


def _without_known(
    store: SqliteStore, kind: str, rows: list[tuple[str, str]], place: str
) -> list[tuple[str, str]]:
    """Rows that the newest layer of their id does not hold already, from the same place."""
    if not store.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM layers WHERE kind = ?)", (kind,)
    ).fetchone()[0]:
        return rows
    newest = store.connection.execute(
        "SELECT id, row, place "
        "FROM (SELECT id, row, source, max(source) FROM layers WHERE kind = ? GROUP BY id) "
        "JOIN sources ON number = source WHERE number >= ?",
        (kind, first_layer(store, kind)),
    )
    known = {id: row for id, row, there in newest if there == place}
    return [row for row in rows if known.get(row[0]) != row[1]]


def _mention(store: SqliteStore, kind: str, ids: Iterable[str]) -> None:
    key, title = TABLES[kind]
    columns, values = (
        (f"{key}, title, attributes", "?1, ?1, '{}'") if title else (f"{key}, attributes", "?1, '{}'")
    )
    store.connection.executemany(
        f"INSERT OR IGNORE INTO {kind} ({columns}) VALUES ({values})", ((i,) for i in ids)
    )


def refold(store: SqliteStore, kind: str, ids: Iterable[str]) -> int:
    """Show of each id the newest value of every column that any layer has; give how many rows changed."""
    run = store.connection.execute
    key, title = TABLES[kind]
    run("CREATE TEMP TABLE IF NOT EXISTS wanted (turn INTEGER PRIMARY KEY, id TEXT UNIQUE)")
    run("DELETE FROM temp.wanted")
    store.connection.executemany("INSERT OR IGNORE INTO temp.wanted (id) VALUES (?)", ((i,) for i in ids))
    query = (
        "SELECT id, row FROM temp.wanted CROSS JOIN layers USING (id) "
        "WHERE kind = ? AND source >= ? ORDER BY turn, source"
    )
    folded: dict[str, dict[str, Any] | str] = {}  # in the order of the ids, which is that of the catalog
    for id, text in run(query, (kind, first_layer(store, kind))):
        older = folded.get(id)
        if older is None:
            folded[id] = text
        else:
            folded[id] = {**(json.loads(older) if isinstance(older, str) else older), **json.loads(text)}
    before = store.connection.total_changes
    rows = (_index_row(id, row, title) for id, row in folded.items())
    shown = (
        "title = excluded.title, attributes = excluded.attributes"
        if title
        else "attributes = excluded.attributes"
    )
    differs = "excluded.attributes != attributes" + (" OR excluded.title != title" if title else "")
    columns, marks = (f"{key}, title, attributes", "?, ?, ?") if title else (f"{key}, attributes", "?, ?")
    store.connection.executemany(
        f"INSERT INTO {kind} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {shown} WHERE "
        f"{differs}",
        rows,
    )
    return store.connection.total_changes - before


def _index_row(id: str, row: Mapping[str, Any] | str, title: str) -> tuple[str, ...]:
    """A row of the table: its id, its title where the table has them, its attributes."""
    if not title:
        return id, row if isinstance(row, str) else encode(row)
    if not isinstance(row, str):
        return id, row.get(title, id), encode({k: v for k, v in row.items() if k != title})
    begin = f'{{"{title}": '
    if not row.startswith(begin):
        return id, id, row
    name, end = _decode(row, len(begin))  # a title comes first in its layer: what follows need not be read
    return id, name, "{" + row[end:].removeprefix(", ")


def rebuild(store: SqliteStore, kind: str) -> int:
    """Make a table of items or users anew from the layers and the interactions; give how many rows went."""
    run = store.connection.execute
    key, _ = TABLES[kind]
    least = first_layer(store, kind)
    before = store.count(kind)
    ids = [
        id for (id,) in run("SELECT DISTINCT id FROM layers WHERE kind = ? AND source >= ?", (kind, least))
    ]
    refold(store, kind, ids)
    named = "" if least else f" AND {key} NOT IN (SELECT {key} FROM interactions)"
    layered = "SELECT id FROM layers WHERE kind = ? AND source >= ?"
    gone = run(f"DELETE FROM {kind} WHERE {key} NOT IN ({layered}){named}", (kind, least)).rowcount
    if not least:
        acting = run(f"SELECT DISTINCT {key} FROM interactions WHERE {key} NOT IN (SELECT {key} FROM {kind})")
        _mention(store, kind, [id for (id,) in acting.fetchall()])
        unlayered = run(f"SELECT {key} FROM {kind} WHERE {key} NOT IN ({layered})", (kind, least)).fetchall()
        _add_bare_rows(store, kind, [id for (id,) in unlayered])
    return max(gone, before - store.count(kind), 0)


def _add_bare_rows(store: SqliteStore, kind: str, ids: Iterable[str]) -> None:
    """Rows that no source describes any more have their id for a title, and no attributes."""
    key, title = TABLES[kind]
    shown = f"title = {key}, attributes = '{{}}'" if title else "attributes = '{}'"
    store.connection.executemany(f"UPDATE {kind} SET {shown} WHERE {key} = ?", ((i,) for i in ids))
