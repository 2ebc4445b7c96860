"""A writer that says what it is told to."""

from collections.abc import Sequence


class Says:
    """Goes on with each beginning by the next of its texts, or with the first by all of them where several
    are asked for.
    """

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[str] = []

    def lines(self, beginnings: Sequence[str], longest: int, many: int = 1, seed: int = 0) -> list[list[str]]:
        self.asked += beginnings
        return [self.texts] if many > 1 else [[text] for text in self.texts[: len(beginnings)]]
