"""Words that are no value of the catalog and stand in its texts, as things that a sentence mentions."""

from collections.abc import Iterator

from instructrec.lexicon.dictionary import meanings
from instructrec.lexicon.words import common, key, spoken, translations
from instructrec.parsing.sentence import HAN, Mention, Sentence, Span
from instructrec.types import Condition
from instructrec.understanding.mentioned import Found, column_of_words, find_in_texts

HAN_WORD = range(5, 1, -1)  # characters of a word of the dictionary
ALIKE = 5  # letters by which two words begin alike
LONGEST = 6  # tokens of a name that may reach into words
# Lists of the lexicon whose words may be looked for in texts too.
_OPEN = frozenset(("uncheckable", "siblings", "blocks_after", "tongue", "speaks", "plain", "taste", "blocks"))


def find_kinds(sentence: Sentence) -> Iterator[Mention]:
    """Kinds of things by the two or more words that texts call them: "bar stool", which is no stool."""
    yield from _found(sentence, least=2)


def find_words(sentence: Sentence) -> Iterator[Mention]:
    """Whatever else is said and stands in a text."""
    yield from _found(sentence, least=1)


def find_translated(sentence: Sentence) -> Iterator[Mention]:
    """Chinese words that the lexicon has in English, where texts of the catalog have them so: 书桌 for a desk.

    Longer than the name of a value, as a 床头柜 is no bed.
    """
    columns = sentence.vocabulary.texts
    for place in range(len(sentence.tokens)) if columns.columns else ():
        length, spellings = next(iter(translations().at(sentence.stems, place)), (0, ()))
        known = next((n for n, targets in sentence.names(place) if targets), 0)
        if length <= known or not sentence.free(place, place + length):
            continue
        found = ((column_of_words(said, columns), said) for said in spellings)
        if column := next(((name, said) for name, said in found if name), None):
            yield mention_in(sentence, Found(place, place + length, *column))


def find_marks(sentence: Sentence) -> Iterator[Mention]:
    """A yes by a word that only one yes-or-no column has, whatever its ending, and a size of one letter: "S or M"."""
    marks = sentence.vocabulary.texts.marks
    places = open_places(sentence) if marks else set()
    for place, token in enumerate(sentence.tokens):
        name = next((name for word, name in marks.items() if _alike(token.text, word)), None) if place in places else None
        if name:
            yield _mark(sentence, place, name, "=", True)
    for place, token in enumerate(sentence.tokens):
        written = sentence.text[token.start : token.end]
        if not sentence.free(place, place + 1) or len(written) > 1 or not written.isupper() or written in "AI":
            continue
        if (name := sentence.vocabulary.texts.codes.get(written)) and not sentence.text.isupper():
            op = "contains" if sentence.vocabulary.kinds.get(name) == "list" else "="
            yield _mark(sentence, place, name, op, written)


def _mark(sentence: Sentence, place: int, name: str, op: str, value: str | bool) -> Mention:
    span = sentence.span(place, place + 1)
    return Mention(place, place + 1, (Condition(field=name, op=op, value=value, span=span, source="vocabulary"),))


def _alike(said: str, word: str) -> bool:
    """Whether two words begin alike: instantly, instant."""
    least = max(ALIKE, min(len(said), len(word)) - 1)
    return said[:least] == word[:least] and abs(len(said) - len(word)) <= 3


def find_by_dictionary(sentence: Sentence) -> Iterator[Mention]:
    """Other Chinese words by what the dictionary says that they mean, where texts have that; the longest first."""
    columns = sentence.vocabulary.texts
    if not columns.columns or not HAN.search(sentence.text):
        return
    places, place = open_places(sentence, letters=True), 0
    while place < len(sentence.tokens):
        ends = (place + n for n in HAN_WORD if places.issuperset(range(place, place + n)))
        found = next(filter(None, (_translated(sentence, place, end) for end in ends)), None)
        if found:
            yield mention_in(sentence, found)
        place = found.end if found else place + 1


def _translated(sentence: Sentence, start: int, end: int) -> Found | None:
    columns = sentence.vocabulary.texts
    for meaning in meanings(sentence.plain[slice(*sentence.span(start, end))]):
        idle = all(any("idle" in here for here in spoken((stem,))) for stem in key(meaning))
        if not idle and (name := column_of_words(meaning, columns)):
            return Found(start, end, name, meaning)
    return None


def _found(sentence: Sentence, least: int) -> Iterator[Mention]:
    columns = sentence.vocabulary.texts
    if not columns.columns:
        return
    places = open_places(sentence, least > 1)
    for found in find_in_texts(sentence.text, sentence.tokens, places, columns, least):
        if least == 1 or not _is_named(sentence, found):
            yield mention_in(sentence, found)


def _is_named(sentence: Sentence, found: Found) -> bool:
    """Whether words are a value of the catalog themselves, or cut one in two."""
    for place in range(max(0, found.start - LONGEST), found.end):
        for length, targets in sentence.names(place):
            inside = found.start <= place and place + length <= found.end
            whole = place <= found.start and place + length >= found.end
            if targets and place + length > found.start and (whole or not inside):
                return True
    return False


def mention_in(sentence: Sentence, found: Found, source: str = "text") -> Mention:
    """Words that are looked for in a column as a mention."""
    span = sentence.span(found.start, found.end)
    condition = Condition(field=found.column, op="mentions", value=found.words, span=span, source=source)
    return Mention(found.start, found.end, (condition,))


def open_places(sentence: Sentence, numbers: bool = False, letters: bool = False) -> set[int]:
    """The tokens that say something of which nothing is known yet.

    With `numbers` also those of numbers; with `letters` single Chinese characters too that the lexicon knows, which may belong
    to a longer word: 后 is after, 后宫 a harem.
    """
    read = set(sentence.taken)
    for place, (said, meant) in enumerate(zip(sentence.said, sentence.meant, strict=True)):
        after_number = place and (sentence.tokens[place - 1].text.isdigit() or "number" in sentence.meant[place - 1])
        known = [n for table, (n, _) in meant.items() if table != "unit" or after_number]
        longest = max((*(n for section, n in said.items() if section not in _OPEN), *known), default=0)
        if letters and longest == 1 and not after_number and HAN.match(sentence.tokens[place].text):
            continue
        if not (numbers and sentence.tokens[place].text.isdigit()):
            read.update(range(place, place + longest))
    idle = common() | sentence.vocabulary.texts.asked
    return {
        k
        for k, token in enumerate(sentence.tokens)
        if k not in read
        and token.text not in idle
        and token.stem not in idle
        and not token.closes
        and token.text[0].isalnum()
        and (numbers or not token.text.isdigit())
    }


def unknown_words(sentence: Sentence) -> Iterator[Span]:
    """The places of words of which the catalog knows nothing: they rank by their meaning, and bar nothing."""
    places = open_places(sentence) if sentence.vocabulary.texts.columns else set()
    for start in sorted(k for k in places if k - 1 not in places):
        end = start
        while end in places:
            end += 1
        span = sentence.span(start, end)
        if span[1] - span[0] > 1:
            yield span
