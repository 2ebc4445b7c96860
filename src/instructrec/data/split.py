"""Train, valid and test parts of a dataset: by time (default), by each user's last interactions, or by
user.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from instructrec.data.dataset import Dataset, Split
from instructrec.errors import ConfigError, DataError

PARTS = ("train", "valid", "test")
_LEAST_EPOCH = 1e8  # smaller numbers are places in an order and not seconds since 1970


@dataclass(frozen=True, slots=True)
class Part:
    """The size of one part and the times of its first and last interaction."""

    rows: int
    users: int
    items: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class SplitReport:
    """How a split came out; `cuts` are the first times of valid and test where time divides them."""

    method: str
    parts: Mapping[str, Part]
    cuts: tuple[float, ...]
    unseen_users: int  # users of test without a row in train
    unseen_items: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        return asdict(self)


def split_by_time(data: Dataset, valid: float = 0.1, test: float = 0.1) -> tuple[Split, SplitReport]:
    """Cut all interactions at two moments, so that nothing from the future is in train; equal times stay
    together.

    `valid` and `test` are shares of the rows; where a moment is crowded the cut moves to its nearer side.
    Raises DataError when a part would be empty, ConfigError for shares that leave nothing to train on.
    """
    _check_shares(valid, test)
    times = _times(data)
    if not len(times):
        raise DataError("no interactions to split; read a source that has some, or loosen the cleaning rules")
    first = _cut(times, 1 - valid - test)
    second = _cut(times, 1 - test)
    parts = pl.Series((times >= first).astype(np.int8) + (times >= second))
    ordinal = float(times.max()) < _LEAST_EPOCH
    note = "the times are places in an order; if the order is each user's own, use split_last"
    return _split(data, parts, "time", (first, second), (note,) if ordinal else ())


def split(data: Dataset, method: str = "time", **settings: Any) -> tuple[Split, SplitReport]:
    """Split by the method of that name: time, last or user; raises ConfigError for another."""
    if method not in METHODS:
        raise ConfigError(f"no split {method!r}; there are: {', '.join(METHODS)}")
    return METHODS[method](data, **settings)


def split_last(data: Dataset) -> tuple[Split, SplitReport]:
    """Leave out each user's last positive interaction for test and the one before for valid, as most papers
    do.

    Users with fewer than three positive interactions are in train only. A row that is not positive goes with
    the positive interaction before it, so that train ends where valid begins; equal times are ordered by row.
    Raises DataError when nobody has three.
    """
    _times(data)
    rows = data.signed().select("user_id", "timestamp", pl.col("sign") > 0).with_row_index("row")
    rows = rows.sort("user_id", "timestamp", "row").with_columns(pl.col("sign").cast(pl.Int32))
    total = pl.col("sign").sum().over("user_id")
    left = total - pl.col("sign").cum_sum().over("user_id")
    part = pl.when((total < 3) | (left > 1)).then(0).when(left == 1).then(1).otherwise(2).cast(pl.Int8)
    parts = rows.select("row", part.alias("part")).sort("row")["part"]
    return _split(data, parts, "last", (), ())


def split_by_user(
    data: Dataset, valid: float = 0.1, test: float = 0.1, seed: int = 0
) -> tuple[Split, SplitReport]:
    """Put whole users into one part each, to measure how users never seen before are served.

    `valid` and `test` are shares of the users, at least one each. Raises DataError when a part would be
    empty.
    """
    _check_shares(valid, test)
    users = data.interactions.select(pl.col("user_id").unique()).sort("user_id")
    n = users.height
    n_valid, n_test = max(1, round(n * valid)), max(1, round(n * test))
    part = np.zeros(n, dtype=np.int8)
    order = np.random.default_rng(seed).permutation(n)
    part[order[:n_valid]], part[order[n_valid : n_valid + n_test]] = 1, 2
    groups = users.with_columns(part=pl.Series(part))
    parts = data.interactions.select("user_id").join(groups, on="user_id", how="left", maintain_order="left")[
        "part"
    ]
    return _split(data, parts, "user", (), ())


METHODS: Mapping[str, Callable[..., tuple[Split, SplitReport]]] = {
    "time": split_by_time,
    "last": split_last,
    "user": split_by_user,
}


def _check_shares(valid: float, test: float) -> None:
    if not (0 < valid < 1 and 0 < test < 1 and valid + test < 1):
        raise ConfigError(
            f"shares valid={valid} and test={test}: each must be above 0 and both together below 1, e.g. "
            "0.1, 0.1"
        )


def _times(data: Dataset) -> np.ndarray:
    times = data.interactions["timestamp"]
    if times.has_nulls() or times.is_nan().any():
        raise DataError(
            f"{times.null_count() + times.is_nan().sum()} interactions have no time; clean the data first"
        )
    return times.to_numpy()


def _cut(times: np.ndarray, share: float) -> float:
    """The first time after the cut: of the two sides of the moment at the quantile, the one nearer to the
    share wanted.
    """
    place = min(int(len(times) * share), len(times) - 1)
    moment = float(np.partition(times, place)[place])
    later = times[times > moment]
    before, upto = len(times) - len(later) - int(np.count_nonzero(times == moment)), len(times) - len(later)
    take_next = len(later) and (
        before == 0 or abs(upto - len(times) * share) < abs(before - len(times) * share)
    )
    return float(later.min()) if take_next else moment


def _split(
    data: Dataset, parts: pl.Series, method: str, cuts: tuple[float, ...], notes: tuple[str, ...]
) -> tuple[Split, SplitReport]:
    frames = [data.interactions.filter(parts == number) for number in range(len(PARTS))]
    for name, frame in zip(PARTS, frames, strict=True):
        if not frame.height:
            acts = data.interactions
            times, users = acts["timestamp"].n_unique(), acts["user_id"].n_unique()
            size = f"{acts.height} interactions, {times} times, {users} users"
            raise DataError(
                f"the {name} part of a split by {method} would be empty ({size}); use other shares, more "
                "data or another of split_by_time, split_last, split_by_user"
            )
    users, items = (
        [frame.select(pl.col(key).unique()) for frame in frames] for key in ("user_id", "item_id")
    )
    sizes = {
        name: Part(
            f.height,
            u.height,
            i.height,
            *f.select(a=pl.col("timestamp").min(), b=pl.col("timestamp").max()).row(0),
        )
        for name, f, u, i in zip(PARTS, frames, users, items, strict=True)
    }
    unseen_users, unseen_items = (
        ids[2].join(ids[0], on=ids[0].columns, how="anti").height for ids in (users, items)
    )
    report = SplitReport(method, sizes, cuts, unseen_users, unseen_items, notes)
    return Split(*(data.with_interactions(frame) for frame in frames)), report
