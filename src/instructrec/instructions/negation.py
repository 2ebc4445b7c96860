"""How far each negator of a sentence reaches, and what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from instructrec.instructions.tokens import Token
from instructrec.instructions.vocabulary import spoken


@dataclass(slots=True)
class Reach:
    """One negator at start:after (token numbers), the mentions that it refuses, and what else it does.

    `rest` are refused words that name nothing of the catalog; `back` is set when the negator comes after its mentions.
    """

    start: int
    after: int
    mentions: list[int] = field(default_factory=list)
    rest: tuple[int, int] | None = None
    back: bool = False


def negations(tokens: Sequence[Token], stems: Sequence[str], mentions: Sequence[tuple[int, int, bool]]) -> list[Reach]:
    """The negators of a sentence; mentions are (first token, token after the last, whether it is a number), in order."""
    walk = _Walk(tokens, stems, mentions)
    place = 0
    while place < len(tokens):
        place = walk.step(place)
    walk.stop(place)
    return [r for r in walk.found if r.mentions or r.rest]


class _Walk:
    """Left to right over the tokens, with the negator that reaches the present one."""

    def __init__(self, tokens: Sequence[Token], stems: Sequence[str], mentions: Sequence[tuple[int, int, bool]]) -> None:
        self.tokens, self.stems, self.mentions = tokens, stems, mentions
        self.begins = {start: number for number, (start, _, _) in enumerate(mentions)}
        self.found: list[Reach] = []
        self.open: Reach | None = None
        self.covered = False  # whether the open negator has something to refuse already
        self.loose: int | None = None  # where refused words begin that name nothing

    def step(self, place: int) -> int:
        """Read what starts at a place and return where the next thing starts."""
        if place in self.begins:
            return self._mention(self.begins[place])
        if length := self._length("exempt", place):
            return place + length
        if length := self._length("negators", place):
            return self._negator(place, place + length)
        length = self._length("tight", place)
        if length and place + length in self.begins:
            number = self.begins[place + length]
            self.found.append(Reach(place, place + length, [number]))
            return self.mentions[number][1]
        if self.tokens[place].text == "-free" or self._length("postfix", place):
            return self._postfix(place, place + max(1, self._length("postfix", place)))
        if self.open and self._ends(place):
            self.stop(place)
        return self._word(place)

    def stop(self, place: int) -> None:
        """End the open negator here."""
        if self.open and self.loose is not None:
            start = self.open.start if not self.open.mentions else self.loose
            self.open.rest = (start, place)
        self.open, self.covered, self.loose = None, False, None

    def _length(self, section: str, place: int) -> int:
        return spoken(section).length(self.stems, place)

    def _mention(self, number: int) -> int:
        start, end, is_number = self.mentions[number]
        if self.open and is_number and self.covered and not self._joins(start - 1):
            self.stop(start)  # "no horror under $10" asks for the price
        if self.open:
            self.open.mentions.append(number)
            self.covered, self.loose = True, None
        return end

    def _negator(self, place: int, after: int) -> int:
        if (length := self._length("postfix", place)) and self._clause_ends(place + length) and self._backward(place):
            return self._postfix(place, place + length)
        again = self.open is not None and place == self.open.after and self.stems[place] != "nor"
        self.stop(place)
        if not again:  # "not without" says with
            self.open = Reach(place, after)
            self.found.append(self.open)
        return after

    def _postfix(self, place: int, after: int) -> int:
        if refused := self._backward(place):
            self.found.append(Reach(place, after, refused, back=True))
        return after

    def _backward(self, place: int) -> list[int]:
        """The mentions of the list that ends at a place, which no negator refuses yet."""
        ends = {end: number for number, (_, end, _) in enumerate(self.mentions)}
        taken = {number for reach in self.found for number in reach.mentions}
        refused: list[int] = []
        while place > 0:
            if (number := ends.get(place)) is not None and number not in taken:
                refused.insert(0, number)
                place = self.mentions[number][0]
            elif self.stems[place - 1] in ("的", "片", "类", "就", "都", "也", "、") or (refused and self._joins(place - 1)):
                place -= 1
            else:
                break
        return refused

    def _clause_ends(self, place: int) -> bool:
        return place >= len(self.tokens) or self.tokens[place].closes

    def _joins(self, place: int) -> bool:
        return any(self._length(s, place) for s in ("or", "and"))

    def _word(self, place: int) -> int:
        """A word that names nothing: refused as it stands where it is the negator's own or goes on with its list."""
        assert place < len(self.tokens)
        length = self._length("filler", place) or 1
        if self.open and not self._length("filler", place) and self.tokens[place].text not in ",，、":
            if self.loose is None and (not self.covered or self._joins(place - 1)):
                self.loose = place
            self.covered = True
        return place + length

    def _ends(self, place: int) -> bool:
        """Whether the negation stops: at a contrast, at a pause with something refused, or at a comma that ends its list."""
        assert self.open
        if self._length("breaks", place):
            return place > self.open.after
        if self.covered and self._length("pauses", place):
            return not self._joins(place + 1)
        return self.tokens[place].closes and not self._list_goes_on(place)

    def _list_goes_on(self, place: int) -> bool:
        """`no horror, war or drama`: after the comma come only names and commas, and then an `or`."""
        if self.tokens[place].text not in ",，":
            return False
        start, place = place, place + 1
        while place < len(self.tokens):
            if self._joins(place):
                return place > start + 1 or place + 1 in self.begins
            if place in self.begins:
                place = self.mentions[self.begins[place]][1]
            elif self.tokens[place].text in ",，":
                place += 1
            else:
                return False
        return False
