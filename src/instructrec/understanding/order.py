"""By which column a catalog is sorted when somebody asks for the cheapest, the newest, or the most."""

from collections.abc import Mapping, Sequence

from instructrec.data.profile import CatalogProfile, Role
from instructrec.lexicon.words import key
from instructrec.understanding.columns import NumberColumns

# The words of the columns that an order may mean, the usual first.
_MEANT: Mapping[str, Sequence[str]] = {
    "rating": ("rating", "score"),
    "popularity": (
        "members", "subscribers", "downloads", "votes", "rating count", "number of reviews", "sales",
        "favorites",
    ),
    "weight": ("weight",),
    "duration": ("total time", "duration"),
    "size": ("screen", "area", "size", "volume"),
}  # fmt: skip


def column_meant(order: str, columns: NumberColumns, profile: CatalogProfile) -> str | None:
    """The column that an order of the lexicon sorts by; None where the catalog has none."""
    if order == "price":
        money = [name for name, column in columns.columns.items() if column.role is Role.MONEY]
        return next((name for name in money if name == "price"), next(iter(money), None))
    if order == "date":
        years = [name for name, column in columns.columns.items() if column.role is Role.YEAR]
        dates = [name for name, column in profile.columns.items() if column.role is Role.DATE]
        return next(iter([*years, *dates]), None)
    return next(
        (columns.words.table[key(w)][0] for w in _MEANT.get(order, ()) if key(w) in columns.words.table), None
    )
