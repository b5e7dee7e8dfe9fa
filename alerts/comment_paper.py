"""What the province's document says, as plain values: the Chinese letter and the English frame. One text, two files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from alerts.comment_documents import comments_of, matter_of_document
from alerts.comment_matter import Matter
from alerts.comment_sight import total_to_print
from alerts.wording import day_zh, name_of_market
from store.bureau import Bureau
from store.comment import NO, UNSURE, YES, Comment, CommentData, CommentDocument, JointOpinion
from store.display_names import WTO, display_name

HEADING, SUBHEADING, BODY = "heading", "subheading", "body"
UNSCREENED = "（未经县级筛选）"
AFFECTED_ZH = {YES: "受影响", NO: "不受影响", UNSURE: "尚不确定"}
NO_DATE = "　　　　年　　月　　日"
TO_COMPLETE = "[to be completed before submission]"
_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Line:
    """One paragraph of the letter."""

    style: str  # HEADING | SUBHEADING | BODY
    text: str


@dataclass(frozen=True)
class Paper:
    """A letter with its English frame: `facts_en` are (label, value), `sections_en` (heading, paragraphs)."""

    number: str
    title: str
    addressee: str
    lines: tuple[Line, ...]
    issuer: str
    date_zh: str
    title_en: str
    facts_en: tuple[tuple[str, str], ...]
    sections_en: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class _Said:
    """What the bureaus added, by the name of the bureau."""

    opinions: Sequence[tuple[str, str]]
    data: Sequence[tuple[str, CommentData]]


def paper_of(session: Session, document: CommentDocument) -> Paper:
    """The document as its rows stand now. A firm's name and value stand in it only where the firm ticked that."""
    matter, comments = matter_of_document(session, document), comments_of(session, document)
    said = _Said(_opinions(session, document), _data(session, document))
    return Paper(
        number=document.number,
        title=document.title,
        addressee=document.addressee,
        lines=(*_about(matter), *_impact(comments, said), *_words(comments, said)),
        issuer=document.issuer,
        date_zh=day_zh(document.dated_on) if document.dated_on else NO_DATE,
        title_en=f"Comment from China on {' and '.join(matter.facts['symbols'][:2]) or 'the proposed measure'}",
        facts_en=_facts_en(matter, document),
        sections_en=_sections_en(document),
    )


def _about(matter: Matter) -> list[Line]:
    facts = matter.facts
    members = "、".join(name_of_market(m, facts["kind"]) for m in facts["members"] or [facts["market"]])
    lines = [Line(HEADING, "一、通报基本情况"), Line(BODY, f"通报成员：{members}。")]
    if facts["symbols"]:
        lines.append(Line(BODY, f"通报编号：{'、'.join(facts['symbols'])}。"))
    lines.append(Line(BODY, f"通报标题（原文）：{facts['title'] or facts['products']}"))
    if matter.ladder:
        lines.append(Line(BODY, f"评议截止日期：{day_zh(matter.ladder.final)}。"))
    return lines


def _impact(comments: Sequence[Comment], said: _Said) -> list[Line]:
    counted = "，".join(f"{words}{sum(c.affected == code for c in comments)}家" for code, words in AFFECTED_ZH.items())
    lines = [
        Line(HEADING, "二、对广东省企业的影响"),
        Line(BODY, f"共收到{len(comments)}家企业（协会）的意见：{counted}。"),
    ]
    named = [c.yearly_value for c in comments if c.yearly_value is not None and c.may_be_named]
    nameless = [c.yearly_value for c in comments if c.yearly_value is not None and not c.may_be_named]
    total = total_to_print(named, nameless)
    if total is not None:
        lines.append(Line(BODY, f"其中{len(named) + len(nameless)}家填报的年出口额合计{_amount(total)}。"))
    for bureau, data in said.data:
        lines.append(Line(BODY, f"{bureau}补充：{_data_zh(data)}"))
    for place, comment in enumerate(comments, 1):
        lines.append(Line(SUBHEADING, f"（{zh_number(place)}）{firm_heading(comment, place)}"))
        lines.append(Line(BODY, _firm_zh(comment)))
        lines += [Line(BODY, text) for text in _paragraphs(comment.harm)]
    return lines


def _words(comments: Sequence[Comment], said: _Said) -> list[Line]:
    lines = [Line(HEADING, "三、评议意见和修改建议")]
    for bureau, text in said.opinions:
        lines.append(Line(SUBHEADING, f"{bureau}汇总的联合意见"))
        lines += [Line(BODY, part) for part in _paragraphs(text)]
    for place, comment in enumerate(comments, 1):
        if comment.wording:
            lines.append(Line(SUBHEADING, f"{firm_heading(comment, place)}的修改建议"))
            lines += [Line(BODY, part) for part in _paragraphs(comment.wording)]
    if len(lines) == 1:
        lines.append(Line(BODY, "企业没有提出具体的修改文字。"))
    return [*lines, Line(BODY, "以上意见请转通报成员。英文评议意见附后。")]


def firm_heading(comment: Comment, place: int) -> str:
    """How a firm is called in the document: by name only with its tick, else by its place in the list."""
    name = comment.firm_name if comment.may_be_named and comment.firm_name else f"企业{place}"
    return name + (UNSCREENED if comment.screened is None else "")


def zh_number(number: int) -> str:
    """一 to 九十九; larger ones as digits."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def _firm_zh(comment: Comment) -> str:
    parts = [AFFECTED_ZH[comment.affected]]
    if comment.products:
        parts.append(f"产品：{' '.join(comment.products.split())}")
    if comment.hs:
        parts.append(f"海关编码：{'、'.join(comment.hs)}")
    if comment.may_be_named and comment.yearly_value is not None:
        parts.append(f"{comment.value_year}年出口额{_amount(comment.yearly_value)}")
    return "；".join(parts) + "。"


def _data_zh(data: CommentData) -> str:
    parts = []
    if data.export_value is not None:
        year = f"{data.value_year}年" if data.value_year else ""
        parts.append(f"{year}相关出口额{_amount(data.export_value)}")
    if data.firms is not None:
        parts.append(f"涉及企业{data.firms}家")
    if data.cases:
        parts.append(" ".join(data.cases.split()))
    return "；".join(parts) + "。"


def _amount(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") + "万元"


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _facts_en(matter: Matter, document: CommentDocument) -> tuple[tuple[str, str], ...]:
    facts = matter.facts
    members = ", ".join(display_name("country", m, "en", WTO) for m in facts["members"] or [facts["market"]])
    return (
        ("Notifying Member", members),
        ("Notification symbol", ", ".join(facts["symbols"]) or TO_COMPLETE),
        ("Title", facts["title"] or facts["products"]),
        ("Products covered", facts["products"]),
        ("Final date for comments", _day_en(matter.ladder.final) if matter.ladder else "not stated"),
        ("Submitted through", document.contact_en),
        ("Date", _day_en(document.dated_on) if document.dated_on else ""),
    )


def _sections_en(document: CommentDocument) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("1. Comments by article", tuple(_paragraphs(document.articles_en)) or (TO_COMPLETE,)),
        ("2. Proposed text", tuple(_paragraphs(document.proposal_en)) or (TO_COMPLETE,)),
        ("3. Contact", tuple(_paragraphs(document.contact_en)) or (TO_COMPLETE,)),
    )


def _day_en(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _opinions(session: Session, document: CommentDocument) -> list[tuple[str, str]]:
    rows = session.exec(
        select(Bureau.name_zh, JointOpinion.text)
        .join(JointOpinion, col(JointOpinion.bureau_id) == Bureau.id)
        .where(JointOpinion.warning_id == document.warning_id)
        .order_by(col(JointOpinion.id))
    )
    return [(name, text) for name, text in rows]


def _data(session: Session, document: CommentDocument) -> list[tuple[str, CommentData]]:
    rows = session.exec(
        select(Bureau.name_zh, CommentData)
        .join(CommentData, col(CommentData.bureau_id) == Bureau.id)
        .where(CommentData.warning_id == document.warning_id)
        .order_by(col(CommentData.id))
    )
    return [(name, data) for name, data in rows]
