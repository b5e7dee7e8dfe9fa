"""为什么收到、为什么没收到: the answer for one subscriber and one warning, out of the rows as they were then."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts.candidates import eu_members
from alerts.changing import terms_in
from alerts.criteria import Told
from alerts.enrolling import Terms
from alerts.fewer import hit_in
from alerts.judging import judged_irrelevant
from alerts.matching import told_by
from alerts.recipients import told_elsewhere, versions_of_matter
from alerts.said_no import removed_locally, silent_bureaus
from alerts.threads import actual_warnings
from alerts.wording import day_zh
from store.clock import shanghai_day
from store.display_names import display_name
from store.join import joined_threads
from store.notice import HISTORY, Notice, notice_by_symbol
from store.subscription import KIND, MARKET, Exporter, Match, Subscriber, Subscription
from store.warning import ISSUED, TradeWarning, WarningVersion

UNKNOWN = "没有找到这件公告或预警：请填通报编号（如 G/TBT/N/USA/1234）或预警网页的地址。"
_COLOURS = ("blue", "yellow", "orange", "red")


def explain(session: Session, subscriber: Subscriber, asked: str) -> list[str]:
    """Sentences that answer "why did I (not) get this"; `asked` is a symbol, a public id or a page's address."""
    warning, notice = find_matter(session, asked)
    if warning is None:
        return [_no_warning(notice)] if notice else [UNKNOWN]
    ids = versions_of_matter(session, warning.id or 0)
    mine = (Match.subscriber_id == subscriber.id, col(Match.version_id).in_(ids))
    matches = session.exec(select(Match).where(*mine).order_by(col(Match.id))).all()
    said = [f"{day_zh(shanghai_day(match.created_at))}发给您：{match.reason}" for match in matches]
    if judged_irrelevant(session, [subscriber.id or 0], warning.id or 0):
        return [*said, "您标记了“与我无关”，所以这件预警以后的更新和提醒不再发给您。"]
    if said:
        return said
    issued = [v for key in ids if (v := session.get_one(WarningVersion, key)).issued_at is not None]
    if not issued:
        return ["这件公告正在研判，或研判后没有发布预警，所以没有发给任何企业。"]
    return [_why_not(session, subscriber, issued[-1])]


def find_matter(session: Session, asked: str) -> tuple[TradeWarning | None, Notice | None]:
    """The warning (of the joined threads the first) and the notice that a symbol, public id or address names."""
    last = asked.strip().rstrip("/")
    notice = notice_by_symbol(session, last.upper())
    if notice is None:
        last = last.split("?")[0].split("/")[-1]
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == last)).first()
        if warning is None and "/w/" in asked and last.isascii() and last.isdigit() and len(last) < 10:
            warning = session.get(TradeWarning, int(last))
        if warning is not None and warning.status == "actual":
            return warning, None
        notice = session.exec(select(Notice).where(Notice.public_id == last)).first()
    if notice is None or notice.admitted == "drill":
        return None, None
    warnings = actual_warnings(session, joined_threads(session, [notice.thread_id]))
    return (warnings[0] if warnings else None), notice


def _no_warning(notice: Notice) -> str:
    if notice.admitted == HISTORY:
        return "这是历史公告，只供查询，没有发布过预警。"
    return "这件公告没有归入广东的任何行业，或还在处理，所以没有发布预警。"


def _why_not(session: Session, subscriber: Subscriber, version: WarningVersion) -> str:
    """Why a version that is out did not go to a subscriber, by the rules of matching in their order."""
    at = version.issued_at or version.raised_at
    day = day_zh(shanghai_day(at))
    if version.state == ISSUED and version.matched_at is None:
        return "这件预警刚刚发布，邮件正在准备。"
    if subscriber.id in told_elsewhere(session, version):
        return "同一件事已由另一件预警告诉过您，所以没有再发一次。"
    subscriptions = session.exec(select(Subscription).where(Subscription.subscriber_id == subscriber.id)).all()
    then = [row for row in subscriptions if row.began_at <= at and (row.ended_at is None or row.ended_at > at)]
    if not then:
        return f"这件预警在{day}发布，那时您没有有效的订阅。"
    terms = {row.id: terms_in(session, row) for row in then}
    told, members = told_by(session, version), eu_members(session)
    hits = [row for row in then if hit_in(terms[row.id], told, members)]
    if not hits:
        return _no_hit(told_markets(version), list(terms.values()), told, members)
    if all(is_below(version.severity, row.severity_floor) for row in hits):
        return "这件预警的级别低于您选择的级别，所以没有发给您。"
    return _bureau_said_no(session, subscriber, version) or "按规则应当发给您，但没有发出：请与主管部门联系。"


def is_below(severity: str, floor: str) -> bool:
    """Whether a colour is below a subscription's floor ("": none)."""
    return _COLOURS.index(severity) < (_COLOURS.index(floor) if floor else 0)


def told_markets(version: WarningVersion) -> str:
    """The markets a version is about, in Chinese."""
    facts = version.facts
    members = facts.get("members") or [facts.get("market", "")]
    return "、".join(display_name("country", str(one)) for one in members)  # type: ignore[attr-defined]


def _no_hit(markets: str, every: Sequence[Terms], told: Told, members: frozenset[str]) -> str:
    """What kept all subscriptions from a version: the market, the kind of notice, or that they ask for other things."""

    def would_meet(without: str) -> bool:
        left = (frozenset(term for term in terms if term[0] != without) for terms in every)
        return any(hit_in(terms, told, members) is not None for terms in left)

    if would_meet(MARKET):
        return f"产品与您的订阅相符，但市场不在您选择的范围内：这件预警来自{markets}。"
    if would_meet(KIND):
        return "产品与您的订阅相符，但这种公告不在您选择的种类里。"
    return "您订阅的行业、海关编码和产品词，与这件预警的行业、编码和文字都不相符。"


def _bureau_said_no(session: Session, subscriber: Subscriber, version: WarningVersion) -> str:
    bureau = session.get_one(Exporter, subscriber.exporter_id).bureau_id
    if bureau in silent_bureaus(session, version.id or 0):
        return "当地主管部门研判后认为这件预警与本地企业无关，所以没有发给您。"
    if bureau in removed_locally(session, version.id or 0):
        return "当地主管部门研判后认为您订阅的行业与这件预警无关，所以没有发给您。"
    return ""
