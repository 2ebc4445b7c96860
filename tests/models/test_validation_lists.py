"""Lists come back as they were written, and a model from before they were kept has none."""

from instructrec.models.tried import Tried, read, write

LISTS = [
    Tried("不要恐怖片\u2028quiet", (3, 1), (2, 0), (1.5, -0.25), (0, 7)),
    Tried("", (), (1,), (0.0,), (1,)),
]


def test_what_is_written_is_read(tmp_path):
    write(tmp_path / "lists.jsonl", LISTS)
    assert read(tmp_path / "lists.jsonl") == LISTS


def test_none_are_none(tmp_path):
    assert read(tmp_path / "absent.jsonl") == []
    write(tmp_path / "lists.jsonl", [])
    assert read(tmp_path / "lists.jsonl") == []
