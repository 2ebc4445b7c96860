"""What a sentence refers to by other than its name: titles, people by "him", misspelled names, and words near to a name.

Titles stand in quotes, after "like", are refused, compared or simply written so.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from instructrec.lexicon.words import common, known_words
from instructrec.parsing.names import Term, mention_of
from instructrec.parsing.sentence import HAN, Mention, Sentence
from instructrec.parsing.texts import mention_in, open_places
from instructrec.parsing.vocabulary import PEOPLE, Targets
from instructrec.understanding.mentioned import Found
from instructrec.understanding.nearby import Near

QUOTED = re.compile(r'《[^》]{1,80}》|"[^"]{1,80}"|“[^”]{1,80}”')
# Words with capitals, and little ones between, before a year in brackets; each sign has one way to be read.
DATED = re.compile(
    r"(?:[A-Z0-9][^\W_]*(?:['’.!?:&-]+[^\W_]+)*['’.!?:&-]*,?\s+(?:(?:of|the|and|in|to|a|an|with|from|for|on|at|or|vs\.?)\s+){0,3}){0,10}"
    r"\((?:18|19|20)\d\d\)"
)
FORWARDED = re.compile(r"(?:[\w ]{2,40})[:：]\s*$")
CAPITAL = re.compile(r"[A-Z0-9]")
LISTING = frozenset(("or", "and", "filler", "things"))  # what may stand between "like" and a title
ARTICLES = ("the", "a", "an")
SHORTEST = 4  # letters of a title of one word that is not written as one
PRONOUNS = ("him", "her", "himself", "herself")
WORD = range(2, 7)  # characters of a Chinese word that may stand for a name
LATIN_WORDS = range(1, 4)  # of a name in English for Chinese values
MOST_WORDS = 60  # a sentence with more of them tells something, and asks for no names
PLAYING = ("starring", "featuring")  # before a pronoun that is somebody named before; "with him" is the one who watches too


class Nearest(Protocol):
    """What words come near to that are no name of the catalog themselves: the encoder's part in reading a sentence."""

    def __call__(self, words: str) -> Targets:
        """The list's name that refused words come near to; empty where none is near enough."""
        ...

    def called(self, words: Sequence[str]) -> list[tuple[float, Targets]]:
        """How near each of some Chinese words comes to a value that has no Chinese name, and the value; empty as above."""
        ...

    def in_texts(self, words: Sequence[str]) -> list[Near]:
        """What each of some words means in texts and values of the other language."""
        ...


def find_quoted(sentence: Sentence) -> Iterator[Mention]:
    """Titles in quotes; words in quotes that are none are a wish, and nothing else is read from them.

    Where they must be a title, after "like" or in 《》, and the catalog has no such one, that is to be said. What is quoted
    whole, or forwarded ('Tom: "any westerns?"'), is what is asked for.
    """
    starts = [token.start for token in sentence.tokens]
    for match in QUOTED.finditer(sentence.text):
        if match.group() == sentence.text.strip():
            continue
        around = range(bisect_left(starts, match.start()), bisect_left(starts, match.end()))
        said = match.group()[1:-1]
        ids = sentence.vocabulary.titles.near(said) if len(around) > 2 else ()
        last = not ids and not sentence.text[match.end() :].strip(" .!")
        if last and FORWARDED.search(sentence.text[: match.start()]):
            continue
        sentence.taken.update(around)
        if ids:
            yield Mention(around[0], around[-1] + 1, ids=sentence.vocabulary.titles.said(ids, said))
        elif len(around) > 2 and (match.group().startswith("《") or sentence.before("like", around[0])):
            yield Mention(around[0], around[-1] + 1, listable=False, hard=True)


def find_titles(sentence: Sentence) -> Iterator[Mention]:
    """Titles after "like" or a negator, before 那样, where two are compared, and wherever one is written as a title."""
    judged = sentence.says("pairwise") or (sentence.asks and sentence.says("or"))
    place, cued, listing = 0, -1, False
    while place < len(sentence.tokens):
        here = sentence.said[place]
        cue = here.get("like") or here.get("negators") or here.get("tight") or 0
        if cue and "plain" not in here and not _title_at(sentence, place, False, False):
            place, cued, listing = place + cue, place + cue, True
        elif found := _title_at(sentence, place, listing or judged, judged or cued == place):
            yield found
            place, listing = found.end, True
        else:
            listing = listing and (not LISTING.isdisjoint(here) or sentence.stems[place] in ",、")
            place += 1


def find_dated_titles(sentence: Sentence) -> tuple[Mention, ...]:
    """A title with its year in brackets that the catalog does not have, or of which it has a part: "Infinity War (2018)".

    What is named so is talked about: nothing is read from its words and its year, which are marked as taken.
    """
    starts = [token.start for token in sentence.tokens]
    for match in DATED.finditer(sentence.text):
        places = range(bisect_left(starts, match.start()), bisect_left(starts, match.end()))
        rest = [place for place in places if place not in sentence.taken]
        if rest:
            sentence.taken.update(rest)
            sentence.forgotten.append(Mention(rest[0], rest[-1] + 1, listable=False))
    return ()


def find_pronouns(sentence: Sentence) -> Iterator[Mention]:
    """The person named before, as one who plays: "directed by Clint Eastwood but not starring him"."""
    for place in range(1, len(sentence.tokens)):
        if sentence.stems[place] in PRONOUNS and sentence.stems[place - 1] in PLAYING and "actors" in sentence.vocabulary.kinds:
            people = [m.options[0] for m in sentence.mentions if m.end < place and m.options and m.options[0].field in PEOPLE]
            span = sentence.span(place, place + 1)
            yield from (Mention(place, place + 1, (replace(person, field="actors", span=span),)) for person in people[-1:])


def find_typos(sentence: Sentence) -> Iterator[Mention]:
    """Words that are none and nearly a category or tag."""
    for place, token in enumerate(sentence.tokens):
        if place in sentence.taken or sentence.said[place] or sentence.capital(place):
            continue
        if targets := sentence.vocabulary.misspelled(token.stem):
            yield mention_of(sentence, Term(targets, place, place + 1))


def find_near(sentence: Sentence, nearest: Nearest) -> Iterator[Mention]:
    """Words that say nothing else and come near to a value of the catalog or to a word of its texts, the nearest first.

    Chinese ones to values without a Chinese name: 茴香 for fennel; of texts to what is written in the other language.
    """
    unread = _unread(sentence)
    places = [(k, k + n) for k in sorted(unread) for n in WORD if unread.issuperset(range(k, k + n))]
    if not places and sentence.vocabulary.texts.chinese:
        latin = open_places(sentence)
        places = [(k, k + n) for k in sorted(latin) for n in LATIN_WORDS if latin.issuperset(range(k, k + n))]
    if not 0 < len(places) <= MOST_WORDS:
        return
    words = [sentence.written(*place) for place in places]
    named = nearest.called(words)
    texts = nearest.in_texts(words) if sentence.vocabulary.texts.columns else [Near(0.0)] * len(words)
    found = zip(named, texts, places, strict=True)
    for (score, targets), near, place in sorted(found, key=lambda each: -max(each[0][0] * bool(each[0][1]), each[1].score)):
        if not sentence.free(*place):
            continue
        if targets and score >= near.score:
            mention = mention_of(sentence, Term(targets, *place))
            yield replace(mention, options=tuple(replace(c, source="encoder") for c in mention.options))
        elif near.score:
            yield mention_in(sentence, Found(*place, near.column, near.words), "encoder")


def _unread(sentence: Sentence) -> set[int]:
    """Chinese characters of which nothing is known: neither a mention nor a phrase of the lexicon has them."""
    read = set(sentence.taken)
    for place, (said, meant) in enumerate(zip(sentence.said, sentence.meant, strict=True)):
        longest = max((*said.values(), *(length for length, _ in meant.values())), default=0)
        read.update(range(place, place + longest))
    return {k for k, token in enumerate(sentence.tokens) if HAN.match(token.text)} - read


def _title_at(sentence: Sentence, place: int, listed: bool, cued: bool) -> Mention | None:
    """The title that is meant at a place.

    `listed` is set where "like" or a negator reaches, `cued` where it stands just before.
    """
    for length, ids in sentence.vocabulary.titles.at(sentence.stems, place):
        end = place + length
        said = sentence.written(place, end)
        followed = sentence.at(end, "like_after")
        if CAPITAL.match(said) and not sentence.text.isupper():
            meant = _written_title(sentence, place, end, listed or followed)
        else:
            meant = _plain_title(sentence, place, end, cued or (followed and bool(HAN.search(sentence.text))))
        if meant and sentence.free(place, end):
            return Mention(place, end, ids=sentence.vocabulary.titles.said(ids, said))
    return None


def _written_title(sentence: Sentence, place: int, end: int, cued: bool) -> bool:
    """Whether words that begin with a capital are meant as a title."""
    said, stems = sentence.written(place, end), sentence.stems
    idle = all(stems[k] in common() or "filler" in sentence.said[k] or stems[k].isdigit() for k in range(place, end))
    if _named(sentence, place, end) or (idle and not (cued and end - place > 1)):
        return False
    if end - place > 1:
        return cued or all(not word[0].islower() for word in said.split() if len(word) > 3)
    if not cued and sentence.before("from", place):
        return False  # "set in Brazil"
    begins = place == 1 and "filler" in sentence.said[0]  # the capital of "Is Alien ...?" is the sentence's
    if (sentence.capital(place - 1) and not begins) or sentence.capital(end):
        return False  # a part of a longer name: the Van of Van Damme
    opens = place == 0 and not HAN.search(sentence.text) and not sentence.at(end, "after_title")
    return cued or (not opens and len(said) > 2 and sentence.vocabulary.titles.distinct(stems[place]))


def _plain_title(sentence: Sentence, place: int, end: int, cued: bool) -> bool:
    """Whether words in small letters are meant as a title: after "like", and only if they say nothing else."""
    stems = sentence.stems[place:end]
    if _named(sentence, place, end) or (len(stems) == 1 and (len(stems[0]) < SHORTEST or stems[0] in known_words())):
        return False
    return cued and not all(s in common() or s.isdigit() or "filler" in sentence.said[place + k] for k, s in enumerate(stems))


def _named(sentence: Sentence, place: int, end: int) -> bool:
    """Whether the words are a name of the catalog too, an article aside: "the war stuff" is no title."""
    first = place + (sentence.stems[place] in ARTICLES)
    return any(length >= end - first and targets for length, targets in sentence.names(first)) if first < end else False
