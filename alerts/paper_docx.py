"""The document as DOCX by GB/T 9704-2012: A4, its margins, fonts, sizes and line spacing, page numbers; styles only.

No seal, no emblem, no red lines: those are the paper's and the seal's. Fonts are named, not embedded; where 小标宋 is
missing, the font table sends the reader to 宋体.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from alerts.comment_paper import BODY, HEADING, SUBHEADING, Paper

# GB/T 9704-2012, 5.2: top 37 mm, binding edge 28 mm, text area 156 mm x 225 mm.
PAGE, TOP, LEFT, TEXT_AREA = (210, 297), 37, 28, (156, 225)
TITLE_FONT, BODY_FONT, HEAD_FONT, SUBHEAD_FONT, PAGE_FONT = "方正小标宋简体", "仿宋", "黑体", "楷体", "宋体"
LATIN = "Times New Roman"
TITLE_SIZE, BODY_SIZE, PAGE_SIZE = Pt(22), Pt(16), Pt(14)  # 2号, 3号, 4号
SPACING = Pt(28)
STYLE_OF = {HEADING: "Heading 1", SUBHEADING: "Heading 2", BODY: "Body Text"}
_FONT_PART = "/word/fontTable.xml"


def docx_of(paper: Paper, now: datetime) -> bytes:
    """The file. It opens and can be edited in WPS, LibreOffice and Word."""
    file = docx.Document()
    _set_page(file)
    _set_styles(file)
    _write_letter(file, paper)
    _write_english(file, paper)
    _name_fallback(file)
    properties = file.core_properties
    properties.title, properties.author, properties.last_modified_by = paper.title, paper.issuer, paper.issuer
    properties.subject, properties.comments, properties.language = paper.title_en, "", "zh-CN"
    properties.created = properties.modified = now.astimezone(UTC).replace(tzinfo=None)
    properties.revision = 1
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _set_page(file: Any) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.top_margin, section.left_margin = Mm(TOP), Mm(LEFT)
    section.right_margin = Mm(PAGE[0] - LEFT - TEXT_AREA[0])
    section.bottom_margin = Mm(PAGE[1] - TOP - TEXT_AREA[1])
    section.footer_distance = Mm(PAGE[1] - TOP - TEXT_AREA[1] - 12)  # 7 mm below the text area
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)  # the template's grid would fight the exact spacing
    file.settings.odd_and_even_pages_header_footer = True
    _number_pages(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _number_pages(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)


def _number_pages(footer: Any, side: WD_ALIGN_PARAGRAPH) -> None:
    """`— 1 —` in 4号 宋体, one character in from the outer edge."""
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    line.alignment = side
    line.paragraph_format.right_indent = line.paragraph_format.left_indent = PAGE_SIZE
    for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
        run = line.add_run(text)
        _font(run._element.get_or_add_rPr(), PAGE_FONT, PAGE_FONT)
        run.font.size = PAGE_SIZE
        for kind in ("begin", "instr", "end") if field else ():
            run._element.append(_field_part(kind, field))


def _field_part(kind: str, field: str) -> Any:
    if kind == "instr":
        part = OxmlElement("w:instrText")
        part.set(qn("xml:space"), "preserve")
        part.text = field
        return part
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), kind)
    return part


def _set_styles(file: Any) -> None:
    styles = file.styles
    for lang in styles.element.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), "zh-CN")
    for name, font, size in (
        ("Normal", BODY_FONT, BODY_SIZE),
        ("Body Text", BODY_FONT, BODY_SIZE),
        ("Title", TITLE_FONT, TITLE_SIZE),
        ("Heading 1", HEAD_FONT, BODY_SIZE),
        ("Heading 2", SUBHEAD_FONT, BODY_SIZE),
    ):
        _set_style(styles[name], font, size)
    styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    styles["Title"].paragraph_format.line_spacing = Pt(33)
    for border in styles["Title"].element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    for name in ("Body Text", "Heading 1", "Heading 2"):
        _indent_first_line(styles[name])


def _set_style(style: ParagraphStyle, font: str, size: Any) -> None:
    _font(style.element.get_or_add_rPr(), font, LATIN)
    style.font.size, style.font.bold, style.font.italic = size, False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, SPACING


def _font(properties: Any, east_asian: str, latin: str) -> None:
    """Name the fonts plainly: the template's theme fonts would win over names."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for side, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{side}"), name)


def _indent_first_line(style: ParagraphStyle) -> None:
    style.paragraph_format.first_line_indent = Pt(32)
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")  # two characters whatever the size


def _write_letter(file: Any, paper: Paper) -> None:
    if paper.number:
        file.add_paragraph(paper.number).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    file.add_paragraph(paper.title, style="Title").paragraph_format.space_after = SPACING
    if paper.addressee:
        file.add_paragraph(f"{paper.addressee}：")
    for line in paper.lines:
        file.add_paragraph(line.text, style=STYLE_OF[line.style])
    for place, (text, indent) in enumerate(((paper.issuer, 2), (paper.date_zh, 4))):
        signed = file.add_paragraph(text)
        signed.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        signed.paragraph_format.right_indent = Pt(16 * indent)
        signed.paragraph_format.space_before = SPACING * 2 if place == 0 else Pt(0)


def _write_english(file: Any, paper: Paper) -> None:
    file.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    file.add_paragraph(paper.title_en, style="Title").paragraph_format.space_after = SPACING
    table = file.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in paper.facts_en:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
        cells[0].width, cells[1].width = Mm(46), Mm(110)
    for heading, paragraphs in paper.sections_en:
        head = file.add_paragraph(heading, style="Heading 1")
        head.paragraph_format.space_before = Pt(14)
        for text in paragraphs:
            file.add_paragraph(text)


def _name_fallback(file: Any) -> None:
    """Say in the font table what stands in for 小标宋, which is not on every machine."""
    for part in file.part.package.iter_parts():
        if str(part.partname) == _FONT_PART:
            entry = f'<w:font w:name="{TITLE_FONT}"><w:altName w:val="{PAGE_FONT}"/></w:font></w:fonts>'
            part._blob = part.blob.replace(b"</w:fonts>", entry.encode())
