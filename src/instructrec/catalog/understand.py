"""The profile of a whole catalog: every column by itself, then what columns tell of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from instructrec.catalog.evidence import Evidence, mostly_han
from instructrec.catalog.identity import id_column, identity_of
from instructrec.catalog.roles import role_of
from instructrec.cells import units
from instructrec.data.profile import CatalogProfile, ColumnProfile, Role

_BESIDE_ROWS = 3_000  # rows whose texts are searched for the unit of a number
_BESIDE = (0.2, 10)  # share and least number of the rows with the number in a text that must name its unit
BEST = "it names the rows best"
_TITLE = (3, 120)  # letters of a mean title
_NO_TITLE = (Role.LINK, Role.IMAGE, Role.DATE, Role.MONEY, Role.AMOUNT, Role.YESNO)  # whatever the name says
_OWN_TITLE = 0.5  # share of different values from which a column without the name of one is a title


def understand(
    frame: pl.DataFrame,
    named: Mapping[str, Sequence[str]],
    interacted: pl.Series | None = None,
    chosen: Mapping[str, str] | None = None,
) -> CatalogProfile:
    """What the columns of a raw table of items are.

    `named` are the columns whose names say that they are "item_id" or "title", best first, `chosen` those
    that a person named for them; `interacted` are the item ids of the interactions.
    """
    chosen = chosen or {}
    evidence = {name: Evidence(name, frame[name]) for name in frame.columns}
    columns = {name: role_of(e) for name, e in evidence.items()}
    columns = _with_currency(columns, evidence)
    columns = _with_units(frame, columns)
    key, why = (
        (chosen["item_id"], "it was named")
        if "item_id" in chosen
        else id_column(evidence, columns, named["item_id"], interacted)
    )
    if key:
        columns[key] = _as_id(columns[key], why)
    free = [n for n in named["title"] if n != key and columns[n].role not in _NO_TITLE]
    title = chosen.get("title") or next(iter(free), None)
    title = title or _title_column(columns, evidence, key, named["item_id"])
    if title and title != key and columns[title].role not in (Role.TITLE, Role.IGNORE):
        columns[title] = replace(columns[title], role=Role.TITLE, separators=(), why=BEST, order=(), unit="")
    return CatalogProfile(columns, () if key else identity_of(frame, columns, title))


def _as_id(column: ColumnProfile, why: str) -> ColumnProfile:
    plain = ColumnProfile(column.column, Role.ID, why=why)
    return replace(plain, rows=column.rows, filled=column.filled, distinct=column.distinct)


def _with_currency(
    columns: dict[str, ColumnProfile], evidence: Mapping[str, Evidence]
) -> dict[str, ColumnProfile]:
    """Money without a sign is of the only currency that other columns of the catalog name, or yuan under a
    Chinese name.
    """
    prices = {name: c for name, c in columns.items() if c.role is Role.MONEY}
    named = {c.unit.partition("/")[0] for c in prices.values()} - {""}
    bare = {name: c for name, c in prices.items() if not c.unit or c.unit.startswith("/")}
    for name, column in bare.items():
        code = next(iter(named)) if len(named) == 1 else ""
        if not named and mostly_han([evidence[name].name]):
            code = "CNY"
        if code:
            told = f"{column.why}; {'the other money here is' if named else 'the name is Chinese:'} {code}"
            columns[name] = replace(column, unit=code + column.unit, why=told)
    return columns


def _with_units(frame: pl.DataFrame, columns: dict[str, ColumnProfile]) -> dict[str, ColumnProfile]:
    """Amounts without a unit take the one that texts of the same rows write behind their numbers."""
    bare = [n for n, c in columns.items() if c.role is Role.AMOUNT and not c.unit]
    texts = [n for n, c in columns.items() if c.role in (Role.TEXT, Role.TITLE)]
    if not bare or not texts:
        return columns
    rows = frame.gather_every(max(1, frame.height // _BESIDE_ROWS))
    beside = rows.select(
        pl.concat_str([pl.col(t).cast(pl.String).fill_null("") for t in texts], separator=" \n ")
    ).to_series()
    for name in bare:
        numbers = (
            rows[name].cast(pl.String).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        )
        there = numbers.is_not_null()
        unit, share = units.unit_beside(beside.filter(there).to_list(), numbers.filter(there).to_list())
        if unit and share >= _BESIDE[0]:
            columns[name] = replace(
                columns[name], unit=unit, why=f"{columns[name].why}; texts write its numbers in {unit}"
            )
    return columns


def _title_column(
    columns: Mapping[str, ColumnProfile],
    evidence: Mapping[str, Evidence],
    key: str | None,
    things: Sequence[str],
) -> str | None:
    """The column of titles: by its name, else the short text that differs most from row to row, else one that
    is called by the word for an item.
    """
    named = [
        n
        for n, c in columns.items()
        if c.role is Role.TITLE and not c.separators and not evidence[n].hints("alias")
    ]
    if named:
        return max(named, key=lambda n: (columns[n].filled * 2 > columns[n].rows, -named.index(n)))
    texts = {n: e for n, e in evidence.items() if n != key and _can_title(columns[n], e)}
    telling = {n: e for n, e in texts.items() if e.unique >= _OWN_TITLE}
    if telling:
        order = list(telling)
        return max(order, key=lambda n: (_is_short(telling[n]), round(telling[n].unique, 1), -order.index(n)))
    return next((n for n in things if n in texts), None)


def _can_title(column: ColumnProfile, e: Evidence) -> bool:
    roles = (Role.TEXT, Role.NAMES, Role.OTHER, Role.UNKNOWN, Role.BRAND, Role.PLACE)
    fits = _TITLE[0] <= e.letters <= _TITLE[1] and e.filled >= 0.9 * e.rows and e.numeric < 0.5
    return column.role in roles and fits and not column.separators and not e.hints("code")


def _is_short(e: Evidence) -> bool:
    """Whether most values are names and no sentences."""
    return e.share(lambda t: len(t.split()) <= 6 and len(t) <= 50, e.texts[:200]) >= 0.5
