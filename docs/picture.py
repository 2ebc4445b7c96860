"""Draw the README's picture from a real run: `python docs/picture.py [--workspace .instructrec/demo]`.

One sentence, the conditions understood, three items with reasons, and the terms of each score as a bar.
"""

import argparse
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from textwrap import wrap

import instructrec as ir
from instructrec.recommender.eligibility import describe

SENTENCE = "a dark science fiction thriller from the 90s, not horror"
TARGET = Path(__file__).parent / "images" / "slate.svg"
WIDTH, MARGIN, ROW = 880, 28, 118
BAR_LEFT, BAR_WIDTH = 560, 280
COLOURS = ("#3b7dd8", "#d9803b", "#3f9e6e", "#a05fc4", "#c94f5d", "#8a8f98")  # readable on light and dark
STYLE = """
  .card { fill: #ffffff; stroke: #d5d9e0 } .text { fill: #1d2129 } .quiet { fill: #5c6370 }
  .chip { fill: #eaf1fc } .chiptext { fill: #1f4f96 } .line { stroke: #e4e7ec } .zero { stroke: #9aa1ad }
  text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
  @media (prefers-color-scheme: dark) {
    .card { fill: #161b22; stroke: #30363d } .text { fill: #e6edf3 } .quiet { fill: #9aa4b0 }
    .chip { fill: #1c2d4a } .chiptext { fill: #a9c8f7 } .line { stroke: #262c35 } .zero { stroke: #6b7480 }
  }
"""


def text(x: float, y: float, words: str, size: int, kind: str = "text", weight: int = 400) -> str:
    """One line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" class="{kind}">{escape(words)}</text>'


def chips(conditions: Sequence[str], y: float) -> Iterator[str]:
    """The conditions in a row of rounded boxes."""
    x = MARGIN
    for words in conditions:
        width = 7.5 * len(words) + 22
        yield f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="26" rx="13" class="chip"/>'
        yield text(x + 11, y + 18, words, 13, "chiptext", 500)
        x += width + 8


def bar(
    terms: dict[str, float], y: float, unit: float, zero: float, colours: dict[str, str]
) -> Iterator[str]:
    """The terms of one score: what speaks for the item to the right of zero, what speaks against it to the left."""
    right = left = zero
    for name, value in sorted(terms.items(), key=lambda term: -abs(term[1])):
        width = abs(value) * unit
        if width < 0.5:
            continue
        left -= width if value < 0 else 0
        x = left if value < 0 else right
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="18" fill="{colours[name]}"/>'
        right += width if value > 0 else 0
    yield f'<line x1="{zero:.1f}" y1="{y - 4}" x2="{zero:.1f}" y2="{y + 22}" class="zero"/>'


def short(words: str, most: int) -> str:
    """At most so many characters."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def picture(slate: ir.Slate, user: str) -> str:
    """The SVG of one slate."""
    names = dict.fromkeys(name for line in slate for name in line.channels)
    mass = {name: sum(abs(line.channels[name]) for line in slate) for name in names}
    order = sorted(names, key=lambda name: -mass[name])
    groups = {name: name if name in order[:5] else "others" for name in names}
    colours = dict(zip([*order[:5], "others"], COLOURS, strict=True))
    rows = []
    for line in slate:
        terms: dict[str, float] = {}
        for name, value in line.channels.items():
            terms[groups[name]] = terms.get(groups[name], 0.0) + value
        rows.append(terms)
    above = max(sum(v for v in terms.values() if v > 0) for terms in rows)
    below = max(-sum(v for v in terms.values() if v < 0) for terms in rows)
    unit = BAR_WIDTH / (above + below)
    zero, top = BAR_LEFT + below * unit, 118
    height = top + ROW * len(rows) + 48
    parts = [
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="14" class="card"/>',
        text(MARGIN, 44, f"“{slate.instruction.text}”", 20, "text", 600),
        *chips([describe(condition) for condition in slate.instruction.conditions], 62),
    ]
    for place, (line, terms) in enumerate(zip(slate, rows, strict=True)):
        y = top + ROW * place
        attributes = line.item.attributes
        kinds = attributes.get("categories")
        about = " / ".join(kinds) if isinstance(kinds, list) else ""
        own = [fact for fact in line.because if fact not in slate.shared_reasons]
        words = " and ".join(own)
        parts += [
            f'<line x1="{MARGIN}" y1="{y}" x2="{WIDTH - MARGIN}" y2="{y}" class="line"/>',
            text(MARGIN, y + 34, f"{line.rank}  {short(line.item.title, 44)}", 17, "text", 600),
            text(MARGIN + 22, y + 57, short(f"{about}, {attributes.get('year', '')}", 66), 13, "quiet"),
            *(
                text(MARGIN + 22, y + 80 + 19 * n, part, 14)
                for n, part in enumerate(wrap(words[:1].upper() + words[1:], 68))
            ),
            text(BAR_LEFT, y + 32, f"score {line.score:.2f}", 12, "quiet"),
            *bar(terms, y + 44, unit, zero, colours),
        ]
    x = MARGIN
    for name, colour in colours.items():
        parts.append(f'<rect x="{x:.0f}" y="{height - 30}" width="11" height="11" rx="2" fill="{colour}"/>')
        parts.append(text(x + 16, height - 20, name, 12, "quiet"))
        x += 34 + 7.2 * len(name)
    parts.append(text(x + 10, height - 20, f"what each score is made of, for user {user}", 12, "quiet"))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="A sentence, its conditions, and three recommendations with reasons">\n'
        f"<style>{STYLE}</style>\n{body}\n</svg>\n"
    )


def main() -> None:
    """Ask the model of a workspace and write the picture."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspace", default=".instructrec/demo")
    options.add_argument("--user", default="585")
    given = options.parse_args()
    slate = ir.Recommender.load(given.workspace).recommend(SENTENCE, user=given.user, n=3)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(picture(slate, given.user), encoding="utf-8")
    print(f"written: {TARGET} ({TARGET.stat().st_size // 1024} KiB)")


if __name__ == "__main__":
    main()
