"""How far each negator of a sentence reaches, and what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from instructrec.lexicon.clauses import AVOIDING, BEHIND, CONTRARY, TELLING, WHOLE, Clauses, Place, Said, parted
from instructrec.lexicon.words import Token

BEFORE = 40  # tokens between a name and what refuses it after it, or the next name of its list


@dataclass(slots=True)
class Reach:
    """One negator at start:after (token numbers), the mentions that it refuses, and what else it does.

    `rest` are refused words that name nothing of the catalog; `back` is set when the negator comes after its mentions, `narrow`
    when it reaches no further than one mention and its alternatives, `weak` when it says nothing of words that name nothing,
    `joint` when it refuses one thing of several marks, as in "no recent horror", and `void` when it says neither yes
    nor no: "not that I dislike comedies", "free ones are fine too".
    """

    start: int
    after: int
    mentions: list[int] = field(default_factory=list)
    rest: tuple[int, int] | None = None
    back: bool = False
    narrow: bool = False
    weak: bool = False
    void: bool = False
    joint: bool = False


def negations(tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[Place]) -> list[Reach]:
    """The negators of a sentence, given what the lexicon has at every place.

    Mentions are (first token, token after the last, whether it is a number), in order.
    """
    walk = _Walk(tokens, said, mentions)
    place = 0
    while place < len(tokens):
        place = walk.step(place)
    walk.stop(place)
    return [r for r in walk.found if r.mentions or r.rest]


class _Refused:
    """What was refused so far, and how a no refuses that comes after its names."""

    def __init__(self, tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[Place]) -> None:
        self.clauses = Clauses(tokens, said, mentions)
        self.tokens, self.mentions = tokens, mentions
        self.said, self.begins, self.stops = self.clauses.said, self.clauses.begins, self.clauses.stops
        self.taken: set[int] = set()  # mentions that a negator refuses already
        self.found: list[Reach] = []
        self.open: Reach | None = None
        self.covered = False  # whether the open negator has something to refuse already
        self.loose: int | None = None  # where refused words begin that name nothing
        self.bound = 0  # where an amount ends that has a negator of its own

    def stop(self, place: int) -> None:
        """End the open negator here."""
        if self.open and self.loose is not None and not (self.open.weak or self.open.void):
            start = self.open.start if not self.open.mentions else self.loose
            self.open.rest = (start, place)
        self.open, self.covered, self.loose = None, False, None

    def _after_names(self, place: int, after: int) -> int:
        """Read a negator that comes after its names; 0 where none is before it, or one follows: 我不要恐怖片 begins with 我."""
        last = after if parted(self.clauses, place, after) else after + 1
        if any(k in self.begins for k in range(place + 1, last)) and self.tokens[place].text != "-free":
            return 0
        if self._backward(place):
            return self._postfix(place, after)
        return after if self._taken_back(place) or self._unknown_before(place, after) else 0

    def _alone(self, place: int) -> int:
        """Read a no that is a clause of its own, about the names of the clause before: "VR? no thanks", VR晕，跳过."""
        after, names = self.clauses.own_no(place)
        refused = self._backward(names) if names and not self.clauses.length("correction", place) else []  # "no, wait, ..."
        if refused:
            self.stop(place)
            self.found.append(Reach(place, after, refused, back=True))
            self.taken.update(refused)
        return after if refused else 0

    def _unknown_before(self, place: int, after: int) -> bool:
        """Refuse the words of a clause that names nothing and ends in a negator: 俗套的不要, "sad endings are out"."""
        start = None if self.open else self.clauses.names_nothing(place, after)
        if start is not None:
            self.found.append(Reach(place, after, rest=(start, after), back=True))
        return start is not None

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
        if any(self.clauses.ends(k) for k in (*between, place)) and not any("others" in self.said[k] for k in between):
            return False  # 除了喜剧，别的都不看 asks for comedy; 不要喜剧，不看 refuses it twice
        self.taken.difference_update(last.mentions)
        self.found.remove(last)
        self.open, self.covered, self.loose = None, False, None
        return True

    def _backward(self, place: int) -> list[int]:
        """The mentions of the list that ends at a place, which no negator refuses yet."""
        refused: list[int] = []
        least = place - BEFORE  # where a name has to end
        while place > max(0, least) and not (refused and self.tokens[place - 1].text == "的" and self.clauses.ends(place)):
            if (number := self.stops.get(place)) is not None and number not in self.taken:
                if self.mentions[number][2] and refused and self.mentions[refused[0]][0] == place:
                    break  # 十五刀以内 太空题材的不要 asks for the price
                refused.insert(0, number)
                place = self.mentions[number][0]
                least = place - BEFORE
            elif self._behind(place - 1, bool(refused)):
                place -= 1
            else:
                break
        return refused

    def _behind(self, place: int, listed: bool) -> bool:
        """Whether a word may stand between a name and the negator after it, or join two names of a list."""
        fine = any(self.clauses.length("any_will_do", place + 1 - n) == n for n in (2, 3) if n <= place + 1)
        behind = self.tokens[place].text in BEHIND or bool(self.clauses.length("things", place))
        return not fine and (behind or (listed and self.clauses.joins(place)))  # 惠普佳能都行 爱普生不要


class _Walk(_Refused):
    """Left to right over the tokens, with the negator that reaches the present one."""

    def step(self, place: int) -> int:
        """Read what starts at a place and return where the next thing starts."""
        if place in self.begins:
            return self._mention(self.begins[place])
        if not self.open and not self.said[place] and self.tokens[place].text not in ("-free", "-"):
            return place + 1
        length = self.clauses.length("exempt", place)
        if length >= max(1, self.clauses.length("negators", place), self.clauses.neither(place) + 1):
            return place + length  # "nobody" refuses nothing, "nobody wants" does
        if after := self._alone(place) or self._refusal(place):
            return after
        if self.open and self._ends(place):
            told = self.open.mentions and not self.open.void and self.tokens[place].text in TELLING
            self.stop(place)
            if told:  # "no comedies with Jim Carrey" asks for nothing with him
                self.open = Reach(place, place + 1, void=True)
                self.found.append(self.open)
        return self._word(place)

    def _refusal(self, place: int) -> int:
        """Read a negator, or what is said after the names it speaks of; 0 where there is neither."""
        return self._void(place) or self._before_names(place) or self._behind_names(place)

    def _void(self, place: int) -> int:
        """Read what says neither yes nor no, before its names or after them."""
        if length := self.clauses.neither(place):
            return self._negator(place, place + length, void=True)
        if length := self.clauses.length("allowed", place):
            end = self.mentions[self.open.mentions[-1]][1] if self.open and self.open.mentions else place + 1
            if self.open and end <= place and all(self.tokens[k].text in BEHIND for k in range(end, place)):
                self.open.void = True  # 不便宜也行, 不是木制的也没关系
            return self._postfix(place, place + length, void=True)
        if length := self.clauses.length("except_after", place):
            after = self._postfix(place, place + length, double=False)
            self.stop(place)  # 除了喜剧以外的动作片 asks for action
            return after
        return 0

    def _before_names(self, place: int) -> int:
        """Read a negator that comes before its names."""
        if (length := self.clauses.length("tight", place)) and place + length in self.begins:
            return self._negator(place, place + length, narrow=True)
        if length > 1 and self.tokens[place].text == "not":  # "not too hard puzzles" asks for puzzles
            return self._negator(place, place + length, narrow=True)
        if self.clauses.unwanted(place):
            return self._negator(place, place + 1, narrow=True)
        if not (length := self.clauses.length("negators", place)):
            return 0
        named = next((k for k in range(place + 1, place + length) if k in self.begins), place + length)
        return self._negator(place, named, void=self.clauses.adds(place))  # 不要像素 is 不要 and 像素, and not 不要像

    def _behind_names(self, place: int) -> int:
        idle = self.clauses.length("plain", place)  # "are out of stock" refuses nothing
        length = 0 if idle else self.clauses.length("postfix", place)
        return self._after_names(place, place + max(1, length)) if length or self.tokens[place].text == "-free" else 0

    def _mention(self, number: int) -> int:
        start, end, is_number = self.mentions[number]
        if is_number and self.clauses.says_no_itself(start, end):
            self.stop(start)  # "no horror and nothing over two hours" refuses neither twice
            self.bound = end
            return end
        if is_number and self.bound and self.bound == start - 1 and self.tokens[self.bound].stem in ("or", "nor"):
            self.found.append(Reach(self.bound, start, [number]))  # "nothing under an hour or over two"
            self.taken.add(number)
            return end
        if self.open and self.covered and (is_number or self.open.narrow) and not self._goes_on(start - 1, is_number):
            if self._one_thing(start, is_number):
                self.open.joint = True
                return self._add(number)
            self.stop(start)  # "no horror under $10" asks for the price, "not too expensive racing games" for racing
        if self.open:
            self._add(number)
            self.open.narrow |= is_number
            self.covered, self.loose = True, None
            if not is_number and self.tokens[end - 1].text == "的" and end in self.begins:
                self.stop(end)  # 不是Tom Hanks演的战争片 asks for war
        return end

    def _add(self, number: int) -> int:
        assert self.open
        self.open.mentions.append(number)
        self.taken.add(number)
        return self.mentions[number][1]

    def _negator(self, place: int, after: int, narrow: bool = False, void: bool = False) -> int:
        length = self.clauses.length("postfix", place)
        if length and parted(self.clauses, place, place + length) and (behind := self._after_names(place, place + length)):
            return behind  # 没有合作模式的不考虑 asks for it
        again = self.open is not None and self._only_says(self.open.after, place) and self.tokens[place].stem != "nor"
        void |= self._excepted(place)
        self.stop(place)
        if not again:  # "not without" says with, "nothing that isn't" says with too
            weak = self.clauses.length("weak", place) == after - place
            self.open = Reach(place, after, narrow=narrow, weak=weak, void=void)
            self.found.append(self.open)
        return after

    def _excepted(self, place: int) -> bool:
        """Whether a negator takes something out of what is refused already: "no comedies except romantic ones"."""
        word = self.tokens[place].stem in ("except", "besides", "barring") or self.tokens[place].text == "other"
        before = place - 1 if place and self.tokens[place - 1].text == "," else place
        return word and self.open is not None and bool(self.open.mentions) and before > self.open.after and not self.open.void

    def _only_says(self, start: int, place: int) -> bool:
        """Whether nothing is between a negator and the next one but words that say nothing of the thing."""
        said = [{"filler", "pauses", "things"} & self.said[k].keys() for k in range(start, place)]
        return not self.covered and all(said) and not any(map(self.clauses.joins, range(start, place)))

    def _one_thing(self, start: int, is_number: bool) -> bool:
        """Whether a name belongs to the mark just before it, which is not refused alone: "no recent horror"."""
        assert self.open
        whole = self.tokens[self.open.start].stem in WHOLE and self.open.narrow and len(self.open.mentions) == 1
        last = self.mentions[self.open.mentions[-1]][1] if self.open.mentions else start
        return whole and not is_number and start - last == (self.tokens[last].text in ("from", "by"))

    def _goes_on(self, place: int, is_number: bool = False) -> bool:
        """Whether the word at a place goes on with what is refused; to an amount, or after one, an English `and` does not."""
        assert self.open
        return self.clauses.joins(place) and not ((self.open.narrow or is_number) and self.tokens[place].stem in CONTRARY)

    def _avoids(self) -> bool:
        return self.open is not None and self.tokens[self.open.start].stem in AVOIDING

    def _word(self, place: int) -> int:
        """A word that names nothing: refused as it stands where it is the negator's own or goes on with its list."""
        length = self.clauses.length("filler", place) or 1
        if self.open and self.covered and self.clauses.joins_more(place, self._avoids()):
            self.covered, self.open.narrow = False, False
            return place + 1
        if self.open and not self.clauses.length("filler", place) and self.tokens[place].text not in ",，、":
            if self.loose is None and (not self.covered or self._goes_on(place - 1)):
                self.loose = place
            self.covered = True
        return place + length

    def _ends(self, place: int) -> bool:
        """Whether the negation stops: at a contrast, at a pause with something refused, or at a comma that ends its list."""
        assert self.open
        if self.clauses.length("breaks", place):
            return place > self.open.after
        if self.open.mentions and self.clauses.turns(place):
            return True
        if self.covered and self.clauses.length("pauses", place):
            tells = self.clauses.length("weary", self.open.start) and not self.open.mentions and place + 1 in self.begins
            return not (self.clauses.joins(place + 1) or tells)  # 受够了打打杀杀的动作片 refuses them
        if self.tokens[place].text == "," and self.covered and self.clauses.joins_more(place + 1, self._avoids()):
            return False  # "avoid Barbie, and anything that costs more"
        listed = (self.open.mentions or not self.open.void) and self.clauses.list_goes_on(place)
        return self.tokens[place].closes and not listed  # "I don't mind subtitles, French or German" asks for these
