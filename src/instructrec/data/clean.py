"""Rules as data: a row is kept or goes to the quarantine with the rule that rejected it, and a filled value
is noted.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from instructrec.data.dataset import Catalog, Dataset
from instructrec.errors import ConfigError

TABLES: Mapping[str, tuple[str, ...]] = {
    "interactions": ("user_id", "item_id", "timestamp"),
    "items": ("item_id",),
    "users": ("user_id",),
}  # table -> its key
FILLS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "mean": lambda column: column.fill_null(column.mean()),
    "median": lambda column: column.fill_null(column.median()),
    "interpolate": lambda column: column.interpolate(),
}
OPS: Mapping[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    # is_in would refuse whole numbers for a column of floats
    "in": lambda column, value: pl.any_horizontal(pl.lit(False), *(column == one for one in value)),
    "matches": lambda column, value: column.str.contains(value),
    "not_null": lambda column, value: column.is_not_null(),
}
_DAY = 86_400.0
_REPEAT = ("user_id", "item_id", "action", "timestamp")
_QUARANTINE = {"table": pl.String, "row": pl.String, "rule": pl.String, "reason": pl.String}
_FILLS = {"table": pl.String, "key": pl.String, "column": pl.String, "value": pl.String, "rule": pl.String}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What `clean` enforces; columns are written with their table, as in "items.price".

    `missing`: column -> "mean", "median", "interpolate", "drop" or {"constant": value}. `outliers`: column ->
    {"method": "iqr" or "zscore", "k": number}, repeated until none is left. `min_user` and `min_item`: the
    k-core. `schema`: checks such as {"column": "items.price", "op": ">=", "value": 0, "name": "price not
    negative"}.
    """

    duplicates: bool = True
    impossible_times: bool = True
    missing: Mapping[str, Any] = field(default_factory=dict)
    outliers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    min_user: int = 1
    min_item: int = 1
    schema: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        numbers = [self.min_user, self.min_item, *(way.get("k", 1) for way in self.outliers.values())]
        if wrong := [n for n in numbers if not isinstance(n, int | float) or n <= 0]:
            raise ConfigError(f"min_user, min_item or k is {wrong[0]!r}; give a number above 0")
        for column, way in self.missing.items():
            _check_filler(column, way)
        for column, way in self.outliers.items():
            for key in way:
                _allowed(f"outliers, {column}", key, ["method", "k"])
            _allowed(f"outliers, {column}, method", way.get("method"), ["iqr", "zscore"])
        for check in self.schema:
            for key in check:
                _allowed("schema", key, ["column", "op", "value", "name"])
            _allowed(f"schema, {check.get('column')}, op", check.get("op"), list(OPS))


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Rows of one table; read == kept + quarantined."""

    read: int
    kept: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What `clean` rejected (table, row as JSON, rule, reason) and filled (table, key, column, value,
    rule).
    """

    quarantine: pl.DataFrame
    fills: pl.DataFrame
    counts: Mapping[str, int]  # rule -> rows
    tables: Mapping[str, TableCounts]

    def to_dict(self) -> dict[str, Any]:
        """Give the counts and the first hundred rows of each list as plain JSON values."""
        tables = {name: {f.name: getattr(t, f.name) for f in fields(t)} for name, t in self.tables.items()}
        filled = dict(self.fills.group_by("rule", maintain_order=True).len().iter_rows())
        lists = {"quarantine": self.quarantine.head(100).to_dicts(), "fills": self.fills.head(100).to_dicts()}
        return {"tables": tables, "counts": dict(self.counts), "filled": filled, **lists}


def rules_from(options: Mapping[str, Any]) -> Rules:
    """Build rules from plain data, as a TOML file gives them; ConfigError lists what is allowed for an
    unknown key.

    >>> rules_from({"min_user": 5, "missing": {"items.price": "median"}}).min_user
    5
    """
    for key in options:
        _allowed("rules", key, [f.name for f in fields(Rules)])
    return Rules(**options)


def clean(data: Dataset, rules: Rules | None = None) -> tuple[Dataset, CleanReport]:
    """Apply rules to a dataset, so that what is learnt from is sound and what was rejected can be read.

    Rows of rejected items and users go with them. Cleaning the result again changes nothing. Raises
    ConfigError for a rule that names a column that does not exist or does not fit its type.
    """
    rules = rules or Rules()
    before = {"items": data.catalog.items, "users": data.users, "interactions": data.interactions}
    _check_columns(rules, before)
    ledger = _Ledger([], [])
    items, users = (_settle(name, before[name], rules, ledger) for name in ("items", "users"))
    acts = data.interactions
    for table, kept, key in (("items", items, "item_id"), ("users", users, "user_id")):
        if kept.height < before[table].height:
            gone = before[table].join(kept, on=key, how="anti")[key]
            acts = ledger.reject(
                "interactions",
                acts,
                f"known {table[:-1]}",
                acts[key].is_in(gone.implode()),
                f"its {key} is rejected",
            )
    acts = _with_new_signs(data, _settle("interactions", acts, rules, ledger), ledger)
    after = {"items": items, "users": users, "interactions": acts}
    catalog = data.catalog if items is data.catalog.items else Catalog(items)
    return replace(data, catalog=catalog, users=users, interactions=acts), ledger.report(before, after)


def _with_new_signs(data: Dataset, acts: pl.DataFrame, ledger: "_Ledger") -> pl.DataFrame:
    """Interactions whose value was filled in are read by it; all others as their source decided."""
    filled = [
        fills
        for fills in ledger.filled
        if fills["column"][0] == "value" and fills["table"][0] == "interactions"
    ]
    if not filled or "sign" not in acts.columns:
        return acts
    key = [*TABLES["interactions"], "action"]
    empty = data.interactions.filter(pl.col("value").is_null()).select(key).unique().with_columns(empty=True)
    marked = acts.join(empty, on=key, how="left", maintain_order="left")
    sign = (
        pl.when(pl.col("empty") & pl.col("value").is_not_null())
        .then(data.feedback.sign())
        .otherwise(pl.col("sign"))
    )
    return marked.with_columns(sign.alias("sign")).drop("empty")


@dataclass(frozen=True, slots=True)
class _Ledger:
    rejected: list[pl.DataFrame]
    filled: list[pl.DataFrame]

    def reject(
        self, table: str, frame: pl.DataFrame, rule: str, failing: pl.Series, reason: str
    ) -> pl.DataFrame:
        """Move the failing rows to the quarantine and return the others; only rejected rows become JSON."""
        failing = failing.fill_null(False)
        if not failing.any():
            return frame
        rows = frame.filter(failing).select(
            pl.lit(table).alias("table"),
            pl.struct(pl.all()).struct.json_encode().alias("row"),
            pl.lit(rule).alias("rule"),
            pl.lit(reason).alias("reason"),
        )
        self.rejected.append(rows)
        return frame.filter(~failing)

    def report(self, before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> CleanReport:
        quarantine = pl.concat([pl.DataFrame(schema=_QUARANTINE), *self.rejected])
        out = dict(quarantine.group_by("table").len().iter_rows())
        tables = {
            name: TableCounts(t.height, after[name].height, out.get(name, 0)) for name, t in before.items()
        }
        counts = dict(quarantine.group_by("rule", maintain_order=True).len().iter_rows())
        return CleanReport(quarantine, pl.concat([pl.DataFrame(schema=_FILLS), *self.filled]), counts, tables)


def _allowed(place: str, given: Any, allowed: Sequence[str]) -> None:
    if given not in allowed:
        near = [f"; did you mean {name}?" for name in get_close_matches(str(given), allowed, n=1)]
        raise ConfigError(f"{place}: {given!r} is not allowed; allowed: {', '.join(allowed)}{''.join(near)}")


def _check_filler(column: str, way: Any) -> None:
    constant = isinstance(way, Mapping) and set(way) == {"constant"}
    _allowed(f"missing, {column}", "constant" if constant else way, [*FILLS, "drop", "constant"])
    if column.split(".")[-1] in ("user_id", "item_id") and way != "drop":
        raise ConfigError(f"missing, {column}: an id cannot be made up; allowed: drop")


def _check_columns(rules: Rules, frames: Mapping[str, pl.DataFrame]) -> None:
    for column in [*rules.missing, *rules.outliers, *(str(check.get("column")) for check in rules.schema)]:
        table, _, name = column.partition(".")
        _allowed(f"column {column}, table", table, list(TABLES))
        _allowed(f"column {column}", name, frames[table].columns)
        numeric = frames[table].schema[name].is_numeric()
        if not numeric and (column in rules.outliers or rules.missing.get(column) in list(FILLS)):
            raise ConfigError(
                f"column {column} holds {frames[table].schema[name]}, no numbers; use drop "
                "or a constant for it"
            )


def _checked_interactions(acts: pl.DataFrame, rules: Rules, ledger: _Ledger) -> pl.DataFrame:
    if rules.duplicates:
        acts = ledger.reject(
            "interactions",
            acts,
            "duplicates",
            repeats(acts),
            "the same user, item, action and time as an earlier row",
        )
    if rules.impossible_times:
        times = acts["timestamp"]
        sound = times.is_between(0, time.time() + _DAY).fill_null(False)
        reason = "the time is before 1970, later than tomorrow or no number"
        acts = ledger.reject("interactions", acts, "impossible times", ~sound, reason)
    return acts


def repeats(acts: pl.DataFrame) -> pl.Series:
    """Mark each row whose user, item, action and time an earlier row has too; (rows,) Boolean.

    Rows are compared by a 64-bit hash first, which keeps ten million of them small; only where hashes meet by
    the values.
    """
    hashes = acts[_REPEAT[0]].hash(0)
    for seed, name in enumerate(_REPEAT[1:], start=1):
        hashes = hashes ^ acts[name].hash(seed)
    rows = hashes.is_duplicated().arg_true()
    marks = np.zeros(acts.height, dtype=bool)
    if rows.len():
        first = acts.select(_REPEAT)[rows].select(pl.struct(pl.all()).is_first_distinct()).to_series()
        marks[rows.filter(~first).to_numpy()] = True
    return pl.Series(marks)


def _settle(table: str, frame: pl.DataFrame, rules: Rules, ledger: _Ledger) -> pl.DataFrame:
    """Apply the rules of one table until nothing is left to reject, so that cleaning twice is cleaning
    once.
    """
    for column, way in _of(table, rules.missing).items():
        frame = _missing(table, frame, column, way, ledger)
    frame = _checked_interactions(frame, rules, ledger) if table == "interactions" else frame
    settled = False
    while not settled:
        height = frame.height
        frame = _reject_once(table, frame, rules, ledger)
        # each row that goes moves the quantiles of the others, and nothing else
        settled = frame.height == height or not _of(table, rules.outliers)
    return frame


def _reject_once(table: str, frame: pl.DataFrame, rules: Rules, ledger: _Ledger) -> pl.DataFrame:
    for column, way in _of(table, rules.outliers).items():
        frame = _outliers(table, frame, column, way, ledger)
    for check in rules.schema:
        if str(check["column"]).startswith(f"{table}."):
            frame = _enforce(frame, check, ledger)
    return _core(frame, rules, ledger) if table == "interactions" else frame


def _of(table: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    return {name.partition(".")[2]: way for name, way in rules.items() if name.partition(".")[0] == table}


def _missing(table: str, frame: pl.DataFrame, column: str, way: Any, ledger: _Ledger) -> pl.DataFrame:
    values = frame[column].fill_nan(None) if frame[column].dtype.is_float() else frame[column]
    if way == "drop":
        return ledger.reject(
            table, frame, f"missing {table}.{column}", values.is_null(), f"{column} is missing"
        )
    given = way["constant"] if isinstance(way, Mapping) else None
    try:
        filled = values.to_frame().select(
            pl.col(column).fill_null(given) if given is not None else FILLS[way](pl.col(column))
        )
        filled = filled.to_series().cast(values.dtype, strict=True)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(
            f"missing, {table}.{column}: {way!r} does not fit a column of {values.dtype}; give such a value"
        ) from error
    changed = values.is_null() & filled.is_not_null()
    if changed.any():
        frame = frame.with_columns(filled)
        rule = way if isinstance(way, str) else "constant"
        ledger.filled.append(frame.filter(changed).select(
            pl.lit(table).alias("table"),
            pl.concat_str(pl.col(TABLES[table]).cast(pl.String).fill_null("?"), separator=" ").alias("key"),
            pl.lit(column).alias("column"),
            pl.col(column).cast(pl.String).alias("value"),
            pl.lit(rule).alias("rule"),
        ))  # fmt: skip
    return frame


def _outliers(
    table: str, frame: pl.DataFrame, column: str, way: Mapping[str, Any], ledger: _Ledger
) -> pl.DataFrame:
    values = frame[column].cast(pl.Float64)
    numbers = values.filter(values.is_finite()).to_numpy()
    if not len(numbers):
        return frame
    iqr = way["method"] == "iqr"
    low, high = np.quantile(numbers, [0.25, 0.75]) if iqr else (numbers.mean(), numbers.mean())
    reach = float(way.get("k", 1.5 if iqr else 3.0)) * ((high - low) if iqr else numbers.std())
    reason = f"{column} is outside {low - reach:.6g} to {high + reach:.6g}"
    return ledger.reject(
        table, frame, f"outliers {table}.{column}", (values < low - reach) | (values > high + reach), reason
    )


def _enforce(frame: pl.DataFrame, check: Mapping[str, Any], ledger: _Ledger) -> pl.DataFrame:
    table, _, column = str(check["column"]).partition(".")
    wanted = f"{check['column']} {check['op']} {check.get('value', '')}".strip()
    try:
        passed = frame.select(OPS[check["op"]](pl.col(column), check.get("value"))).to_series()
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(
            f"schema, {wanted}: does not fit a column of {frame.schema[column]}; change the value"
        ) from error
    return ledger.reject(table, frame, str(check.get("name", wanted)), ~passed, f"not {wanted}")


def _core(acts: pl.DataFrame, rules: Rules, ledger: _Ledger) -> pl.DataFrame:
    if max(rules.min_user, rules.min_item) <= 1 or not acts.height:
        return acts
    users, items = (
        acts[key].cast(pl.Categorical).to_physical().rank("dense").to_numpy()
        for key in ("user_id", "item_id")
    )
    few_users, few_items = (np.zeros(acts.height, dtype=bool) for _ in range(2))
    changed = True
    while changed:  # an item that goes can leave a user with too few, and the other way round
        changed = False
        for codes, least, few in ((users, rules.min_user, few_users), (items, rules.min_item, few_items)):
            kept = ~(few_users | few_items)
            new = kept & (np.bincount(codes[kept], minlength=codes.max() + 1)[codes] < least)
            few |= new
            changed = changed or bool(new.any())
    reason = "its {} has fewer than {} interactions"
    acts = ledger.reject(
        "interactions", acts, "min_user", pl.Series(few_users), reason.format("user", rules.min_user)
    )
    few_items = few_items[~few_users]
    return ledger.reject(
        "interactions", acts, "min_item", pl.Series(few_items), reason.format("item", rules.min_item)
    )
