"""What stands where in a sentence: its clauses and lists, and the words that join, end or prefer."""

from collections.abc import Mapping, Sequence

from instructrec.lexicon.words import Token

# What may stand between a name and the negator after it: 恐怖片就都不要, "war movies bore me", Tom Hanks演的不要.
BEHIND = frozenset("的片子类就都也、通统全两三样家社演导拍主开发行牌品风题材元素型格游戏我绝对坚决打死完真实在根本千万")
BEHIND |= {"is", "are", "games", "one"}
# After these an `and` goes on too: "avoid Barbie and anything over $60".
AVOIDING = ("avoid", "exclude", "excluding", "skip", "hate", "dislike", "hide", "block", "remove", "ban")
# These refuse one thing of several marks whole, so that its name is not asked for: "no recent horror".
WHOLE = (*AVOIDING, "no", "without", "w/o", "nothing", "never", "tired", "sick", "bored", "don't", "stop")
CONTRARY = ("and", "且")  # "no horror and under two hours" asks for the length
TELLING = ("with", "that", "which", "who", "about", "set")  # begin what is said of the thing that is refused
PREFERRING = ("rather", "prefer", "more")
OPENING = ("in", "from", "with", "by", "on", "for")  # begin something else after a comma
ANY = ("any", "anything", "everything")
FAR = 30  # tokens of a clause after 除了
VERBS = ("看", "玩", "买", "听", "读", "爱", "喜欢", "是", "多点", "多来点", "要")
PARTICLES = frozenset("啊呀哈哦喔呗吧嘛哟啦呢")  # end a clause and say nothing
NEAR = 4  # tokens after a comma that say whether 除了 adds or excludes

Said = Mapping[str, int]  # list of the lexicon -> tokens of its phrase
Place = tuple[int, int, bool]  # of a mention: its first token, the token after it, whether it is an amount


class Clauses:
    """The tokens of a sentence, what the lexicon has at each, and its mentions, in order."""

    def __init__(self, tokens: Sequence[Token], said: Sequence[Said], mentions: Sequence[Place]) -> None:
        self.tokens, self.mentions = tokens, mentions
        self.said = [*said, {}]  # the end has nothing, and neither has the place before the beginning
        self.begins = {start: number for number, (start, _, _) in enumerate(mentions)}
        self.stops = {end: number for number, (_, end, _) in enumerate(mentions)}
        self.now = max((k for k, here in enumerate(said) if "now" in here), default=-1)  # where it comes to what is wanted now

    def length(self, section: str, place: int) -> int:
        """Tokens of the phrase that a list of the lexicon has at a place; 0 for none."""
        return self.said[place].get(section, 0)

    def _start(self, place: int) -> int:
        """Where the clause begins that a place is in."""
        while place > 0 and not self.tokens[place - 1].closes:
            place -= 1
        return place

    def ends(self, place: int) -> bool:
        """Whether a clause ends before a place, a particle aside; a space between Chinese words does for a comma."""
        tokens = self.tokens
        if place >= len(tokens) or tokens[place].closes or (tokens[place].text in PARTICLES and self.ends(place + 1)):
            return True
        apart = place > 0 and tokens[place - 1].end < tokens[place].start
        return apart and not tokens[place - 1].text.isascii() and not tokens[place].text.isascii()

    def joins(self, place: int) -> bool:
        """Whether a word joins names."""
        return "or" in self.said[place] or "and" in self.said[place]

    def names_nothing(self, place: int, after: int) -> int | None:
        """Where a clause begins that has words of its own before a place, names nothing and ends at `after`; else None."""
        start = self._start(place)
        told = any(not self.said[k] and self.tokens[k].text not in BEHIND for k in range(start, place))
        named = any(first < place and last > start for first, last, _ in self.mentions)
        others = any("others" in self.said[k] for k in range(start, place))
        return start if told and not named and not others and self.ends(after) else None

    def own_no(self, place: int) -> tuple[int, int]:
        """Where a no ends that is a clause of its own, and where the names before it end; 0 where there are none."""
        after = place + self.length("alone", place)
        if after == place or not place or not self.tokens[place - 1].closes or not self.ends(after):
            return after, 0
        start = self._start(place - 1)
        asked = any("ask" in self.said[k] for k in range(start, place))
        return after, 0 if asked else max((end for _, end, _ in self.mentions if start < end < place), default=0)

    def list_goes_on(self, place: int) -> bool:
        """`no horror, war or drama`: after the comma come only names and commas, and then an `or`."""
        if self.tokens[place].text not in ",，" or (place + 1 < len(self.tokens) and self.tokens[place + 1].text in OPENING):
            return False
        start, place = place, place + 1
        while place < len(self.tokens):
            if self.joins(place):
                last = self.mentions[self.begins[place + 1]][1] if place + 1 in self.begins else place + 1
                fine = {"allowed", "breaks", "any_will_do"} & self.said[last].keys()
                return (place > start + 1 or place + 1 in self.begins) and not fine  # "..., sci-fi or fantasy would be fine"
            if place in self.begins:
                place = self.mentions[self.begins[place]][1]
            elif self.tokens[place].text in ",，":
                place += 1
            else:
                return False
        return False

    def joins_more(self, place: int, avoiding: bool) -> bool:
        """Whether a word joins more that is refused: "or films over two hours"; where it is avoided also by `and`."""
        if place + 1 >= len(self.tokens):
            return False
        more = self.tokens[place + 1].stem in ANY or "things" in self.said[place + 1]
        return more and ("or" in self.said[place] or (avoiding and "and" in self.said[place]))

    def says_no_itself(self, start: int, end: int) -> bool:
        """Whether an amount begins with a negator of its own: "no more than ten", 不要超过两小时."""
        return any(0 < self.length(section, start) < end - start for section in ("negators", "tight", "postfix"))

    def neither(self, place: int) -> int:
        """Tokens of a phrase that says neither yes nor no to what it reaches; 0 for none."""
        if self.tokens[place].text == "比" and any(
            k in self.begins and not self.mentions[self.begins[k]][2] for k in (place + 1, place + 2)
        ):
            return 1  # 比乐高便宜的积木, 比起恐怖片; 比25块便宜 is a bound
        usually = self.length("usually", place) if place < self.now else 0
        return max(self.length("neither", place), usually)

    def turns(self, place: int) -> bool:
        """Whether a verb begins what is wanted instead, as in 不看恐怖看科幻."""
        return any(
            self.tokens[place].text == verb[0] and "".join(t.text for t in self.tokens[place : place + len(verb)]) == verb
            and place + len(verb) in self.begins
            for verb in VERBS
        )  # fmt: skip

    def unwanted(self, place: int) -> bool:
        """Whether the name that follows is refused without a negator: "rather turn-based than real-time", "drama -war"."""
        begin = place + 1 + (place + 1 < len(self.tokens) and self.tokens[place + 1].text in ("a", "an", "the"))
        if begin not in self.begins or self.mentions[self.begins[begin]][2]:
            return False
        if self.tokens[place].text == "-":
            return self.tokens[place].end == self.tokens[place + 1].start
        before = [t.stem for t in self.tokens[max(0, place - FAR) : max(0, place - 1)]]  # "more than comedies" prefers nothing
        to = ("to",) if "prefer" in before else ()
        return not set(PREFERRING).isdisjoint(before) and self.tokens[place].stem in ("than", "over", *to)

    def adds(self, place: int) -> bool:
        """Whether 除了 adds to what it names, and excludes nothing: 除了恐怖片，我还想看喜剧."""
        if self.tokens[place].text != "除":
            return False
        comma = next((k for k in range(place, min(place + FAR, len(self.tokens))) if self.tokens[k].closes), len(self.tokens))
        within = "".join(t.text for t in self.tokens[place : min(comma, place + FAR)])
        if "还要" in within or "还想" in within:
            return True
        text = "".join(t.text for t in self.tokens[comma + 1 : comma + 1 + NEAR])
        return "还" in text or any("也" + wish in text for wish in "想要看推来喜爱玩买")


def parted(clauses: Clauses, place: int, after: int) -> bool:
    """Whether a negator ends its clause with a space: 战争片不要 剧情片也不要, techcrunch的不要 medium的也不要."""
    tokens = clauses.tokens
    spaced = after < len(tokens) and tokens[after - 1].end < tokens[after].start
    return clauses.ends(after) or (spaced and place > 0 and tokens[place - 1].text == "的")
