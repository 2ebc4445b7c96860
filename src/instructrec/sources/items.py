"""A raw table of items: every column by its profile, those that are called so under the names that the
program knows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from instructrec.catalog.apply import LISTS, converted, unreadable
from instructrec.catalog.identity import content_ids
from instructrec.catalog.understand import BEST, understand
from instructrec.cells import units
from instructrec.cells.values import to_text
from instructrec.data.profile import MEASURED, CatalogProfile, ColumnProfile, Role
from instructrec.files.formats import RawTable
from instructrec.sources import columns as col
from instructrec.sources.interactions import ids_of
from instructrec.sources.judging import Asked, RowCheck

# what a column may be that is taken as a target, the best first, and what it is read as where it was named
_ROLES: Mapping[str, tuple[Role, ...]] = {
    "title": (Role.TITLE, Role.NAMES, Role.TEXT, Role.OTHER, Role.PERSON, Role.BRAND, Role.PLACE, Role.ID),
    "description": (Role.TEXT, Role.TITLE, Role.NAMES),
    "categories": (Role.NAMES, Role.LEVEL, Role.BRAND, Role.PLACE, Role.PERSON),
    "tags": (Role.NAMES, Role.LEVEL, Role.BRAND, Role.PLACE, Role.PERSON),
    "brand": (Role.BRAND, Role.NAMES, Role.TEXT, Role.OTHER, Role.PERSON, Role.PLACE),
    "price": (Role.MONEY, Role.NUMBER, Role.AMOUNT),
    "year": (Role.YEAR, Role.DATE, Role.NUMBER),
    "image_url": (Role.IMAGE, Role.LINK),
}
_BY_ROLE = ("title", "price", "year")  # targets that a role alone can tell
# Money that is not what one item costs now, and currencies in the order in which one of several prices is
# taken.
_ASIDE = re.compile(
    r"old|orig|list|mrp|rrp|deposit|fee|discount|extra|week|month|ship|tax|原|折|优惠|押金|费"
)
_CURRENCIES = ("USD", "EUR", "CNY", "GBP")
_WEAK = (Role.UNKNOWN, Role.IGNORE)


@dataclass(frozen=True, slots=True)
class ParsedItems:
    """Items by field, the cells as they were written, the profile by field, and rows that fail."""

    frame: pl.DataFrame
    cells: pl.DataFrame
    profile: CatalogProfile
    checks: Sequence[RowCheck]
    columns: Mapping[str, str]  # target -> source column


def parse_items(
    raw: RawTable,
    mapping: Mapping[str, str],
    interacted: pl.Series | None,
    known: CatalogProfile,
    asked: Asked,
    notes: list[str],
) -> ParsedItems:
    """Read a table of items; the rows of one id are still as many as there were, see `one_each`.

    `interacted` are the item ids of the interactions, `known` the profile of what is stored: fields that both
    have keep its unit.
    """
    chosen = col.mapped(raw.frame.columns, "items", mapping)
    named = {target: col.columns_named(target, raw.frame.columns) for target in ("item_id", "title")}
    own = understand(raw.frame, named, interacted, chosen)
    targets = _target_columns(raw.frame, own, chosen)
    fields = _field_columns(own, targets, notes)
    ids, columns = _ids(raw, own, known, targets, asked, notes)
    made, cells = {"item_id": ids}, {"item_id": ids}
    profiles = {"item_id": own[targets["item_id"]]} if "item_id" in targets else {}
    for name, column in fields.items():
        values = raw.frame[column]
        profile = _settled(own[column], name, known.get(name), name in chosen, notes)
        made[name] = converted(values, profile, name).alias(name)
        if _says_more(values, made[name]):
            cells[name] = _as_cells(values).alias(name)
        profiles[name] = _counted(profile, values, made[name])
    _note_readings(profiles, raw, notes)
    repeats = _repeats_header(raw)
    checks = [
        RowCheck("item_id", repeats, "the row repeats the header", fatal=False),
        RowCheck("item_id", ids.is_null(), "item_id is missing"),
    ]
    profile = CatalogProfile(profiles, own.identity)
    return ParsedItems(
        pl.DataFrame(list(made.values())), pl.DataFrame(list(cells.values())), profile, checks, columns
    )


def _target_columns(frame: pl.DataFrame, own: CatalogProfile, chosen: Mapping[str, str]) -> dict[str, str]:
    """Which column stands for which target: as was said, else by names, else by roles."""
    targets = dict(chosen)
    if not own.identity:
        targets["item_id"] = next(name for name in own if own[name].role is Role.ID)
    for target in _ROLES:
        free = [c for c in frame.columns if c not in targets.values() and own[c].filled]
        if target not in targets and (found := _best_column(target, free, own)):
            targets[target] = found
    return {target: targets[target] for target in col.TARGETS["items"] if target in targets}


def _best_column(target: str, free: Sequence[str], own: CatalogProfile) -> str | None:
    """The column that stands best for a target, among those whose name or role says that they do."""
    roles = _ROLES[target]
    named = [c for c in col.columns_named(target, free) if own[c].role in roles or _plainly(target, c)]
    playing = [c for c in free if own[c].role is roles[0]] if target in _BY_ROLE else []
    if target == "title":
        named = [n for n in named if own[n].role is Role.TITLE or _plainly(target, n)]
        playing.sort(key=lambda n: own[n].why != BEST)
    found = list(dict.fromkeys([*named, *playing]))
    return max(found, key=lambda n: _rank(target, own[n], n in named, found.index(n)), default=None)


def _plainly(target: str, column: str) -> bool:
    """Whether a column has just the name of a target: then it is that, whatever it holds."""
    return col.plain(column) == col.plain(target)


def _rank(target: str, column: ColumnProfile, named: bool, place: int) -> tuple[float, ...]:
    """How well a column stands for a target: rather one with this name, then one with values in more rows."""
    best = column.role is _ROLES[target][0]
    aside = target == "price" and bool(_ASIDE.search(column.column.lower()))
    code = column.unit.partition("/")[0]
    choice = -_CURRENCIES.index(code) if code in _CURRENCIES else -len(_CURRENCIES)
    return (
        named,
        best,
        not aside,
        column.filled * 2 > column.rows,
        choice if target == "price" else 0,
        -place,
    )


def _field_columns(own: CatalogProfile, targets: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """Field -> column, for every column but the ids: a target's name, or the column's own.

    A date of which a year is taken stays a field of its own.
    """
    taken = {column: target for target, column in targets.items()}
    fields = {target: column for target, column in targets.items() if target != "item_id"}
    for column in own:
        target = taken.get(column)
        if target is None or (target == "year" and own[column].role is Role.DATE):
            free = f"{column}_source" if column in targets or column == "item_id" else column
            if free != column:
                notes.append(
                    f"column {column!r} is kept as {free!r}, because another column was taken as {column}"
                )
            fields[free] = column
    return fields


def _ids(
    raw: RawTable,
    own: CatalogProfile,
    known: CatalogProfile,
    targets: Mapping[str, str],
    asked: Asked,
    notes: list[str],
) -> tuple[pl.Series, dict[str, str]]:
    """The ids of the rows, from a column or from the content of each row."""
    if "item_id" in targets:
        column = targets["item_id"]
        if not col.columns_named("item_id", [column]):
            notes.append(f"column {column!r} was taken as item_id: {own[column].why}")
        return ids_of(raw, column, "item_id", asked, notes), dict(targets)
    identity = (
        known.identity if known.identity and set(known.identity) <= set(raw.frame.columns) else own.identity
    )
    shown = ", ".join(map(repr, identity[:3])) + (" ..." if len(identity) > 3 else "")
    made = "stands for it" if len(identity) == 1 else "together are made into one"
    notes.append(
        f"no column is an id; {shown} {made}: a row whose cells there change is another item; name an id "
        "with --map item_id=COLUMN if there is one"
    )
    return content_ids(raw.frame, identity).alias("item_id"), {"item_id": " + ".join(identity[:3]), **targets}


def _settled(
    own: ColumnProfile, name: str, known: ColumnProfile | None, named: bool, notes: list[str]
) -> ColumnProfile:
    """The profile by which a field is read: as its target wants it, in the unit of what is stored."""
    profile = _as_target(own, name, named)
    if known is None or known.role in _WEAK:
        return profile
    if known.role in MEASURED and profile.role in MEASURED and known.unit != profile.unit:
        return _in_stored_unit(profile, known, name, notes)
    if profile.role != known.role and profile.role in (*_WEAK, Role.TEXT, Role.NAMES, Role.OTHER):
        separators = profile.separators or known.separators
        return replace(profile, role=known.role, unit=known.unit, separators=separators)
    return profile


def _as_target(own: ColumnProfile, name: str, named: bool) -> ColumnProfile:
    """A column as the target wants it that it was taken for."""
    roles = _ROLES.get(name, ())
    if name == "year" and own.role is Role.DATE:
        return replace(own, role=Role.YEAR)
    if name in LISTS:
        return replace(own, role=Role.NAMES)
    if roles and (own.role not in roles or (named and own.role is not roles[0])):
        return replace(own, role=roles[0], order=(), why="it was named" if named else own.why)
    return own


def _in_stored_unit(
    profile: ColumnProfile, known: ColumnProfile, name: str, notes: list[str]
) -> ColumnProfile:
    same = units.dimension(known.unit) and units.dimension(known.unit) == units.dimension(profile.unit)
    if same or not profile.unit:
        return replace(profile, role=known.role, unit=known.unit)
    if known.unit:
        notes.append(
            f"{name!r} was read in {known.unit} before and is in {profile.unit} here: both stand side by side"
        )
    return profile


def _says_more(values: pl.Series, made: pl.Series) -> bool:
    """Whether the cells hold more than what is made of them."""
    if values.dtype != pl.String or made.dtype == pl.String:
        return False
    if made.dtype.is_nested():
        return True
    return not (made.cast(pl.String) == values).fill_null(values.is_null()).all()


def _as_cells(values: pl.Series) -> pl.Series:
    text = values.str.strip_chars()
    return text.set(text == "", None)


def _counted(profile: ColumnProfile, values: pl.Series, made: pl.Series) -> ColumnProfile:
    """A profile with what a person wants to see: the range of its numbers or its most frequent values."""
    unread = unreadable(values, made, profile) if made.dtype != pl.String else 0
    if made.dtype.is_numeric() and not made.is_null().all():
        least, most = float(made.min()), float(made.max())  # type: ignore[arg-type]
        return replace(profile, least=least, most=most, unread=unread)
    if profile.role in (Role.TEXT, Role.TITLE, Role.LINK, Role.IMAGE, Role.ID, Role.IGNORE):
        return profile
    flat = made.explode() if isinstance(made.dtype, pl.List) else made
    counts = to_text(flat).drop_nulls().value_counts(sort=True).head(8)
    return replace(profile, frequent=tuple((v, int(n)) for v, n in counts.iter_rows()), unread=unread)


def _note_readings(profiles: Mapping[str, ColumnProfile], raw: RawTable, notes: list[str]) -> None:
    """Say of which cells nothing could be read, which words were taken for none, and where commas are
    decimal.
    """
    for name, profile in profiles.items():
        column = f"column {profile.column!r}"
        if profile.unread:
            held = f"{profile.unread} of {profile.filled} cells hold no {profile.role}"
            notes.append(f"{column}: {held}; {name!r} is missing there")
        if profile.missing and profile.role in (*MEASURED, Role.YESNO):
            cells = raw.frame[profile.column].cast(pl.String).str.strip_chars().is_in(list(profile.missing))
            shown = ", ".join(map(repr, profile.missing[:3]))
            notes.append(f"{column}: {cells.sum()} cells say that there is no value ({shown})")
        if profile.decimal == "," and profile.least is not None:
            notes.append(
                f"{column} is written with decimal commas; its least number was read as {profile.least:g}"
            )


def _repeats_header(raw: RawTable) -> pl.Series:
    """Rows of a text file that say the names of the columns again."""
    frame = raw.frame
    named = [(frame[c] == c).fill_null(False) for c in frame.columns if frame[c].dtype == pl.String]
    if not raw.written or frame.width < 2 or not named:
        return pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    return pl.DataFrame(named).select(pl.sum_horizontal(pl.all()) * 2 > frame.width).to_series()
