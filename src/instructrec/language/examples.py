"""Examples that a language model is tuned on: prompts with answers, from the instruction corpus in every
task form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.data.dataset import Split
from instructrec.evaluation.cases import cases
from instructrec.instructions.generate import Generated, corpus, evaluation_instruction
from instructrec.language.listwise import LABELS, LONGEST, MOST, Reading, listwise, matching
from instructrec.types import Progress, TaskForm, no_progress

PLAIN = ("recommendation", "search", "personalised_search")  # groups that are no form of their own
DRAWN = 30_000  # instructions that examples are made of: more than two cores learn from in an hour
MATCHES = 0.6  # share of matching, which is what is served
JUDGED = 60  # ranking tasks of validation
OTHERS = 5  # titles of the catalog that a title to be matched is told from
# candidates of a list: as many as in the paper's ranking, or as many as are ever read at once
CHOICES = (10, MOST)


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its answer; `form` is the task form, or the group where that is more specific.

    `others` are worse answers that the answer is contrasted with, where there are any.
    """

    prompt: str
    answer: str
    form: str
    others: tuple[str, ...] = ()


def examples(made: Sequence[Generated], titles: Sequence[str], rng: np.random.Generator) -> list[Example]:
    """One example of each instruction; `titles` are the catalog's by item number.

    Matching (T2) and choosing from a list (T3) use the prompts of serving: a title after a history and an
    instruction, or a label of lines in random order. All else uses its template's words.
    """
    ways = {TaskForm.RERANKING: _label_example, TaskForm.MATCHING: _match}
    return [
        ways[TaskForm(g.task)](g, titles, rng)
        if g.group in PLAIN and g.task in ways
        else Example(g.text, g.answer, _form_name(g))
        for g in made
    ]


def mix_by_share(made: Sequence[Example], share: float, rng: np.random.Generator) -> list[Example]:
    """The same examples in random order, but such that any beginning of them has about that share of
    matching.

    Where there are not enough of one kind the rest of the other is left out, so that the share holds to the
    end.

    >>> some = [Example("", "", "T2")] * 2 + [Example("", "", "T3")] * 9
    >>> [e.form for e in mix_by_share(some, 0.5, np.random.default_rng(0))].count("T3")
    2
    """
    order = rng.permutation(len(made)).tolist()
    matches = [made[n] for n in order if made[n].form == TaskForm.MATCHING]
    others = [made[n] for n in order if made[n].form != TaskForm.MATCHING]
    many = int(
        min(len(matches) / share if share else np.inf, len(others) / (1 - share) if share < 1 else np.inf)
    )
    matching_next = np.diff(np.floor(np.arange(many + 1) * share)) > 0
    taken = {True: iter(matches), False: iter(others)}
    return [next(taken[bool(each)]) for each in matching_next]


def _form_name(made: Generated) -> str:
    return made.task.value if made.group in PLAIN else made.group


def _match(made: Generated, titles: Sequence[str], rng: np.random.Generator) -> Example:
    prompt = matching(made.stated, [titles[n] for n in made.history])
    answer, taken = titles[made.item][:LONGEST], {made.item, *made.history}
    drawn = [titles[n][:LONGEST] for n in rng.integers(len(titles), size=OTHERS).tolist() if n not in taken]
    return Example(prompt, answer, TaskForm.MATCHING, tuple(t for t in dict.fromkeys(drawn) if t != answer))


def _label_example(made: Generated, titles: Sequence[str], rng: np.random.Generator) -> Example:
    wanted = min(int(rng.choice(CHOICES)), len(titles))
    taken = dict.fromkeys([*made.candidates, *made.history])
    more = [n for n in rng.permutation(len(titles))[: wanted + len(taken)].tolist() if n not in taken]
    shown = [*made.candidates, *more[: max(0, wanted - len(made.candidates))]]
    order = rng.permutation(len(shown)).tolist()
    prompt = listwise(made.stated, [titles[n] for n in made.history], [titles[shown[k]] for k in order])
    return Example(prompt, LABELS[[shown[k] for k in order].index(made.item)], TaskForm.RERANKING)


def tuning_material(
    split: Split, seed: int, progress: Progress = no_progress
) -> tuple[list[Example], list["RankingTask"]]:
    """The examples of the training part, most of them matching, and the ranking tasks of validation that they
    are judged by.
    """
    rng = np.random.default_rng(seed)
    made = corpus(split.train, size=DRAWN, seed=seed, progress=progress)
    titles = [item.title for item in split.train.catalog.records()]
    return mix_by_share(examples(made, titles, rng), MATCHES, rng), ranking_tasks(
        split, "valid", JUDGED, seed
    )


@dataclass(frozen=True, slots=True)
class RankingTask:
    """A request with a list to choose from: instruction, history, titles, and the place of the relevant
    one.
    """

    instruction: str
    history: tuple[str, ...]
    titles: tuple[str, ...]
    taken: int  # place in `titles`


def ranking_tasks(
    split: Split, part: str, limit: int, seed: int, others: int = 9, instructed: bool = False
) -> list[RankingTask]:
    """The requests of a part as ranking tasks: one relevant item among random ones that the user never had.

    With `instructed` the instruction names a category, a decade and words of the item's prose; else there is
    none.
    """
    rng = np.random.default_rng(seed)
    items = split.train.catalog.records()
    found = []
    for case in cases(split, part, limit, seed):
        target = int(rng.choice(case.relevant))
        history = case.context.history.tolist()
        refused = {*case.seen.tolist(), *case.relevant.tolist()}
        drawn = [
            n for n in rng.permutation(len(items))[: others + len(refused)].tolist() if n not in refused
        ][:others]
        shown = rng.permutation([target, *drawn]).tolist()
        instruction = (
            evaluation_instruction(items[target], [items[n] for n in history], rng) if instructed else ""
        )
        titles = tuple(items[n].title for n in shown)
        found.append(
            RankingTask(instruction, tuple(items[n].title for n in history), titles, shown.index(target))
        )
    return found


def ranking_measures(reading: Reading, asked: Sequence[RankingTask]) -> dict[str, float]:
    """Mean HR@1 and nDCG@10 of the relevant title."""
    ranks = []
    for each in asked:
        values = reading(each.instruction, each.history, each.titles)
        ranks.append(int((values > values[each.taken]).sum()))
    places = np.array(ranks)
    return {
        "HR@1": float((places == 0).mean()),
        "nDCG@10": float(np.where(places < 10, 1 / np.log2(places + 2), 0).mean()),
    }
