"""The demo, without its download: what is done is used again."""

from pathlib import Path

from instructrec.cli import demo
from instructrec.store.workspace import Workspace


def test_demo_uses_again_what_is_done(trained: Path, capsys) -> None:
    place = Workspace(trained)
    demo._ensure_data(place, lambda *_: None)
    demo._ensure_model(place, lambda *_: None)
    printed = capsys.readouterr().out
    assert "using the data" in printed
    assert "using model v00001" in printed


def test_demo_asks_for_a_real_user(trained: Path) -> None:
    place = Workspace(trained)
    user = demo.typical_user(place)
    assert place.store.history(user)
