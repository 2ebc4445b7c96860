"""What a scorer reads of an item: the text for the encoder, the words for the lexical index, and all of it
for TF-IDF.
"""

from instructrec.types import Attribute, Item

HIDDEN = ("image_url", "url")  # addresses say nothing in words
LEADING = ("categories", "brand")
LONG = 120  # characters from which a text attribute is prose, not a name


def decade_name(year: float) -> str:
    """The decade as people write it.

    >>> decade_name(1994)
    '1990s'
    """
    return f"{int(year) // 10 * 10}s"


def names(item: Item) -> list[str]:
    """Short text attributes, categories and brand first: what can be requested by name.

    >>> attributes = {"director": "Mann", "categories": ["Action", "Crime"], "year": 1995}
    >>> names(Item(id="1", title="Heat", attributes=attributes))
    ['Action, Crime', 'Mann']
    """
    rest = [k for k in item.attributes if k not in LEADING and not k.endswith("_id")]
    values = ((key, item.attributes.get(key)) for key in (*LEADING, *rest) if key not in HIDDEN)
    return [
        _phrase(v)
        for k, v in values
        if isinstance(v, list) or (isinstance(v, str) and not _is_prose(k, v) and not _is_address(v))
    ]


def prose(item: Item) -> str:
    """The description and other long texts."""
    return " ".join(
        v
        for k, v in item.attributes.items()
        if isinstance(v, str) and k not in HIDDEN and _is_prose(k, v) and not _is_address(v)
    )


def encoder_text(item: Item) -> str:
    """Title, names, year and the beginning of the prose: what the sentence encoder is shown.

    >>> encoder_text(Item(id="1", title="Heat", attributes={"categories": ["Action", "Crime"], "year": 1995}))
    'Heat. Action, Crime. 1995, 1990s'
    """
    parts = [item.title, *names(item)]
    year = item.attributes.get("year")
    if isinstance(year, int | float):
        parts.append(f"{int(year)}, {decade_name(year)}")
    return ". ".join(p for p in (*parts, prose(item)[:300]) if p)


def full_text(item: Item) -> str:
    """All words of an item: what the lexical channel and the content baselines index."""
    return " ".join([item.title, *names(item), prose(item)])


def _is_address(value: Attribute) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://", "www."))


def _is_prose(key: str, value: str) -> bool:
    return key == "description" or len(value) > LONG


def _phrase(value: Attribute) -> str:
    return ", ".join(map(str, value[:12])) if isinstance(value, list) else str(value)
