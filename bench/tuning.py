"""How fast a language model is tuned: ours against transformers' Trainer with its defaults, on the same
examples in one run.

    python bench/tuning.py [--set ml-100k] [--examples 64]

Both learn the same adapters' rank with the same loss of the answers alone, from the same examples, for one
pass without looking at validation. The Trainer is taken as it comes: 32 bits, batches of eight in random
order padded to their longest, adapters on all layers, logits of all positions. The rows between show what
each of our settings is worth.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from machine import ROOT, facts, publish
from ranking import load

from instructrec.language import tune as tuning
from instructrec.language.examples import Example, material
from instructrec.language.loss import answer_loss, encoded
from instructrec.language.model import TorchModel

ALL = 1_000  # more layers than any model has


def trainer(made: Sequence[Example]) -> float:
    """CPU seconds an example of transformers' Trainer with its defaults."""
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    model = TorchModel(tuning.TuneConfig().model)
    shape = LoraConfig(r=tuning.TuneConfig().rank, target_modules="all-linear", task_type="CAUSAL_LM")
    rows = encoded(model, made, tuning.TuneConfig().longest)
    data = [
        {
            "input_ids": r.asked + r.told,
            "attention_mask": [1] * len(r),
            "labels": [-100] * len(r.asked) + r.told,
        }
        for r in rows
    ]
    with TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, num_train_epochs=1, report_to=[], save_strategy="no", disable_tqdm=True
        )
        collator = DataCollatorForSeq2Seq(model.tokenizer, padding=True)
        made_by = Trainer(
            get_peft_model(model.network, shape), settings, train_dataset=data, data_collator=collator
        )
        start = time.process_time()
        made_by.train()
    return (time.process_time() - start) / len(rows)


def ours(made: Sequence[Example], config: tuning.TuneConfig, precision: torch.dtype | None = None) -> float:
    """CPU seconds an example of our steps."""
    chosen = tuning.faster_precision
    if precision is not None:
        tuning.faster_precision = lambda: precision
    run = tuning._Run(made, [], config, answer_loss)
    tuning.faster_precision = chosen
    start = time.process_time()
    for step, batch in run.remaining():
        run.step(step, batch)
    return (time.process_time() - start) / len(made)


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--set", default="ml-100k")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--examples", type=int, default=64)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        made = material(load(given.set, given.data, 10, Path(folder)).split, 0)[0][: given.examples]
    base = tuning.TuneConfig(minutes=600)
    rows = {
        "Trainer, its defaults": trainer(made),
        "ours, 32 bits, all layers": ours(made, replace(base, layers=ALL), torch.float32),
        "ours, 16 bits, all layers": ours(made, replace(base, layers=ALL), torch.bfloat16),
        f"ours, 16 bits, upper {base.layers} layers": ours(made, base, torch.bfloat16),
        "ours, 32 bits, upper layers": ours(made, base, torch.float32),
        f"ours, as it is (upper {base.layers} layers, the faster precision)": ours(made, base),
    }
    machine, slowest = facts(), rows["Trainer, its defaults"]
    lines = [
        f"# Tuning SmolLM2-135M on {len(made)} examples of {given.set}",
        "",
        f"{machine['cpu']}, {machine['threads']} threads, commit {machine['commit']}.",
        "",
        "| | CPU s an example | times the Trainer |",
        "|---|---:|---:|",
        *(f"| {name} | {seconds:.2f} | {slowest / seconds:.2f} |" for name, seconds in rows.items()),
        "",
    ]
    result: dict[str, Any] = {"set": given.set, "examples": len(made), "machine": machine, "rows": rows}
    publish(given.out, "tuning", result, "\n".join(lines))
    print("\n".join(lines))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
