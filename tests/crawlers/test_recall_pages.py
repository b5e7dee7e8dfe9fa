"""Pages of recalls in Japan, New Zealand and Australia: their named parts, and origins told in words."""

from __future__ import annotations

import pytest

from crawlers.sources import au_fsanz, jp_caa, nz_product_safety


def test_an_editors_text_is_read_out_of_its_script() -> None:
    words, picture = r"{\"insert\":\"型番：A-1\\n\"}", r"{\"insert\":{\"image\":\"x\"}}"
    bold = r"{\"attributes\":{\"bold\":true},\"insert\":\"中国製\/台\"}"
    delta = rf"{{\"ops\":[{words},{bold},{picture}]}}"
    assert jp_caa.inserted(delta) == "型番：A-1\n中国製/台"
    assert [jp_caa.inserted(text) for text in ("", "{", "[]", r"{\"ops\":1}")] == ["", "", "", ""]


def test_a_part_without_text_is_empty_and_a_contact_is_not_read() -> None:
    script = '<script>var contentsText = \'\'; contentsText = \'{\\"ops\\":[{\\"insert\\":\\"a\\"}]}\';</script>'
    parts = [f'<li><span class="detail_cap"> {name} </span>{script}</li>' for name in ("備考", "連絡先")]
    parts.append('<li><span class="detail_cap">商品名</span><span class="detail_text"> つみき </span></li>')
    parts.append('<li><span class="detail_cap">対応方法</span></li>')
    assert jp_caa.parts_of(parts) == {"備考": "a", "商品名": "つみき", "対応方法": ""}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("中国産うなぎ", "China"),
        ("木のつみき（中国製）", "China"),
        ("原産国：中国", "China"),
        ("生産国名: 中華人民共和国", "China"),
        ("中国風あん、国産豚肉", ""),
        ("中国地方の店舗で販売", ""),
    ],
)
def test_only_a_told_origin_counts_in_japan(words: str, expected: str) -> None:
    record = {"href": "/result/detail.php?rcl=00000000001&screenkbn=03", "title": words, "detail": {}}
    prepared = jp_caa.prepare(record)
    assert (prepared["origin"], prepared["number"]) == (expected, "00000000001")


def test_a_recall_without_its_number_has_none() -> None:
    assert jp_caa.prepare({"href": "/result/detail.php?screenkbn=03", "title": "x"})["number"] == ""
    assert jp_caa.prepare({"title": "x"})["number"] == ""


def test_origins_told_in_new_zealand() -> None:
    assert nz_product_safety.origins_in("Made in Shenzhen, China. Manufactured in Viet Nam") == ["China", "Viet Nam"]
    assert nz_product_safety.origins_in("Made in Auckland\nDesigned in China, imported by a shop") == []


def test_blocks_by_heading_the_first_of_two_alike() -> None:
    blocks = ["<div><h4>Product Identifiers:</h4><p>A</p></div>", "<div><h4>product identifiers</h4><p>B</p></div>"]
    assert nz_product_safety.blocks_of([*blocks, "<div><p>C</p></div>"]) == {"product identifiers": "A", "": "C"}


def test_labels_on_lines_of_their_own_or_before_their_value() -> None:
    text = (
        "Title\nProblem\nGlass was found.\nIn jars.\nCountry of origin: China\nNote: not a label\nContact details\n1800"
    )
    found = au_fsanz.labelled(text)
    assert found["problem"] == "Glass was found.\nIn jars."
    assert found["country of origin"] == "China\nNote: not a label" and found["contact details"] == "1800"
