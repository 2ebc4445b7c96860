"""A sentence as tokens that remember their place: English words stemmed a little, Chinese character by character."""

import re
import unicodedata
from dataclasses import dataclass

LIMIT = 4_000  # characters read of an instruction
TOKEN = re.compile(r"[a-z0-9$€£¥]+(?:[.'’&+-][a-z0-9]+)*|[㐀-鿿]|[^\s]")
CLOSERS = frozenset(",.;!?，。；！？:：()（）")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` as written (lower case), `stem` as compared."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def closes(self) -> bool:
        """Whether a clause ends here."""
        return self.text in CLOSERS


def normalize(text: str) -> str:
    """Lower case and half width, character by character, so that places stay the same.

    >>> normalize("Under ３０ Dollars")
    'under 30 dollars'
    """
    folded = []
    for char in text[:LIMIT]:
        plain = unicodedata.normalize("NFKC", char).lower()
        folded.append(plain if len(plain) == 1 else char.lower()[:1])
    return "".join(folded).replace("’", "'")


def stem(word: str) -> str:
    """A word without its plural.

    >>> [stem(w) for w in ("comedies", "thrillers", "glasses", "series", "children's")]
    ['comedy', 'thriller', 'glass', 'series', "children's"]
    """
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "'s", "ous", "series")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("us") else word


def tokenize(text: str) -> list[Token]:
    """The tokens of a normalized text.

    >>> [t.stem for t in tokenize("90s sci-fi, 不要恐怖")]
    ['90s', 'sci-fi', ',', '不', '要', '恐', '怖']
    """
    return [Token(m.group(), stem(m.group()), m.start(), m.end()) for m in TOKEN.finditer(text)]
