"""Generated instructions: a corpus for training, and those of the evaluation tables.

`corpus` fills the grid of preference x intention x task form from training data; `templates/mix.toml` holds
the mix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from instructrec.data.dataset import Dataset
from instructrec.data.features import decade_name, names, prose
from instructrec.data.text import terms
from instructrec.errors import DataError
from instructrec.instructions.item_facts import ItemFacts
from instructrec.instructions.sampler import Flips, InstructionSampler, SampledRequest, StatedPart
from instructrec.instructions.template import Template, colloquial_name, fill, render, templates, words
from instructrec.lexicon.words import common
from instructrec.types import Intention, Item, Preference, Progress, TaskForm, no_progress

EVALUATION = Template(
    "evaluation", "en", ("categories", "decade", "words"), "$categories from the $decade with $words"
)
QUOTED = ("history", "target", "first", "second", "candidates")  # placeholders that quote titles
# repeated texts in a row before one is taken; less after each, as a small catalog has no more to say
PATIENCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One generated instruction, its answer, and where its words come from.

    `text` is the whole instruction, as a language model reads it; `stated` is the part that states a wish or
    a taste, as a person types it. `item` is the target, or what a yes or no is about. `facts` are the words
    taken from data and `fields` where each was found: of the target ("categories"), of the user's earlier
    items ("history.categories"), of disliked ones ("disliked.categories"), of another item that is refused
    ("refused.brand"), in the user's earlier reviews ("history.review") or in reviews of the target
    ("review").

    `leaks_target` is set when `stated` (with the answer of a turned-around instruction) contains a word of
    the target's title, a fact word that is also in the user's own review of the target, or anything from a
    review of the target: the oracle track of the paper. All else is the train-side track. A question answered
    with no is also flagged by the item that its wish was made for, so that a flag never reveals the answer.
    Items that a question is about are quoted in every setting and do not count, nor do words as common as
    "the" or "game".

    `negates` are the catalog values that are refused. `flip` is the place in the corpus of the same
    instruction with one condition reversed, whose target meets that condition: each is the other's hard
    negative.
    """

    text: str
    item: int
    template: str
    language: str
    stated: str = ""
    group: str = "search"
    preference: Preference = Preference.NONE
    intention: Intention = Intention.SPECIFIC
    task: TaskForm = TaskForm.MATCHING
    user: str | None = None
    history: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()
    answer: str = ""
    facts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    leaks_target: bool = False
    negates: tuple[str, ...] = ()
    flip: int | None = None


def corpus(data: Dataset, *, size: int, seed: int, progress: Progress = no_progress) -> list[Generated]:
    """Make `size` instructions from the training part of a dataset; the same for the same seed.

    Flipped partners stand side by side. A text comes once, unless a small catalog has no more to say. Raises
    DataError for a catalog without items.
    """
    if not len(data.catalog):
        raise DataError("the catalog has no items to make instructions of; read a source that has some")
    maker = _Maker(data, Random(seed))
    found: list[Generated] = []
    repeats = _Repeats()
    while len(found) < size:
        made = maker.make()
        if not made or len(found) + len(made) > size or not repeats.accepts(made):
            continue
        flips = (len(found) + 1, len(found)) if len(made) == 2 else (None,)
        found += [replace(g, flip=flip) for g, flip in zip(made, flips, strict=True)]
        if len(found) % 1000 < len(made) or len(found) == size:
            progress("instructions", len(found), size)
    return found


class _Repeats:
    """Refuses texts that were made before, until a catalog clearly has no more to say."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.fruitless, self.patience = 0, PATIENCE

    def accepts(self, made: Sequence[Generated]) -> bool:
        """Whether to keep an instruction or a flipped pair; pairs are never repeated."""
        fresh = self.seen.isdisjoint(g.text for g in made)
        self.fruitless = 0 if fresh else self.fruitless + 1
        if not fresh and (self.fruitless < self.patience or len(made) == 2):
            return False
        self.patience = min(PATIENCE, 2 * self.patience) if fresh else max(1, self.patience // 2)
        self.seen.update(g.text for g in made)
        return True


class _Maker:
    """Draws a template by the mix, somebody to say it, and what it says."""

    def __init__(self, data: Dataset, rng: Random) -> None:
        self.evidence, self.rng = ItemFacts(data), rng
        self.draw = InstructionSampler(self.evidence, rng)
        self.flips = Flips(self.draw)
        self.mix = words("mix")
        self.weighted = {
            (group, language): _weighted(group, language)
            for group in self.mix["groups"]
            for language in self.mix["languages"]
        }

    def make(self) -> list[Generated]:
        """One instruction, or a flipped pair, or nothing where what was drawn cannot be said."""
        language = self._pick(self.mix["languages"])
        made, weights = self.weighted[self._pick(self.mix["groups"]), language]
        template = self.rng.choices(made, weights)[0]
        personal = template.preference != Preference.NONE or "history" in template.parts_needed
        case = self.draw.person() if personal else self.draw.stranger()
        if case and template.task == TaskForm.POINTWISE:
            case = self._doubt(case, template)
        if case is None:
            return []
        oracle = self.rng.random() < self.mix["tracks"]["oracle"]
        if self._may_flip(template) and self.rng.random() < self.mix["tracks"]["flipped"]:
            return self._pair(template, case, oracle)
        single = self._single(template, case, oracle)
        return [single] if single else []

    def _doubt(self, case: SampledRequest, template: Template) -> SampledRequest:
        """Half the questions of yes or no are answered with no; one that names no item then says another
        item's wish.
        """
        wrong = self.draw.wrong(case, 1)
        if not wrong or self.rng.random() < 0.5:
            return case
        if "target" in template.needs:
            return replace(case, doubt=wrong[0])
        return SampledRequest(wrong[0], case.user, -1, case.history, doubt=wrong[0])

    def _pick(self, shares: Mapping[str, float]) -> str:
        return self.rng.choices(list(shares), list(shares.values()))[0]

    def _may_flip(self, template: Template) -> bool:
        forms = (TaskForm.MATCHING, TaskForm.RERANKING)
        searches = template.group in ("search", "personalised_search")
        return (
            searches
            and template.intention == Intention.SPECIFIC
            and template.task in forms
            and "wish" in template.needs
        )

    def _single(self, template: Template, case: SampledRequest, oracle: bool) -> Generated | None:
        parts: dict[str, StatedPart] = {}
        for name in ("taste", "wish"):
            if name in template.parts_needed:
                stated = self._say(name, template, case, oracle)
                if stated is None:
                    return None
                parts[name] = stated
        # of a plain template: facts of the item
        direct = [n for n in template.needs if n not in QUOTED and n not in parts]
        known = (
            self.evidence.known(case.item, template.language, oracle or "words" in direct) if direct else {}
        )
        if not known.keys() >= set(direct):
            return None
        filled, used = fill(direct, known, template.language, self.rng)
        parts |= {name: StatedPart(filled[name], used) for name in direct[:1]} | {
            name: StatedPart(filled[name]) for name in direct[1:]
        }
        return self._finish(template, case, parts, self.draw.choices(template.task, case))

    def _say(self, name: str, template: Template, case: SampledRequest, oracle: bool) -> StatedPart | None:
        """A taste or a wish; where nothing can be said without the target's own title or review, with
        them.
        """
        for track in (oracle, True):
            if name == "taste":
                found = self.draw.taste(case, template.language, track)
            else:
                refuses = (
                    template.intention == Intention.SPECIFIC
                    and self.rng.random() < self.mix["tracks"]["refusal"]
                )
                levels = ("not", "I2") if refuses else (template.intention.value,)
                found = next(
                    filter(None, (self.draw.wish(case, w, template.language, track) for w in levels)), None
                )
            if found:
                return found
        return None

    def _pair(self, template: Template, case: SampledRequest, oracle: bool) -> list[Generated]:
        taste = self._say("taste", template, case, oracle) if "taste" in template.parts_needed else None
        tries = (self.flips.pair(case, template.language, track) for track in (oracle, True))
        turned = next(filter(None, tries), None)
        if turned is None or (taste is None and "taste" in template.parts_needed):
            return []
        wish, other_wish, other = turned
        choices = self.draw.choices(template.task, case, other)
        sides = ((case, wish), (replace(case, item=other, row=-1), other_wish))
        before = {"taste": taste} if taste else {}
        return [self._finish(template, c, {**before, "wish": w}, choices) for c, w in sides]

    def _finish(
        self,
        template: Template,
        case: SampledRequest,
        parts: Mapping[str, StatedPart],
        choices: tuple[int, ...],
    ) -> Generated:
        """Put the parts, the quoted items and the answer together."""
        asked = case if case.doubt < 0 else replace(case, item=case.doubt, row=-1)
        filled = {name: stated.text for name, stated in parts.items()} | self.draw.quoted(
            template.language, asked, choices
        )
        text = render(template, filled)
        quotes = not set(QUOTED).isdisjoint(template.needs)
        stated = ". ".join(parts[n].text for n in template.needs if n in parts) if quotes else text
        facts = [f for part in parts.values() for f in part.facts]
        everything = " ".join((stated, *(part.text for part in parts.values())))
        return Generated(
            text=text,
            item=asked.item,
            template=template.id,
            language=template.language,
            stated=stated,
            group=template.group,
            preference=template.preference,
            intention=template.intention,
            task=template.task,
            user=self.evidence.histories.users[case.user] if case.user >= 0 else None,
            history=case.history,
            candidates=choices,
            answer=render(template, {**filled, "target": self.evidence.titles[asked.item]}, template.answer),
            facts=tuple(f.text for f in facts),
            fields=tuple(f.field for f in facts),
            leaks_target=any(self.draw.leaks(c, everything, facts) for c in {case, asked}),
            negates=tuple(v for part in parts.values() for v in part.negates),
        )


def _weighted(group: str, language: str) -> tuple[list[Template], list[float]]:
    """The templates of a group in a language, each cell's weight shared among its own."""
    mix = words("mix")
    chosen = [t for t in templates() if (t.group, t.language) == (group, language)]
    cells = [(t.preference.value, t.intention.value, t.task.value) for t in chosen]
    weights = [
        mix["preference"][p] * mix["intention"][i] * mix["task"][k] / cells.count((p, i, k))
        for p, i, k in cells
    ]
    return chosen, weights


def evaluation_instruction(target: Item, history: Sequence[Item], rng: np.random.Generator) -> str:
    """The instruction of the comparison tables: one category of the target, its decade, and two words.

    The words come from the target's prose; a target without any borrows two words of the titles of the
    user's earlier items that share a category. Words of the target's title, and names that would be
    conditions of their own, are left out.
    """
    categories = rng.permutation(_categories(target))[:1].tolist()
    year = target.attributes.get("year")
    known = {
        "categories": colloquial_name(categories[0], "en") if categories else "",
        "decade": decade_name(year) if isinstance(year, int | float) else "",
        "words": " ".join(rng.permutation(_words_for(target, history))[:2].tolist()),
    }
    if EVALUATION.fits(known):
        return render(EVALUATION, known)
    since = f"from the {known['decade']}" if known["decade"] else ""
    return " ".join(part for part in (known["categories"], since, known["words"]) if part)


def _words_for(target: Item, history: Sequence[Item]) -> list[str]:
    wanted = set(_categories(target))
    kin = [i for i in history if wanted.intersection(_categories(i))][-20:]
    named = {w for item in (target, *kin) for w in terms(" ".join(names(item)))}
    banned = named | set(terms(target.title)) | common()
    own = [w for w in terms(prose(target)) if w not in banned and len(w) > 3 and not w.isdigit()]
    lent = [
        w for item in kin for w in terms(item.title) if w not in banned and len(w) > 3 and not w.isdigit()
    ]
    return sorted(set(own or lent))


def _categories(item: Item) -> list[str]:
    value = item.attributes.get("categories")
    return value if isinstance(value, list) else []
