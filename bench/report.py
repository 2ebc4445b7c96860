"""Write docs/results.md and the tables of both READMEs from bench/results: `python bench/report.py`.

The ranking tables are here, those of the other benches in sections.py; the programs print the same tables.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown import figure, of_rows, ratio, run, section, table
from sections import BENCHES, COVERAGE, FULL, HIT, NDCG, ORDER, Parts

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench/results"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
OURS = "InstructRec"

# The recommenders of the tables: the library's baselines and peers without a network, and peers with one.
BASELINES = {
    "popularity": ("popularity", "流行度"),
    "recent popularity": ("recent popularity", "近期流行度"),
    "item neighbours": ("item kNN", "物品近邻"),
    "user neighbours": ("user kNN", "用户近邻"),
    "RP3beta": ("RP3beta", "RP3beta"),
    "EASE": ("EASE", "EASE"),
    "ALS": ("ALS", "ALS"),
    "TF-IDF content": ("TF-IDF content", "TF-IDF 内容"),
    "BM25": ("BM25", "BM25"),
    "implicit:ALS": ("ALS (implicit)", "ALS（implicit）"),
    "implicit:CosineKNN": ("cosine kNN (implicit)", "余弦近邻（implicit）"),
    "implicit:BM25KNN": ("BM25 kNN (implicit)", "BM25 近邻（implicit）"),
    "lenskit:ALS": ("ALS (LensKit)", "ALS（LensKit）"),
    "lenskit:ItemKNN": ("item kNN (LensKit)", "物品近邻（LensKit）"),
    "article:Pair": ("linear pair model (the article's sample)", "线性配对模型（文章示例）"),
}
NEURAL = {
    "recbole:SASRec": ("SASRec (RecBole)", "SASRec（RecBole）"),
    "recbole:GRU4Rec": ("GRU4Rec (RecBole)", "GRU4Rec（RecBole）"),
    "recbole:LightGCN": ("LightGCN (RecBole)", "LightGCN（RecBole）"),
    "rectools:SASRec": ("SASRec (RecTools)", "SASRec（RecTools）"),
    "rectools:eSASRec": ("eSASRec (RecTools)", "eSASRec（RecTools）"),
    "article:MultVAE": ("Mult-VAE (plain torch)", "Mult-VAE（纯 torch）"),
    "article:GRU": ("GRU (plain torch)", "GRU（纯 torch）"),
}
OTHERS = BASELINES | NEURAL
CHANNELS = {
    "sequence": "sequence (transformer)",
    "neighbours": "transitions",
    "together": "EASE neighbourhood",  # as older results call it
    "ease": "EASE neighbourhood",
    "wording": "TF-IDF",
    "tfidf": "TF-IDF",
    "content": "content (embeddings)",
    "popularity": "recent popularity",
}
SETS = {
    "ml-100k": ("MovieLens-100K: {} films", "MovieLens-100K：{} 部电影"),
    "ml-1m-seq": ("MovieLens-1M, no ratings: {} films", "MovieLens-1M（不用评分）：{} 部电影"),
    "amazon-games": ("amazon-games: {} products", "amazon-games：{} 件商品"),
    "deskdrop": ("deskdrop: {} articles", "deskdrop：{} 篇文章"),
    "steam": ("steam: {} games", "steam：{} 款游戏"),
}
HEADS = (
    ("data set", "InstructRec, nDCG@10", "best baseline", "best neural peer", "ratio (95 % CI)"),
    ("数据集", "InstructRec，nDCG@10", "最好的基线", "最好的神经网络", "比值（95 % CI）"),
)


def best(rows: Parts, kind: Mapping[str, Any]) -> str:
    """The row of a kind with the highest nDCG@10; empty where there is none."""
    there = [name for name in rows if name in kind and NDCG in rows[name]]
    return max(there, key=lambda name: rows[name][NDCG], default="")


def lead(rows: Parts) -> str:
    """InstructRec's ratio to the best other row, with the interval where it was paired with just that row."""
    rival, found = best(rows, OTHERS), rows[OURS].get("lead", {})
    if rival and found.get("over") == rival and found["ratio"]:
        return ratio(found["ratio"])
    if not rival or not rows[rival][NDCG]:
        return "no ratio"
    return f"{rows[OURS][NDCG] / rows[rival][NDCG]:.2f}x (interval not measured)"


def summary(results: Mapping[str, Any], language: int = 0) -> str:
    """One line for each data set: InstructRec, the best baseline, the best neural peer, and the ratio."""
    lines = []
    for name, titles in SETS.items():
        result = results[name]
        rows = result["rows"]
        title = titles[language].format(f"{result['items']:,}")
        rivals = [best(rows, kind) for kind in (BASELINES, NEURAL)]
        cells = [f"{OTHERS[r][language]} {figure(rows[r][NDCG])}" if r else "" for r in rivals]
        lines.append([title, f"**{figure(rows[OURS][NDCG])}**", *cells, lead(rows)])
    return table(HEADS[language], lines)


def ranking(result: Mapping[str, Any]) -> str:
    """All tables of one data set."""
    rows, name = result["rows"], result["set"]
    known = {OURS: (OURS,), **OTHERS}
    compared = {row: about for row, about in rows.items() if row in known}
    parts = [row for row in rows if row not in known]
    if unknown := [row for row in parts if not is_part(row)]:
        raise SystemExit(
            f"{name}: no table of bench/report.py has the row {unknown[0]!r}; add it to BASELINES or NEURAL"
        )
    ordered = sorted(compared, key=lambda row: -compared[row].get(NDCG, -1))
    runs = list(dict.fromkeys(run(compared[row]["run"]) for row in ordered))
    shown = {
        known[row][0]: {NDCG: "not run: " + compared[row]["skipped"]}
        if "skipped" in compared[row]
        else {COVERAGE: None, **compared[row], "run": chr(ord("a") + runs.index(run(compared[row]["run"])))}
        for row in ordered
    }
    columns = {NDCG: NDCG, HIT: HIT, COVERAGE: COVERAGE, "fit_cpu_seconds": "fit, CPU s"}
    columns |= {"ms_a_request": "ms a request", "seeds": "seeds", "run": "run"}
    notes = [
        f"- {known[row][0]} {about['version']}: {about['note']}"
        for row, about in compared.items()
        if "note" in about
    ]
    about = [f"- run {chr(ord('a') + number)}: {text}" for number, text in enumerate(runs)]
    title = SETS.get(name, (name + ": {} items",))[0].format(f"{result['items']:,}")
    return section(
        name,
        f"{title}, {result['requests']:,} requests.",
        protocol(result["protocol"]),
        of_rows(shown, columns),
        f"InstructRec over {known[best(rows, OTHERS)][0]}: {lead(rows)} in nDCG@10."
        if best(rows, OTHERS)
        else "",
        by_seed(rows[OURS]),
        "\n".join([*about, *notes]),
        channels(rows),
        hard_cases(rows[OURS]),
        few_candidates(rows[OURS]),
    )


def is_part(row: str) -> bool:
    """Whether a row is a channel, a sum without one, a bound, or InstructRec with a query that leaks."""
    return (
        row.startswith(("without ", OURS)) or row.endswith((" channel", " (leaks)")) or row == "equal gates"
    )


def protocol(about: Mapping[str, Any]) -> str:
    """How the requests of a set are made and ranked."""
    return (
        f"Split: {about['split']}; ratings: {about['ratings']}. {FULL} The sequence network reads the last "
        f"{about['sequence length']} of them, a peer as many as its note says. Peers leave tied items as "
        f"their own sort does. {ORDER} CPU seconds of a baseline are of its whole search for settings, "
        "those of a peer of the chosen fit up to its best epoch. The interval of the ratio is a 95 % "
        "bootstrap by user, paired by request."
    )


def by_seed(row: Mapping[str, Any]) -> str:
    """The nDCG@10 of each seed, where there are several."""
    values = row.get(f"{NDCG} by seed", ())
    seconds = row.get("seconds to best epoch", ())
    text = (
        f"InstructRec's {NDCG} by seed: {', '.join(map(figure, values))}; others have one seed. "
        if values
        else ""
    )
    wall = ", ".join(f"{each:,}" for each in seconds)
    return text + (f"Wall seconds up to the epoch that was best on validation: {wall}." if seconds else "")


def channels(rows: Parts) -> str:
    """Each channel alone and the sum without it, and what bounds the sum."""
    lines = [
        [
            CHANNELS.get(name, name),
            *(rows[row][key] for row in (f"{name} channel", f"without {name}") for key in (NDCG, HIT)),
        ]
        for name in (row.removesuffix(" channel") for row in rows if row.endswith(" channel"))
    ]
    lines.sort(key=lambda line: line[3])
    head = ["channel", f"alone: {NDCG}", HIT, f"sum without it: {NDCG}", HIT]
    others = {
        row: rows[row]
        for row in rows
        if is_part(row) and not row.startswith("without ") and " channel" not in row
    }
    title = (
        "Channels left out, the most useful first, and bounds (a row that leaks knows part of the answer):"
    )
    return (
        "\n".join([title, "", table(head, lines), of_rows(others, {NDCG: NDCG, HIT: HIT})]) if lines else ""
    )


def hard_cases(row: Mapping[str, Any]) -> str:
    """InstructRec and the best other row where little is known."""
    lines = []
    for kind, about in row.get("hard", {}).items():
        others = [name for name in about if name not in ("requests", OURS)]
        rival = f"{OTHERS[others[0]][0]} {figure(about[others[0]])}" if others else ""
        lines.append([kind, about["requests"], about[OURS], rival])
    return (
        f"{NDCG} of hard cases:\n\n" + table(["request", "requests", OURS, "best of the others"], lines)
        if lines
        else ""
    )


def few_candidates(row: Mapping[str, Any]) -> str:
    """HR among few candidates."""
    kinds = {
        "no query": "few candidates",
        "half of the title as query (leaks)": "few candidates, half of the title as query",
    }
    there = {name: row[key] for name, key in kinds.items() if row.get(key)}
    if not there:
        return ""
    head = (
        "Among the wanted item and 9 or 99 random items that the user never had, for parity with the "
        "InstructRec paper (not comparable with full ranking; a tie counts against the wanted item):\n\n"
    )
    return head + of_rows(there, {key: key for key in next(iter(there.values()))})


INTRO = """# Results

Written by `python bench/report.py` from the files of [bench/results](../bench/results). [The
bench](../bench/README.md) says how each was measured, [how it is measured](concepts/how-it-is-measured.md)
why so. Every table names the machine, the commit and, where it was kept, the command of its figures; a
program that has another name now is found in the bench's table. nDCG@10 and HR@10 are means over requests;
coverage@10 is the share of the catalog that is among the first ten of any list ("not measured": the row is
older than that column).
"""


def read(folder: Path = RESULTS) -> dict[str, Any]:
    """All results by the name of their file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def page(results: Mapping[str, Any]) -> str:
    """docs/results.md."""
    order = [*SETS, *sorted(name for name in results if name not in SETS and name not in BENCHES)]
    parts = [
        INTRO,
        section("Five data sets", "The best of each kind; the tables below have all rows.", summary(results)),
    ]
    parts += [ranking(results[name]) for name in order]
    parts += [make(results[name]) for name, make in BENCHES.items() if name in results]
    return "\n".join(parts)


def readme(text: str, results: Mapping[str, Any], language: int) -> str:
    """A README with its table written anew between the markers."""
    found = re.escape(BEGIN) + r".*?" + re.escape(END)
    new = f"{BEGIN}\n{summary(results, language)}{END}"
    text, count = re.subn(found, lambda _: new, text, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"a README has {count} places between {BEGIN} and {END}; exactly one is needed")
    return text


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    results = read()
    files = {ROOT / "docs/results.md": page(results)}
    for language, name in enumerate(("README.md", "README.zh-CN.md")):
        files[ROOT / name] = readme((ROOT / name).read_text(encoding="utf-8"), results, language)
    return files


def main() -> None:
    """Write the page and both tables."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
