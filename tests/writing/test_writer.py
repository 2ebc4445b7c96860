"""The model is exported once, and found again."""

import json

from instructrec.language.engine import ABOUT
from instructrec.writing.writer import FOLDER, writer


def test_what_is_exported_is_not_exported_again(tmp_path, monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path))
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ABOUT).write_text(json.dumps({"name": "small", "encodes": False, "turns": ["", ""]}))
    assert (writer().name, writer().folder) == ("small", tmp_path / FOLDER)
