"""What a person typed -> Instruction: conditions that will hold, and the rest as wishes, references and dials.

Amounts come from the grammar, names and titles from the catalog; a negator reaches from where it stands to the end of its
clause or list.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from instructrec.lexicon.negation import Reach, negations
from instructrec.lexicon.shorten import shortened
from instructrec.lexicon.words import common, key
from instructrec.parsing.alternatives import Chosen, also_fine, either, fall_back, one_of_each, runs, still_open, take_back
from instructrec.parsing.foreign import refusals
from instructrec.parsing.names import find_joined, find_names, find_uncheckable, find_unknown, find_written
from instructrec.parsing.orders import find_orders, split_liked
from instructrec.parsing.quantities import cheapness, find_amounts, in_numbers
from instructrec.parsing.references import (
    Nearest,
    find_dated_titles,
    find_near,
    find_pronouns,
    find_quoted,
    find_titles,
    find_typos,
)
from instructrec.parsing.sentence import (
    HAN,
    REFUSING,
    Group,
    Mention,
    Sentence,
    Span,
    apart,
    complained,
    consistent,
    correct,
    disliked,
    find_dials,
    forget_others,
    left_over,
    turned,
)
from instructrec.parsing.texts import find_by_dictionary, find_kinds, find_marks, find_translated, find_words, unknown_words
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Instruction, Intention, Item, Preference, TaskForm

DANGLING = re.compile(r"(?:^|(?<=\s))(?:but|and|or)$|(?:但|而|和|或)$", re.IGNORECASE)
TURN = 0.5  # how far a phrase turns a dial
MOST_GROUPS = 64  # alternatives that a sentence may come to when its sets of them are multiplied out


def parse(text: str, catalog: Vocabulary | Iterable[Item], nearest: Nearest | None = None) -> Instruction:
    """Understand one sentence against a catalog; 4,000 characters are read, refusals and bounds first, and the rest counted.

    A condition that the catalog cannot check is left out of `conditions` and its place is listed in `unresolved`. `nearest`,
    where it is given, is asked last: which names Chinese words, and refused ones, come near to that are none themselves.

    >>> films = [Item(id="1", title="Alien", attributes={"categories": ["Sci-Fi", "Horror"], "year": 1979})]
    >>> [(c.field, c.op, c.value) for c in parse("science fiction from the 70s, not horror", films).conditions]
    [('categories', 'contains', 'Sci-Fi'), ('year', 'between', [1970, 1979]), ('categories', 'not_contains', 'Horror')]
    """
    vocabulary = catalog if isinstance(catalog, Vocabulary) else Vocabulary.of(catalog)
    text, unread = shortened(unicodedata.normalize("NFC", text), lambda part: bool(refusals(part)[0]))
    sentence = read(text, vocabulary, nearest)
    asked = _Asked(places=[sentence.span(m.start, m.end) for m in sentence.forgotten])
    foreign, reach = refusals(sentence.text)
    _leave_unchecked(sentence, reach, asked)
    spans = [(m.start, m.end, not m.listable) for m in sentence.mentions]
    reaches = negations(sentence.tokens, sentence.said, spans)
    allowed = _allowed(sentence, reaches)
    any_will_do = len(allowed) > 1 or sentence.says("any_will_do")  # "A is fine, and B is fine": either
    for chosen in (*take_back(sentence, reaches), *fall_back(sentence, reaches), *also_fine(sentence, allowed)):
        _choose(sentence, chosen, asked)
    refused = _spoken_for(sentence, [r for r in reaches if not (any_will_do and r in allowed)])
    for reach in reaches:
        _refuse(sentence, reach, asked, nearest)
    _want(sentence, refused, asked, any_will_do)
    asked.conditions = still_open(consistent(asked.conditions, sentence), vocabulary.kinds)
    asked.unlike.extend(disliked(sentence))
    asked.like = [i for i in asked.like if i not in asked.unlike]  # "I've seen Taken, so please not Taken"
    if asked.likes_refused:
        asked.like, asked.unlike = [], [*asked.unlike, *asked.like]
    conditions = tuple(sorted(one_of_each(in_numbers(asked.conditions, sentence.plain), sentence.plain), key=lambda c: c.span))
    categories = [str(c.value) for c in conditions if c.field == "categories" and c.op == "contains"]
    conditions = tuple(cheapness(c, categories, vocabulary, sentence.plain) for c in conditions)
    unresolved = tuple(sorted(set(asked.unresolved)))
    wishes = left_over(sentence, [*(c.span for c in conditions), *unresolved, *asked.places])
    conditions, soft = split_liked(sentence, conditions)
    for groups in list(asked.alternatives):  # "ideally black or from Alto"
        demanded, liked = split_liked(sentence, [c for group in groups for c in group])
        if not demanded:
            asked.alternatives.remove(groups)
            soft = (*soft, *liked)
    told = [*unresolved, *asked.places, *(c.span for c in (*conditions, *soft))]
    unknown = [span for span in unknown_words(sentence) if not any(span[0] < b and a < span[1] for a, b in told)]
    unresolved = tuple(sorted({*unresolved, *unknown}))
    return Instruction(
        text=sentence.text,
        language=foreign or ("zh" if HAN.search(text) else "en"),
        conditions=conditions,
        soft=soft,
        sort=tuple(dict.fromkeys(sentence.sort)),
        any_of=tuple(tuple(c for group in choice for c in group) for choice in product(*asked.alternatives))
        if asked.alternatives
        else (),
        wishes=wishes,
        like=tuple(dict.fromkeys(asked.like)),
        unlike=tuple(dict.fromkeys(asked.unlike)),
        dials=asked.dials,
        n=sentence.n,
        unresolved=unresolved,
        unread=unread,
        **_levels(sentence, asked, wishes),
    )


def _leave_unchecked(sentence: Sentence, reach: list[Span], asked: "_Asked") -> None:
    """What is refused in a language that is not read asks for nothing, and is reported."""
    for start, end in reach:
        inside = [
            m for m in sentence.mentions if sentence.span(m.start, m.end)[0] < end and sentence.span(m.start, m.end)[1] > start
        ]
        sentence.mentions = [m for m in sentence.mentions if m not in inside]
        asked.unresolved.append((start, end))


def read(text: str, vocabulary: Vocabulary, nearest: Nearest | None = None) -> Sentence:
    """A sentence with everything it mentions; what is found first is not read again as something else."""
    sentence = Sentence(text, vocabulary)
    for find in FINDERS:
        sentence.add(find(sentence))
    if nearest:
        sentence.add(find_near(sentence, nearest))
    correct(sentence)
    forget_others(sentence)
    return sentence


# In this order: a title in quotes is nothing else, "Five Star" is no rating, and only what is left may be a misspelled name.
FINDERS = (
    find_quoted, find_titles, find_dated_titles, find_written, find_joined, find_orders, find_kinds, find_amounts,
    find_translated, find_names, find_pronouns, find_unknown, find_uncheckable, find_dials, find_typos, find_marks,
    find_words, find_by_dictionary,
)  # fmt: skip


def positive_text(instruction: Instruction) -> str:
    """The sentence without what is not wanted: what the encoder and the lexical channel read.

    A vector cannot say no: the vector of "not horror" lies next to horror.
    """
    refused = [c.span for c in (*instruction.conditions, *instruction.soft) if c.op in REFUSING or c.field == "price"]
    wished = instruction.wishes  # words that nobody refuses, and of which the catalog knows nothing
    unchecked = [span for span in instruction.unresolved if instruction.text[slice(*span)] not in wished]
    return _without(instruction.text, [*refused, *unchecked])


@dataclass(slots=True)
class _Asked:
    """What a sentence asks for, collected mention by mention."""

    conditions: list[Condition] = field(default_factory=list)
    alternatives: list[list[Group]] = field(default_factory=list)
    like: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    dials: dict[str, float] = field(default_factory=dict)
    unresolved: list[Span] = field(default_factory=list)
    likes_refused: bool = False  # whether what is referred to is not to be had again
    places: list[Span] = field(default_factory=list)  # of references, dials and alternatives, which are no wishes

    def add(self, groups: list[Group], place: Span) -> None:
        """Add alternatives; beyond a handful of sets their product would be too large, and the set is unresolved."""
        if prod(map(len, self.alternatives)) * len(groups) > MOST_GROUPS:
            self.unresolved.append(place)
            return
        self.alternatives.append(groups)
        self.places.append(place)

    def turn(self, dials: Sequence[str], sign: int) -> None:
        """Turn dials as a phrase says, or the other way round."""
        for dial in dials:
            value = TURN if dial.endswith("+") else -TURN
            self.dials[dial[:-1]] = max(-1.0, min(1.0, self.dials.get(dial[:-1], 0.0) + sign * value))


def _refuse(sentence: Sentence, reach: Reach, asked: _Asked, nearest: Nearest | None) -> None:
    """Turn round what one negator reaches; what of it cannot be checked is unresolved."""
    start = reach.start
    if reach.joint and not reach.void:
        _refuse_joint(sentence, reach, asked)
        return
    for number in () if reach.void else reach.mentions:
        mention = sentence.mentions[number]
        span = sentence.span(min(start, mention.start), max(mention.end, reach.after if reach.back else 0))
        start = mention.end
        if mention.ids or mention.dials:
            asked.unlike.extend(mention.ids)
            asked.turn(mention.dials, -1)
            asked.places.append(span)
            continue
        opposites = [turned(option, span, sentence.plain) for option in mention.options]
        for groups in opposites:
            if len(groups) == 1:
                asked.conditions.extend(groups[0])
            else:
                asked.add(groups, span)
        asked.unresolved.extend([] if opposites else [span])
    refers = any(m.ids for m in sentence.mentions)
    if refers and reach.rest and any(sentence.at(k, "like_after") for k in range(reach.start, reach.rest[1])):
        asked.likes_refused = True  # "X bored me, nothing like that"
    elif reach.rest:
        _refuse_rest(sentence, reach.rest, asked, nearest)


def _refuse_joint(sentence: Sentence, reach: Reach, asked: _Asked) -> None:
    """Refuse what has all of some marks: of "no recent horror" one must fail; a mark that cannot be checked is unresolved."""
    mentions = [sentence.mentions[n] for n in reach.mentions]
    span = sentence.span(reach.start, mentions[-1].end)
    asked.unresolved.extend(sentence.span(m.start, m.end) for m in mentions if not m.options)
    known = [m for m in mentions if m.options]
    if len(known) == 1:
        asked.conditions.extend(c for option in known[0].options for c in turned(option, span)[0])
    else:
        asked.add([group for m in known for group in turned(m.options[0], span)], span)


def _refuse_rest(sentence: Sentence, rest: tuple[int, int], asked: _Asked, nearest: Nearest | None) -> None:
    """Refused words that name nothing: what they come near to, or unresolved."""
    span = sentence.span(*rest)
    idle = ("filler", "things", "negators", "tight", "postfix")
    told = [k for k in range(*rest) if not any(sentence.at(k, section) for section in idle)]
    if not told:
        return  # "sick of them all"
    targets = nearest(sentence.written(told[0], told[-1] + 1)) if nearest else ()
    asked.conditions.extend(
        Condition(field=name, op="not_contains", value=value, span=span, source="encoder") for name, value in targets
    )
    asked.unresolved.extend([] if targets else [span])


def _want(sentence: Sentence, refused: set[int], asked: _Asked, any_will_do: bool) -> None:
    """Take what was not refused: references, dials, single conditions, and those that an `or` makes alternatives."""
    for run in runs(sentence, refused, any_will_do):
        if len(run.parts) > 1:
            _choose(sentence, either(run), asked)
            continue
        for mention in run.parts[0]:
            _take(sentence, mention, asked)


def _choose(sentence: Sentence, chosen: Chosen, asked: _Asked) -> None:
    asked.conditions.extend(chosen.conditions)
    asked.unresolved.extend(sentence.span(m.start, m.end) for m in chosen.unknown)
    if chosen.groups:
        asked.add(chosen.groups, sentence.span(chosen.start, chosen.end))


def _take(sentence: Sentence, mention: Mention, asked: _Asked) -> None:
    if mention.ids or mention.dials:
        asked.like.extend(mention.ids)
        asked.turn(mention.dials, 1)
        asked.places.append(sentence.span(mention.start, mention.end))
    elif mention.options and not complained(sentence, mention):
        asked.conditions.append(mention.options[0])
    elif mention.hard:
        asked.unresolved.append(sentence.span(mention.start, mention.end))


def _allowed(sentence: Sentence, reaches: Sequence[Reach]) -> list[Reach]:
    """What is said to be fine too; but where nothing else is named it is what is asked for, and after an `or` one of two."""
    allowed = [r for r in reaches if r.void and r.back]
    named = {n for n, m in enumerate(sentence.mentions) if m.options and m.listable}
    alone = len(allowed) == 1 and named <= {n for reach in reaches for n in reach.mentions}
    if alone and {t.text for t in sentence.tokens[allowed[0].start : allowed[0].after]} <= {"is", "are", "fine", "ok", "okay"}:
        allowed.pop().mentions.clear()  # "a comedy is fine, just not him"
    for reach in allowed:  # "mysteries, or thrillers are fine too"
        start = sentence.mentions[reach.mentions[0]].start
        reach.void = not (start and any(sentence.before("or", k) for k in range(max(1, start - 3), start + 1)))
        reach.mentions = reach.mentions if reach.void else []
    return allowed


def _spoken_for(sentence: Sentence, reaches: Sequence[Reach]) -> set[int]:
    """The mentions that nobody asks for: what is refused or neither, and amounts that tell which of the refused is meant.

    "No horror from the 80s" does not ask for the 80s; an upper bound of a price or a length is asked for.
    """
    found = set()
    dates = {sentence.vocabulary.role(role) for role in ("year", "rating")}
    for reach in reaches:  # who does not mind a title, or saw it yesterday, likes it
        found.update(n for n in reach.mentions if not (reach.void and sentence.mentions[n].ids))
        if not reach.mentions or reach.back or reach.void:
            continue
        last, number = sentence.mentions[reach.mentions[-1]], reach.mentions[-1] + 1
        after = sentence.mentions[number] if number < len(sentence.mentions) else last
        if last.listable and not after.listable and after.options and after.start == last.end and not apart(sentence, last.end):
            bound = after.options[0].op in ("<", "<=", "between") and after.options[0].field not in dates
            found.update(() if bound else (number,))
    return found


def _levels(sentence: Sentence, asked: _Asked, wishes: str) -> dict:
    """How much taste, how definite a need, and which form of answer the words ask for (paper, section 2.1)."""
    asked_after = sentence.says("pointwise") and asked.like  # "would I like X?" says nothing of what one likes
    if sentence.says("taste") and not asked_after:
        preference = Preference.EXPLICIT
    else:
        preference = Preference.IMPLICIT if asked.like or "personal" in asked.dials else Preference.NONE
    definite = asked.conditions or asked.alternatives or asked.like or asked.unlike
    intention = Intention.SPECIFIC if definite else Intention.VAGUE if wishes or asked.dials else Intention.NONE
    return {"preference": preference, "intention": intention, "task": _task(sentence, asked)}


def _task(sentence: Sentence, asked: _Asked) -> TaskForm:
    asks = sentence.asks and (sentence.says("or") or sentence.says("pairwise"))
    named = any(m.options or m.hard for m in sentence.mentions)
    titles = [m for m in sentence.mentions if m.ids]
    either = sentence.says("pairwise") or (sentence.says("pointwise") and sentence.says("or"))
    if (asks and not named) or (len(titles) > 1 and either):
        return TaskForm.PAIRWISE
    if sentence.says("pointwise") and asked.like:
        return TaskForm.POINTWISE
    return TaskForm.RERANKING if sentence.says("reranking") else TaskForm.MATCHING


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with some places cut out, tidied."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(text[place : max(start, place)])
        place = max(place, end)
    kept.append(text[place:])
    rest = re.sub(r"\s+", " ", " ".join(kept))
    rest = re.sub(r"\s?([,，。.;；、])(?:\s?[,，。.;；、])*", r"\1", rest)
    rest = DANGLING.sub("", rest.strip(" ,，。.;；、")).strip(" ,，。.;；、的")
    return rest if set(key(rest)) - common() else ""
