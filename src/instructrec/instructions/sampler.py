"""Samples the parts of a generated instruction: user, history, target, wish, taste, and the other choices."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from instructrec.data.text import terms
from instructrec.instructions.item_facts import ItemFacts
from instructrec.instructions.template import Fact, content_words, fill, fitting, named, render, words
from instructrec.types import TaskForm

RECENT = 60  # interactions before a target that its instruction may be made of
KEPT = 20  # ... and those kept as its history (paper: at most 20)
TURNED = ("category", "tag", "brand", "person", "series", "trait")  # claims that can be turned round
TELLING = (
    "words",
    "word",
    "series",
    "trait",
    "aspect",
)  # placeholders that tell the title or the reviews: the oracle track
PREFIX = {"liked": "history.", "disliked": "disliked."}  # of the fields of a taste
SMALL = 1000  # items of a catalog that may be looked through
LOOKS = 20  # random items looked at for one that meets a condition


@dataclass(frozen=True, slots=True)
class SampledRequest:
    """A target and, where a person asks, who and after what.

    `row` is the target's interaction, -1 where nobody asks; `doubt` is the item that a question answered with
    no is about, else -1; `shown` is how many titles of the history a text quotes.
    """

    item: int
    user: int = -1
    row: int = -1
    history: tuple[int, ...] = ()
    doubt: int = -1
    shown: int = 1


@dataclass(slots=True)
class StatedPart:
    """Words that state a wish or a taste, and the facts in them; `negates` are the values they refuse."""

    text: str
    facts: list[Fact] = field(default_factory=list)
    negates: tuple[str, ...] = ()


class InstructionSampler:
    """Draws from the evidence with one source of randomness; None where the evidence has nothing to say."""

    def __init__(self, evidence: ItemFacts, rng: Random) -> None:
        self.evidence, self.rng = evidence, rng
        interactions = evidence.histories
        self.offsets, self.items = interactions.offsets.tolist(), interactions.items.tolist()
        self.times, self.signs = interactions.times.tolist(), interactions.signs.tolist()
        self.owner = np.repeat(np.arange(len(interactions)), np.diff(interactions.offsets)).tolist()
        first = np.zeros(len(interactions.items), bool)
        first[interactions.offsets[:-1][np.diff(interactions.offsets) > 0]] = True
        self._items = self._rounds(list(range(len(evidence.items))))
        self._rows = self._rounds(np.flatnonzero((interactions.signs > 0) & ~first).tolist())

    def stranger(self) -> SampledRequest:
        """An item for an unknown user; every item in turn, in random order."""
        return SampledRequest(next(self._items))

    def person(self) -> SampledRequest | None:
        """A positive interaction and what its user did strictly before it, without the item itself."""
        row = next(self._rows, None)
        if row is None:
            return None
        user, item = self.owner[row], self.items[row]
        history = [
            self.items[r] for r in self._before(user, row) if self.signs[r] >= 0 and self.items[r] != item
        ]
        shown = self.rng.randint(1, words("mix")["lengths"]["history"])
        return SampledRequest(item, user, row, tuple(history[-KEPT:]), shown=shown) if history else None

    def taste(self, case: SampledRequest, language: str, oracle: bool) -> StatedPart | None:
        """What the user likes and does not, from interactions and reviews before the target (preference
        P2).
        """
        rows = self._before(case.user, case.row)
        disliked = [self.items[r] for r in rows if self.signs[r] < 0 and self.items[r] != case.item]
        wanted, unwanted = self.evidence.taste(case.history, disliked)
        spoilers = frozenset() if oracle else self.evidence.spoilers[case.item]
        known = {"liked": wanted, "disliked": unwanted}
        free = {
            k: [c for c in v if self.evidence.claims[c].words.isdisjoint(spoilers)] for k, v in known.items()
        }
        facts = {name: self.evidence.tell(claims, language, PREFIX[name]) for name, claims in free.items()}
        facts |= self._opinions(rows, spoilers) | {"manner": self._manner(case.history, language)}
        return self._phrase("P2", language, {name: f for name, f in facts.items() if f})

    def wish(self, case: SampledRequest, level: str, language: str, oracle: bool) -> StatedPart | None:
        """A wish for the target: vague (I1), specific (I2) or one that refuses something ("not")."""
        known = self.evidence.known(case.item, language, oracle)
        known["lent"] = self.evidence.lent(case.history, case.item, self.rng)
        if level == "not":
            known["refused"] = self.evidence.tell(
                self.evidence.refusable(case.history, case.item, self.rng), language, "refused."
            )
        known = {name: facts for name, facts in known.items() if facts}
        return self._phrase(level, language, known, TELLING if oracle else ())

    def wrong(self, case: SampledRequest, many: int) -> list[int]:
        """Items that are neither the target nor of the history, half of them drawn by how often they were
        chosen.
        """
        taken = {case.item, *case.history}
        found: list[int] = []
        for _ in range(4 * many):
            popular = self.items and self.rng.random() < words("mix")["negatives"]["popular"]
            item = self.rng.choice(self.items) if popular else self.rng.randrange(len(self.evidence.items))
            if item not in taken:
                taken.add(item)
                found.append(item)
            if len(found) == many:
                return found
        return (
            found + self.rng.sample(left, min(len(left), many - len(found)))
            if (left := self._left(taken))
            else found
        )

    def choices(self, task: TaskForm, case: SampledRequest, rival: int | None = None) -> tuple[int, ...]:
        """The items of a pairwise question or of a list, in random order; `rival` is a wrong one that must be
        among them.
        """
        many = {TaskForm.PAIRWISE: 2, TaskForm.RERANKING: words("mix")["lengths"]["candidates"]}.get(task, 0)
        if not many:
            return ()
        wrong = [i for i in self.wrong(case, many - 1) if i != rival]
        if rival is not None:
            wrong = [rival, *wrong[: many - 2]]
        return tuple(self.rng.sample([case.item, *wrong], 1 + len(wrong)))

    def quoted(self, language: str, case: SampledRequest, choices: Sequence[int]) -> dict[str, str]:
        """The items that the text quotes, by placeholder."""
        joins, most = words("moods")["joins"][language], words("mix")["lengths"]
        recent = list(dict.fromkeys(case.history))[-case.shown :]
        titles = {
            i: _quote(self.evidence.titles[i], joins["quote"], most["title"])
            for i in (*recent, *choices, case.item)
        }
        return {
            "history": joins["list"].join(titles[i] for i in recent),
            "candidates": joins["list"].join(titles[i] for i in choices),
            "first": titles[choices[0]] if choices else "",
            "second": titles[choices[-1]] if choices else "",
            "target": titles[case.item],
            "verdict": joins["yes" if case.doubt < 0 else "no"],
        }

    def leaks(self, case: SampledRequest, parts: str, facts: list[Fact]) -> bool:
        """Whether words give away the target's title or its user's own review; see `Generated`."""
        stated = set(terms(parts))
        if not stated.isdisjoint(self.evidence.spoilers[case.item]) or any(
            f.field == "review" for f in facts
        ):
            return True
        own = self.evidence.reviews[case.row] if self.evidence.reviews and case.row >= 0 else ""
        return bool(own) and not set(content_words(own)).isdisjoint(
            w for f in facts for w in content_words(f.text)
        )

    def _left(self, taken: set[int]) -> list[int]:
        """What is left of a small catalog, where random draws find nothing new."""
        many = len(self.evidence.items)
        return [i for i in range(many) if i not in taken] if many <= SMALL else []

    def _rounds(self, numbers: list[int]) -> Iterator[int]:
        while numbers:
            self.rng.shuffle(numbers)
            yield from list(numbers)

    def _before(self, user: int, row: int) -> range | list[int]:
        """Acts of a user strictly before one of them."""
        start = max(self.offsets[user], row - RECENT)
        return [r for r in range(start, row) if self.times[r] < self.times[row]]

    def _opinions(self, rows: range | list[int], spoilers: frozenset[str]) -> dict[str, list[Fact]]:
        if not self.evidence.review_words:
            return {}
        stated = {
            "praised": [r for r in rows if self.signs[r] > 0],
            "blamed": [r for r in rows if self.signs[r] < 0],
        }
        return {
            name: [
                Fact(w, "history.review")
                for r in chosen
                for w in self.evidence.review_words[r]
                if w not in spoilers
            ]
            for name, chosen in stated.items()
        }

    def _manner(self, history: Sequence[int], language: str) -> list[Fact]:
        """The moods of most of what a person had, in words that name no value of the catalog."""
        count = Counter(mood for i in history for mood in self.evidence.moods[i])
        most = [mood for mood, n in count.most_common(3) if n > len(history) / 4]
        table = words("moods")["mood"]
        parts = ((w, field) for number, field in most for w in table[number][language])
        return [
            Fact(w, f"history.{field}")
            for w, field in parts
            if all(n.isdisjoint(self.evidence.values) for n in named(w))
        ]

    def _phrase(
        self, level: str, language: str, known: Mapping[str, list[Fact]], preferred: Sequence[str] = ()
    ) -> StatedPart | None:
        usable = fitting(level, language, frozenset(known))
        usable = [p for p in usable if not set(preferred).isdisjoint(p.needs)] or usable
        if not usable:
            return None
        phrase = self.rng.choice(usable)
        filled, used = fill(phrase.needs, known, language, self.rng)
        refused = known.get("refused", ())
        return StatedPart(render(phrase, filled), used, tuple(self.value(f) for f in used if f in refused))

    def value(self, fact: Fact) -> str:
        """What the catalog writes for a fact."""
        return self.evidence.claims[fact.claim].value


class Flips:
    """Draws pairs of wishes after the same history that differ in one condition, each with a target of its
    own.
    """

    def __init__(self, draw: InstructionSampler) -> None:
        self.draw, self.evidence, self.rng = draw, draw.evidence, draw.rng

    def pair(
        self, case: SampledRequest, language: str, oracle: bool
    ) -> tuple[StatedPart, StatedPart, int] | None:
        """A wish that the target meets, the same with one condition turned round, and an item that meets that
        one.
        """
        known = self.evidence.known(case.item, language, oracle)
        kinds = [kind for kind in TURNED if kind in known] or ["word"]
        named = known.get(self.rng.choice(kinds), [])
        turns = [
            *([lambda: self._named(named, known, case, language)] if named else []),
            *([lambda: self._pivoted(known, case, language)] if "year" in known else []),
            *([lambda: self._priced(known, case, language)] if "band" in known else []),
        ]
        return self.rng.choice(turns)() if turns else None

    def _turned(
        self,
        turn: dict[str, list[Fact]],
        known: dict[str, list[Fact]],
        case: SampledRequest,
        other: int,
        swap: bool,
        language: str,
    ) -> tuple[StatedPart, StatedPart, int] | None:
        """Both sides of a phrase; what else it says must hold of both items; `swap` when the target is of the
        turned side.
        """
        shared = {n: [f for f in facts if f.claim in self.evidence.of[other]] for n, facts in known.items()}
        facts = {**{n: f for n, f in shared.items() if f and n != "flipped"}, **turn}
        usable = [
            p for p in fitting("flip", language, frozenset(facts)) if not turn.keys().isdisjoint(p.needs)
        ]
        if not usable:
            return None
        phrase = self.rng.choice(usable)
        filled, used = fill(phrase.needs, facts, language, self.rng)
        parts = [
            StatedPart(render(phrase, filled), used),
            StatedPart(render(phrase, filled, phrase.turned), used),
        ]
        refused = turn.get("flipped", ())
        parts[1].negates = tuple(self.draw.value(f) for f in refused)
        parts[1].facts = [f._replace(field=f"refused.{f.field}") if f in refused else f for f in used]
        return parts[swap], parts[not swap], other

    def _named(
        self, named: list[Fact], known: dict[str, list[Fact]], case: SampledRequest, language: str
    ) -> tuple[StatedPart, StatedPart, int] | None:
        name = self.rng.choice(named)
        other = self._other(case, lambda i: not self.evidence.has(i, name.claim))
        return (
            None if other is None else self._turned({"flipped": [name]}, known, case, other, False, language)
        )

    def _pivoted(
        self, known: dict[str, list[Fact]], case: SampledRequest, language: str
    ) -> tuple[StatedPart, StatedPart, int] | None:
        years = self.evidence.numbers["year"]
        own = years[case.item]
        other = None if np.isnan(own) else self._other(case, lambda i: abs(years[i] - own) >= 5)
        if other is None:
            return None
        low, high = sorted((int(own), int(years[other])))
        pivot = next((y for y in range(low + 1, high + 1) if y % 10 == 0), high)
        return self._turned(
            {"pivot": [Fact(str(pivot), "year")]}, known, case, other, bool(own > years[other]), language
        )

    def _priced(
        self, known: dict[str, list[Fact]], case: SampledRequest, language: str
    ) -> tuple[StatedPart, StatedPart, int] | None:
        side = self.evidence.side(case.item, "price")
        opposite = {"low": "high", "high": "low"}.get(side)
        other = self._other(case, lambda i: self.evidence.side(i, "price") == opposite) if opposite else None
        if other is None:
            return None
        bands = words("moods")["bands"]
        turn = {
            "cheap": [Fact(w, "price") for w in bands[f"low_{language}"]],
            "dear": [Fact(w, "price") for w in bands[f"high_{language}"]],
        }
        return self._turned(turn, known, case, other, side == "high", language)

    def _other(self, case: SampledRequest, meets: Callable[[int], bool]) -> int | None:
        """Another target after the same history: a later choice of the user, else an item that shares a
        claim, else any.
        """
        later: list[int] = []
        if case.row >= 0:
            end = min(self.draw.offsets[case.user + 1], case.row + LOOKS)
            later = [self.draw.items[r] for r in range(case.row + 1, end) if self.draw.signs[r] > 0]
        own = self.evidence.of[case.item]
        kin = [
            self.rng.choice(self.evidence.holders[self.rng.choice(own)]) for _ in range(LOOKS if own else 0)
        ]
        any_item = [self.rng.randrange(len(self.evidence.items)) for _ in range(LOOKS)]
        taken = {case.item, *case.history}
        return next((i for i in (*later, *kin, *any_item) if i not in taken and meets(i)), None)


def _quote(title: str, marks: str, most: int) -> str:
    """A title in quotation marks, cut at a word where it is too long.

    >>> print(_quote('The "Real" Story of a Very Long Night', '""', 20))
    "The 'Real' Story of"
    """
    for mark in set(marks):
        title = title.replace(mark, "'")
    short = title if len(title) <= most else title[: most + 1].rsplit(" ", 1)[0][:most].rstrip(" ,:;|&(-–")
    return f"{marks[0]}{short}{marks[1]}"
