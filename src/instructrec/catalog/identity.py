"""Which column tells the rows of a catalog apart, by uniqueness, coverage and agreement with interactions;
where none does, the content of a row stands for its id.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

import polars as pl

from instructrec.catalog.evidence import Evidence
from instructrec.data.profile import MEASURED, ColumnProfile, Role

ENOUGH = 3.0  # points from which a column is an id
_SAMPLE = 2_000
_OTHERS = re.compile(
    r"user|customer|member|brand|categor|host|seller|vendor|author|artist|genre|class|parent|group|tag|city|country|store|shop"
    r"|publisher|director|company|type|用户|买家|卖家|商家|类别|分类|品牌|店铺|作者|导演|公司"
)  # names of what other things are numbered by
_CALLED = re.compile(
    r"(?:^|[\s_.-])(?:id|no|nr|number|code|key|sku|ean|isbn|asin|uuid|guid|handle)$|id$|编号$|ID$|编码$|货号$"
)


def id_column(
    evidence: Mapping[str, Evidence],
    columns: Mapping[str, ColumnProfile],
    named: Sequence[str],
    interacted: pl.Series | None,
) -> tuple[str | None, str]:
    """The column of ids and how it was told; None where no column is one.

    `named` are columns whose names say so, best first; `interacted` are the ids of the interactions.
    """
    if named and not any(e.filled for e in evidence.values()):
        return named[0], "its name says so"
    asked = None if interacted is None else interacted.unique(maintain_order=True).head(_SAMPLE)
    points = {
        name: _points(e, named, asked) - _against(columns[name].role, e, named)
        for name, e in evidence.items()
    }
    best = max(points, key=lambda name: points[name], default=None)
    if best is None or points[best] < ENOUGH:
        return None, ""
    agreed = asked is not None and points[best] >= 10
    return best, "the interactions have its values" if agreed else "its values tell the rows apart"


def _points(e: Evidence, named: Sequence[str], asked: pl.Series | None) -> float:
    values = e.values
    if values.dtype.is_nested() or values.dtype.is_temporal() or values.dtype == pl.Boolean or not e.filled:
        return -9.0
    text = values.cast(pl.String, strict=False).drop_nulls()
    points = 10.0 if asked is not None and _share_agreeing(text, asked) >= 0.5 else 0.0
    points += 3.0 - named.index(e.name) * 0.1 if e.name in named else 0.0
    points += (2.0 if _is_called(e) else 0.0) + (0.5 if e.name.lower() in ("id", "编号") else 0.0)
    points += 2.0 if e.unique == 1 else 1.0 if e.unique >= 0.98 else 0.0 if e.unique >= 0.5 else -3.0
    points -= 4.0 if _OTHERS.search(e.name.lower()) and e.name not in named else 0.0
    points -= 3.0 if e.filled < 0.9 * e.rows else 0.0
    return points + _shape_points(text.head(_SAMPLE), e)


def _against(role: Role, e: Evidence, named: Sequence[str]) -> float:
    """Points against titles, and against numbers that measure something, however different they are."""
    if e.name in named or _is_called(e):
        return 0.0
    measured = role in (*MEASURED, Role.DATE, Role.YESNO) and not e.unnamed
    return 3.0 if measured or e.headed("title") else 0.0


def _is_called(e: Evidence) -> bool:
    """Whether the name ends as names of ids do."""
    return bool(_CALLED.search(e.name.strip())) or bool(_CALLED.search("_".join(e.words)))


def _share_agreeing(text: pl.Series, asked: pl.Series) -> float:
    """The share of some ids of the interactions that a column has."""
    there = text.filter(text.is_in(asked.implode()))
    return there.n_unique() / len(asked) if len(asked) else 0.0


def _shape_points(text: pl.Series, e: Evidence) -> float:
    """Points for compact codes; against texts, decimals, addresses and the numbers of rows."""
    if text.str.contains(r"\s").mean() > 0.2 or text.str.contains(r"^https?:").mean() > 0.5:  # type: ignore[operator]
        return -2.0
    if text.str.contains(r"^-?\d+[.,]\d*[1-9]").mean() > 0.2:  # type: ignore[operator]
        return -5.0
    numbers = text.cast(pl.Float64, strict=False)
    counted = not numbers.null_count() and (numbers.diff().drop_nulls() == 1).all()
    return -0.5 if counted and e.unnamed else 1.0


def identity_of(
    frame: pl.DataFrame, columns: Mapping[str, ColumnProfile], title: str | None
) -> tuple[str, ...]:
    """The columns whose cells together stand for an id where no column is one: an address that is different
    in every row, the title, the title and names, or the whole row.
    """
    height = frame.height
    for name, column in columns.items():
        if column.role in (Role.LINK,) and column.distinct >= 0.98 * height and column.filled == height:
            return (name,)
    steady = (Role.BRAND, Role.NAMES, Role.PLACE, Role.PERSON, Role.YEAR, Role.DATE)
    more = [n for n, c in columns.items() if c.role in steady and n != title]
    if title is not None and not frame[title].has_nulls():
        for chosen in ([title], [title, *more]):
            if frame.select(chosen).n_unique() >= 0.999 * height:
                return tuple(chosen)
    return tuple(n for n, c in columns.items() if c.role is not Role.IGNORE) or tuple(columns)


def content_ids(frame: pl.DataFrame, identity: Sequence[str]) -> pl.Series:
    """An id for every row from its cells: one column as it is, several as a hash that is the same when the
    row is read again; null where all are blank.

    >>> content_ids(pl.DataFrame({"a": ["x", "y"], "b": [1, 2]}), ("a", "b")).to_list()
    ['row-9d8e52c806fb31e7', 'row-03ccd169bd72d9ba']
    """
    cells = frame.select(
        pl.col(c).cast(pl.String, strict=False).str.strip_chars() for c in identity if c in frame.columns
    )
    if cells.width == 1:
        return cells.to_series()
    joined = cells.select(pl.concat_str(pl.all().fill_null(""), separator="\x1f")).to_series()
    ids = [
        f"row-{hashlib.blake2b(t.encode(), digest_size=8).hexdigest()}" if t.strip("\x1f") else None
        for t in joined
    ]
    return pl.Series("item_id", ids, dtype=pl.String)
