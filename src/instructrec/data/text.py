"""Words of a text: what instructions, the lexical channel and the content baselines share."""

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HAN = re.compile(r"[぀-ヿ㐀-鿿가-힯]+")


def terms(text: str) -> list[str]:
    """Split a text into lower-case words; scripts written without spaces become character bigrams.

    >>> terms("Toy Story: the children's film")
    ['toy', 'story', 'the', "children's", 'film']
    >>> terms("科幻片 2")
    ['科幻', '幻片', '2']
    """
    found: list[str] = []
    for word in WORD.findall(text.lower()):
        start = 0
        for run in HAN.finditer(word):
            if run.start() > start:
                found.append(word[start : run.start()])
            chars = run.group()
            found.extend([chars] if len(chars) == 1 else [chars[i : i + 2] for i in range(len(chars) - 1)])
            start = run.end()
        if start < len(word):
            found.append(word[start:])
    return found
