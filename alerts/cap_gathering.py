"""What a warning version says as a CAP message: the rows gathered, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlmodel import Session, col, select

from alerts.cap import Alert, Area, Info, Sent, cap_xml, sender_of
from alerts.composing import told_of
from alerts.facts import Facts
from alerts.network import read_hosts, read_network
from alerts.routing import province_of
from alerts.telling import Telling
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.wording import DEMO_BANNER, SERVICE
from settings import Settings, TbtwatchError
from store.clock import SHANGHAI, shanghai_day
from store.display_names import WTO, display_name
from store.industry import Industry
from store.jurisdiction import Jurisdiction
from store.warning import EXERCISE, TradeWarning, WarningVersion

SERVICE_EN = "Guangdong early warning of technical barriers to trade"
EVENTS = {
    "recall": ("境外产品召回预警", "Product recall abroad"),
    "border": ("境外口岸拒绝入境预警", "Border rejection abroad"),
    "SPS": ("卫生与植物卫生措施预警", "Sanitary or phytosanitary measure abroad"),
    "TBT": ("技术性贸易措施预警", "Technical barrier to trade"),
}
KINDS_EN = {"issue": "", "update": "Update: ", "cancel": "Cancelled: "}
KINDS_ZH = {"issue": "", "update": "（更新）", "cancel": "（撤销）"}
DRILL_NOTE = "演练：公告为虚构，没有发给任何企业。 Exercise: the notice is made up, no exporter was told."
MOST_HEADLINE = 160  # characters: what CAP 1.2 recommends


class NotIssued(TbtwatchError):
    """Raised when a version that nobody has received is asked for as a CAP message."""


def cap_of(session: Session, version: WarningVersion, settings: Settings) -> bytes:
    """The CAP 1.2 message of an issued version, the same whenever it is asked for: its days are those of its issue.

    Raises NotIssued.
    """
    if version.issued_at is None:
        raise NotIssued(f"version {version.public_id} has not been issued: only what went out is a CAP message")
    warning = session.get_one(TradeWarning, version.warning_id)
    facts, told = facts_in(version), told_of(session, version, version.issued_at)
    industries = industries_of(session, concerns_in(session, version))
    sender = sender_of(settings.base_url)
    is_drill = warning.status == EXERCISE
    deadline, force_on = (date.fromisoformat(d) if d else None for d in (facts["comment_deadline"], facts["force_on"]))
    alert = Alert(
        sent=_sent(sender, version),
        status="Exercise" if is_drill else "Test" if settings.is_demo else "Actual",
        kind=version.kind,
        stage=facts["stage"],
        severity=version.severity,
        infos=(
            _zh(told, facts, version, industries, _areas(session, industries, "zh")),
            _en(facts, version, industries, _areas(session, industries, "en")),
        ),
        references=[_sent(sender, earlier) for earlier in earlier_versions(session, version)],
        note=DRILL_NOTE if is_drill else DEMO_BANNER if settings.is_demo else "",
        onset=datetime.combine(force_on, time(), SHANGHAI) if force_on else None,
        expires=expiry_of(deadline, force_on, version),
        # a page of a drill does not exist
        web="" if is_drill else f"{settings.base_url}/warnings/{warning.public_id}",
        contact=settings.contact,
    )
    return cap_xml(alert)


def earlier_versions(session: Session, version: WarningVersion) -> list[WarningVersion]:
    """The issued versions that this one updates or cancels, and those that they did, the first first."""
    chain: list[WarningVersion] = []
    while version.references_id is not None:
        version = session.get_one(WarningVersion, version.references_id)
        chain.append(version)
    return [earlier for earlier in reversed(chain) if earlier.issued_at is not None]


def expiry_of(deadline: date | None, force_on: date | None, version: WarningVersion) -> datetime | None:
    """The end of the last day that a reader plans by; None when it had passed at the issue, and for a cancel."""
    last = max((day for day in (deadline, force_on) if day is not None), default=None)
    if last is None or version.issued_at is None or version.kind == "cancel" or last < shanghai_day(version.issued_at):
        return None
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)


def event_of(facts: Facts) -> tuple[str, str]:
    """The type of event in Chinese and English."""
    return EVENTS.get(facts["kind"]) or EVENTS.get(facts["domain"] or "TBT", EVENTS["TBT"])


def _sent(sender: str, version: WarningVersion) -> Sent:
    return Sent(sender, version.public_id, version.issued_at or version.raised_at)


def _zh(
    told: Telling, facts: Facts, version: WarningVersion, industries: Sequence[Industry], areas: Sequence[Area]
) -> Info:
    mark = "【演练】" if facts.get("exercise") else ""
    level = f"{mark}【{told.severity_zh}预警】{KINDS_ZH[version.kind]}"
    said = [
        *told.sentences,
        told.delay,
        *(f"{change.label}：{change.text}" for change in told.changes),
        f"原标题：{told.title}" if told.title else "",
        f"评定理由：{told.severity_reason}。" if told.severity_reason else "",
    ]
    return Info(
        language="zh-CN",
        event=event_of(facts)[0],
        sender_name=SERVICE,
        headline=f"{level}{told.market}：{told.about or '出口产品'}{told.matter}"[:MOST_HEADLINE],
        description="\n".join(filter(None, said)),
        instruction="\n".join(told.steps),
        areas=areas,
        parameters=[
            ("预警级别", told.severity_zh),
            ("发布依据", told.basis),
            ("措施阶段", display_name("stage", facts["stage"])),
            *(("通报编号", symbol) for symbol in facts["symbols"]),
            *(("HS", code) for code in facts["hs"]),
            *(("ICS", code) for code in facts["ics"]),
            *(("行业", industry.name_zh) for industry in industries),
            ("评议截止日期", facts["comment_deadline"] or ""),
            ("延迟天数", str(facts.get("delayed_days", ""))),
        ],
    )


def _en(facts: Facts, version: WarningVersion, industries: Sequence[Industry], areas: Sequence[Area]) -> Info:
    """The original title as the source prints it, in whatever language, and codes: nothing is translated here."""
    context = WTO if facts["kind"] == "notification" else None
    members = [display_name("country", m, "en", context) for m in facts["members"] or [facts["market"]]]
    mark = "EXERCISE: " if facts.get("exercise") else ""
    title = facts["title"] or facts["products"] or ", ".join(facts["symbols"])
    colour = display_name("severity", version.severity, "en")
    lang = display_name("lang", facts["lang"], "en") if facts["lang"] else "its own language"
    names = ", ".join(industry.name_en for industry in industries)
    said = (
        f"Issued by {', '.join(members)}. Original title, in {lang}: {title}",
        f"Industries of Guangdong concerned: {names}." if names else "",
    )
    return Info(
        language="en-US",
        event=event_of(facts)[1],
        sender_name=SERVICE_EN,
        headline=f"{mark}{KINDS_EN[version.kind]}{colour} warning: {title}"[:MOST_HEADLINE],
        description="\n".join(filter(None, said)),
        instruction="",
        areas=areas,
        parameters=[
            ("severity", colour),
            ("basis", display_name("basis", version.basis or "", "en")),
            ("stage", display_name("stage", facts["stage"], "en")),
            *(("symbol", symbol) for symbol in facts["symbols"]),
            *(("HS", code) for code in facts["hs"]),
            *(("ICS", code) for code in facts["ics"]),
            *(("industry", industry.slug) for industry in industries),
            ("comment_deadline", facts["comment_deadline"] or ""),
            ("delayed_days", str(facts.get("delayed_days", ""))),
        ],
    )


def _areas(session: Session, industries: Sequence[Industry], lang: str) -> list[Area]:
    """The province, whose firms are all told, and beside it the counties and towns known to have the industries."""
    network = read_network(session)
    province = province_of(network.places)
    hosts = read_hosts(session, [i.id for i in industries if i.id is not None], network)
    codes = sorted({host.place for host in hosts if host.known} - {province})
    rows = session.exec(select(Jurisdiction).where(col(Jurisdiction.code).in_([province, *codes])))
    names = {row.code: row.name_zh if lang == "zh" else row.name_en or row.name_zh for row in rows}
    areas = [Area(names[province], [province])]
    if codes:
        between = "、" if lang == "zh" else ", "
        areas.append(Area(between.join(names[code] for code in codes), codes))
    return areas
