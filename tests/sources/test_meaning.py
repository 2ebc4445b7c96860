"""What verbs, ratings, grades and labels mean is decided from evidence, and what is unknown is neither."""

import polars as pl
import pytest

from instructrec.sources.meaning import (
    Meaning,
    cancelled,
    grades_of,
    labels_of,
    number_of,
    scale_of,
    sign_of_label,
    sign_of_verb,
    state_column,
    to_numbers,
    yes_no,
)


def column(*values: float) -> pl.Series:
    return pl.Series("v", values, dtype=pl.Float64)


@pytest.mark.parametrize(
    ("sign", "verbs"),
    [
        (-1, "remove_from_cart RemoveFromWishlist product-removed unlike unfollow un-save disliked skipped order_cancelled refund "
             "downvote report_spam not_interested no_click uninstalled unsubscribe dismiss"),
        (-1, "storniert zurückgegeben annulé rembourser cancelado quitar_favorito отмена возврат удалить_из_корзины iade iptal"),
        (-1, "取消收藏 取消关注 退款 退货 不感兴趣 删除 拉黑 キャンセル 返品 お気に入り解除 취소 환불"),
        (1, "purchase add_to_cart AddToWishlist Product_Viewed begin_checkout order_completed saved watch_trailer view_item"),
        (1, "gekauft bestellt achat comprar купить 购买 加入购物车 点赞 お気に入り追加 구매"),
        (0, "impression view_item_list Product_List_Viewed display search login session_start 曝光 undislike unblock 取消拉黑"),
        (None, "zap frobnicate 乱"),
    ],
)  # fmt: skip
def test_a_verb_is_read_by_the_words_it_is_made_of(sign: int | None, verbs: str) -> None:
    assert {verb: sign_of_verb(verb) for verb in verbs.split()} == dict.fromkeys(verbs.split(), sign)


@pytest.mark.parametrize(
    ("values", "kind", "like", "low", "unjudged"),
    [
        ((1, 3, 5), "scale", 4, 3, ()),
        ((0, 2, 5), "scale", 4, 3, (0,)),
        ((1, 2, 9, 0), "scale", 7, 5, (0,)),
        ((-1, 1, 7, 10), "scale", 7, 5, (-1,)),
        ((99, 1, 4, 5), "scale", 4, 3, (99,)),
        ((20, 80, 100), "scale", 70, 50, ()),
        ((14, 8, 19), "scale", 14, 10, ()),
        ((0, 1), "scale", 1, 1, ()),
        ((-1, 1), "signs", None, None, ()),
        ((-1, 0, 1), "signs", None, None, ()),
        ((-9.5, 3.25, 99), "signs", None, None, (99,)),
        ((150, 2000), "amount", None, None, ()),
    ],
)
def test_a_scale_is_told_by_its_values(values, kind, like, low, unjudged) -> None:
    found = scale_of(column(*values), "rating")
    assert (found.kind, found.like_from, found.dislike_below, found.unjudged) == (kind, like, low, unjudged)


def test_a_scale_that_many_ratings_never_leave_ends_there() -> None:
    assert scale_of(column(*[1, 2, 3] * 50), "rating").like_from == 3
    assert scale_of(column(1, 2, 3), "rating").like_from == 4


def test_an_earlier_source_decides_for_a_column_of_the_same_name() -> None:
    ten = Meaning("rating", "scale", 10.0, 7, 5)
    assert scale_of(column(4, 5), "Rating", [ten]).like_from == 7
    assert scale_of(column(1), "rating", [ten]).dislike_below == 5
    assert scale_of(column(4, 5), "stars", [ten]).like_from == 4
    assert scale_of(column(40, 90), "rating", [ten]).top == 100  # what does not fit is decided anew


def test_a_given_threshold_stands() -> None:
    assert (
        scale_of(column(1, 3, 5), "rating", (), 5).like_from,
        scale_of(column(-1, 1), "r", (), 1).kind,
    ) == (5, "scale")


def test_grades_are_numbers_or_words() -> None:
    assert [number_of(t) for t in ("4/5", "8 out of 10", "80 %", "★★★☆☆", "3 stars", "soon")] == [
        (4.0, 5.0), (8.0, 10.0), (80.0, 100.0), (3.0, 5.0), (3.0, 5.0), None,
    ]  # fmt: skip
    assert to_numbers(pl.Series(["4/5", "2/5"]))[1] == 5.0
    assert grades_of(["sehr gut", "schlecht", "差评", "thumbs_up", "B-", "F", "ok", "zonk"]) == {
        "sehr gut": 1, "schlecht": -1, "差评": -1, "thumbs_up": 1, "B-": 1, "F": -1, "ok": 0,
    }  # fmt: skip


def test_a_told_grade_holds_for_later_sources() -> None:
    explicit = Meaning("grade", "grades", words={"zonk": -1}, explicit=("zonk",))
    assert grades_of(["zonk"], [explicit]) == {"zonk": -1}


def test_labels_are_columns_of_yes_and_no_about_what_was_done() -> None:
    table = pl.DataFrame(
        {
            "clicked": [0, 1],
            "is_purchased": ["ja", "nein"],
            "returned": [True, False],
            "is_weekend": [0, 1],
            "likes": [3, 9],
        }
    )
    assert labels_of(table, ()) == {"clicked": 1, "is_purchased": 1, "returned": -1}
    assert [sign_of_label(n) for n in ("label", "disliked", "is_member", "has_garden")] == [1, -1, 0, 0]
    assert yes_no(pl.Series(["Да", "нет"])).to_list() == [1.0, 0.0]


def test_a_few_invoices_with_a_letter_are_cancelled() -> None:
    name, marked = cancelled(pl.DataFrame({"InvoiceNo": ["536365", "C536379", "536367"]}))
    assert (name, marked.to_list()) == ("InvoiceNo", [False, True, False])
    assert cancelled(pl.DataFrame({"InvoiceNo": ["C1", "C2", "C3"]})) is None


def test_a_state_of_an_order_is_an_action() -> None:
    assert state_column(pl.DataFrame({"status": ["delivered", "returned"]}), ()) == "status"
    assert state_column(pl.DataFrame({"type": ["sofa", "lamp"]}), ()) is None


def test_a_meaning_is_stored_and_read_again() -> None:
    meaning = Meaning("stars", "scale", 5.0, 4.0, 3.0, (0.0,), {"rate": 1}, explicit=("rate",))
    assert Meaning.of(meaning.to_dict()) == meaning
    assert Meaning.of({**meaning.to_dict(), "unknown": 1, "unjudged": [0.0], "told": ["rate"]}) == meaning
