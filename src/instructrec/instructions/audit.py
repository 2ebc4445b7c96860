"""How good generated instructions are: automatic measures, and a form for people to judge a sample.

The questions are the paper's: is an instruction derived from the user's data, does it add knowledge, does it
reflect what is wanted, is it related to the target.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.data.dataset import Dataset
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.data.text import terms
from instructrec.encoders.base import Encoder
from instructrec.errors import DataError
from instructrec.instructions.generate import Generated
from instructrec.instructions.item_facts import ItemFacts
from instructrec.instructions.template import colloquial_name, content_words, words
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Preference, Progress, TaskForm, no_progress

QUESTIONS = ("grounded", "adds_knowledge", "reflects_target", "related_to_target")
YES, NO = ("yes", "y", "1", "true", "是"), ("no", "n", "0", "false", "否")
RIVALS = 99  # random items that the target is ranked among (the paper's 1 + 99)
POOL = 400  # items from which the rivals are drawn


class Audit:
    """Measures over instructions made from one training dataset."""

    def __init__(self, data: Dataset) -> None:
        self.evidence = ItemFacts(data)
        self._users = {user: number for number, user in enumerate(self.evidence.histories.users)}

    def statistics(self, corpus: Sequence[Generated]) -> dict[str, float]:
        """What a corpus consists of: counts, shares and lengths."""
        n = max(1, len(corpus))
        shares = {
            "unique": len({g.text for g in corpus}),
            "leaks_target": sum(g.leaks_target for g in corpus),
            "negates": sum(bool(g.negates) for g in corpus),
            "flipped": sum(g.flip is not None for g in corpus),
            **{
                f"language_{name}": count
                for name, count in sorted(Counter(g.language for g in corpus).items())
            },
            **{f"group_{name}": count for name, count in sorted(Counter(g.group for g in corpus).items())},
        }
        return {
            "instructions": len(corpus),
            "templates": len({g.template for g in corpus}),
            "cells": len({(g.preference, g.intention, g.task) for g in corpus}),
            "items": len({g.item for g in corpus}),
            "users": len({g.user for g in corpus if g.user is not None}),
            "words_a_text": sum(len(terms(g.text)) for g in corpus) / n,
            "words": sum(len(terms(g.stated)) for g in corpus) / n,
            **{name: count / n for name, count in shares.items()},
        }

    def measures(self, corpus: Sequence[Generated]) -> dict[str, float]:
        """Whether what is said comes from the data, and says more than titles do; over the instructions that
        take facts.

        `grounded`: every fact is found in the field it declares. `adds_knowledge`: it says a word of the data
        that is neither in the target's title nor in those of the history; `new_words` is the share of such
        words among all told.
        """
        judged = [g for g in corpus if g.facts and not refused(g)]
        new = [self.new_words(g) for g in judged]
        every = sum(len(content_words(" ".join(g.facts))) for g in judged)
        return {
            "judged": len(judged),
            "grounded": _mean_or_nan([self.grounded(g) for g in judged]),
            "adds_knowledge": _mean_or_nan([bool(w) for w in new]),
            "new_words": sum(map(len, new)) / max(1, every),
        }

    def relation(
        self, corpus: Sequence[Generated], encoder: Encoder, rng: np.random.Generator, sample: int = 1000
    ) -> dict[str, float]:
        """How close instructions are to their targets in the space of an untuned encoder, on a sample.

        The target is ranked among itself and 99 random items by the cosine to the stated part (`mrr`,
        `hit_at_1`); `related` is the share that is closer to its target than to a random item. Refusals are
        left out: a vector cannot express them.
        """
        judged = [
            g
            for g in corpus
            if g.stated and g.facts and not refused(g) and not g.negates and _is_about_item(g)
        ]
        judged = [judged[i] for i in rng.permutation(len(judged))[:sample].tolist()]
        if not judged:
            return {}
        pool = rng.permutation(len(self.evidence.items))[:POOL].tolist()
        vectors = encoder.encode([g.stated for g in judged])
        wanted = encoder.encode([encoder_text(self.evidence.items[g.item]) for g in judged])
        rivals = encoder.encode([encoder_text(self.evidence.items[i]) for i in pool])
        own = (vectors * wanted).sum(axis=1)
        ranks, near = [], []
        for row, g in enumerate(judged):
            others = [p for p in rng.permutation(len(pool)).tolist() if pool[p] != g.item][:RIVALS]
            scores = rivals[others] @ vectors[row]
            ranks.append(1 + int((scores >= own[row]).sum()))
            near.append(bool(len(scores)) and own[row] > scores[0])
        inverse = [1 / r for r in ranks]
        return {
            "sampled": len(judged),
            "mrr": _mean_or_nan(inverse),
            "hit_at_1": _mean_or_nan([r == 1 for r in ranks]),
            "related": _mean_or_nan(near),
        }

    def obeyed(self, corpus: Sequence[Generated], rng: np.random.Generator, sample: int = 1000) -> float:
        """The share of targets that pass the conditions parsed from their instruction, on a sample.

        Tastes are left out: "I like comedy" demands nothing of the next item.
        """
        judged = [
            g
            for g in corpus
            if g.facts and g.stated and not refused(g) and g.preference != Preference.EXPLICIT
        ]
        vocabulary, facets = Vocabulary.of(self.evidence.items), Facets(self.evidence.items)
        chosen = [judged[i] for i in rng.permutation(len(judged))[:sample].tolist()]
        return _mean_or_nan(
            [bool(facets.mask(parse(g.stated, vocabulary).conditions)[g.item]) for g in chosen]
        )

    def grounded(self, made: Generated) -> bool:
        """Whether every fact is found in the field it declares; what is refused must not be found in the
        target.
        """
        for fact, field in zip(made.facts, made.fields, strict=True):
            found = any(self._said_of(i, fact, field, made) for i in self._sources(made, field))
            if found == field.startswith("refused."):
                return False
        return True

    def _sources(self, made: Generated, field: str) -> Sequence[int]:
        """The items that a field is of: the target, those of the history, or those that the user disliked."""
        if not field.startswith(("history.", "disliked.")):
            return (made.item,)
        if field != "history.review" and field.startswith("history."):
            return made.history
        history, user = self.evidence.histories, self._users[made.user or ""]
        rows = slice(history.offsets[user], history.offsets[user + 1])
        return history.items[rows][history.signs[rows] < (0 if field.startswith("disliked.") else 2)].tolist()

    def new_words(self, made: Generated) -> list[str]:
        """The words of its facts that are in no title of the history and not in the target's."""
        titles = [self.evidence.titles[i] for i in (made.item, *made.history)]
        known = {w for title in titles for w in terms(title)}
        return [w for w in content_words(" ".join(made.facts)) if w not in known]

    def _said_of(self, item: int, fact: str, field: str, made: Generated) -> bool:
        """Whether a field of an item says a fact: in its own words, by a number, or by a cue of the mood it
        is said with.
        """
        name = field.split(".")[-1]
        if name == "popularity":
            return fact in words("moods")["fame"].get(f"{self.evidence.fame[item]}_{made.language}", ())
        if name in ("price", "year"):
            return self._number(item, fact, name, made)
        if name == "review":
            return self._reviewed(item, fact)
        value = (
            self.evidence.titles[item] if name == "title" else self.evidence.items[item].attributes.get(name)
        )
        values = [str(v) for v in value] if isinstance(value, list) else [str(value or "")]
        known = {w for v in values for w in (*terms(v), *terms(colloquial_name(v, made.language)))}
        return (
            known.issuperset(terms(fact))
            or any(fact in words("moods")["tongues"].get(v.lower()[:2], {}).values() for v in values)
            or _cue_holds(fact, {*known, *(v.lower() for v in values)})
        )

    def _number(self, item: int, fact: str, name: str, made: Generated) -> bool:
        value = self.evidence.numbers[name][item]
        if np.isnan(value) or made.flip is not None:  # a flipped pair says a limit between two items
            return not np.isnan(value)
        if not fact[0].isdigit():
            table = words("moods")["bands" if name == "price" else "age"]
            return fact in table.get(f"{self.evidence.side(item, name)}_{made.language}", ())
        digits = int("".join(c for c in fact if c.isdigit()))
        return (
            value <= digits
            if name == "price"
            else digits in (int(value), int(value) // 10 * 10, int(value) // 10 * 10 % 100)
        )

    def _reviewed(self, item: int, fact: str) -> bool:
        rows = np.flatnonzero(self.evidence.histories.items == item).tolist() if self.evidence.reviews else []
        return any(set(terms(self.evidence.reviews[r])).issuperset(terms(fact)) for r in rows)


def audit_instructions(
    audit: Audit,
    corpus: Sequence[Generated],
    encoder: Encoder,
    rng: np.random.Generator,
    progress: Progress = no_progress,
) -> dict[str, dict[str, float]]:
    """All automatic measures, by what they ask of the data."""
    steps = {
        "statistics": lambda: audit.statistics(corpus),
        "said of the data": lambda: audit.measures(corpus),
        "near the target": lambda: audit.relation(corpus, encoder, rng),
        "met by the target": lambda: {"obeyed": audit.obeyed(corpus, rng)},
    }
    found = {}
    for done, (name, step) in enumerate(steps.items()):
        progress("measures", done, len(steps))
        found[name] = step()
    progress("measures", len(steps), len(steps))
    return found


def sample(corpus: Sequence[Generated], n: int, rng: np.random.Generator) -> list[Generated]:
    """`n` random instructions with a wish or a taste, for a person to judge."""
    judged = [g for g in corpus if g.facts and not refused(g)]
    return [judged[i] for i in rng.permutation(len(judged))[:n].tolist()]


def write_form(chosen: Sequence[Generated], audit: Audit, path: Path) -> None:
    """Write a CSV with one row for each instruction and an empty column for each question, to be filled with
    yes or no.
    """
    titles = audit.evidence.titles
    # spreadsheets need the mark to read Chinese
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            [
                "number",
                "template",
                "text",
                "answer",
                "target",
                "target_data",
                "history",
                *QUESTIONS,
                *_AUTOMATIC,
            ]
        )
        for number, g in enumerate(chosen, start=1):
            known = encoder_text(audit.evidence.items[g.item])
            history = "; ".join(titles[i] for i in g.history)
            verdicts = ["yes" if v else "no" for v in (audit.grounded(g), bool(audit.new_words(g)))]
            rows.writerow(
                [
                    number,
                    g.template,
                    g.text,
                    g.answer,
                    titles[g.item],
                    known,
                    history,
                    *[""] * len(QUESTIONS),
                    *verdicts,
                ]
            )


_AUTOMATIC = ("automatic_grounded", "automatic_adds_knowledge")


def read_form(path: Path, *others: Path) -> dict[str, dict[str, float]]:
    """Read a filled form: for each question how many were judged, the share of yes, and the agreement with
    the measure.

    `others` are the same form filled by other judges: `between_judges` is the share of answers in which each
    agrees with the first. Raises DataError for an answer that is neither yes nor no; an empty one is not
    judged.
    """
    first, *rest = (_form_rows(p) for p in (path, *others))
    return {question: _question_measures(question, first, rest) for question in QUESTIONS}


def _question_measures(
    question: str, first: Mapping[str, Mapping[str, bool | None]], rest: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """The measures of one question of a form; `rest` are the forms of other judges."""
    given = {number: row[question] for number, row in first.items() if row[question] is not None}
    found = {"judged": len(given), "yes": _mean_or_nan([answer is True for answer in given.values()])}
    automatic = f"automatic_{question}"
    measured = {number: row[automatic] for number, row in first.items() if automatic in row}
    if measured:
        found["agreement"] = _agreement(given, [measured])
    if rest:
        found["between_judges"] = _agreement(given, [_form_column(form, question) for form in rest])
    return found


def _agreement(given: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> float:
    """The share of answers that are the same where both are given."""
    return _mean_or_nan([given[n] == answer for other in others for n, answer in other.items() if n in given])


def _form_rows(path: Path) -> dict[str, dict[str, bool | None]]:
    """The answers of a form by the number of the instruction."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [q for q in QUESTIONS if rows and q not in rows[0]]
    if not rows or missing:
        raise DataError(
            f"{path} is no form of an audit: {'it has no rows' if not rows else f'no column {missing[0]!r}'}"
        )
    vectors = [q for q in (*QUESTIONS, *_AUTOMATIC) if q in rows[0]]
    return {row["number"]: {q: _answer(row[q], row["number"], q) for q in vectors} for row in rows}


def _form_column(form: Mapping[str, Mapping[str, bool | None]], question: str) -> dict[str, bool | None]:
    return {number: row[question] for number, row in form.items() if row[question] is not None}


def refused(made: Generated) -> bool:
    """Whether the answer to a yes-or-no question is no: the instruction then does not describe its item."""
    return made.task == TaskForm.POINTWISE and made.answer in [
        words("moods")["joins"][k]["no"] for k in ("en", "zh")
    ]


def _is_about_item(made: Generated) -> bool:
    return made.group not in ("turned_around", "relatedness")


def _cue_holds(fact: str, known: set[str]) -> bool:
    """Whether a mood's words are backed by one of its cues."""
    columns = ("en", "zh", "occasion_en", "occasion_zh")
    moods = (m for m in words("moods")["mood"] if any(fact in m.get(c, ()) for c in columns))
    return any(not known.isdisjoint(m["cues"]) for m in moods)


def _answer(known: str, number: str, question: str) -> bool | None:
    plain = known.strip().lower()
    if plain and plain not in (*YES, *NO):
        raise DataError(
            f"row {number}, {question}: {known!r} is neither yes nor no; write yes, no or nothing"
        )
    return plain in YES if plain else None


def _mean_or_nan(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
