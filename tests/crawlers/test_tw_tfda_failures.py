"""Rows without a number: what makes one the same, and what makes it another."""

from __future__ import annotations

from crawlers.sources.tw_tfda_failures import prepare

ROW = {
    "產地": "中國大陸", "主旨": "乾燥桂花", "貨品分類號列": "1211.90.91.90-8", "發布日期": "2026/06/02", "附圖": "https://a/1.jpg",
    "進口商名稱": "甲",
}  # fmt: skip


def test_the_key_follows_the_content_and_not_its_order_spaces_or_picture() -> None:
    key = prepare(ROW)["key"]
    turned = {name: f" {ROW[name]} " for name in reversed(ROW)}
    assert len(key) == 64 and prepare(turned | {"附圖": "https://a/2.jpg"})["key"] == key
    assert prepare(ROW | {"進口商名稱": "乙"})["key"] != key, "two importers' rows are two rows"
    assert prepare(ROW | {"不合格原因暨檢出量詳細說明": "0.06 ppm"})["key"] != key


def test_a_row_without_goods_origin_or_day_has_no_key() -> None:
    assert [prepare({**ROW, name: ""})["key"] for name in ("主旨", "產地", "發布日期")] == ["", "", ""]


def test_a_tariff_number_loses_its_dots_and_its_check_digit() -> None:
    assert prepare(ROW)["tariff"] == "1211909190" and prepare(ROW | {"貨品分類號列": ""})["tariff"] == ""
