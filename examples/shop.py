"""A small made-up shop as CSV files, for the tutorial and the tests: `python examples/shop.py shop`.

People buy along a routine (a yoga mat, then a bottle, then a bag), like some brands more than
others, and rate what they bought.
"""

import csv
import random
import sys
from pathlib import Path

KINDS = {
    "Yoga": ["mat", "block", "strap", "bottle", "towel", "bag"],
    "Camping": ["tent", "stove", "lamp", "sleeping bag", "chair", "knife"],
    "Running": ["shoes", "socks", "watch", "belt", "jacket", "bottle"],
    "Kitchen": ["pan", "kettle", "grinder", "scale", "apron", "knife"],
}
BRANDS = ["Alto", "Borea", "Cedra", "Dunn"]
STYLES = ["light", "quiet", "robust", "foldable", "warm", "small"]


def items(chance: random.Random) -> list[dict[str, object]]:
    """Four of each thing, one a brand."""
    rows: list[dict[str, object]] = []
    for kind, things in KINDS.items():
        for thing in things:
            for brand in BRANDS:
                style = chance.choice(STYLES)
                rows.append(
                    {
                        "item_id": f"i{len(rows):03}",
                        "title": f"{brand} {style} {thing}",
                        "description": f"A {style} {thing} for {kind.lower()}, made by {brand}.",
                        "categories": f"{kind}|{thing.title()}",
                        "brand": brand,
                        "price": round(chance.uniform(5, 120), 2),
                    }
                )
    return rows


def interactions(rows: list[dict[str, object]], users: int, chance: random.Random) -> list[dict[str, object]]:
    """Each user follows the routine of one or two kinds, mostly in one brand."""
    acts = []
    for number in range(users):
        now = 1_700_000_000 + chance.randrange(0, 30_000_000)
        brand = chance.choice(BRANDS)
        for kind in chance.sample(list(KINDS), k=chance.choice((1, 2))):
            start = chance.randrange(3)
            for thing in KINDS[kind][start:]:
                chosen = brand if chance.random() < 0.7 else chance.choice(BRANDS)
                title = f" {thing}"
                item = next(r for r in rows if r["brand"] == chosen and str(r["title"]).endswith(title)
                            and str(r["categories"]).startswith(kind))  # fmt: skip
                now += chance.randrange(3_600, 900_000)
                stars = chance.choice((4, 5, 5)) if chosen == brand else chance.choice((2, 3, 4))
                acts.append(
                    {"user_id": f"u{number:03}", "item_id": item["item_id"], "time": now, "stars": stars}
                )
    return sorted(acts, key=lambda act: act["time"])


def write(folder: Path, users: int = 300, seed: int = 7) -> None:
    """Write items.csv and interactions.csv."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    catalog = items(chance)
    for name, rows in (("items", catalog), ("interactions", interactions(catalog, users, chance))):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "shop")
    write(target)
    print(f"wrote {target}/items.csv and {target}/interactions.csv; next: instructrec read {target}")
