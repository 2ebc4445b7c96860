"""A correction of the profile takes effect at once, on what was read before, and can be taken back."""

from pathlib import Path

import pytest

from instructrec.errors import ConfigError
from instructrec.sources.read import read
from instructrec.store.bulk import Origin, save
from instructrec.store.corrections import correct, replace_corrections
from instructrec.store.profile import catalog_profile, corrections, profile_version
from instructrec.store.sources import remove
from instructrec.store.sqlite import SqliteStore

TEXT = "item_id,title,weight,tags,kind\n1,A,190 g,x|y,a/b\n2,B,0.2 kg,y|z,c/b\n3,C,-,x,a\n"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    (tmp_path / "items.csv").write_text(TEXT)
    store = SqliteStore(tmp_path / "store.db")
    save(store, read(tmp_path / "items.csv")[0], origin=Origin("items.csv"))
    return store


def of(store: SqliteStore, name: str) -> list:
    return [item.attributes.get(name) for item in store.items()]


def test_what_was_read_is_kept_with_its_source(store: SqliteStore) -> None:
    profile = catalog_profile(store)
    assert (str(profile["weight"].role), profile["weight"].unit) == ("amount", "g")
    assert of(store, "weight") == [190, 200, None]


def test_another_unit_role_or_sign_takes_effect_without_reading_again(store: SqliteStore) -> None:
    assert correct(store, {"weight": {"unit": "kg"}}) == 2
    assert of(store, "weight") == [0.19, 0.2, None]
    correct(store, {"weight": {"role": "names"}})
    assert of(store, "weight")[:2] == ["190 g", "0.2 kg"]
    correct(store, {"kind": {"role": "names", "separators": ["/"]}})
    assert of(store, "kind") == [["a", "b"], ["c", "b"], ["a"]]
    assert profile_version(store) == 3


def test_words_change_no_item_and_versions_can_be_restored(store: SqliteStore) -> None:
    before = of(store, "weight")
    assert correct(store, {"weight": {"words": ["heft", "分量"]}}) == 0
    assert catalog_profile(store)["weight"].words == ("heft", "分量")
    correct(store, {"weight": {"unit": "kg"}})
    replace_corrections(store, corrections(store, 1))
    assert of(store, "weight") == before
    replace_corrections(store, corrections(store, 0))
    assert catalog_profile(store)["weight"].words == ()
    with pytest.raises(ConfigError, match="no version 99"):
        corrections(store, 99)


def test_what_is_no_column_or_no_setting_is_refused_in_words(store: SqliteStore) -> None:
    with pytest.raises(ConfigError, match=r"no column 'colour'.*weight"):
        correct(store, {"colour": {"unit": "kg"}})
    with pytest.raises(ConfigError, match="cannot be set; allowed"):
        correct(store, {"weight": {"filled": 3}})
    with pytest.raises(ConfigError, match="--map item_id=COLUMN"):
        correct(store, {"item_id": {"role": "names"}})
    assert profile_version(store) == 0


def test_each_source_is_read_again_by_its_own_cells(store: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("item_id,weight\n2,0.5 kg\n4,1 kg\n5,2 kg\n")
    save(store, read(tmp_path / "more.csv", profile=catalog_profile(store))[0], origin=Origin("more.csv"))
    assert of(store, "weight") == [190, 500, None, 1000, 2000]
    correct(store, {"weight": {"unit": "kg"}})
    assert of(store, "weight") == [0.19, 0.5, None, 1, 2]
    remove(store, [2])
    assert of(store, "weight") == [0.19, 0.2, None]
