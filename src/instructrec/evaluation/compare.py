"""The comparison table: every row tuned alike, measured on the same requests, and the best paired with the
next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from instructrec.baselines.registry import BASELINES, Baseline, Settings
from instructrec.data.dataset import Dataset, Split
from instructrec.errors import ConfigError, MissingExtra
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import CUTS, Allowed, Evaluation, Space, evaluate_scorer, rank_all
from instructrec.evaluation.metrics import Paired, paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.types import Report, Scorer

CUT = 10
MAIN = f"nDCG@{CUT}"  # what rows are tuned for and sorted by
COLUMNS = (MAIN, "R@10", "Success@10", "RR@10", "coverage@10", "ILD@10", "novelty@10", "gini@10")


@dataclass(frozen=True)
class BaselineRow:
    """A fitted baseline with the settings that validation chose, or the reason why it could not run."""

    name: str
    scorer: Scorer | None = None
    settings: Settings = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """Reports sorted by nDCG@10, the best row against the next, and what could not run with its reason."""

    evaluations: tuple[Evaluation, ...]
    lead: Paired | None
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports, best first."""
        return tuple(evaluation.report for evaluation in self.evaluations)

    def to_dict(self) -> dict[str, Any]:
        """Give the table as plain JSON values."""
        return {
            "rows": [report.to_dict() for report in self.reports],
            "lead": asdict(self.lead) if self.lead else None,
            "skipped": dict(self.skipped),
            "caption": self.caption(),
        }

    def to_markdown(self, columns: Sequence[str] = COLUMNS) -> str:
        """Write the table as Markdown, intervals on the first column, the lead and the setting below it."""
        head = ["", *columns, "s / 1000"]
        lines = [head, ["---", *["---:"] * (len(head) - 1)]]
        lines += [_cells(report, columns) for report in self.reports]
        lines += [[name, f"not run: {reason}", *[""] * len(columns)] for name, reason in self.skipped.items()]
        return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + ["", self.caption()])

    def caption(self) -> str:
        """State the protocol and the lead of the best row in a sentence or two."""
        settings = self.reports[0].settings
        text = (
            f"n = {settings['requests']:,} requests of {settings['users']:,} users, full ranking of "
            f"{settings['items']:,} items; [95 % bootstrap by user]; ILD in {settings['space']}."
        )
        return f"{text} {_lead(self.lead, *self.reports[:2])}" if self.lead else text


def tune_baseline(
    baseline: Baseline, train: Dataset, valid: Sequence[Case], *, allowed: Allowed | None = None
) -> Settings:
    """Choose the settings of the grid with the best nDCG@10 on validation requests; the first of equals.

    Fits on `train`, which must end before the requests. Settings that do not fit (ConfigError) are passed
    over; if none fits, the last error is raised.
    """
    if len(baseline.grid) == 1:
        return baseline.grid[0]
    best, chosen, last = -1.0, None, None
    for settings in baseline.grid:
        try:
            value = ndcg_at_10(baseline.fit(train, **settings), valid, len(train.catalog), allowed=allowed)
        except ConfigError as error:
            last = error
            continue
        if value > best:
            best, chosen = value, settings
    if chosen is None:
        raise last or ConfigError("the grid is empty; a baseline needs at least one setting, if only {}")
    return chosen


def ndcg_at_10(scorer: Scorer, cases: Sequence[Case], items: int, *, allowed: Allowed | None = None) -> float:
    """Measure mean nDCG@10 alone, without intervals: what a search over settings needs."""
    if not cases:
        raise ConfigError("no requests to tune on; take a validation part in which users like something new")
    ranked, _ = rank_all(scorer, cases, items, depth=CUT, allowed=allowed)
    return float(ranking_metrics(ranked, [case.relevant for case in cases], (CUT,))[MAIN].mean())


def fit_baselines(
    split: Split,
    valid: Sequence[Case],
    baselines: Mapping[str, Baseline] = BASELINES,
    *,
    allowed: Allowed | None = None,
) -> list[BaselineRow]:
    """Tune each baseline on train against `valid`, then fit it again on train and valid, as one would before
    going live.
    """
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    return [
        _fitted_row(name, baseline, (split.train, known), valid, allowed)
        for name, baseline in baselines.items()
    ]


def compare(
    rows: Sequence[Scorer | BaselineRow],
    cases: Sequence[Case],
    space: Space,
    *,
    k: Sequence[int] = CUTS,
    allowed: Allowed | None = None,
) -> Table:
    """Measure all rows on the same requests and set the best against the runner-up.

    A row is a scorer or what `fit_baselines` gives. The lead is a paired bootstrap by user of difference and
    ratio in nDCG@10: its interval, not the two intervals side by side, says whether the best is better.
    Raises ConfigError when k leaves out 10 or no row can run.
    """
    wrapped = [row if isinstance(row, BaselineRow) else BaselineRow(row.name, row) for row in rows]
    runnable = [(row, row.scorer) for row in wrapped if row.scorer is not None]
    if CUT not in k or not runnable:
        raise ConfigError(
            f"k is {tuple(k)} and {len(runnable)} rows can run; k must hold {CUT} and one row must run"
        )
    measured = [
        _with_settings(
            evaluate_scorer(scorer, cases, space, k=k, allowed=allowed, name=row.name), row.settings
        )
        for row, scorer in runnable
    ]
    measured.sort(key=lambda evaluation: -evaluation.report.metrics[MAIN].mean)
    lead = (
        paired(measured[0].values[MAIN], measured[1].values[MAIN], measured[0].users)
        if len(measured) > 1
        else None
    )
    return Table(tuple(measured), lead, {row.name: row.reason for row in wrapped if row.scorer is None})


def _fitted_row(
    name: str,
    baseline: Baseline,
    parts: tuple[Dataset, Dataset],
    valid: Sequence[Case],
    allowed: Allowed | None,
) -> BaselineRow:
    train, known = parts
    try:
        settings = tune_baseline(baseline, train, valid, allowed=allowed)
        return BaselineRow(name, baseline.fit(known, **settings), settings)
    except (ConfigError, MissingExtra) as error:
        return BaselineRow(name, reason=str(error))


def _with_settings(evaluation: Evaluation, chosen: Settings) -> Evaluation:
    report = evaluation.report
    return replace(evaluation, report=replace(report, settings={**report.settings, "chosen": dict(chosen)}))


def _cells(report: Report, columns: Sequence[str]) -> list[str]:
    first, *rest = (report.metrics[column] for column in columns)
    cells = [
        f"{first.mean:.4f} [{first.low:.4f}, {first.high:.4f}]",
        *(f"{estimate.mean:.4f}" for estimate in rest),
    ]
    return [report.name, *cells, f"{report.settings['seconds_per_1000']:.2f}"]


def _lead(lead: Paired, best: Report, runner_up: Report) -> str:
    gap, ratio = lead.difference, lead.ratio
    times = f", {ratio.mean:.2f}x [{ratio.low:.2f}, {ratio.high:.2f}]" if ratio else ""
    verdict = "leads" if gap.low > 0 else "cannot be told apart from"
    figures = f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]{times}"
    return f"{best.name} {verdict} {runner_up.name}: {figures} in {MAIN}, paired, with 95 % intervals."
