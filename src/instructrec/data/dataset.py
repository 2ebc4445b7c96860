"""A dataset: a catalog, users and interactions as columns, and how its actions are read.

Nothing here is changed in place; every stage takes a Dataset and returns another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from instructrec.data.histories import Histories
from instructrec.data.profile import CatalogProfile
from instructrec.errors import UnknownItem
from instructrec.types import Interaction, Item, SavedInstruction

INTERACTIONS: Mapping[str, type[pl.DataType]] = {
    "user_id": pl.String,
    "item_id": pl.String,
    "action": pl.String,
    "timestamp": pl.Float64,  # seconds since 1970, or an ordinal where the source has only an order
    "value": pl.Float64,  # a rating or a strength; null where the action has none
}
ITEMS: Mapping[str, type[pl.DataType]] = {"item_id": pl.String, "title": pl.String}  # and any other column
USERS: Mapping[str, type[pl.DataType]] = {"user_id": pl.String}
TEXTS = (
    "review_title",
    "review",
    "review_text",
    "comment",
    "评论",
)  # what people wrote with an act, where a source has it

SIGNS: Mapping[str, int] = {
    "view": 1, "click": 1, "like": 1, "buy": 1, "rate": 1, "share": 1, "comment": 1, "bookmark": 1,
    "follow": 1,
    "review": 1, "play": 1, "cart": 1, "skip": -1, "dislike": -1, "hide": -1, "return": -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feedback:
    """How interactions are read: the sign of each action, and the value from which a rating is positive.

    One with a value is positive from `like_from` on and negative below `dislike_below`; between the two it is
    neutral: it is history, but no target.
    """

    signs: Mapping[str, int] = field(default_factory=lambda: dict(SIGNS))
    like_from: float | None = None
    dislike_below: float | None = None

    def sign(self) -> pl.Expr:
        """The reading of each row: 1 positive, 0 neutral, -1 negative (Int8); an unknown action is neutral,
        unless its value judges.
        """
        by_action = pl.col("action").replace_strict(dict(self.signs), default=0, return_dtype=pl.Int8)
        if self.like_from is None:
            return by_action.alias("sign")
        low = self.like_from if self.dislike_below is None else self.dislike_below
        by_value = (
            pl.when(pl.col("value").is_null()).then(by_action)
            .when(pl.col("value") >= self.like_from).then(pl.lit(1, pl.Int8))
            .when(pl.col("value") < low).then(pl.lit(-1, pl.Int8))
            .otherwise(pl.lit(0, pl.Int8))
        )  # fmt: skip
        judged = (by_action > 0) | ~pl.col("action").is_in(list(self.signs))
        return pl.when(judged).then(by_value).otherwise(by_action).alias("sign")

    def of(self, action: str, value: float | None) -> int:
        """The reading of one interaction; the same as `sign`, for the store.

        >>> rated = Feedback(like_from=4.0, dislike_below=3.0)
        >>> [rated.of("rate", stars) for stars in (5, 3, 1, None)], rated.of("skip", 5)
        ([1, 0, -1, 1], -1)
        """
        by_action = self.signs.get(action, 0)
        if (by_action <= 0 and action in self.signs) or self.like_from is None or value is None:
            return by_action
        low = self.like_from if self.dislike_below is None else self.dislike_below
        return 1 if value >= self.like_from else -1 if value < low else 0


@dataclass(frozen=True)
class Catalog:
    """All items: one row each, `item_id` and `title` always there, every other column an attribute.

    Where it was read from a source, `profile` says what its columns are, and `cells` holds as they were
    written those that are stored as something else: `item_id` and a column for each such field.
    """

    items: pl.DataFrame
    profile: CatalogProfile = field(default_factory=CatalogProfile)
    cells: pl.DataFrame | None = None

    def __len__(self) -> int:
        return self.items.height

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Item ids in catalog order; an item's number is its place here."""
        return tuple(self.items["item_id"].to_list())

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Item id -> number."""
        return {item: number for number, item in enumerate(self.ids)}

    def records(self) -> list[Item]:
        """Every item as a record; columns without a value are left out of its attributes."""
        rest = [c for c in self.items.columns if c not in ITEMS]
        rows = self.items.select("item_id", "title", *rest).iter_rows()
        return [
            Item(
                id=row[0],
                title=row[1],
                attributes={
                    k: v for k, v in zip(rest, row[2:], strict=True) if v is not None and v == v
                },  # no NaN
            )
            for row in rows
        ]

    def number(self, item: str) -> int:
        """The number of one item, or an error that names the nearest ids."""
        if item not in self.numbers:
            raise UnknownItem(item, self.ids)
        return self.numbers[item]


@dataclass(frozen=True)
class Dataset:
    """Catalog, users and interactions that belong together."""

    catalog: Catalog
    users: pl.DataFrame
    interactions: pl.DataFrame
    feedback: Feedback = field(default_factory=Feedback)

    @staticmethod
    def of(
        interactions: Iterable[Interaction],
        items: pl.DataFrame | None = None,
        feedback: Feedback | None = None,
    ) -> "Dataset":
        """Build a dataset from records; items that are only named in interactions get their id as title."""
        rows = [(i.user, i.item, i.action, float(i.time), i.value) for i in interactions]
        acts = pl.DataFrame(rows, schema=dict(INTERACTIONS), orient="row")
        if items is None:
            ids = acts["item_id"].unique(maintain_order=True)
            items = pl.DataFrame({"item_id": ids, "title": ids})
        users = acts.select(pl.col("user_id").unique(maintain_order=True))
        return Dataset(Catalog(items), users, acts, feedback or Feedback())

    def with_interactions(self, interactions: pl.DataFrame) -> "Dataset":
        """The same catalog and users with other interactions."""
        return replace(self, interactions=interactions)

    def items(self) -> list[Item]:
        """Every item as a record: with `history`, what a recommender asks of a source."""
        return self.catalog.records()

    def history(self, user: str) -> list[tuple[str, int]] | None:
        """The (item id, sign) pairs of a user, oldest first; None when the user is not known."""
        return self._numbered_interactions.get(user)

    def saved_instructions(self, user: str | None) -> list[SavedInstruction]:
        """None: saved instructions are kept in a store."""
        return []

    @cached_property
    def _numbered_interactions(self) -> dict[str, list[tuple[str, int]]]:
        rows = self.signed().sort("timestamp", maintain_order=True).select("user_id", "item_id", "sign")
        acts: dict[str, list[tuple[str, int]]] = {user: [] for user in self.users["user_id"].to_list()}
        for user, item, sign in rows.iter_rows():
            acts.setdefault(user, []).append((item, sign))
        return acts

    def signed(self) -> pl.DataFrame:
        """Interactions with their sign as one more column, `sign`; the source's decision is kept."""
        if "sign" in self.interactions.columns:
            return self.interactions
        return self.interactions.with_columns(self.feedback.sign())

    def histories(self) -> Histories:
        """All interactions whose item is in the catalog, as flat arrays sorted by user and time."""
        codes = pl.DataFrame({"item_id": self.catalog.items["item_id"]}).with_row_index("item")
        rows = (
            self.signed()
            .join(codes, on="item_id", how="inner", maintain_order="left")
            .sort("user_id", "timestamp", maintain_order=True)
            .select("user_id", pl.col("item").cast(pl.Int32), "timestamp", "sign")
        )
        counts = rows.group_by("user_id", maintain_order=True).len()
        offsets = np.concatenate([[0], np.cumsum(counts["len"].to_numpy(), dtype=np.int64)])
        return Histories(
            users=tuple(counts["user_id"].to_list()),
            offsets=offsets.astype(np.int64),
            items=rows["item"].to_numpy(),
            times=rows["timestamp"].to_numpy(),
            signs=rows["sign"].to_numpy(),
        )


@dataclass(frozen=True)
class Split:
    """Train, valid and test parts of one dataset; they share catalog, users and feedback."""

    train: Dataset
    valid: Dataset
    test: Dataset
