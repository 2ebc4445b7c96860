"""Templates are data: a text with placeholders, the list of what it needs, and one renderer for tuning and serving."""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from instructrec.config import build
from instructrec.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Template:
    """One way of asking."""

    id: str
    language: str
    needs: tuple[str, ...]
    text: str

    def __post_init__(self) -> None:
        used = set(string.Template(self.text).get_identifiers())
        if used != set(self.needs):
            raise ConfigError(f"template {self.id!r} uses {sorted(used)} but says it needs {sorted(self.needs)}")

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether the facts hold everything this template needs."""
        return all(facts.get(name) for name in self.needs)


@cache
def templates() -> tuple[Template, ...]:
    """All templates, checked."""
    loaded = tomllib.loads(files("instructrec.instructions").joinpath("templates.toml").read_text(encoding="utf-8"))
    return tuple(build(Template, {**entry, "needs": tuple(entry["needs"])}) for entry in loaded["template"])


def render(template: Template, facts: Mapping[str, str]) -> str:
    """Fill a template; the only maker of instruction texts.

    >>> render(Template("t", "en", ("category",), "a quiet $category"), {"category": "drama"})
    'a quiet drama'
    """
    return string.Template(template.text).substitute(facts)
