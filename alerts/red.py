"""The stage red: as soon as a red warning comes under review or goes out, those who answer are told, once a version."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.network import Network, desks_of, read_network
from alerts.officer_mails import tell_officers
from alerts.red_words import red_lines, red_title
from alerts.routing import province_of
from alerts.subscribers import places_of_matched
from alerts.versions import concerns_in, facts_in, industries_of, lock_version
from alerts.webhook import keep_call
from settings import Settings
from store.bureau import OFFICER, Bureau, Officer, answering, is_present
from store.clock import shanghai_day
from store.engine import reading, writing
from store.industry import Industry
from store.review import OPEN, Review
from store.warning import ISSUED, UNDER_REVIEW, TradeWarning, WarningVersion

log = logging.getLogger(__name__)

KIND = "red"
_UNTOLD = (
    WarningVersion.severity == "red",
    col(WarningVersion.red_told_at).is_(None),
    col(WarningVersion.state).in_((UNDER_REVIEW, ISSUED)),
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """A bureau at whose desk the version lies; with its review, where there is one."""

    place: str
    name: str
    is_lead: bool
    review: Review | None


def tell_red(engine: Engine, now: datetime, settings: Settings, *, limit: int = 50) -> int:
    """Tell of the red versions that nobody was told of; returns how many. One transaction each."""
    with reading(engine) as session:
        untold = session.exec(select(WarningVersion.id).where(*_UNTOLD).order_by(col(WarningVersion.id)).limit(limit))
        ids = [key or 0 for key in untold]
    return sum(_tell(engine, version_id, now, settings) for version_id in ids)


def _tell(engine: Engine, version_id: int, now: datetime, settings: Settings) -> bool:
    try:
        with writing(engine) as session:
            version = lock_version(session, version_id)
            if version.red_told_at is not None or version.severity != "red":
                return False  # another worker told it, or an officer's correction made it less
            version.red_told_at = now
            session.add(version)
            if version.state in (UNDER_REVIEW, ISSUED):
                tell_of_red(session, version, now, settings)
            return True
    except Exception:  # the others must not wait for one broken row; the next tick tries it again
        log.exception("telling of the red warning version %s failed", version_id)
        return False


def tell_of_red(session: Session, version: WarningVersion, now: datetime, settings: Settings) -> None:
    """Write mails and calls to those who answer at each desk, at its city and, on duty, at the province."""
    network = read_network(session)
    industries = industries_of(session, concerns_in(session, version))
    desks = _desks(session, version, industries, network)
    warning = session.get_one(TradeWarning, version.warning_id)
    names = [industry.name_zh for industry in industries]
    title = red_title(version.kind, version.state, facts_in(version), names, is_exercise=warning.status != "actual")
    due = min((d.review.due_at for d in desks if d.review and d.review.state == OPEN), default=None)
    told = [(desk.name, desk.is_lead) for desk in desks]
    lines = red_lines(facts_in(version), names, version.severity_reason, told, due, shanghai_day(now))
    province = province_of(network.places)
    called = _called(session, _bureaus_told(network, desks), network.bureau_id_of[province], now)
    for place, bureau_id in _bureaus_told(network, desks).items():
        path = _path(version, warning, place, desks, network)
        officers = called.get(bureau_id, [])
        tell_officers(session, now, officers, kind=KIND, key=version.public_id, title=title, lines=lines, path=path)
        keep_call(
            session, now, settings, kind=KIND, key=version.public_id, bureau=place, is_province=place == province,
            title=title, lines=lines, path=path,
        )  # fmt: skip


def _desks(session: Session, version: WarningVersion, industries: Sequence[Industry], network: Network) -> list[_Desk]:
    """The desks with a review; of a version that went out by itself those it would have come to. The lead's first."""
    names = {b.id: b.called_zh for b in session.exec(select(Bureau))}
    code_of = {bureau_id: code for code, bureau_id in network.bureau_id_of.items()}
    reviews = session.exec(
        select(Review).where(Review.version_id == version.id).order_by(col(Review.is_lead).desc(), col(Review.id))
    ).all()
    if reviews:
        return [_Desk(code_of[r.bureau_id], names[r.bureau_id], r.is_lead, r) for r in reviews]
    routed = desks_of(session, industries, places_of_matched(session, version), network)
    return [_Desk(desk.place, names[bureau_id], desk.is_lead, None) for desk, bureau_id in routed]


def _bureaus_told(network: Network, desks: Sequence[_Desk]) -> dict[str, int]:
    """Code -> bureau id, of the desks and all above them."""
    places = dict.fromkeys(code for desk in desks for code in network.line(desk.place))
    return {code: network.bureau_id_of[code] for code in places if code in network.bureau_id_of}


def _called(session: Session, told: Mapping[str, int], province: int, now: datetime) -> dict[int, list[Officer]]:
    """Bureau id -> who is called: those who answer now; at the province those on duty, as far as one is there."""
    rows = session.exec(
        select(Officer)
        .where(col(Officer.bureau_id).in_(told.values()), Officer.kind == OFFICER, col(Officer.ended_at).is_(None))
        .order_by(col(Officer.id))
    )
    found: dict[int, list[Officer]] = defaultdict(list)
    for officer in rows:
        found[officer.bureau_id].append(officer)
    called = {bureau_id: answering(officers, now) for bureau_id, officers in found.items()}
    if on_duty := [o for o in found[province] if o.on_duty and is_present(o, now)]:
        called[province] = on_duty
    return called


def _path(version: WarningVersion, warning: TradeWarning, place: str, desks: Sequence[_Desk], network: Network) -> str:
    """A page this bureau may open: its own review, else one below it, the lead's first; once out, the warning."""
    if version.state == ISSUED:
        return f"/warnings/{warning.public_id}"
    seen = [d for d in desks if d.review and d.review.state == OPEN and place in network.line(d.place)]
    own = next((d.review for d in seen if d.place == place), seen[0].review if seen else None)
    return f"/desk/reviews/{own.public_id}" if own else "/desk"
