"""Does a wish in other words steer the list: by a model that never read such a wish, and with other encoders?

    python bench/steering.py wishes [--sets ml-100k steam] [--limit 3000]
    python bench/steering.py encoders [--encoders NAME ...] [--set ml-100k]

`wishes`: no instruction of the training names half of the attributes that moods stand for, by their names,
what people call them, or their moods. The model is then asked for just those on the test part of a time
split, in English and Chinese, in words that name no attribute ("something that makes me laugh", 想要阴森的).
Nothing is filtered: a wish can only be followed by ranking. A second model is trained without hard negatives:
no instruction stands beside the item of the same one with a condition negated.

`encoders`: a model is trained with each sentence encoder and measured on validation, before the gates are
fitted there: an encoder is a folder or a name on the hub, as sentence-transformers takes it.
"""

import argparse
import time
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

import harness
import numpy as np
import sections
import torch
from task import split_of

from instructrec.baselines.encoder import UntunedEncoder
from instructrec.baselines.registry import BASELINES
from instructrec.config import threads
from instructrec.data.dataset import Split
from instructrec.encoders.base import Encoder
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.encoders.transformer import MINILM
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import MAIN, ndcg_at_10
from instructrec.evaluation.instructed import (
    MOOD_KEYS,
    NOBODY,
    instructed_cases,
    profile_cases,
    soft_wish_cases,
    wish_satisfaction,
    wish_values,
)
from instructrec.evaluation.metrics import paired
from instructrec.instructions.generate import corpus as generated
from instructrec.instructions.template import words
from instructrec.instructions.understand import Reader
from instructrec.lexicon.words import lexicon
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, fit, train
from instructrec.tuning.prepare import MAX_INSTRUCTIONS, OBJECTIVES, Corpus, InstructionExamples, prepare
from instructrec.types import Context, Scorer

MEASURES = ("wish satisfaction@10", MAIN)
NAMED = f"{MAIN}, instruction that names things"
LANGUAGES = {"English": True, "Chinese": False}  # whether a sentence of it is ASCII


class WithoutWish:
    """A model that does not read the wish: how far the history alone goes."""

    name = "InstructRec without the wish"

    def __init__(self, model: Scorer) -> None:
        self.model = model

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Scores from the histories alone."""
        return self.model.score([Context(history=c.history, user=c.user) for c in contexts])


def held_out_values() -> tuple[str, ...]:
    """The attributes of every second mood of the list: a fixed rule."""
    return tuple(sorted({cue for mood in words("moods")["mood"][1::2] for cue in mood["cues"]}))


def phrases_of(values: Collection[str]) -> list[str]:
    """Everything by which some values are spoken of: their names, what people call them, and the moods they
    stand for.
    """
    same = {*values, *(name for name, other in lexicon()["instead"].items() if other in values)}
    names = [
        name for value in (*values, *sorted(same)) for name in (value, *lexicon()["names"].get(value, ()))
    ]
    moods = [m for m in words("moods")["mood"] if not set(m["cues"]).isdisjoint(values)]
    said = [phrase for mood in moods for key in MOOD_KEYS for phrase in mood.get(key, ())]
    return [phrase.casefold() for phrase in dict.fromkeys((*names, *said))]


def speaks_of(text: str, phrases: Collection[str]) -> bool:
    """Whether a text holds one of the phrases (casefolded)."""
    plain = text.casefold()
    return any(phrase in plain for phrase in phrases)


def without_values(
    corpus: Corpus, split: Split, reader: Reader, config: TrainConfig, values: Sequence[str]
) -> Corpus:
    """The corpus without the instructions that speak of these values, in training and in validation."""
    banned = phrases_of(values)
    made = generated(
        split.train,
        size=min(config.instructions_each * len(corpus.items), MAX_INSTRUCTIONS),
        seed=config.seed,
    )
    texts = [each.stated or (each.answer if each.group == "turned_around" else "") for each in made]
    texts = [text for text in texts if text]
    # as `prepare` reads them: what says nothing is left out
    read = reader.contexts(texts, [NOBODY] * len(texts))
    texts = [text for text, context in zip(texts, read, strict=True) if context.vector is not None]
    if len(texts) != len(corpus.examples):
        raise SystemExit(f"{len(texts)} instructions were made anew, the corpus has {len(corpus.examples)}")
    stays = np.array([not speaks_of(text, banned) for text in texts], bool)
    asks = InstructionExamples(
        **{field.name: getattr(corpus.examples, field.name)[stays] for field in fields(InstructionExamples)}
    )
    return replace(
        corpus,
        examples=asks,
        instructed=[c for c in corpus.instructed if not speaks_of(c.context.instruction.text, banned)],
        soft_wishes=[s for s in corpus.soft_wishes if not speaks_of(s.case.context.instruction.text, banned)],
        profiles=profile_cases(corpus.uninstructed, corpus.items, reader, config.seed, skip=values),
    )


def without_hard_negatives(corpus: Corpus) -> Corpus:
    """The same corpus, where an instruction stands beside another item only if it asks which of the two."""
    pairs = corpus.examples.objective == OBJECTIVES.index("pairwise")
    return replace(
        corpus,
        examples=replace(corpus.examples, hard_negatives=np.where(pairs, corpus.examples.hard_negatives, -1)),
    )


def measure(given: argparse.Namespace, name: str) -> dict[str, Any]:
    """Train without the held-out attributes, ask for them, and compare."""
    start = time.process_time()
    split, config, values = split_of(name, given.data), TrainConfig(seed=given.seed), held_out_values()
    encoder, store = load_encoder(), SqliteStore(given.work.expanduser() / "vectors.db")
    each, limit = config.instructions_each, config.valid_limit
    corpus = prepare(
        split, encoder, store, each=each, limit=limit, seed=given.seed, progress=harness.progress
    )
    reader = Reader(Vocabulary.of(corpus.items), encoder, store)
    corpus = without_values(corpus, split, reader, config, values)
    model, _ = fit(corpus, config, progress=harness.progress)
    plainer, _ = fit(without_hard_negatives(corpus), config, progress=harness.progress)
    plainer = replace(plainer, name="without hard negatives")
    plain = cases(split, "test", given.limit, given.seed)
    wishes = soft_wish_cases(plain, corpus.items, reader, given.seed, only=values)
    named = instructed_cases(plain, corpus.items, reader, given.seed)
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions))
    baselines: list[Scorer] = [UntunedEncoder.fit(known, corpus.vectors), BASELINES["BM25"].fit(known)]
    alone = [model.channels["instruction"], model.channels["attributes"]]
    scorers: list[Scorer] = [model, plainer, WithoutWish(model), *alone, *baselines]
    found = {scorer.name: wish_values(scorer, wishes, len(corpus.items)) for scorer in scorers}
    rows = {
        scorer.name: {key: float(found[scorer.name][key].mean()) for key in MEASURES}
        | {NAMED: ndcg_at_10(scorer, named, len(corpus.items), allowed=corpus.allowed)}
        for scorer in scorers
    }
    users = [wish.case.user for wish in wishes]
    best = max((scorer.name for scorer in baselines), key=lambda name: rows[name]["wish satisfaction@10"])
    ratios = {
        other: {key: ratio(found[model.name][key], found[other][key], users) for key in MEASURES}
        for other in (best, plainer.name)
    }
    chance = float(np.mean([len(wish.wished) for wish in wishes]) / len(corpus.items))
    about = {"requests": len(wishes), "users": len(set(users)), "items that have the wish": chance}
    return about | {"rows": rows, "ratios": ratios, "cpu_seconds": time.process_time() - start}


def ratio(ours: np.ndarray, theirs: np.ndarray, users: Sequence[str]) -> list[float] | None:
    """The paired ratio of means with its interval by users; None where theirs is nothing."""
    found = paired(ours, theirs, np.unique(users, return_inverse=True)[1]).ratio
    return [found.mean, found.low, found.high] if found else None


def wishes(given: argparse.Namespace) -> None:
    """Wishes for attributes that no instruction of the training spoke of."""
    torch.set_num_threads(threads())
    folder = given.work.expanduser() / f"steering-{given.limit}-{given.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in given.sets:
        found = harness.kept(folder / f"{name}.json", lambda name=name: measure(given, name))
        print(sections.steering(harness.publish(given.out, "steering", name, found)))


def cost(encoder: Encoder, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of one sentence (median), and texts a second in batches; loading is not counted."""
    encoder.encode(texts[:1])
    spent = []
    for text in texts[:100]:
        start = time.perf_counter()
        encoder.encode([text])
        spent.append(1000 * (time.perf_counter() - start))
    start = time.perf_counter()
    encoder.encode(texts)
    rate = len(texts) / (time.perf_counter() - start)
    return {"ms a sentence": float(np.median(spent)), "texts a second": rate}


def encoder_row(name: str, split: Split, limit: int) -> dict[str, Any]:
    """Train with one encoder; how well the model, and each channel that reads wishes, follows them."""
    encoder, items = load_encoder(name), split.train.items()
    reader = Reader(Vocabulary.of(items), encoder, None)
    asked = soft_wish_cases(cases(split, "valid", limit), items, reader, seed=0)
    spent = cost(encoder, [wish.case.context.instruction.text for wish in asked])
    model, trained = train(split, encoder, progress=harness.progress)
    return {**trained.valid, **by_language(model, asked), **spent, "fit_cpu_seconds": trained.cpu_seconds}


def by_language(model: FastModel, asked: Sequence[Any]) -> dict[str, float]:
    """The satisfied@10 of each channel that reads a wish, in each language."""
    found = {}
    for language, ascii_ in LANGUAGES.items():
        spoken = [wish for wish in asked if wish.case.context.instruction.text.isascii() == ascii_]
        for name in ("instruction", "attributes"):
            found[f"{name}, {language}"] = wish_satisfaction(model.channels[name], spoken, len(model.items))[
                1
            ]
    return found


def encoders(given: argparse.Namespace) -> None:
    """Sentence encoders side by side on validation, and what a text costs."""
    split = split_of(given.set, given.data)
    rows = {name: encoder_row(name, split, given.limit) for name in given.encoders}
    print(sections.encoders(harness.publish(given.out, "encoders", given.set, {"rows": rows})))


def main() -> None:
    """Measure, print the tables and write them to bench/results."""
    options, parts = harness.subcommands(__doc__)
    wished = harness.subcommand(parts, "wishes", wishes)
    wished.add_argument("--sets", nargs="+", default=["ml-100k", "steam"])
    wished.add_argument("--limit", type=int, default=3_000, help="requests drawn at random")
    wished.add_argument("--seed", type=int, default=0)
    compared = harness.subcommand(parts, "encoders", encoders)
    compared.add_argument("--encoders", nargs="+", default=[DEFAULT, MINILM])
    compared.add_argument("--set", default="ml-100k")
    compared.add_argument("--limit", type=int, default=5_000, help="requests drawn at random")
    given = options.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
