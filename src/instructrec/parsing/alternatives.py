"""What an `or` makes alternatives: one condition where one attribute has them all, else groups of which one must hold."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from instructrec.lexicon.negation import Reach
from instructrec.parsing.sentence import HAN, Group, Mention, Sentence, apart, turned
from instructrec.types import Condition

NEAR = 5  # tokens between "unless" or "if not" and what it names
IDLE = frozenset(("filler", "things", "from", "or", "and", "ask", "any_will_do", "allowed"))  # lists of words within a whole
LISTED = re.compile(r"的?\s*(?:,|、|,?\s*and|&|和|与|跟|以及)\s*(?:the\s+)?", re.IGNORECASE)
WONDERING = ("who", "why", "how", "isn't", "谁", "为", "怎")  # "who needs romance? ..." asks for nothing
OPENERS = ("either", "要")  # the first tokens of "either" and of 要么
TELLING = frozenset(("negators", "tight", "postfix", "neither", "breaks", "pauses", "like", "exempt"))
PASSED_OVER = (",", "、", ";", "?", "的", "a", "an", "the")


@dataclass(slots=True)
class Run:
    """Mentions in a row: parts joined by an `or`, each of things that stand together.

    `apart` is set where the `or` begins a clause of its own: then each part keeps its own conditions; `articles` where an
    article follows it, or Chinese, where all that is said of a thing stands before it: then each does where all have some.
    """

    parts: list[list[Mention]]
    apart: bool = False
    articles: bool = False


@dataclass(slots=True)
class Chosen:
    """What a run of alternatives asks for: conditions that hold anyway, and groups of which one must hold.

    `unknown` are those of its mentions that the catalog cannot check.
    """

    conditions: list[Condition] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    unknown: list[Mention] = field(default_factory=list)
    start: int = 0  # tokens of the alternatives
    end: int = 0


def runs(sentence: Sentence, refused: Collection[int], any_will_do: bool = False) -> list[Run]:
    """The mentions that are not refused, parted into runs.

    With `any_will_do` ("either works", 都可以) a list is one of alternatives without an `or`.
    """
    found: list[Run] = []
    commas, previous = 0, -2  # parts at the end of the last run that only commas join so far; the last mention
    for number, mention in enumerate(sentence.mentions):
        if number in refused:
            continue
        last = sentence.mentions[previous] if previous == number - 1 else None
        names = last and not (mention.ids or mention.dials or last.ids or last.dials)
        join = _join(sentence, last, mention, found[-1].parts[-1][0], any_will_do) if last and names else None
        if any_will_do and join is not None and last:  # 免费的也行，2012年以前的也行
            allowed = any("allowed" in sentence.said[k] for k in range(last.end, mention.start))
            join = "or" if allowed or _alike(last, mention) else join
        if join is None or not last:
            _settle(found, commas)
            found.append(Run([[mention]]))
            commas = 0
        elif join == "":
            part = found[-1].parts[-1]
            part.extend([] if mention.options and _same(part[-1], mention) else [mention])  # 科技评论 technologyreview
        else:
            if join != "," and commas and _alike(last, mention):
                _set_apart(found, last)
            found[-1].parts.append([mention])
            first = found[-1].parts[0]
            own = len(first) > 1 or not _alike(first[-1], mention)  # "either a Valve game or an old puzzle"
            found[-1].apart |= join == "or else" or (own and _opened(sentence, first[0]))
            found[-1].articles |= any(s in ("a", "an") or HAN.match(s) for s in sentence.stems[last.end : mention.start])
            commas = commas + 1 if join == "," else 0
        previous = number
    _settle(found, commas)
    return found


def _alike(left: Mention, right: Mention) -> bool:
    """Whether two mentions are names of one attribute."""
    return left.listable and right.listable and not left.fields.isdisjoint(right.fields) and left.kind == right.kind


def _same(left: Mention, right: Mention) -> bool:
    """Whether two mentions ask for the same."""
    return [(c.field, c.op, c.value) for c in left.options] == [(c.field, c.op, c.value) for c in right.options]


def _settle(found: list[Run], commas: int) -> None:
    """Take apart what is joined by commas alone, where no `or` follows."""
    if found and commas:
        parts = found[-1].parts
        found[-1].parts = parts[:-commas]
        found.extend(Run([part]) for part in parts[-commas:])


def _set_apart(found: list[Run], last: Mention) -> None:
    """Of a list that ends in an `or`, what is of another kind stands before it: the decade of "90s, Lee or Woo"."""
    parts = found[-1].parts
    while len(parts) > 1 and not (_alike(parts[0][-1], last) or parts[0][-1].kind == last.kind == "name"):
        found.insert(-1, Run([parts.pop(0)]))


def _join(sentence: Sentence, left: Mention, right: Mention, first: Mention, any_will_do: bool) -> str | None:
    """How two mentions are joined: `or`, `or else` at the beginning of a clause, `,`, "" when they stand together, or not."""
    between = [k for k in range(left.end, right.start) if sentence.stems[k] not in PASSED_OVER]
    marks = {sentence.stems[k] for k in range(left.end, right.start)} & {",", "、", ";", "?"}
    place = next((k for k in between if "or" in sentence.said[k]), None)
    if place is None:
        if not _idle(sentence, between):
            return "," if any_will_do and not marks and _only_nouns(sentence, between) else None
        if any("any_will_do" in sentence.said[k] for k in between):
            again = any(sentence.tokens[k].text == "也" for k in between)
            to_the_end = any(sentence.tokens[k].text == "好" for k in between)  # 喜剧也好，动作也罢
            return "or" if again and (to_the_end or not marks) else None  # after 都行 something else begins
        if "?" in marks:
            return "," if _opened(sentence, left, WONDERING) else "or" if _alike(left, right) else None
        things = all("things" in sentence.said[k] for k in between)  # "puzzle games, roguelikes or ..."
        return "," if marks and (things or any_will_do) else None if marks or _spaced(sentence, left, right) else ""
    if sentence.tokens[place].text in OPENERS and not _opened(sentence, first):
        return None  # "starring X, either a thriller or a drama": the pair begins here
    before, after = [k for k in between if k < place], [k for k in between if k >= place]
    if not (_idle(sentence, before) or _only_nouns(sentence, before)):
        return None
    if not (_idle(sentence, after) or _only_nouns(sentence, after[1:])):  # "comedies or silly dramas"
        return None
    return "or else" if marks & {",", ";"} or "or_else" in sentence.said[place] else "or"


def _spaced(sentence: Sentence, left: Mention, right: Mention) -> bool:
    """Whether a space ends a list in Chinese, what follows going with all of it: 要么解谜要么冒险 5刀封顶."""
    more = any("or" in said for said in sentence.said[right.end :])
    return not more and any(apart(sentence, k) for k in range(left.end, right.start + 1))


def _opened(sentence: Sentence, mention: Mention, words: Collection[str] = OPENERS) -> bool:
    """Whether an "either" or a 要么, or another of some words, stands shortly before a mention."""
    return any(sentence.tokens[k].text in words for k in range(max(0, mention.start - 4), mention.start))


def _only_nouns(sentence: Sentence, words: Sequence[int]) -> bool:
    """Whether a few words that say nothing of their own follow a name: "a Swingline stapler or ..."."""
    most = 4 if any(HAN.match(sentence.stems[k]) for k in words) else 2
    return len(words) <= most and not any(sentence.said[k].keys() & TELLING for k in words)


def _idle(sentence: Sentence, words: Sequence[int]) -> bool:
    """Whether the words between two mentions only join them."""
    place = -1
    for k in words:
        if k < place:
            continue
        said = sentence.said[k]
        lengths = [length for name, length in said.items() if name in IDLE]
        lengths += [length for table, (length, _) in sentence.meant[k].items() if table in ("by", "by_after")]
        if not lengths or ("breaks" in said and not {"or", "ask", "allowed", "any_will_do"} & said.keys()):
            return False
        place = k + max(lengths)
    return True


def either(run: Run) -> Chosen:
    """What alternatives ask for; nothing where one of them cannot be checked, since the others alone would be too much.

    A maker or a person that no item has is none: what is left is all there is. In "90s comedies or dramas" the decade goes with
    both; in "comedies from the 90s or horror from the 80s", and wherever the `or` begins a clause, each has its own.
    """
    mentions = [m for part in run.parts for m in part]
    chosen = Chosen(start=mentions[0].start, end=mentions[-1].end, unknown=[m for m in mentions if m.hard and not m.options])
    known = [[m for m in part if m.options] or [m for m in part if m not in chosen.unknown] for part in run.parts]
    parts = [part for part in known if part]
    alone = [part[0] for part, left in zip(run.parts, known, strict=True) if not left]
    if not all(m.options for part in parts for m in part) or not all(m.listable for m in alone):
        return chosen
    if len(parts) < 2:
        chosen.conditions = [m.options[0] for part in parts for m in part]
        return chosen
    kinds = [sorted(m.kind for m in part) for part in parts]
    full, heads = all(len(part) > 1 for part in parts), parts[0][:-1]
    own = full and (run.articles or kinds[1:] == kinds[:-1])  # "racing under 20 or shooters under 10"
    own |= run.apart and any(len(part) > 1 for part in parts)
    own |= not _alike(parts[0][-1], parts[1][0]) and any(_alike(m, parts[1][0]) for m in heads)  # "games under 20 or puzzles"
    if own or any(_of_its_own(parts[0][-1], part) for part in parts[1:]):
        chosen.groups = [tuple(m.options[0] for m in part) for part in parts]
        return chosen
    alternatives = [parts[0][-1], *(part[0] for part in parts[1:])]
    rest = [*parts[0][:-1], *(m for part in parts[1:] for m in part[1:])]
    chosen.conditions = [m.options[0] for m in rest]
    if one := _one_of(alternatives):
        chosen.conditions.append(one)
    else:
        chosen.groups = [(m.options[0],) for m in alternatives]
    return chosen


def _of_its_own(left: Mention, part: Sequence[Mention]) -> bool:
    """Whether an alternative is of the kind of the first one, and says more of it before: "comedies or 80s horror"."""
    more = part[0].listable or part[0].options[0].field not in ("price", "rating")  # "free or under 5 dollars" may go with both
    return len(part) > 1 and more and not _alike(left, part[0]) and any(_alike(left, m) for m in part[1:])


def one_of_each(conditions: Sequence[Condition], text: str) -> list[Condition]:
    """Conditions in which a list of values of an attribute that has one value asks for any: "only Wired and Medium"."""
    found: list[Condition] = []
    for c in sorted(conditions, key=lambda c: c.span):
        last = found[-1] if found else None
        listed = last and last.field == c.field and LISTED.fullmatch(text[last.span[1] : c.span[0]])
        if last and listed and c.op == "=" and last.op in ("=", "in") and isinstance(c.value, str):
            values = [last.value] if last.op == "=" else last.value
            found[-1] = replace(last, op="in", value=list(dict.fromkeys([*values, c.value])), span=(last.span[0], c.span[1]))
        else:
            found.append(c)
    return found


def still_open(conditions: Sequence[Condition], kinds: Mapping[str, str]) -> list[Condition]:
    """Lists of alternatives without those that are refused, unless all are: "Smead or Avery, actually forget Smead"."""
    refused = {(c.field, c.value) for c in conditions if c.op in ("!=", "not_contains")}
    found = []
    for c in conditions:
        left = [v for v in c.value if (c.field, v) not in refused] or c.value if c.op == "in" else []
        if len(left) == 1:
            c = replace(c, op="contains" if kinds.get(c.field) in ("list", "people") else "=", value=left[0])
        found.append(replace(c, value=left) if len(left) > 1 else c)
    return found


def _one_of(alternatives: Sequence[Mention]) -> Condition | None:
    """Alternatives of one attribute as one condition."""
    options = [{c.field: c for c in m.options if c.op == m.options[0].op in ("=", "contains")} for m in alternatives]
    for name, first in options[0].items():
        if all(name in other for other in options):
            values = list(dict.fromkeys(other[name].value for other in options))
            return replace(first, op="in", value=values, span=(first.span[0], options[-1][name].span[1]))
    return None


def take_back(sentence: Sentence, reaches: Sequence[Reach]) -> Iterator[Chosen]:
    """A refusal that something else takes back is an alternative: "no horror unless it's a comedy"."""
    for place in [k for k, said in enumerate(sentence.said) if "unless" in said]:
        before = [r for r in reaches if r.mentions and not r.void and sentence.mentions[r.mentions[-1]].end <= place]
        after = next((n for n, m in enumerate(sentence.mentions) if m.start > place), None)
        if not before or after is None or not (refused := _opposites(sentence, before[-1].mentions)):
            continue
        wanted = sentence.mentions[after]
        if wanted.options and wanted.start <= place + NEAR and len(before[-1].mentions) == 1:
            yield Chosen(groups=[refused, wanted.options[:1]], start=before[-1].start, end=wanted.end)
            before[-1].void = True
            for reach in reaches:
                reach.void |= after in reach.mentions
            _settled(sentence, after)


def fall_back(sentence: Sentence, reaches: Sequence[Reach]) -> Iterator[Chosen]:
    """What is wanted and what will do without it are alternatives: "if there's no film noir then a mystery"."""
    for place in [k for k, said in enumerate(sentence.said) if {"failing", "paired"} & said.keys()]:
        first = next((n for n, m in enumerate(sentence.mentions[:-1]) if m.start >= place), None)
        if first is None:
            continue
        wanted, other = sentence.mentions[first], sentence.mentions[first + 1]
        between = range(wanted.end, other.start)
        paired = sentence.said[place].get("paired") == wanted.start - place  # 不是喜剧就是恐怖, and no 不是不喜欢喜剧
        joined = any(("paired_then" if paired else "then") in sentence.said[k] for k in between)
        bare = HAN.search(sentence.text) and sentence.tokens[place].text not in "要如若假"  # of 要是没有
        if bare and not paired and any(sentence.tokens[k].closes for k in between):
            continue  # 没有恐怖的，就来个喜剧 may refuse horror
        if not (joined and wanted.options and other.options and wanted.start <= place + NEAR):
            continue
        yield either(Run([[wanted], [other]]))
        for reach in reaches:
            reach.void |= bool({first, first + 1} & set(reach.mentions))
        _settled(sentence, first, first + 1)


def also_fine(sentence: Sentence, allowed: Sequence[Reach]) -> Iterator[Chosen]:
    """A value that will do too is an alternative, where an item has one value only: 百乐的笔，派通的也行."""
    for number in (reach.mentions[0] for reach in allowed if len(reach.mentions) == 1 and reach.mentions[0]):
        wanted, other = sentence.mentions[number - 1], sentence.mentions[number]
        if not (wanted.options and other.options) or {wanted.options[0].op, other.options[0].op} != {"="}:
            continue
        between = [k for k in range(wanted.end, other.start) if sentence.stems[k] not in PASSED_OVER]
        if _alike(wanted, other) and _only_nouns(sentence, between):
            yield either(Run([[wanted], [other]]))
            _settled(sentence, number - 1, number)


def _settled(sentence: Sentence, *numbers: int) -> None:
    """Mentions that an alternative has taken ask for nothing more."""
    for number in numbers:
        sentence.mentions[number] = replace(sentence.mentions[number], options=())


def _opposites(sentence: Sentence, numbers: Sequence[int]) -> Group:
    """What must not hold of an item for some mentions to be refused."""
    return tuple(c for n in numbers for option in sentence.mentions[n].options for c in turned(option, option.span)[0])
