"""What a firm is told at each state of its comment, and what the officers of its line are told."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from alerts.comment_links import link_of_firm
from alerts.comment_matter import Matter
from alerts.escalation import bureau_above
from alerts.letters import write_letter
from alerts.officer_mails import tell_officers
from alerts.wording import day_zh
from settings import Settings
from store.bureau import Bureau, called_now
from store.comment import ANSWERED, FINAL, NOT_USED, RECEIVED, SUBMITTED, USED, Comment, CommentState

STATES_IN_WORDS = {
    RECEIVED: "已收到",
    USED: "已采用",
    NOT_USED: "未采用",
    SUBMITTED: "已报送",
    ANSWERED: "已有答复",
    FINAL: "措施已定稿",
}
_TOLD = {
    RECEIVED: "您的意见已收到，主管部门会看。筛选之前可以打开网页修改。",
    USED: "您的意见已写入广东省的评议意见文件，等待报送。",
    NOT_USED: "您的意见这次没有写入评议意见文件，仍会留存备查。",
    SUBMITTED: "写有您意见的广东省评议意见文件已经报送，由国家咨询点转给通报方。",
    ANSWERED: "评议意见已经有了答复。",
    FINAL: "这项措施已经定稿。",
}


def enter_state(
    session: Session,
    now: datetime,
    settings: Settings,
    comment: Comment,
    matter: Matter,
    state: str,
    *,
    officer_id: int | None = None,
    note: str = "",
) -> None:
    """Put a comment into a state: a row in its history, and a letter to its firm; `note` stands in both."""
    comment.state = state
    session.add(comment)
    session.add(CommentState(comment_id=comment.id or 0, state=state, at=now, officer_id=officer_id, note=note))
    if comment.subscriber_id is None:
        return  # an association's, or an erased firm's
    write_letter(
        session,
        now,
        settings,
        subscriber_id=comment.subscriber_id,
        kind=f"comment_{state}",
        key=comment.public_id,
        title=f"评议意见{STATES_IN_WORDS[state]}：{matter.headline}",
        lines=letter_lines(state, matter, note, is_late=comment.is_late),
        path=link_of_firm(session, comment.subscriber_id, comment.warning_id, settings.secret_bytes()),
    )


def letter_lines(state: str, matter: Matter, note: str = "", *, is_late: bool = False) -> list[str]:
    """The paragraphs of the letter about one state."""
    lines = [_TOLD[state]]
    if state == RECEIVED and is_late:
        lines = ["您的影响情况已收到。本次评议的企业提交期限已过，内容会用于向世贸组织提出特别贸易关注。"]
    elif state == RECEIVED and matter.ladder:
        lines.append(f"通报方的评议截止日期是{day_zh(matter.ladder.final)}。采用与否、报送和答复，我们都会告诉您。")
    if note:
        lines.append(("原因：" if state == NOT_USED else "说明：") + note)
    if matter.facts["symbols"]:
        lines.append(f"通报编号：{'、'.join(matter.facts['symbols'][:4])}")
    return lines


def tell_screeners(session: Session, now: datetime, comment: Comment, matter: Matter) -> None:
    """Tell the officers of the firm's bureau, or of the next one above that has any, once per warning."""
    bureau: Bureau | None = session.get_one(Bureau, comment.bureau_id)
    while bureau is not None and not called_now(session, bureau.id or 0, now):
        bureau = bureau_above(session, bureau)
    if bureau is None:
        return
    until = f"请在{day_zh(matter.ladder.firms)}前筛选。" if matter.ladder and not comment.is_late else "请及时查看。"
    tell_officers(
        session,
        now,
        called_now(session, bureau.id or 0, now),
        kind="comment_screen",
        key=matter.warning.public_id,
        title=f"有企业评议意见待筛选：{matter.headline}",
        lines=["辖区内企业就这件预警提交了评议意见。", until],
        path=f"/comments/{matter.warning.public_id}",
    )
