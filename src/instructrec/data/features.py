"""What a scorer reads of an item: the text for the encoder, the words for the lexical index, and all of it for TF-IDF."""

from collections.abc import Iterable

from instructrec.types import Attribute, Item

HIDDEN = ("image_url", "url")  # addresses say nothing in words
LEADING = ("categories", "brand")
LONG = 120  # characters from which a text attribute is prose, not a name


def decade(year: float) -> str:
    """The decade as people write it.

    >>> decade(1994)
    '1990s'
    """
    return f"{int(year) // 10 * 10}s"


def encoder_text(item: Item) -> str:
    """Title, names, year and the beginning of the description: what the sentence encoder is shown.

    >>> encoder_text(Item(id="1", title="Heat", attributes={"categories": ["Action", "Crime"], "year": 1995}))
    'Heat. Action, Crime. 1995, 1990s'
    """
    parts = [item.title, *(_phrase(v) for _, v in _names(item))]
    year = item.attributes.get("year")
    if isinstance(year, int | float):
        parts.append(f"{int(year)}, {decade(year)}")
    description = item.attributes.get("description")
    if isinstance(description, str):
        parts.append(description[:300])
    return ". ".join(p for p in parts if p)


def lexical_text(item: Item) -> str:
    """Title, brand, categories and other names: where an exact word counts."""
    return " ".join([item.title, *(_phrase(v) for _, v in _names(item))])


def full_text(item: Item) -> str:
    """All words of an item, prose included: for the content baselines."""
    prose = [v for k, v in item.attributes.items() if isinstance(v, str) and len(v) > LONG and k not in HIDDEN]
    return " ".join([lexical_text(item), *prose])


def _names(item: Item) -> Iterable[tuple[str, Attribute]]:
    """Short text attributes, the leading ones first."""
    rest = [k for k in item.attributes if k not in (*LEADING, *HIDDEN) and not k.endswith("_id")]
    for key in (*LEADING, *rest):
        value = item.attributes.get(key)
        if isinstance(value, list) or (isinstance(value, str) and len(value) <= LONG):
            yield key, value


def _phrase(value: Attribute) -> str:
    return ", ".join(map(str, value[:12])) if isinstance(value, list) else str(value)
