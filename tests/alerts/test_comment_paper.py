"""The document opened again: measures, fonts and text of the DOCX, text and pages of the PDF; names only by tick."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from docx.shared import Pt
from sqlalchemy import Engine

from alerts.comment_additions import write_data, write_opinion
from alerts.comment_documents import compile_document, edit_document
from alerts.comment_paper import Paper, paper_of, zh_number
from alerts.commenting import screen
from alerts.paper_docx import docx_of
from alerts.paper_pdf import pdf_of
from store.engine import writing
from tests.alerts.commented import begin
from tests.alerts.mailed import settings_at

NAMED, SECRET = "澄海积木测试企业", "不愿具名测试企业"


@pytest.fixture
def paper(loaded: Engine, now: datetime, tmp_path: Path) -> Paper:
    play = begin(loaded, now, settings_at(tmp_path))
    first = play.comment(
        0, firm_name=NAMED, may_be_named="1", yearly_value="120", wording="把 4.2 条改为按 ISO 8124 测试。"
    )
    play.comment(1, firm_name=SECRET, yearly_value="777", wording="<b>推迟</b>两年 & 生效")
    play.comment(2, affected="unsure", yearly_value="")
    with writing(loaded) as session:
        matter = play.matter(session)
        screen(session, now, play.settings, session.merge(first), matter, play.cast.county, usable=True)
        write_opinion(session, now, matter, play.cast.county, "三家企业都认为测试方法应与国际标准一致。")
        write_data(
            session, now, matter, play.cast.city, export_value=35000, value_year=2025, firms=41, cases="退运两起"
        )
        document = compile_document(session, now, matter, play.cast.province)
        edit_document(
            session, now, document, play.cast.province, number="粤市监函〔2026〕1号", dated_on=date(2026, 7, 20),
            articles_en="Article 4.2: the test method has no international equivalent.",
        )  # fmt: skip
        return paper_of(session, document)


def text_of(paper: Paper) -> str:
    return "\n".join([paper.number, paper.title, *(line.text for line in paper.lines), paper.issuer, paper.date_zh])


def test_names_and_values_stand_in_it_only_by_tick(paper: Paper) -> None:
    text = text_of(paper)
    assert NAMED in text and "2025年出口额120万元" in text
    assert SECRET not in text and "777" not in text and "897" not in text  # nor the total that would tell it
    assert "共收到3家企业（协会）的意见：受影响2家，不受影响0家，尚不确定1家" in text
    assert "企业2（未经县级筛选）" in text and f"{NAMED}（" not in text
    assert "三家企业都认为" in text and "2025年相关出口额35,000万元；涉及企业41家；退运两起" in text


def test_the_docx_opens_with_the_measures_of_the_standard(paper: Paper, now: datetime) -> None:
    file = docx.Document(io.BytesIO(docx_of(paper, now)))
    (section,) = file.sections
    sides = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert [round(side.mm) for side in sides if side] == [37, 28, 26, 35]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)  # type: ignore[union-attr]
    fonts = {name: _east_asian(file.styles[name]) for name in ("Title", "Heading 1", "Heading 2", "Body Text")}
    assert fonts == {"Title": "方正小标宋简体", "Heading 1": "黑体", "Heading 2": "楷体", "Body Text": "仿宋"}
    body: Any = file.styles["Body Text"]
    assert (body.font.size, body.paragraph_format.line_spacing, file.styles["Title"].font.size) == (
        Pt(16), Pt(28), Pt(22),
    )  # fmt: skip
    assert "PAGE" in section.footer._element.xml and "— " in section.footer.paragraphs[0].text
    assert file.settings.odd_and_even_pages_header_footer
    assert (file.core_properties.title, file.core_properties.author) == (paper.title, paper.issuer)
    assert b"altName" in next(p.blob for p in file.part.package.iter_parts() if p.partname.endswith("fontTable.xml"))


def test_the_docx_says_what_the_paper_says_with_styles_and_without_tabs_or_pictures(
    paper: Paper, now: datetime
) -> None:
    file = docx.Document(io.BytesIO(docx_of(paper, now)))
    written = [p.text for p in file.paragraphs]
    for expected in (
        paper.number,
        paper.title,
        paper.issuer,
        "2026年7月20日",
        paper.title_en,
        "1. Comments by article",
    ):
        assert expected in written
    assert all(line.text in written for line in paper.lines)
    assert [p.text for p in file.paragraphs if p.style and p.style.name == "Heading 1"][:2] == [
        "一、通报基本情况",
        "二、对广东省企业的影响",
    ]
    (table,) = file.tables
    assert [row.cells[0].text for row in table.rows][:2] == ["Notifying Member", "Notification symbol"]
    assert [row.cells[1].text for row in table.rows][:2] == ["United States of America", "G/TBT/N/USA/1234"]
    assert not any("\t" in text for text in written) and not file.inline_shapes


def test_the_pdf_says_the_same_on_numbered_a4_pages(paper: Paper, now: datetime) -> None:
    file = pypdfium2.PdfDocument(pdf_of(paper, now))
    pages = [page.get_textpage().get_text_range() for page in file]
    text = "".join("".join(pages).split())
    assert [round(side / 72 * 25.4) for side in file[0].get_size()] == [210, 297]
    assert NAMED in text and "把4.2条改为按ISO8124测试。" in text and "<b>推迟</b>两年&生效" in text
    assert "G/TBT/N/USA/1234" in text and "tobecompletedbeforesubmission" in text and SECRET not in text
    assert all(f"— {number} —" in page for number, page in enumerate(pages, 1))


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (100, "100")]
)
def test_chinese_numbers(number: int, words: str) -> None:
    assert zh_number(number) == words


def _east_asian(style: Any) -> str:
    fonts = style.element.rPr.rFonts
    assert fonts.get(qn("w:eastAsiaTheme")) is None
    return str(fonts.get(qn("w:eastAsia")))
