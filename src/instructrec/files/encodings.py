"""From the bytes of a text file to its characters: by marks, by trial, by statistics, or as it is given."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from instructrec.errors import ConfigError, ReadError

SAMPLE = 1 << 18  # bytes that the statistics look at
ROWS_NAMED = 5
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheets and shops write; where statistics cannot tell two apart, the earlier one is taken.
CANDIDATES = (
    "cp1252", "gb18030", "cp932", "cp1251", "cp1250", "big5", "cp949", "euc_jp", "koi8_r", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp874",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a file in composed form (NFC), the encoding they were read with, and what to say."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(raw: bytes, file: str, given: str | None = None) -> Decoded:
    """Decode a text file, so that no letter is lost without a word.

    `given` is an encoding that was asked for. Raises ConfigError for one that does not exist and ReadError
    with the row where it does not fit.
    """
    if given:
        text, encoding, notes = _as_given(raw, file, given), given, []
    else:
        text, encoding, notes = _declared(raw) or _damaged(raw, file) or _guessed(raw, file)
    if "\0" in text:
        notes = [*notes, f"{file}: {text.count(chr(0))} characters of value zero were left out"]
        text = text.replace("\0", "")
    text = text.removeprefix("\ufeff")
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return Decoded(text, encoding, tuple(notes))


def _as_given(raw: bytes, file: str, given: str) -> str:
    try:
        codecs.lookup(given)
    except LookupError:
        raise ConfigError(
            f"--encoding {given}: there is no such encoding; usual ones: utf-8, utf-16, "
            f"{', '.join(CANDIDATES)}"
        ) from None
    try:
        return raw.decode(given)
    except UnicodeDecodeError as error:
        row = raw[: error.start].decode(given, errors="replace").count("\n") + 1
        raise ReadError(
            f"{raw[error.start : error.end]!r} is not {given}; give another --encoding, or none",
            file=file,
            row=row,
        ) from None


def _declared(raw: bytes) -> tuple[str, str, list[str]] | None:
    """What marks, valid UTF-8, or the zeros of UTF-16 without a mark say for sure."""
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return (
                raw.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace"),
                encoding,
                [],
            )
    if encoding := _without_mark(raw):
        return raw.decode(encoding, errors="replace"), encoding, []
    try:
        return raw.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError:
        return None


def _without_mark(raw: bytes) -> str:
    """UTF-16 without its mark: its line ends and separators leave zeros, all on even or all on odd places.

    >>> _without_mark("a,b\\n1,2\\n".encode("utf-16-le"))
    'utf-16-le'
    >>> _without_mark("编号,名\\n1,灯\\n".encode("utf-16-be"))
    'utf-16-be'
    >>> _without_mark(b"a,b")
    ''
    """
    sample = raw[: SAMPLE // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    least = len(sample) / 50
    encoding = "utf-16-le" if odd > least and odd > 20 * even else ""
    encoding = "utf-16-be" if even > least and even > 20 * odd else encoding
    return encoding if len(raw) % 2 == 0 else ""


def _damaged(raw: bytes, file: str) -> tuple[str, str, list[str]] | None:
    """UTF-8 with a few bad bytes: each costs one character, and its row is named.

    Other encodings hardly ever hold valid sequences of UTF-8, so as many good ones as bad decide.
    """
    text = raw.decode("utf-8", errors="replace")
    bad = text.count("\ufffd") - raw.count(b"\xef\xbf\xbd")
    good = sum(len(run) for run in re.findall(r"[^\x00-\x7f]+", text)) - bad
    if good < bad:
        return None
    rows = sorted(set(_rows_of(text)))
    named = ", ".join(map(str, rows[:ROWS_NAMED])) + (", ..." if len(rows) > ROWS_NAMED else "")
    note = (
        f"{file}: {bad} bytes are no UTF-8 (rows {named}); each was replaced by \ufffd; "
        "if the file is in another encoding, name it with --encoding"
    )
    return text, "utf-8", [note]


def _rows_of(text: str) -> Iterator[int]:
    for number, line in enumerate(text.split("\n"), start=1):
        if "\ufffd" in line:
            yield number


def _guessed(raw: bytes, file: str) -> tuple[str, str, list[str]]:
    """What statistics say; of what they leave open, the earlier of CANDIDATES."""
    telling = b"\n".join(line for line in raw.split(b"\n") if not line.isascii())[:SAMPLE]
    for encoding in [*_ranked(telling), "cp1252", "latin-1"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        note = f"{file}: not UTF-8; read as {encoding}, which is a guess; "
        note += "if letters are wrong, name it: --encoding NAME"
        return text, encoding, [note]
    raise AssertionError("latin-1 decodes every byte")


def _ranked(telling: bytes) -> list[str]:
    """Encodings from the likeliest on.

    Letters with accents stand alone between ASCII, and then the western ones are told apart by the letters
    they make; other scripts come in runs, and are told by how chaotic and how like a language they read.

    >>> _ranked("1,caf\xe9,na\xefve".encode("cp1252"))[0], _ranked("1,Žlutá lampička".encode("cp1250"))[0]
    ('cp1252', 'cp1250')
    >>> _ranked("名称,价格".encode("gb18030"))[0]
    'gb18030'
    """
    if western := _western(telling):
        return western
    scripts = [name for name in CANDIDATES if name not in ("cp1252", "cp1250", "cp1254", "cp1257")]
    found = [m for m in from_bytes(telling, cp_isolation=scripts, threshold=0.4) if m.encoding in scripts]
    ranked = sorted(
        found, key=lambda m: (round(m.chaos, 2), -round(m.coherence, 1), scripts.index(m.encoding))
    )
    return [m.encoding for m in ranked]


# letters of cp1250 read as cp1252: signs inside of words, a caron, or double accents beside umlauts
_CENTRAL = re.compile(
    r"[A-Za-z][³¹¿£¥¯œŸ]|[³¹¿£¥¯][a-z]|[šžŠŽ]|^(?!.*[èêçàßñã])(?=.*[õûÕÛ])(?=.*[öü])(?=.*[éá])", re.DOTALL
)


def _western(telling: bytes) -> list[str]:
    """The western encodings, best first, where nearly all that is not ASCII reads as single accented
    letters.
    """
    runs = re.findall(rb"[\x80-\xff]+", telling)
    text = telling.decode("cp1252", errors="replace")
    high = re.findall(r"[^\x00-\x7f]", text)
    fitting = sum((char.isalpha() and char not in "ƒªº") or char in "“”„‘’–—…€°™®©³¹¿£¥¯" for char in high)
    if fitting < 0.8 * len(high) or sum(len(run) == 1 for run in runs) < 0.5 * len(runs):
        return []
    if _CENTRAL.search(text):
        return ["cp1250", "cp1252"]
    return ["cp1254", "cp1252"] if re.search("[ðþÞÐ]", text) else ["cp1252", "cp1250"]
