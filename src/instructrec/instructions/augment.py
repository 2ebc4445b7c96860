"""The same wishes said otherwise: paraphrase, slips of the hand, less filler, two wishes in one, and two
languages in one.

All but slips keep the conditions of a text, as the parser reads them; tests hold it. A paraphrase from
anywhere else (from a language model, from a person) is taken over only if `keep` says so. The words are data,
in `templates/paraphrase.toml`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np

from instructrec.encoders.base import Encoder
from instructrec.errors import ConfigError
from instructrec.instructions.generate import Generated
from instructrec.instructions.template import words
from instructrec.lexicon.words import lexicon
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Instruction, TaskForm

Choice = TypeVar("Choice")

QUOTED = re.compile(r'《[^》]*》|"[^"]*"')
SENTENCE = re.compile(r"[.?!:;。？！：；]")
SPEAKER = re.compile(r"(?:I|I'm|My|What|Someone|A user|You)\b|我|有人|你", re.IGNORECASE)
LONG_WORD = re.compile(r"[A-Za-z]{4,}")
LOOSE = re.compile(r"^[\s,，]+|[\s,，]+(?=[.,?!？]|$)")  # what is left around a word that went


def paraphrase(text: str, language: str, rng: np.random.Generator) -> str:
    """Say every phrase of the grammar by another of its kind; a bare wish is put into a sentence.

    >>> paraphrase("Find me a comedy", "en", np.random.default_rng(1))
    'Show me a comedy'
    """
    found = _outside_quotes(text, lambda part: _exchange(part, language, rng))
    if found == text and not SENTENCE.search(text) and not SPEAKER.match(text):
        frames = words("paraphrase")[language]["frames"]
        found = _one(frames, rng).format(text)
    return found


def drop_filler(text: str, language: str, rng: np.random.Generator) -> str:
    """Leave out one of the words that say nothing of what is wanted, as people do in a search box.

    >>> drop_filler("Find me a comedy, please", "en", np.random.default_rng(0))
    'Find me a comedy'
    """
    places = _free(_any(words("paraphrase")[language]["filler"], language), text)
    if not places:
        return text
    start, end = _one(places, rng)
    return LOOSE.sub("", " ".join(f"{text[:start]}{text[end:]}".split())) or text


def typos(text: str, language: str, rng: np.random.Generator, rate: float = 0.15) -> str:
    """Misspell about that share of the longer words, and of the characters that are often taken for each
    other.
    """
    slips = words("paraphrase")["slips"]
    keys = {a: b for pair in slips["keys"] for a, b in (pair, pair[::-1])}
    characters = {a: b for pair in slips["characters"] for a, b in (pair, pair[::-1])}

    def misspell(match: re.Match[str]) -> str:
        return _slip(match[0], keys, rng) if rng.random() < rate else match[0]

    def mistake(part: str) -> str:
        part = LONG_WORD.sub(misspell, part)
        return "".join(characters.get(c, c) if c in characters and rng.random() < rate else c for c in part)

    return _outside_quotes(text, mistake)


def switch(text: str, language: str, rng: np.random.Generator) -> str:
    """Say one name in the other language, by the lexicon, as people who speak both do.

    >>> switch("a quiet comedy", "en", np.random.default_rng(0)) in ("a quiet 喜剧片", "a quiet 喜剧")
    True
    """
    expression, others = _names(language)
    places = [
        p for p in _free(expression, text) if not text[p[0]].isupper()
    ]  # with a capital it is somebody's name
    if not places:
        return text
    start, end = _one(places, rng)
    said = _one(others[text[start:end].lower()], rng)
    return f"{text[:start]}{said if language == 'en' else f' {said} '}{text[end:]}".strip()


def join(first: str, second: str, language: str, rng: np.random.Generator) -> str:
    """Two wishes in one text, as sentences of their own, so that a refusal in the first does not reach into
    the second.

    >>> join("a comedy", "something by Lumen", "en", np.random.default_rng(0))
    'a comedy; also something by Lumen'
    """
    joints = words("paraphrase")[language]["joints"]
    return f"{first.rstrip(' .?!。？！')}{_one(joints, rng)}{second}"


WAYS: Mapping[str, Callable[[str, str, np.random.Generator], str]] = {
    "paraphrase": paraphrase,
    "drop": drop_filler,
    "typos": typos,
    "switch": switch,
}


def augment(
    corpus: Sequence[Generated], many: int, rng: np.random.Generator, ways: Sequence[str] = (*WAYS, "join")
) -> list[Generated]:
    """At most `many` new instructions from those of a corpus, each by one of the `ways`; the same for the
    same state of `rng`.

    A new one keeps target, history and answer; its template says how it was made ("en-search+typos"). It has
    no flipped partner. Raises ConfigError for a way that does not exist.
    """
    if unknown := sorted(set(ways) - {*WAYS, "join"}):
        raise ConfigError(
            f"no way of augmenting {', '.join(map(repr, unknown))}; there are: {', '.join((*WAYS, 'join'))}"
        )
    usable = [g for g in corpus if g.said and g.said in g.text]
    partners = _by_item(usable) if "join" in ways else {}
    seen = {g.text for g in corpus}
    found: list[Generated] = []
    for number in rng.permutation(len(usable)).tolist():
        if len(found) == many:
            break
        source, way = usable[number], _one(ways, rng)
        made = _joined(source, partners, rng) if way == "join" else _changed(source, way, rng)
        if made and made.text not in seen:
            seen.add(made.text)
            found.append(made)
    return found


def keep(
    original: str, paraphrase: str, vocabulary: Vocabulary, encoder: Encoder, nearness: float = 0.7
) -> bool:
    """Whether a paraphrase from anywhere says the same: other words, the same conditions, and near in the
    encoder's space.
    """
    if paraphrase.strip() == original.strip() or not paraphrase.strip():
        return False
    if conditions(parse(original, vocabulary)) != conditions(parse(paraphrase, vocabulary)):
        return False
    one, other = encoder.encode([original, paraphrase])
    return float(one @ other) >= nearness


def conditions(instruction: Instruction) -> set[object]:
    """What a text demands, without the places where it is said: what two ways of saying the same have in
    common.
    """
    either = frozenset(frozenset(_facts(group)) for group in instruction.any_of)
    return {*_facts(instruction.conditions), *([either] if either else [])}


def _one(choices: Sequence[Choice], rng: np.random.Generator) -> Choice:
    return choices[int(rng.integers(len(choices)))]


def _facts(group: Iterable[Condition]) -> list[tuple[str, str, str]]:
    return [(c.field, c.op, repr(sorted(c.value) if isinstance(c.value, list) else c.value)) for c in group]


def _changed(source: Generated, way: str, rng: np.random.Generator) -> Generated | None:
    said = WAYS[way](source.said, source.language, rng)
    if said == source.said:
        return None
    text = source.text.replace(source.said, said, 1)
    return replace(source, text=text, said=said, template=f"{source.template}+{way}", flip=None)


def _by_item(usable: Iterable[Generated]) -> dict[tuple[int, str], list[Generated]]:
    """What can be joined: plain wishes for the same item in the same language."""
    found: dict[tuple[int, str], list[Generated]] = {}
    for g in usable:
        if g.said == g.text and g.facts and g.task == TaskForm.MATCHING:
            found.setdefault((g.item, g.language), []).append(g)
    return found


def _joined(
    source: Generated, partners: Mapping[tuple[int, str], list[Generated]], rng: np.random.Generator
) -> Generated | None:
    kin = [g for g in partners.get((source.item, source.language), ()) if g.said != source.said]
    if not kin or source.said != source.text:
        return None
    other = _one(kin, rng)
    text = join(source.text, other.text, source.language, rng)
    return replace(
        source,
        text=text,
        said=text,
        template=f"{source.template}+{other.template}",
        facts=source.facts + other.facts,
        fields=source.fields + other.fields,
        negates=source.negates + other.negates,
        leaks_target=source.leaks_target or other.leaks_target,
        flip=None,
    )


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """Change what is not in quotation marks: a title is said as it is."""
    pieces, start = [], 0
    for match in QUOTED.finditer(text):
        pieces += [change(text[start : match.start()]), match[0]]
        start = match.end()
    return "".join([*pieces, change(text[start:])])


def _free(expression: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where an expression is found outside quotation marks."""
    closed = [m.span() for m in QUOTED.finditer(text)]
    return [m.span() for m in expression.finditer(text) if not any(a <= m.start() < b for a, b in closed)]


def _exchange(text: str, language: str, rng: np.random.Generator) -> str:
    expression, kinds = _synonyms(language)

    def other(match: re.Match[str]) -> str:
        choices = [w for w in kinds[match[0].lower()] if w.lower() != match[0].lower()]
        said = _one(choices, rng)
        return said if match[0][0].isupper() else said if said.startswith("I") else said[0].lower() + said[1:]

    return expression.sub(other, text)


@cache
def _synonyms(language: str) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    kinds = {w.lower(): group for group in words("paraphrase")[language]["synonyms"] for w in group}
    return _any(kinds, language), kinds


@cache
def _names(language: str) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """The lexicon's names in a language, and what the other language calls each."""
    others: dict[str, list[str]] = {}
    for spoken in lexicon()["names"].values():
        english, chinese = [w for w in spoken if w.isascii()], [w for w in spoken if not w.isascii()]
        own, other = (english, chinese) if language == "en" else (chinese, english)
        others.update({w.lower(): other for w in own if other})
    return _any(others, language), others


def _any(phrases: Iterable[str], language: str) -> re.Pattern[str]:
    """Any of the phrases, the longest first; English ones as whole words."""
    either = "|".join(re.escape(p) for p in sorted(phrases, key=lambda p: (-len(p), p)))
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])" if language == "en" else either, re.IGNORECASE)


def _slip(word: str, keys: Mapping[str, str], rng: np.random.Generator) -> str:
    """One slip inside a word: two letters exchanged, one left out, one doubled, or a neighbouring key."""
    place = int(rng.integers(1, len(word) - 1))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    slips = (
        before + after[:1] + letter + after[1:],
        before + after,
        before + letter + letter + after,
        before + keys.get(letter, letter) + after,
    )
    return _one(slips, rng)
