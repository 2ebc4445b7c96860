"""The tables of the benches other than ranking; each function takes a file of bench/results, part by part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markdown import figure, of_rows, ratio, run, section, table

About = Mapping[str, Any]
Parts = Mapping[str, About]
NDCG, HIT, COVERAGE = "nDCG@10", "HR@10", "coverage@10"
FULL = (
    "The whole catalog is ranked; tied items stand in one fixed random order; items that the user has "
    "interacted with are left out; a request carries the user's last 200 interactions that are not negative."
)
ORDER = "Of time the order of interactions is used, and by popularity the age of an interaction."
TITLES = (
    "Which of ten titles was chosen: the chosen one and nine random ones that the user had nothing to do "
    "with; a tie counts for the chosen one. The model reads the last eight titles of the history; time is "
    "not used."
)
UNTRAINED = (
    "The model that answers after reading and before training, in nDCG@10 beside the sentence encoder "
    "alone and, without words, beside popularity; differences with the 95 % interval of a bootstrap by "
    "user, paired by request. One set of default weights serves all: it was chosen on validation requests "
    "of ml-100k, deskdrop, ml-latest-small and amazon-games and on the requests of redial; the other sets "
    "say how general it is. Conditions of an instruction hold for every row. An instruction is made of "
    "words of the chosen item's text, and half of its title leaks it: they say how words are found, not "
    "how people ask. human-requests is what people wrote to others, who then named films."
)
COUNTS = ("requests", "users", "items", "examples", "pairs", "epochs", "cpu_seconds", "peak_mib")
LATENCY = {"conditions": "with conditions", "free": "without", "encoder": "of it the encoder"}


def bench(title: str, intro: str, parts: Parts, body: Callable[[About], str]) -> str:
    """A section with a part for each data set: its tables, what was counted, and the run."""
    text = []
    for name, about in parts.items():
        counts = [f"{figure(about[key])} {key}" for key in COUNTS if key in about]
        setting = ", ".join([*counts, run(about["run"])]).replace("cpu_seconds", "CPU s")
        text.append(section(name, body(about), setting.replace("peak_mib", "MiB") + ".", level=3))
    return section(title, intro, *text)


def every_column(about: About) -> str:
    """The rows of a part with all their figures."""
    return of_rows(about["rows"], {key: key for row in about["rows"].values() for key in row})


def search(parts: Parts) -> str:
    """Settings of the sequence network on validation."""

    def body(about: About) -> str:
        rows = {}
        for name, row in about["rows"].items():
            best = max(row["by epoch"])
            epoch = 1 + row["by epoch"].index(best)
            rows[name] = {f"best {NDCG}": best, "in epoch": epoch, "CPU s an epoch": row["cpu_seconds"]}
        return every_column({"rows": rows})

    intro = f"The sequence channel alone, on validation. {FULL}"
    return bench("Settings of the sequence network", intro, parts, body)


def steering(parts: Parts) -> str:
    """Wishes in other words."""

    def body(about: About) -> str:
        lines = [
            f"- InstructRec over {other}: "
            + "; ".join(f"{key} {ratio(value)}" for key, value in each.items())
            for other, each in about["ratios"].items()
        ]
        share = f"{about['items that have the wish']:.1%} of the items have what is wished."
        return "\n".join([every_column(about), *lines, "", share])

    intro = (
        "No instruction of the training speaks of half of the attributes that moods stand for; requests "
        "then ask for just those, in words that name none. satisfied@10: the share of the first ten items "
        f"that have the attribute. Global time split, test part. {FULL} {ORDER} Conditions are applied in "
        "the last column only, to every row. CPU seconds are of both trainings."
    )
    return bench("Wishes in other words", intro, parts, body)


def transfer(parts: Parts) -> str:
    """A model in a shop that it never saw."""

    def body(about: About) -> str:
        rows = {}
        for name, row in sorted(about["rows"].items(), key=lambda item: -item[1][NDCG]):
            interval = "-".join(map(figure, row["interval"]))
            rows[name] = {NDCG: row[NDCG], "95 % CI": interval, HIT: row[HIT], COVERAGE: row[COVERAGE]}
        return every_column({"rows": rows})

    intro = (
        "Gates and the adapter of the instruction channel are taken over; counts are the new shop's own; "
        f"the sequence channel is left out. Last interaction of each user for test, one seed. {FULL} "
        f"{ORDER} With an instruction its conditions hold for every row. Intervals are bootstrapped by user."
    )
    return bench("A model in a shop that it never saw", intro, parts, body)


def encoders(parts: Parts) -> str:
    """Sentence encoders on validation, one column each."""

    def body(about: About) -> str:
        rows = about["rows"]
        keys = [key for key in next(iter(rows.values())) if all(key in row for row in rows.values())]
        return table(["", *rows], [[key, *(row[key] for row in rows.values())] for key in keys])

    intro = (
        "A model is trained with each encoder and measured on validation before the gates are fitted "
        "there. steered: the instruction is a wish in other words; instructed: it names things; profiled: "
        f"the user has stated preferences; the rows of a channel are its satisfied@10 alone. {FULL} {ORDER}"
    )
    return bench("Sentence encoders", intro, parts, body)


def understanding(parts: Parts) -> str:
    """The exam of the parser, violated conditions, and the generated instructions."""

    def body(about: About) -> str:
        if "violations" in about:
            return (
                f"{about['items']:,} returned items were checked against {about['conditions']:,} parsed "
                f"conditions: **{about['violations']} violations**. {about['read_back']:.2%} of the "
                "generated sentences were read back as the conditions that they state."
            )
        if any("columns right" in row for row in about["rows"].values()):
            return every_column(about)
        if any("silent losses" in row for row in about["rows"].values()):
            return every_column(about)
        columns = {"sentences": "sentences", "exact": "read exactly", "conditions": "conditions"}
        columns |= {"f1": "F1 of conditions", "negations lost": "negations lost", "words": "words"}
        columns |= {"grounded": "grounded", "adds_knowledge": "says more than titles"}
        columns |= {"hit_at_1": "target first of 100", "related": "nearer than a random one"}
        return of_rows(about["rows"], columns | {"conditions met": "conditions met by the target"})

    intro = (
        "exam: sentences labelled by people who had not seen the parser; one half was used to mend it. "
        "violations: random catalogs and requests, checked by code that shares nothing with the library's "
        "own. corpus: generated instructions, ranked by an encoder that was not tuned on them. catalogs: "
        "real catalogs read without any mapping; a column is right when its role, unit and list signs are. "
        "requests: labelled requests over the same catalogs, by the rows that conditions keep. "
        "The unseen half was not looked at before the figures were taken."
    )
    return bench("Understanding", intro, parts, body)


def language(parts: Parts) -> str:
    """What tuning the language model is worth."""

    def body(about: About) -> str:
        times = "Reading takes " + ", ".join(
            f"{figure(each)} ms for {key}" for key, each in about["ms"].items()
        )
        lines = [
            f"- Beside the fast model, {'with' if kind == 'told' else 'without'} an instruction: weight "
            f"{row['weight']:.2f}; nDCG@20 of {row['lists']} lists {figure(row['without'])} without and "
            f"{figure(row['with'])} with it ({{:+.4f}}, 95 % CI {{:+.4f}} to {{:+.4f}}).".format(*row["gain"])
            for kind, row in about.get("beside", {}).items()
        ]
        return "\n".join([every_column(about), f"{times}.", "", *lines])

    return bench("Tuning a language model: quality", TITLES, parts, body)


def tuning(parts: Parts) -> str:
    """What tuning costs."""

    def body(about: About) -> str:
        slowest = next(iter(about["rows"].values()))["CPU s an example"]
        rows = {
            name: {**row, "as fast as the Trainer": f"{slowest / row['CPU s an example']:.2f}x"}
            for name, row in about["rows"].items()
        }
        return every_column({"rows": rows})

    return bench("Tuning a language model: cost", "", parts, body)


def compress(parts: Parts) -> str:
    """Smaller language models."""
    return bench("A smaller language model", TITLES, parts, every_column)


def reasons(parts: Parts) -> str:
    """Reasons that the language model writes."""

    def body(about: About) -> str:
        lines = [
            ["reasons", about["reasons"]],
            ["written by the model", f"{about['kept']:,} ({about['kept'] / max(about['reasons'], 1):.0%})"],
            ["of them with an unsupported claim", about["unsupported"]],
            [
                "made wrong on purpose, found by the same check",
                f"{about['found']:,} of {about['made wrong']:,}",
            ],
            ["ms a reason", about["ms"]],
        ]
        examples = [f"- {example}" for example in about["sample"]]
        return "\n".join([table(["", "figure"], lines), "Some of them:", "", *examples])

    return bench("Reasons written by a language model", "", parts, body)


def speed(parts: Parts) -> str:
    """Latency, scaling, stages and parsing."""

    def body(about: About) -> str:
        if "exponent" in about:
            growth = f"CPU seconds grow with interactions to the power of {about['exponent']:.2f}."
            return every_column(about) + f"\nOne epoch and all counts. {growth}"
        if "worst growth" in about:
            worst = f"{about['worst growth']['ratio']:.1f}x as long as 1,000"
            return (
                f"{about['sentences']} sentences against the 32,131 games of steam: "
                f"{figure(about['ms']['p50'])} ms (p50), {figure(about['ms']['p99'])} ms (p99). The "
                f"vocabulary takes {figure(about['vocabulary_cpu_s'])} CPU s. 4,000 characters of a "
                f"repeated {about['worst growth']['of']!r}, the worst tried, take {worst}."
            )
        rows = about["rows"]
        if not all("conditions" in row for row in rows.values()):
            return (
                every_column(about)
                + "\nOther work on the machine counts in wall seconds, not in CPU seconds."
            )
        cuts = {
            size: {f"{LATENCY[k]}: {cut}, ms": row[k][cut] for k in LATENCY for cut in row[k]}
            | {"peak memory, MiB": row["peak_mib"]}
            for size, row in rows.items()
        }
        note = "A warm process; a new sentence and history each time; a made-up catalog with random weights."
        return every_column({"rows": cuts}) + f"\n{note}"

    return bench("Speed", "", parts, body)


def untrained(parts: Parts) -> str:
    """The answer before any training."""

    def body(about: About) -> str:
        rows = {name: dict(row) for name, row in about["rows"].items()}
        for row in rows.values():
            row |= {key: gap(row[key]) for key in row if key.startswith("over ")}
        return f"{every_column({'rows': rows})}\n{about['note'].capitalize()}."

    return bench("Before any training", UNTRAINED, parts, body)


def gap(difference: Sequence[float]) -> str:
    """A difference with its 95 % interval.

    >>> gap([0.0512, 0.0301, 0.0709])
    '+0.0512 (+0.0301 to +0.0709)'
    """
    return "{:+.4f} ({:+.4f} to {:+.4f})".format(*difference)


BENCHES: dict[str, Callable[[Parts], str]] = {
    "search": search,
    "steering": steering,
    "transfer": transfer,
    "untrained": untrained,
    "encoders": encoders,
    "understanding": understanding,
    "language": language,
    "tuning": tuning,
    "compress": compress,
    "reasons": reasons,
    "speed": speed,
}
