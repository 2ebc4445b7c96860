"""What each way to make the language model smaller saves and costs: size, time of a reading, and quality.

    python bench/compress.py ml-100k [--model .instructrec/demo/language] [--minutes 10] [--layers 24 20]
    [--limit 300]

The model is one that `instructrec tune` wrote. Rows: as tuned; with the vocabulary of the data's texts; and
of that with fewer layers, before and after they learned for so many minutes from the trimmed model. Each is
measured as a network of 16 bits on disk, read in the precision that is faster here, on requests of the test
part: which of ten titles was taken, without words and told the train-side instruction; and as the engine of 8
bits, by how long it takes over labels. Then the sentence encoders: the default, and MiniLM with linear layers
of 32 and of 8 bits. Rows are kept in --work: a killed run goes on.
"""

import argparse
import os
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch
from encoders import cost
from machine import ROOT, WORK, facts, kept, publish, shown
from ranking import load

from instructrec.compression.compress import CALIBRATED, TIMED, figures, milliseconds, wording
from instructrec.compression.layers import distilled, pruned
from instructrec.compression.vocabulary import trimmed
from instructrec.encoders.registry import load_encoder
from instructrec.encoders.transformer import MINILM
from instructrec.encoders.use import RESOURCES
from instructrec.language import tune as tuning
from instructrec.language.engine import Engine
from instructrec.language.examples import Choice, Example, choices, material, reached
from instructrec.language.listwise import MOST, score
from instructrec.language.model import TorchModel
from instructrec.language.rerank import ABOUT, ENGINE, NETWORK, reading

Asked = dict[str, Sequence[Choice]]


def measured(folder: Path, asked: Asked, titles: Sequence[str]) -> dict[str, float]:
    """Size, time and quality of a folder's network, and how quick its engine is with the labels that it is
    for.
    """
    labels = partial(score, Engine(folder / ENGINE))
    return figures([folder], asked["plain"], titles)[0] | {
        "nDCG@10, told": reached(reading(folder), asked["told"])["nDCG@10"],
        f"labels of {MOST} titles by the engine, ms": milliseconds([labels], asked["plain"][:TIMED], titles)[
            0
        ],
    }


def made_once(folder: Path, make: Callable[[], TorchModel]) -> TorchModel:
    """A smaller model as `tune` writes one, in a folder."""
    if not (folder / ABOUT).exists():
        shown(folder.name, 1, 1)
        tuning.publish(tuning.write(make(), folder), folder, {}, {})
    return TorchModel(str(folder / NETWORK))


def language(
    source: Path,
    made: Sequence[Example],
    texts: Sequence[str],
    depths: Sequence[int],
    minutes: float,
    work: Path,
) -> dict[str, Path]:
    """The folder of each row's model; those that are not there yet are made."""
    prompts = [example.prompt for example in made[:CALIBRATED]]
    rows = {"as tuned": source, "trimmed vocabulary": work / "trimmed"}
    whole = made_once(rows["trimmed vocabulary"], lambda: trimmed(TorchModel(str(source / NETWORK)), texts))
    config = tuning.TuneConfig(minutes=minutes)
    for depth in depths:
        bare, taught = (work / f"layers-{depth}{end}" for end in ("", f"-{minutes:g}"))
        student = made_once(bare, partial(pruned, whole, depth, prompts))
        made_once(taught, lambda s=student: distilled(s, whole, made, [], config, progress=shown)[0])
        rows |= {f"and {depth} layers": bare, f"and {depth} layers, {minutes:g} minutes": taught}
    return rows


def sentences(titles: Sequence[str]) -> dict[str, dict[str, float]]:
    """Size, time and likeness of the sentence encoders; the vectors of MiniLM are compared with its own of 32
    bits.
    """
    default, minilm = load_encoder(), load_encoder(MINILM)
    wanted, small = minilm.encode(titles), deepcopy(minilm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that another library will do this one day
        torch.ao.quantization.quantize_dynamic(small._model, {torch.nn.Linear}, torch.qint8, inplace=True)
    whole = sum(part.nbytes for part in minilm._model.parameters())
    linear = sum(part.weight.nbytes for part in minilm._model.modules() if isinstance(part, torch.nn.Linear))
    rows = {
        "the default, as it comes": {"MiB": (RESOURCES / "weights.npz").stat().st_size / 2**20}
        | cost(default, titles)
    }
    rows["MiniLM, 32 bits"] = {"MiB": whole / 2**20} | cost(minilm, titles)
    likeness = float((small.encode(titles) * wanted).sum(axis=1).mean())
    rows["MiniLM, 8 bits"] = (
        {"MiB": (whole - 0.75 * linear) / 2**20} | cost(small, titles) | {"mean cosine": likeness}
    )
    return rows


def table(rows: dict[str, dict[str, float]]) -> list[str]:
    """Rows as Markdown; a figure that a row has not is left out."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for name, row in rows.items():
        cells = ("" if c not in row else f"{row[c]:.4f}" if row[c] < 1 else f"{row[c]:,.1f}" for c in columns)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def markdown(result: dict[str, Any]) -> str:
    """The tables as text."""
    machine = result["machine"]
    lines = [
        f"# A smaller language model, {result['set']}: {result['requests']} requests of the test part",
        "",
        f"{machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}. One of ten titles was taken.",
        "The network has 16 bits on disk, the engine 8.",
        "",
    ]
    return "\n".join(
        [*lines, *table(result["rows"]), "Sentence encoders, on titles:", "", *table(result["encoders"])]
    )


def main() -> None:
    """Print the tables and write them to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("set")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--model", type=Path, default=Path(".instructrec/demo/language"))
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--layers", type=int, nargs="*", default=[24, 20])
    options.add_argument("--limit", type=int, default=300)
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    if not (given.model / ABOUT).exists():
        raise SystemExit(f"{given.model} holds no tuned model; give one with --model, or: instructrec tune")
    work = given.work.expanduser() / f"compress-{given.set}"
    work.mkdir(parents=True, exist_ok=True)
    task = load(given.set, given.data, given.limit, work)
    made, _ = material(task.split, 0, shown)
    titles = [item.title for item in task.split.train.items()]
    asked = {
        kind: choices(task.split, "test", given.limit, 0, told=kind == "told") for kind in ("plain", "told")
    }
    folders = language(given.model, made, wording(task.split.train, made), given.layers, given.minutes, work)
    rows = {}
    for name, folder in folders.items():
        rows[name] = kept(
            work / f"{name.replace(' ', '-')}.json", lambda f=folder: measured(f, asked, titles)
        )
        shown(name, 1, 1)
    result: dict[str, Any] = {
        "set": given.set,
        "requests": len(asked["plain"]),
        "minutes": given.minutes,
        "machine": facts(),
    }
    result |= {"rows": rows, "encoders": kept(work / "encoders.json", lambda: sentences(titles[:500]))}
    text = markdown(result)
    publish(given.out, f"compress-{given.set}", result, text)
    print(text)


if __name__ == "__main__":
    main()
