"""复制转发: a warning in a few lines of plain text, for chats and groups. It says nothing of anybody. Pure."""

from __future__ import annotations

from alerts.telling import Telling

MOST_PRODUCTS = 60  # characters


def words_to_pass_on(headline: str, told: Telling, address: str) -> str:
    """Title, whom it concerns, until when, and the short address, a line each."""
    who = told.industries or told.products[:MOST_PRODUCTS] or "出口企业"
    until = [f"提意见最后一天：{told.comment_until}"] if told.comment_until else []
    until += [f"{line.label}：{line.value}" for line in told.dates if line.value and not told.comment_until][:1]
    return "\n".join([f"【{told.severity_zh}预警】{headline}", f"涉及：{who}", *until, f"详情：{address}"])
