"""The names of the catalog that a sentence means: categories and tags, and proper names, which are often words like others."""

from collections.abc import Iterator
from dataclasses import dataclass

from instructrec.lexicon.words import chinese_names, key, language_names, lexicon
from instructrec.parsing.sentence import HAN, Mention, Sentence, Span
from instructrec.parsing.vocabulary import Targets
from instructrec.types import Condition

WEAK = ("with", "from", "on", "off", "off the", "stars", "site", "author")  # too common to say that a name must follow
PREFIXES = ("pre", "post", "non", "anti")  # "pre-war glamour" is no war
NOTHING = (0, ("",))
NEAR, ALIKE = 3, 5  # tokens before a name in which its column is named, and letters by which their words begin alike
PROPER = ("name", "people", "choice")  # kinds of attributes whose values need a sign that they are meant


@dataclass(frozen=True, slots=True)
class Term:
    """A name found in a sentence; without `targets` the catalog has no such value to check."""

    targets: Targets
    start: int  # token numbers
    end: int


def find_written(sentence: Sentence) -> Iterator[Mention]:
    """Proper names of several words that are written as the catalog writes them: "Five Star" is no rating, "5G" no weight."""
    for place in sorted(sentence.name_places):
        for length, targets in sentence.names(place):
            kinds, values = {sentence.vocabulary.kinds.get(f) for f, _ in targets}, [str(v) for _, v in targets]
            said, term = sentence.written(place, place + length), Term(targets, place, place + length)
            exact = length > 1 and bool(kinds & {"name", "people"}) and not said.islower() and said in values
            counted = said[0].isdigit() and not said.isdigit() and said.lower() in map(str.lower, values)
            if (exact or counted) and sentence.free(place, term.end) and _is_meant(sentence, term):
                yield mention_of(sentence, term)


def find_joined(sentence: Sentence) -> Iterator[Mention]:
    """Names that the catalog writes as one word: "The Verge" for theverge."""
    for place in range(len(sentence.tokens)):
        for end in range(min(place + 3, len(sentence.tokens)), place + 1, -1):
            word = "".join(t.text.removesuffix("'s") for t in sentence.tokens[place:end])
            targets = sentence.vocabulary.phrases.table.get((word,), ())
            site = bool(targets) and targets[0][0] == "site" and sentence.free(place, end)
            if site and (sentence.capital(end - 1) or _spoken_site(sentence, place, end)):
                yield mention_of(sentence, Term(targets, place, end))


def _spoken_site(sentence: Sentence, place: int, end: int) -> bool:
    """Whether a name in small letters that was joined is meant: "from the verge", and not "on the verge of tears"."""
    first = place + (sentence.stems[place] == "the")  # "from the" is a phrase too
    cued = any(sentence.before(section, k) for section in ("from", "cues", "negators", "or") for k in (place, first))
    return (cued or place == 0) and sentence.stems[end : end + 1] != ["of"]


def find_names(sentence: Sentence) -> Iterator[Mention]:
    """Every other name that is meant, the longest at each place."""
    place = 0
    while place < len(sentence.stems):
        terms = (Term(targets, place, place + length) for length, targets in sentence.names(place))
        free = (t for t in terms if sentence.free(t.start, t.end) and not _made_of_names(sentence, t))
        term = next((t for t in free if _is_meant(sentence, t)), None)
        if term:
            yield mention_of(sentence, _known_part(sentence, term))
        place = term.end if term else place + 1


def _made_of_names(sentence: Sentence, term: Term) -> bool:
    """Whether a name that the catalog does not have is two that it has: action adventure."""
    if term.targets:
        return False
    ends = (term.start + length for length, targets in sentence.names(term.start) if targets)
    return any(targets and k + length == term.end for k in ends for length, targets in sentence.names(k))


def _known_part(sentence: Sentence, term: Term) -> Term:
    """Of a name that the catalog does not have the end that it has: a dark comedy is a comedy."""
    if term.targets or sentence.stems[term.start] in PREFIXES:
        return term
    parts = (Term(targets, k, k + length) for k in range(term.start + 1, term.end) for length, targets in sentence.names(k))
    return next((part for part in parts if part.targets and part.end == term.end), term)


def find_unknown(sentence: Sentence) -> Iterator[Mention]:
    """A proper name that was asked for and that the catalog does not have: "directed by Nobody", "Nobody brand", 无名主演."""
    for place in range(len(sentence.tokens)):
        length, fields = sentence.meant[place].get("by_after", NOTHING)
        named = length and length >= sentence.meant[place].get("by", NOTHING)[0]  # nobody is before "directed by"
        start = _name_before(sentence, place, fields[0]) if named else place
        if start < place and sentence.free(start, place + length):
            yield Mention(start, place + length, hard=True)
        length, fields = sentence.meant[place].get("by", NOTHING)
        begin = place + length + (sentence.stems[place + length : place + length + 1] == ["the"] if length else 0)
        end = begin
        while length and sentence.capital(end) and end not in sentence.taken:
            end += 1
        weak = length and sentence.written(place, place + length).lower() in WEAK
        topic = length == 1 and sentence.stems[place] == "on"  # "articles from Forbes" are of a site, "on AI" not
        listed = place > 0 and not topic and sentence.at(place - 1, "things")
        enough = begin + 1 if weak and not listed and "site" in sentence.vocabulary.fields and fields[-1] == "site" else begin
        if end > enough and not (weak and enough == begin and not listed) and sentence.free(place, end):
            yield Mention(place, end, hard=True)


def _name_before(sentence: Sentence, place: int, field: str) -> int:
    """Where a name begins that ends at a place: a word with a capital, or, of people, two or three Chinese characters."""
    if sentence.capital(place - 1):
        return place - 1
    start = place
    while field in ("director", "actors") and start > max(0, place - 3) and _plain_han(sentence, start - 1):
        start -= 1
    return start if place - start > 1 else place


def _plain_han(sentence: Sentence, place: int) -> bool:
    return bool(HAN.match(sentence.tokens[place].text)) and not sentence.said[place]


def find_uncheckable(sentence: Sentence) -> Iterator[Mention]:
    """Words that ask for something which could be checked, and which catalogs seldom hold."""
    for place, here in enumerate(sentence.said):
        if (length := here.get("uncheckable")) and sentence.free(place, place + length):
            yield Mention(place, place + length, hard=True)


def mention_of(sentence: Sentence, term: Term) -> Mention:
    """What a name stands for where it is said: its attribute, as the words around it tell, and how it is asked for."""
    kinds, span = sentence.vocabulary.kinds, sentence.span(term.start, term.end)
    field = _attribute(sentence, term) or _column_named(sentence, term)
    if field == "author" and not any(f == field for f, _ in term.targets):
        return Mention(term.start, term.end, hard=True)
    targets = tuple(t for t in term.targets if t[0] == field) or term.targets
    if scaled := _scaled(sentence, term, span):
        return scaled
    ops = {"list": "contains", "people": "contains"}
    options = [
        Condition(field=f, op=ops.get(kinds.get(f, ""), "="), value=v, span=span, source="vocabulary") for f, v in targets
    ]
    said = tuple(sentence.stems[term.start : term.end])
    hard = not options and (
        said in language_names(surely=True)
        or (said in language_names() and (sentence.at(term.end, "things") or sentence.at(term.end, "tongue")))
        or (said in language_names() and bool(sentence.vocabulary.role("language")) and sentence.before("or", term.start))
        or (said in chinese_names() and (bool(field) or _owned(sentence, term.end)))  # 周星驰演的, 晨光的
        or (bool(field) and said in chinese_names(ordinary=True))  # 得力牌
    )
    length, fields = sentence.meant[term.end].get("by_after", NOTHING) if term.end < len(sentence.stems) else NOTHING
    end = term.end + (length if fields[0] == field else 0)
    return Mention(term.start, end, tuple(options), hard=hard)


def _column_named(sentence: Sentence, term: Term) -> str:
    """Of several columns that have a name the one whose words stand before it: "licensed by" of `licensors`."""
    if len(term.targets) < 2 or not sentence.vocabulary.texts.profile:
        return ""
    said = [stem for stem in sentence.stems[max(0, term.start - NEAR) : term.start] if len(stem) >= ALIKE]
    for name, _ in term.targets:
        column = sentence.vocabulary.texts.profile.get(name)
        words = [stem for word in column.words for stem in key(word)] if column else []
        if any(word[:ALIKE] == stem[:ALIKE] for word in words for stem in said):
            return name
    return ""


def _owned(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.tokens) and sentence.tokens[place].text == "的"


def _scaled(sentence: Sentence, term: Term, span: Span) -> Mention | None:
    """A step of a scale as the least or the most that is asked for: "mostly positive or better", 特别好评以上."""
    scales = (*sentence.vocabulary.scales, *lexicon()["scales"].values())
    scale = next((s for s in scales for _, value in term.targets if value in s), None)
    if not scale:
        return None
    field, value = next((f, v) for f, v in term.targets if v in scale)
    end = term.end + (sentence.at(term.end, "rated") or 0)
    least = sentence.at(end, "at_least_after") or sentence.before("at_least", term.start)
    most = sentence.at(end, "up_to_after") or sentence.before("up_to", term.start)
    above = sentence.before("over", term.start)
    below = sentence.before("under", term.start)
    if not (least or most or above or below):
        return None
    place = scale.index(value)
    steps = scale[place:] if least else scale[: place + 1] if most else scale[place + 1 :] if above else scale[:place]
    values = [v for v in steps if (field, v) in sentence.vocabulary.phrases.table.get(key(v), ())]
    after = sentence.said[end].get("at_least_after" if least else "up_to_after", 0) if end < len(sentence.tokens) else 0
    if after and any(
        "number" in sentence.meant[k] or sentence.stems[k].isdigit()
        for k in range(end + after, min(end + after + 2, len(sentence.stems)))
    ):
        return None  # "very positive and under 10 dollars" is another bound
    last = end + after if after else term.end
    return Mention(term.start, last, (Condition(field=field, op="in", value=values, span=span, source="vocabulary"),))


def _attribute(sentence: Sentence, term: Term) -> str:
    """The attribute that the words just before or after a name speak of; after it where it is Chinese: 有...导演的."""
    after = sentence.meant[term.end].get("by_after", NOTHING)[1][0] if term.end < len(sentence.stems) else ""
    if after and HAN.match(sentence.tokens[term.end].text):
        return after
    for place in range(max(0, term.start - 4), term.start):
        length, fields = sentence.meant[place].get("by", NOTHING)
        if length and place + length == term.start:
            return fields[0]
    return after


def _is_meant(sentence: Sentence, term: Term) -> bool:
    """Whether a name is meant, and not the dial or the word that it is too."""
    if sentence.said[term.start].get("exempt", 0) > term.end - term.start:
        return False  # "the kids are asleep"
    dial, _ = sentence.meant[term.start].get("dial", NOTHING)
    if dial and (dial > term.end - term.start or not term.targets):
        return False
    if not term.targets:
        return True
    field = term.targets[0][0]
    kind = sentence.vocabulary.kinds.get(field, "")
    if field == sentence.vocabulary.role("language"):
        return sentence.before("negators", term.start) or not sentence.before("speaks", term.start)
    return kind not in PROPER or _proper_meant(sentence, term)


def _proper_meant(sentence: Sentence, term: Term) -> bool:
    """A proper name needs a sign: a dot, a cue, or capitals that the sentence would not give it."""
    kinds = {sentence.vocabulary.kinds.get(f) for f, _ in term.targets}
    if "." in sentence.written(term.start, term.end) or ("choice" in kinds and _rated(sentence, term.end)):
        return True
    if _said(sentence, term) in chinese_names(ordinary=True) and term.start and not sentence.ends(term.start - 1):
        return _cued(sentence, term) or _joins_another(sentence, term)  # 英雄牌 is a maker, 讲一个英雄 is not
    several = term.end - term.start > 1 or HAN.match(sentence.tokens[term.start].text)
    told = _attribute(sentence, term) in {f for f, _ in term.targets}
    sold = term.end in sentence.name_places  # "Dell laptops", where laptops are sold
    blocked = sentence.before("blocks", term.start) or (sentence.at(term.end, "blocks_after") and not sold)
    if several and kinds & {"people", "choice"}:
        return told or not blocked  # 讲希区柯克生平的 is about him
    if kinds == {"people"} and term.end - term.start == 1 and _of_somebody_else(sentence, term):
        return False
    written = _written(sentence, term)
    if kinds == {"people"} and not written and _said(sentence, term) not in sentence.vocabulary.coined:
        return told and not _weakly(sentence, term)  # a last name in small letters is a word: "stamps", "woods"
    idle = all("filler" in sentence.said[k] for k in range(term.start, term.end))  # "I just need labels" is no brand
    if _cued(sentence, term) and (written or not idle):
        return True
    written = written or _said(sentence, term) in sentence.vocabulary.coined
    greets = idle and term.start == 0  # "Hey, a puzzle game" asks for no maker HEY
    return not blocked and not greets and (written or _joins_another(sentence, term))


def _of_somebody_else(sentence: Sentence, term: Term) -> bool:
    """Whether a last name stands in a longer name that is not the person's: the Potter of Harry Potter is not Sally."""
    own = set(key(str(term.targets[0][1])))
    before, after = term.start - 1, term.end
    follows = before >= 0 and sentence.capital(before) and sentence.stems[before] not in own and not sentence.said[before]
    goes_on = sentence.capital(after) and sentence.stems[after] not in own and _is_surname(sentence, after)
    return (follows and before > 0) or goes_on or sentence.at(after, "siblings")


def _is_surname(sentence: Sentence, place: int) -> bool:
    return any(sentence.vocabulary.kinds.get(field) == "people" for _, targets in sentence.names(place) for field, _ in targets)


def _rated(sentence: Sentence, place: int) -> bool:
    """Whether "reviews" follows a step of a scale, or an `or` that goes on to another step."""
    return sentence.at(place, "rated") or sentence.at(place, "or")


def _weakly(sentence: Sentence, term: Term) -> bool:
    """Whether the words before a name are too common to say that a name follows: "with stamps"."""
    first = max(0, term.start - 2)
    return any(sentence.written(k, term.start).lower() in WEAK for k in range(first, term.start))


def _said(sentence: Sentence, term: Term) -> tuple[str, ...]:
    return tuple(sentence.stems[term.start : term.end])


def _cued(sentence: Sentence, term: Term) -> bool:
    before = any(sentence.before(section, term.start) for section in ("cues", "negators", "tight"))
    told = _attribute(sentence, term)
    elsewhere = told == "site" and not any(field == told for field, _ in term.targets)  # "on target"
    return sentence.stems[term.end : term.end + 1] == ["only"] or before or (bool(told) and not elsewhere)


def _joins_another(sentence: Sentence, term: Term) -> bool:
    """Whether the name stands in a list with one that is meant: "from medium or linkedin", dzone、InfoQ."""
    if sentence.at(term.end, "or") or sentence.at(term.end, "and"):
        joiner = max(sentence.said[term.end].get(section, 0) for section in ("or", "and"))
        fields, following = {f for f, _ in term.targets}, term.end + joiner
        for length, targets in sentence.names(following) if following < len(sentence.stems) else ():
            other = Term(targets, following, following + length)
            if fields.isdisjoint(f for f, _ in targets):
                continue
            coined = _said(sentence, other) in sentence.vocabulary.coined
            if coined or _written(sentence, other) or sentence.at(other.end, "rated"):
                return True
    comma = sentence.stems[term.start - 1 : term.start] == [","]
    listed = comma and sentence.at(term.end, "or")  # "from Sharpie, avery or bic"
    joins = sentence.before("or", term.start) or sentence.before("and", term.start) or listed
    near = range(max(0, term.start - 3), term.start)
    return joins and any(m.end in near and m.options for m in sentence.mentions)


def _written(sentence: Sentence, term: Term) -> bool:
    """Whether a name is written as a name: with the catalog's capitals, or next to Chinese with no space between."""
    start, end = sentence.span(term.start, term.end)
    said, value = sentence.text[start:end], str(term.targets[0][1])
    if HAN.match(sentence.text[max(0, start - 1) : start]) or HAN.match(sentence.text[end : end + 1]):
        return True
    small = {word for word in said.split() if word[0].islower()}
    if sentence.text.isupper() or small - set(value.split()) or said.islower():
        return False
    opens = term.start == 0 and said == said.capitalize()
    return not (opens and sentence.stems[0] in sentence.vocabulary.ordinary)
