"""The same document as PDF, by the same measures. One Adobe font that every reader brings: nothing is embedded."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from alerts.comment_paper import BODY, HEADING, SUBHEADING, Paper

FONT = "STSong-Light"
_PADDING = 6  # points that reportlab's frame keeps free within its margins
_SIDES = {"topMargin": 37, "leftMargin": 28, "rightMargin": 26, "bottomMargin": 35}
_MARGINS = {side: width * mm - _PADDING for side, width in _SIDES.items()}
_SPACING = 28


def pdf_of(paper: Paper, now: datetime) -> bytes:
    """The file: A4, text area 156 mm x 225 mm, page numbers `— 1 —` at the outer edge."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    frame = SimpleDocTemplate(
        out, pagesize=A4, title=paper.title, author=paper.issuer, subject=paper.title_en, lang="zh-CN", **_MARGINS
    )
    frame.build([*_letter(paper), PageBreak(), *_english(paper)], onFirstPage=_number, onLaterPages=_number)
    return out.getvalue()


def _style(size: int = 16, **more: Any) -> ParagraphStyle:
    given = {"fontName": FONT, "fontSize": size, "leading": _SPACING, "wordWrap": "CJK"} | more
    return ParagraphStyle("text", **given)


def _letter(paper: Paper) -> list[Any]:
    styles = {kind: _style(firstLineIndent=32) for kind in (HEADING, SUBHEADING, BODY)}
    flow: list[Any] = [Paragraph(escape(paper.number), _style(alignment=TA_RIGHT))] if paper.number else []
    flow.append(Paragraph(escape(paper.title), _style(22, alignment=TA_CENTER, leading=33, spaceAfter=_SPACING)))
    if paper.addressee:
        flow.append(Paragraph(f"{escape(paper.addressee)}：", _style()))
    flow += [Paragraph(escape(line.text), styles[line.style]) for line in paper.lines]
    flow.append(Spacer(1, 2 * _SPACING))
    flow.append(Paragraph(escape(paper.issuer), _style(alignment=TA_RIGHT, rightIndent=32)))
    flow.append(Paragraph(escape(paper.date_zh), _style(alignment=TA_RIGHT, rightIndent=64)))
    return flow


def _english(paper: Paper) -> list[Any]:
    text = _style(12, leading=18)
    plain = _style(12, leading=18, wordWrap=None)  # Latin words are not cut
    rows = [[Paragraph(escape(part), plain) for part in pair] for pair in paper.facts_en]
    table = Table(rows, colWidths=[46 * mm, 110 * mm], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")])
    title = _style(18, alignment=TA_CENTER, leading=26, spaceAfter=14, wordWrap=None)
    flow: list[Any] = [Paragraph(escape(paper.title_en), title), table]
    for heading, paragraphs in paper.sections_en:
        flow.append(Paragraph(escape(heading), _style(14, leading=24, spaceBefore=10)))
        flow += [Paragraph(escape(part), plain if part.isascii() else text) for part in paragraphs]
    return flow


def _number(canvas: Any, frame: Any) -> None:
    canvas.setFont(FONT, 14)
    text, low = f"— {frame.page} —", 28 * mm - 14
    if frame.page % 2:
        canvas.drawRightString(A4[0] - 26 * mm - 14, low, text)
    else:
        canvas.drawString(28 * mm + 14, low, text)
