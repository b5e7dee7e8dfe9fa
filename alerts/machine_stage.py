"""The stage translate: machine-made Chinese for notices whose warnings are about to be mailed; it holds up none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, exists
from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from alerts.machine_asking import EndpointSilent, ask
from alerts.machine_text import Original, UnfitAnswer, request_of, texts_of
from settings import Settings
from store.engine import reading, writing
from store.machine_text import SUMMARY, TITLE, MachineText
from store.notice import Notice
from store.warning import ISSUED, WarningVersion

log = logging.getLogger(__name__)

BUDGET_S = 20.0  # all questions of one run together
REST = timedelta(minutes=10)  # so long a silent endpoint is not asked again
SILENT = "silent: "  # how the reason of a text begins that did not come because the endpoint did not answer
NOT_ASKED = "not asked: "


def translate_pending(
    engine: Engine, now: datetime, settings: Settings, *, elapsed: Callable[[], float] = monotonic
) -> int:
    """Ask for the texts of all versions that wait to be composed; returns how many notices were handled.

    Off unless TBTWATCH_TEXT_URL is set. Every notice gets its rows in this run, empty ones where no text came: the
    stage compose goes on at once. Beyond the budget, or while the endpoint rests, nobody is asked.
    """
    if not settings.text_url:
        return 0
    with reading(engine) as session:
        waiting = _waiting(session)
        rests = _rests(session, now)
    began = elapsed()
    for notice in waiting:
        texts: dict[str, str] = {}
        why = f"{NOT_ASKED}{'the endpoint rests' if rests else 'no time left'}"
        if not rests and elapsed() - began < BUDGET_S:
            texts, why = _asked(notice, settings)
            rests = why.startswith(SILENT)
        with writing(engine) as session:
            insert_ignoring(session, MachineText, _rows(notice, texts, why, settings.text_model, now))
    return len(waiting)


def machine_texts(session: Session, version: WarningVersion) -> dict[str, str]:
    """kind (title, summary) -> the machine-made text of a version's notice; those that did not come are left out."""
    same = (MachineText.notice_id == version.notice_id, MachineText.number == version.notice_number)
    rows = session.exec(select(MachineText).where(*same, MachineText.text != ""))
    return {row.kind: row.text for row in rows}


def _waiting(session: Session) -> Sequence[Notice]:
    """The notices of matched versions that are not composed, in a foreign language and not asked about yet."""
    asked = exists().where(
        col(MachineText.notice_id) == WarningVersion.notice_id, col(MachineText.number) == WarningVersion.notice_number
    )
    rows = session.exec(
        select(Notice)
        .join(WarningVersion, col(WarningVersion.notice_id) == Notice.id)
        .where(
            WarningVersion.state == ISSUED,
            col(WarningVersion.matched_at).is_not(None),
            col(WarningVersion.composed_at).is_(None),
            col(WarningVersion.parked_at).is_(None),
            col(WarningVersion.notice_number) == Notice.number,
            Notice.lang != "zh",
            ~asked,
        )
        .order_by(col(Notice.id))
        .distinct()
    )
    return list(rows)


def _rests(session: Session, now: datetime) -> bool:
    """Whether the endpoint did not answer lately, whichever process asked it."""
    silent = select(MachineText.id).where(col(MachineText.why).startswith(SILENT), MachineText.at > now - REST)
    return session.exec(silent.limit(1)).first() is not None


def _asked(notice: Notice, settings: Settings) -> tuple[dict[str, str], str]:
    """(the texts, why there are none)."""
    original = Original(notice.title, notice.description, notice.products)
    try:
        return texts_of(ask(request_of(original, settings.text_model), settings), original), ""
    except EndpointSilent as silent:
        log.warning("machine text: %s; warnings go without it", silent)
        return {}, f"{SILENT}{silent}"
    except UnfitAnswer as unfit:
        return {}, f"unfit: {unfit}"


def _rows(notice: Notice, texts: dict[str, str], why: str, model: str, now: datetime) -> list[dict[str, object]]:
    common = {"notice_id": notice.id, "number": notice.number, "model": model[:80], "why": why[:200], "at": now}
    return [{**common, "kind": kind, "text": texts.get(kind, "")} for kind in (TITLE, SUMMARY)]
