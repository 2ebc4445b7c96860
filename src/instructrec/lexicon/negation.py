"""How far each negator of a sentence reaches, and what it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from instructrec.lexicon.words import Token

# What may stand between a name and the negator after it: 恐怖片就都不要, "war movies bore me", Tom Hanks演的不要.
BEHIND = frozenset("的片类就都也、通统全两三样家社演导拍主开发行牌品风") | {"is", "are", "games", "one"}
ALL = frozenset("都通统全一")
Said = Mapping[str, int]  # list of the lexicon -> tokens of its phrase


@dataclass(slots=True)
class Reach:
    """One negator at start:after (token numbers), the mentions that it refuses, and what else it does.

    `rest` are refused words that name nothing of the catalog; `back` is set when the negator comes after its mentions, `narrow`
    when it reaches no further than one mention and its alternatives, `weak` when it says nothing of words that name nothing,
    and `void` when it says neither yes nor no: "not that I dislike comedies", "free ones are fine too".
    """

    start: int
    after: int
    mentions: list[int] = field(default_factory=list)
    rest: tuple[int, int] | None = None
    back: bool = False
    narrow: bool = False
    weak: bool = False
    void: bool = False


def negations(tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[tuple[int, int, bool]]) -> list[Reach]:
    """The negators of a sentence, given what the lexicon has at every place.

    Mentions are (first token, token after the last, whether it is a number), in order.
    """
    walk = _Walk(tokens, said, mentions)
    place = 0
    while place < len(tokens):
        place = walk.step(place)
    walk.stop(place)
    return [r for r in walk.found if r.mentions or r.rest]


class _Walk:
    """Left to right over the tokens, with the negator that reaches the present one."""

    def __init__(self, tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[tuple[int, int, bool]]) -> None:
        self.tokens, self.mentions = tokens, mentions
        self.said = [*said, {}]  # the end has nothing, and neither has the place before the beginning
        self.begins = {start: number for number, (start, _, _) in enumerate(mentions)}
        self.stops = {end: number for number, (_, end, _) in enumerate(mentions)}
        self.taken: set[int] = set()  # mentions that a negator refuses already
        self.found: list[Reach] = []
        self.open: Reach | None = None
        self.covered = False  # whether the open negator has something to refuse already
        self.loose: int | None = None  # where refused words begin that name nothing

    def step(self, place: int) -> int:
        """Read what starts at a place and return where the next thing starts."""
        if place in self.begins:
            return self._mention(self.begins[place])
        if not self.open and not self.said[place] and self.tokens[place].text != "-free":
            return place + 1
        if (length := self._length("exempt", place)) and length >= self._length("negators", place):
            return place + length  # "nobody" refuses nothing, "nobody wants" does
        if after := self._alone(place) or self._refusal(place):
            return after
        if self.open and self._ends(place):
            self.stop(place)
        return self._word(place)

    def _refusal(self, place: int) -> int:
        """Read a negator, or what is said after the names it speaks of; 0 where there is neither."""
        if length := self._length("neither", place):
            return self._negator(place, place + length, void=True)
        if length := self._length("allowed", place):
            if self.open and self.open.mentions and self.mentions[self.open.mentions[-1]][1] == place:
                self.open.void = True  # 不便宜也行
            return self._postfix(place, place + length, void=True)
        if length := self._length("except_after", place):
            after = self._postfix(place, place + length, double=False)
            self.stop(place)  # 除了喜剧以外的动作片 asks for action
            return after
        if (length := self._length("tight", place)) and place + length in self.begins:
            return self._negator(place, place + length, narrow=True)
        if length := self._length("negators", place):
            return self._negator(place, place + length)
        if self.tokens[place].text == "-free" or self._length("postfix", place):
            return self._after_names(place, place + max(1, self._length("postfix", place)))
        return 0

    def _after_names(self, place: int, after: int) -> int:
        """Read a negator that comes after its names; 0 where none is before it, or one follows: 我不要恐怖片 begins with 我."""
        if after in self.begins and self.tokens[place].text != "-free":
            return 0
        if self._backward(place):
            return self._postfix(place, after)
        return after if self._taken_back(place) or self._unknown_before(place, after) else 0

    def _alone(self, place: int) -> int:
        """Read a no that is a clause of its own, about the names of the clause before: "VR? no thanks", VR晕，跳过."""
        after, names = _own_clause(self.tokens, self.said, self.mentions, place)
        refused = self._backward(names) if names else []
        if refused:
            self.stop(place)
            self.found.append(Reach(place, after, refused, back=True))
            self.taken.update(refused)
        return after if refused else 0

    def _unknown_before(self, place: int, after: int) -> bool:
        """Refuse the words of a clause that names nothing and ends in a negator: 俗套的不要, "sad endings are out"."""
        start = _clause_start(self.tokens, place)
        if self.open or not _clause_ends(self.tokens, after):
            return False
        if not _names_nothing(self.tokens, self.said, self.mentions, start, place):
            return False
        self.found.append(Reach(place, after, rest=(start, after), back=True))
        return True

    def stop(self, place: int) -> None:
        """End the open negator here."""
        if self.open and self.loose is not None and not (self.open.weak or self.open.void):
            start = self.open.start if not self.open.mentions else self.loose
            self.open.rest = (start, place)
        self.open, self.covered, self.loose = None, False, None

    def _length(self, section: str, place: int) -> int:
        return self.said[place].get(section, 0)

    def _mention(self, number: int) -> int:
        start, end, is_number = self.mentions[number]
        if self.open and self.covered and (is_number or self.open.narrow) and not self._goes_on(start - 1):
            self.stop(start)  # "no horror under $10" asks for the price, "not too expensive racing games" for racing
        if self.open:
            self.open.mentions.append(number)
            self.taken.add(number)
            self.open.narrow |= is_number
            self.covered, self.loose = True, None
        return end

    def _negator(self, place: int, after: int, narrow: bool = False, void: bool = False) -> int:
        length = self._length("postfix", place)
        if length and _clause_ends(self.tokens, place + length) and (behind := self._after_names(place, place + length)):
            return behind  # 没有合作模式的不考虑 asks for it
        again = self.open is not None and self._only_says(self.open.after, place) and self.tokens[place].stem != "nor"
        self.stop(place)
        if not again:  # "not without" says with, "nothing that isn't" says with too
            weak = self._length("weak", place) == after - place
            self.open = Reach(place, after, narrow=narrow, weak=weak, void=void)
            self.found.append(self.open)
        return after

    def _only_says(self, start: int, place: int) -> bool:
        """Whether nothing is between a negator and the next one but words that say nothing of the thing."""
        return not self.covered and all(
            not self.tokens[k].closes and any(self._length(s, k) for s in ("filler", "pauses", "things"))
            for k in range(start, place)
        )

    def _postfix(self, place: int, after: int, void: bool = False, double: bool = True) -> int:
        refused = self._backward(place)
        if refused and double and self._one_clause(place):
            self._taken_back(place)  # 没有僵尸的射击游戏不要 asks for zombies
        elif refused:
            self.found.append(Reach(place, after, refused, back=True, void=void))
            self.taken.update(refused)
        elif double and not void:
            self._taken_back(place)
        return after

    def _one_clause(self, place: int) -> bool:
        """Whether a negator with what it refuses stands before, and nothing but names between it and this place."""
        last = self.found[-1] if self.found else None
        if last is None or last.back or not last.mentions:
            return False
        named = {k for start, end, _ in self.mentions for k in range(start, end)}
        return all(k in named or self.tokens[k].text in BEHIND for k in range(last.after, place))

    def _taken_back(self, place: int) -> bool:
        """Take the last refusal back where a second one ends its clause, as in 非喜剧不看."""
        last = self.found[-1] if self.found else None
        if last is None or last.back or not last.mentions:
            return False
        between = range(last.after, place)
        if any(self.tokens[k].closes for k in between) and not any("others" in self.said[k] for k in between):
            return False  # 除了喜剧，别的都不看 asks for comedy; 不要喜剧，不看 refuses it twice
        self.taken.difference_update(last.mentions)
        self.found.remove(last)
        self.open, self.covered, self.loose = None, False, None
        return True

    def _backward(self, place: int) -> list[int]:
        """The mentions of the list that ends at a place, which no negator refuses yet."""
        refused: list[int] = []
        while place > 0:
            if (number := self.stops.get(place)) is not None and number not in self.taken:
                refused.insert(0, number)
                place = self.mentions[number][0]
            elif self._behind(place - 1, bool(refused)):
                place -= 1
            else:
                break
        return refused

    def _behind(self, place: int, listed: bool) -> bool:
        """Whether a word may stand between a name and the negator after it, or join two names of a list."""
        return self.tokens[place].text in BEHIND or bool(self._length("things", place)) or (listed and _joins(self.said[place]))

    def _goes_on(self, place: int) -> bool:
        """Whether the word at a place goes on with what is refused; after a narrow negator an English `and` does not."""
        assert self.open
        return _joins(self.said[place]) and not (self.open.narrow and self.tokens[place].text == "and")

    def _word(self, place: int) -> int:
        """A word that names nothing: refused as it stands where it is the negator's own or goes on with its list."""
        assert place < len(self.tokens)
        length = self._length("filler", place) or 1
        if self.open and not self._length("filler", place) and self.tokens[place].text not in ",，、":
            if self.loose is None and (not self.covered or self._goes_on(place - 1)):
                self.loose = place
            self.covered = True
        return place + length

    def _ends(self, place: int) -> bool:
        """Whether the negation stops: at a contrast, at a pause with something refused, or at a comma that ends its list."""
        assert self.open
        if self._length("breaks", place):
            return place > self.open.after
        if self.covered and self._length("pauses", place):
            tells = self._length("weary", self.open.start) and not self.open.mentions and place + 1 in self.begins
            return not (_joins(self.said[place + 1]) or tells)  # 受够了打打杀杀的动作片 refuses them
        return self.tokens[place].closes and not _list_goes_on(self.tokens, self.said, self.mentions, self.begins, place)


def _clause_start(tokens: Sequence[Token], place: int) -> int:
    """Where the clause begins that a place is in."""
    while place > 0 and not tokens[place - 1].closes:
        place -= 1
    return place


def _clause_ends(tokens: Sequence[Token], place: int) -> bool:
    """Whether a clause ends before a place; a space between Chinese words does for a comma."""
    if place >= len(tokens) or tokens[place].closes:
        return True
    apart = place > 0 and tokens[place - 1].end < tokens[place].start
    return apart and not tokens[place - 1].text.isascii() and not tokens[place].text.isascii()


def _names_nothing(
    tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[tuple[int, int, bool]], start: int, end: int
) -> bool:
    """Whether a clause has words of its own and none that names something."""
    told = [k for k in range(start, end) if not said[k] and tokens[k].text not in BEHIND]
    named = any(first < end and last > start for first, last, _ in mentions)
    return bool(told) and not named and not any("others" in said[k] for k in range(start, end))


def _own_clause(
    tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[tuple[int, int, bool]], place: int
) -> tuple[int, int]:
    """Where a no ends that is a clause of its own, and where the names of the clause before it end; 0 where there are none."""
    after = place + said[place].get("alone", 0)
    if after == place or not place or not tokens[place - 1].closes or not _clause_ends(tokens, after):
        return after, 0
    start = _clause_start(tokens, place - 1)
    asked = any("ask" in said[k] for k in range(start, place))
    return after, 0 if asked else max((end for _, end, _ in mentions if start < end < place), default=0)


def _joins(said: Said) -> bool:
    """Whether a place of a sentence joins names."""
    return "or" in said or "and" in said


def _list_goes_on(
    tokens: Sequence[Token],
    said: Sequence[Said],
    mentions: Sequence[tuple[int, int, bool]],
    begins: Mapping[int, int],
    place: int,
) -> bool:
    """`no horror, war or drama`: after the comma come only names and commas, and then an `or`."""
    if tokens[place].text not in ",，":
        return False
    start, place = place, place + 1
    while place < len(tokens):
        if _joins(said[place]):
            return place > start + 1 or place + 1 in begins
        if place in begins:
            place = mentions[begins[place]][1]
        elif tokens[place].text in ",，":
            place += 1
        else:
            return False
    return False
