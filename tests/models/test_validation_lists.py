"""Lists come back as they were written, and a model from before they were kept has none."""

from instructrec.models.validation_lists import ValidationList, read_lists, write_lists

LISTS = [
    ValidationList("不要恐怖片\u2028quiet", (3, 1), (2, 0), (1.5, -0.25), (0, 7)),
    ValidationList("", (), (1,), (0.0,), (1,)),
]


def test_what_is_written_is_read(tmp_path):
    write_lists(tmp_path / "lists.jsonl", LISTS)
    assert read_lists(tmp_path / "lists.jsonl") == LISTS


def test_none_are_none(tmp_path):
    assert read_lists(tmp_path / "absent.jsonl") == []
    write_lists(tmp_path / "lists.jsonl", [])
    assert read_lists(tmp_path / "lists.jsonl") == []
