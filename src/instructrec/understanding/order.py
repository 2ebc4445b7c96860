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
        money = _of_role(Role.MONEY, profile)
        return "price" if "price" in money else next(iter(money), None)
    if order == "date":
        return next(iter([*_of_role(Role.YEAR, profile), *_of_role(Role.DATE, profile)]), None)
    known = columns.words.table
    return next((known[key(word)][0] for word in _MEANT.get(order, ()) if key(word) in known), None)


def _of_role(role: Role, profile: CatalogProfile) -> list[str]:
    return [name for name, column in profile.columns.items() if column.role is role]
