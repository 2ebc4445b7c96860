"""Orders that a sentence asks for, "cheapest first", and what it likes without demanding it, "ideally black"."""

from collections.abc import Iterator, Sequence

from instructrec.parsing.sentence import REFUSING, Mention, Sentence
from instructrec.types import Condition
from instructrec.understanding.order import column_meant

NOTHING = (0, ("",))
BETWEEN = 2  # tokens between the words of a column and the way it is sorted


def find_orders(sentence: Sentence) -> Iterator[Mention]:
    """What the answer is sorted by, kept in `sentence.sort`; "cheapest" asks for no level of prices then."""
    vocabulary = sentence.vocabulary
    if not vocabulary.numbers.columns:
        return
    place = 0
    while place < len(sentence.tokens):
        found = _by_column(sentence, place) or _by_word(sentence, place)
        if found and not sentence.before("negators", place):
            start, end, column, way = found
            end = _on_top(sentence, end)
            sentence.sort.append((column, way))
            mention = Mention(start, end, listable=False)
            sentence.forgotten.append(mention)
            yield mention
        place = found[1] if found else place + 1


def _by_word(sentence: Sentence, place: int) -> tuple[int, int, str, str] | None:
    """A word that says the column and the way: "cheapest"."""
    length, orders = sentence.meant[place].get("order", NOTHING)
    if not length:
        return None
    column = column_meant(orders[0][:-1], sentence.vocabulary.numbers, sentence.vocabulary.texts.profile)
    return (place, place + length, column, _way(orders[0][-1])) if column else None


def _by_column(sentence: Sentence, place: int) -> tuple[int, int, str, str] | None:
    """The words of a column with a way before or after them: "most reviews", "sorted by score", 评分从高到低."""
    named = sentence.vocabulary.numbers.words.at(sentence.stems, place)
    if named:
        length, columns = named[0]
        for after in range(place + length, min(place + length + BETWEEN, len(sentence.tokens))):
            size, ways = sentence.meant[after].get("sorted", NOTHING)
            if size and ways[0] != "by" and not _is_number(sentence, after + size):
                start = place - 1 if sentence.meant[place - 1].get("sorted", NOTHING)[1][0] == "by" and place else place
                return start, after + size, columns[0], _way(ways[0])
    length, ways = sentence.meant[place].get("sorted", NOTHING)
    named = sentence.vocabulary.numbers.words.at(sentence.stems, place + length) if length else []
    if not named:
        return None
    size, columns = named[0]
    end = place + length + size
    after, ways_after = sentence.meant[end].get("sorted", NOTHING) if end < len(sentence.tokens) else NOTHING
    if ways[0] == "by":
        return place, end + after, columns[0], _way(ways_after[0] or "+")
    return (place, end, columns[0], _way(ways[0])) if not _is_number(sentence, place + length) else None


def _way(sign: str) -> str:
    return "asc" if sign == "-" else "desc"


def _is_number(sentence: Sentence, place: int) -> bool:
    """Whether a number follows, so that "highest 8" is a bound."""
    if place >= len(sentence.tokens):
        return False
    return sentence.tokens[place].text[0].isdigit() or "number" in sentence.meant[place]


def _on_top(sentence: Sentence, place: int) -> int:
    """Where an order ends, with the "first" or the "on top" after it."""
    for words in (["on", "top"], ["at", "the", "top"], ["first"], ["排", "前", "面"], ["在", "前"], ["先", "来"]):
        if sentence.stems[place : place + len(words)] == words:
            return place + len(words)
    return place


def split_liked(sentence: Sentence, conditions: Sequence[Condition]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """The conditions that are demanded, and those that are only liked."""
    places = [(sentence.span(*scope), refusals) for *scope, refusals in _liked(sentence) if scope[0] < scope[1]]

    def liked(condition: Condition) -> bool:
        inside = (refusals for (start, end), refusals in places if start <= condition.span[0] < end)
        return any(refusals or condition.op not in REFUSING for refusals in inside)

    pairs = [(condition, liked(condition)) for condition in conditions]
    return tuple(c for c, soft in pairs if not soft), tuple(c for c, soft in pairs if soft)


def _liked(sentence: Sentence) -> Iterator[tuple[int, int, bool]]:
    """The tokens of which somebody says that they are liked, and whether refusals there are meant too: after "ideally" and
    before "would be nice"; after "I love" they are not.
    """
    for place, here in enumerate(sentence.said):
        first, last = sentence.clauses[place]
        if (length := here.get("liked")) and not sentence.ends(place + length):
            yield place + length, _until(sentence, place + length, last), True
        elif (length := here.get("loved")) and not sentence.before("negators", place):
            yield place + length, _list_end(sentence, _until(sentence, place + length, last)), False
        elif length := here.get("liked_after"):
            yield first, place, True


def _list_end(sentence: Sentence, end: int) -> int:
    """Where a list ends that goes on after a comma: "I love comedies, dramas and westerns"."""
    while end < len(sentence.tokens) and sentence.tokens[end].text in (",", "，", "、"):
        named = any(mention.start in range(end + 1, end + 4) and mention.options for mention in sentence.mentions)
        turns = any("breaks" in here or "negators" in here for here in sentence.said[end + 1 : end + 3])
        if not named or turns:
            break
        end = sentence.clauses[end + 1][1]
    return end


def _until(sentence: Sentence, place: int, last: int) -> int:
    return next((k for k in range(place, last) if sentence.tokens[k].text in ("but", "但", "但是")), last)
