"""Letters come out as they were written, or a note says what was guessed and how to say better."""

import pytest

from instructrec.errors import ConfigError, ReadError
from instructrec.files.encodings import decode

TEXTS = {
    "gb18030": "商品编号,名称\n1,蓝色水壶\n2,红灯\n",
    "cp932": "商品ID,名前\n1,青いやかん\n2,カフェ\n",
    "cp1251": "item_id,title\n1,Чайник\n2,Лампа\n",
    "cp1250": "id,název\n1,Modrá konvice\n2,Žlutá lampička\n",
    "cp1252": "id,title\n1,Crème brûlée\n2,Größe\n",
    "big5": "商品,名稱\n1,藍色水壺\n2,紅色的燈\n",
    "cp949": "상품,이름\n1,파란 주전자\n2,빨간 램프\n",
    "euc_jp": "商品ID,名前\n1,青いやかん\n2,赤いランプ\n",
    "koi8_r": "код,название\n1,Синий чайник\n2,Красная лампа\n",
    "cp1254": "id,ad\n1,Mavi çaydanlık\n2,Kırmızı ışık\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings_are_told_by_their_letters(encoding: str) -> None:
    found = decode(TEXTS[encoding].encode(encoding), "items.csv")
    assert found.text == TEXTS[encoding]
    assert f"read as {found.encoding}, which is a guess" in found.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_told_for_sure(encoding: str) -> None:
    text = "编号,title\n1,Café ŽЖ\n2,x\n"
    assert decode(text.encode(encoding), "a.csv") == type(decode(b"a", ""))(
        text, decode(text.encode(encoding), "").encoding, ()
    )


def test_a_lone_bad_byte_costs_one_character_and_its_row_is_named() -> None:
    found = decode("id,title\n1,Café Noir\n".encode() + b"2,Jos\xe9 Street\n", "items.csv")
    assert found.text == "id,title\n1,Café Noir\n2,Jos\ufffd Street\n"
    assert "1 bytes are no UTF-8 (rows 3)" in found.notes[0]
    assert "--encoding" in found.notes[0]


def test_an_encoding_that_is_given_is_used_or_refused_with_the_row() -> None:
    assert decode("Лампа".encode("koi8_r"), "a.csv", "koi8_r").text == "Лампа"
    with pytest.raises(ReadError, match="row 2") as caught:
        decode(b"a\n\xff\xfe\xfd", "a.csv", "utf-8")
    assert caught.value.row == 2
    with pytest.raises(ConfigError, match="no such encoding; usual ones: utf-8"):
        decode(b"a", "a.csv", "klingon")


def test_text_is_composed_and_without_zeros() -> None:
    found = decode("Cafe\u0301\0".encode(), "a.csv")
    assert found.text == "Café"
    assert "value zero" in found.notes[0]
