"""The stage compose: one body per warning version, one mail as a row per match, stamped when the last is written."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, exists, func, update
from sqlmodel import Session, col, select

from alerts.advice import Advice, advice_for, read_advice
from alerts.holding import hold, still_waiting
from alerts.inserting import insert_ignoring
from alerts.network import read_network
from alerts.other_sources import other_sources, source_zh
from alerts.recipients import earlier_mails, newcomers
from alerts.rendering import Rendered, render_body
from alerts.telling import Known, Telling, telling_of
from alerts.telling_terms import glossary_of
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.wording import day_zh
from settings import Settings
from store.bureau import Bureau
from store.clock import shanghai_day
from store.digest import INFORMATION, DigestItem
from store.email import ORDINARY, PENDING, URGENT, Email, MailBody
from store.engine import reading, writing
from store.glossary import GlossaryTerm
from store.subscription import Exporter, Match, Subscriber
from store.warning import TradeWarning, WarningVersion
from store.work import claim, fail, finish, still_mine

log = logging.getLogger(__name__)

LANG = "zh"
FIRST, AT_ONCE = 1_000, 10_000  # mails of the first transaction, and of each that follows
KINDS = {"issue": "warning_issue", "update": "warning_update", "cancel": "warning_cancel"}


def compose_pending(engine: Engine, now: datetime, settings: Settings, *, limit: int = 20, first: int = FIRST) -> int:
    """Compose the mails of matched versions; returns how many versions were handled (0: nothing left).

    The days left in a mail are those of the Shanghai day of `now`. `first`: how many mails of a first issue may leave
    before the others are written. A version that fails keeps its error; the others
    go on.
    """
    pending = col(WarningVersion.matched_at).is_not(None) & col(WarningVersion.composed_at).is_(None)
    with writing(engine) as session:
        taken = claim(session, WarningVersion, pending, limit=limit)
    for version_id in taken:
        try:
            _compose(engine, version_id, now, settings, first)
        except Exception as error:  # one bad version must not hold up the others; the row keeps the reason
            log.exception("composing warning version %s failed", version_id)
            with writing(engine) as session:
                fail(session, WarningVersion, version_id, f"{type(error).__name__}: {error}")
    return len(taken)


def _compose(engine: Engine, version_id: int, now: datetime, settings: Settings, first: int) -> None:
    """Write the mails of a version in several transactions: the first leave while the others are being written.

    What was killed half-way goes on behind the last recipient it had written to. Updates and cancellations are written
    in one: what is taken back depends on what waits for each, and references are looked up for all at once.
    """
    size = first
    rendered: dict[str, Rendered] = {}
    with reading(engine) as session:
        behind: int | None = _written_up_to(session, version_id)
    while behind is not None:
        with reading(engine) as session:
            version = session.get_one(WarningVersion, version_id)
            last = _chunk_end(session, version_id, behind, size) if version.kind == "issue" else None
            rows = email_rows(session, version, now, span=(behind, last))
            for kind, name in KINDS.items():
                if name not in rendered and name in {row["kind"] for row in rows}:
                    rendered[name] = render_version(session, version, now, settings, kind)
        with writing(engine) as session:
            if not still_mine(session, WarningVersion, version_id):
                return
            write_mails(session, version, hold(session, version, rows, now, settings), rendered, now)
            if last is None:
                stamped = update(WarningVersion).where(col(WarningVersion.id) == version_id).values(composed_at=now)
                session.execute(stamped.execution_options(synchronize_session=False))
                finish(session, WarningVersion, [version_id])
        behind, size = last, AT_ONCE


def _chunk_end(session: Session, version_id: int, behind: int, size: int) -> int | None:
    """The match that a chunk ends with; None when the rest is not more than a chunk."""
    rest = select(col(Match.id)).where(Match.version_id == version_id, col(Match.id) > behind).order_by(col(Match.id))
    ends = session.exec(rest.offset(size - 1).limit(2)).all()
    return ends[0] if len(ends) == 2 else None


def _written_up_to(session: Session, version_id: int) -> int:
    """The last match of which a mail or an item was written already; 0 when none was."""
    mailed = exists().where(col(Email.version_id) == Match.version_id, col(Email.subscriber_id) == Match.subscriber_id)
    held = exists().where(
        col(DigestItem.version_id) == Match.version_id,
        col(DigestItem.subscriber_id) == Match.subscriber_id,
        col(DigestItem.lane) != INFORMATION,
    )
    return session.exec(select(func.max(Match.id)).where(Match.version_id == version_id, mailed | held)).one() or 0


def write_mails(
    session: Session,
    version: WarningVersion,
    rows: Sequence[dict[str, Any]],
    rendered: Mapping[str, Rendered],
    now: datetime,
    late: str = "",
) -> None:
    """Keep mails that go at once, with their bodies; `rendered` by mail kind, `late` as in `write_body`."""
    wanted = sorted({row["kind"] for row in rows})
    bodies = {kind: write_body(session, version, rendered[kind], now, late or kind) for kind in wanted}
    insert_ignoring(session, Email, [{**row, "body_id": bodies[row["kind"]]} for row in rows])


def render_version(
    session: Session, version: WarningVersion, now: datetime, settings: Settings, kind: str = ""
) -> Rendered:
    """The body of the mails about one version, with places for what differs between recipients.

    `kind`: as which of KINDS it is told, if not as its own: an update is a first issue to whoever got none before.
    """
    warning = session.get_one(TradeWarning, version.warning_id)
    return render_body(
        KINDS[kind or version.kind],
        told_of(session, version, now),
        page_url=f"{settings.base_url}/warnings/{warning.public_id}",
        sent_on=day_zh(shanghai_day(now)),
        is_demo=settings.is_demo,
    )


def told_of(session: Session, version: WarningVersion, now: datetime) -> Telling:
    """What the mails about one version tell on this day."""
    before = session.get(WarningVersion, version.references_id) if version.references_id else None
    facts = facts_in(version)
    known = Known(
        severity=version.severity,
        severity_reason=version.severity_reason,
        basis=version.basis,
        industries=[industry.name_zh for industry in industries_of(session, concerns_in(session, version))],
        severity_before=before.severity if before else None,
        sent_before=shanghai_day(before.issued_at) if before and before.issued_at else None,
        others=[source_zh(other) for other in other_sources(session, version)],
        signed=signed_zh(session, version),
        is_revoked=version.kind == "cancel" and "amended" in facts,
    )
    terms = session.exec(select(GlossaryTerm.en, GlossaryTerm.zh, GlossaryTerm.category))
    glossary = glossary_of((en, zh, category) for en, zh, category in terms)
    return telling_of(facts, known, glossary, shanghai_day(now))


def signed_zh(session: Session, version: WarningVersion) -> str:
    """Who signed a version off: 汕头市市场监管局代澄海区市场监管局签发（预警代发）."""
    if version.signed_by_id is None:
        return ""
    signer = session.get_one(Bureau, version.signed_by_id)
    name = signer.called_zh
    if version.behalf_of_id is None:
        return f"{name}签发"
    other = session.get_one(Bureau, version.behalf_of_id)
    return f"{name}代{other.called_zh}签发（预警代发）"


def email_rows(
    session: Session, version: WarningVersion, now: datetime, kind: str = "", span: tuple[int, int | None] = (0, None)
) -> list[dict[str, Any]]:
    """A row for `email` per match of the version, but for `body_id`; `kind` as in `render_version`.

    `span`: only the matches behind the first id, up to the second.
    """
    behind, last = span
    within = [col(Match.version_id) == version.id, col(Match.id) > behind]
    if last is not None:
        within.append(col(Match.id) <= last)
    recipients = session.exec(
        select(Match.subscriber_id, Match.reason, Bureau)
        .join(Subscriber, col(Subscriber.id) == Match.subscriber_id)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .join(Bureau, col(Bureau.id) == Exporter.bureau_id)
        .where(*within)
        .order_by(col(Match.id))
    ).all()
    network, advice = read_network(session), read_advice(session, version)
    earlier = earlier_mails(session, version)
    unmailed = still_waiting(session, version) - earlier.keys()
    fresh = (
        newcomers(session, version, [key for key, _, _ in recipients]) | unmailed if version.kind == "update" else ()
    )
    return [
        {
            "subscriber_id": subscriber_id,
            "version_id": version.id,
            "kind": KINDS[kind or ("issue" if subscriber_id in fresh else version.kind)],
            "fields": fields_of(reason, bureau, advice_for(network, bureau, advice), earlier.get(subscriber_id, ())),
            "state": PENDING,
            "urgency": URGENT if version.severity == "red" else ORDINARY,
            "created_at": now,
        }
        for subscriber_id, reason, bureau in recipients
        if not (version.kind == "cancel" and subscriber_id in unmailed)  # nothing to take back: see alerts/holding.py
    ]


def fields_of(reason: str, bureau: Bureau, advice: Advice | None, earlier: Iterable[str]) -> dict[str, str]:
    """What differs between recipients; the link to unsubscribe is signed only when the mail leaves."""
    fields = {"reason": reason, "bureau": bureau.name_zh, "phone": bureau.duty_phone, "references": " ".join(earlier)}
    if advice is not None:
        fields |= {"advice": advice.text, "advice_by": advice.bureau}
    return {name: value for name, value in fields.items() if value}


def write_body(session: Session, version: WarningVersion, rendered: Rendered, now: datetime, kind: str) -> int:
    """Keep a body once per version and `kind` (a mail kind, `late:` and a HeldBack's id, a kind and day); its id."""
    row = {"version_id": version.id, "kind": kind, "lang": LANG, "rendered_at": now}
    parts = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    insert_ignoring(session, MailBody, [{**row, **parts}])
    wanted = select(MailBody.id).where(MailBody.version_id == version.id, MailBody.kind == kind, MailBody.lang == LANG)
    return session.exec(wanted).one() or 0
