"""Why a notice reaches a firm or does not, in words: what staff and operators ask when a firm asks them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.bitmap_rows import wanted_by
from alerts.candidates import eu_members
from alerts.criteria import Told, Wanted, floors_above, folded, hit_of, markets_met
from alerts.match_index import index_for
from alerts.matching import asking_at, in_words, told_by
from alerts.threads import classifications_of
from store.classification import Suggestion
from store.display_names import display_name
from store.industry import Industry
from store.notice import Notice
from store.subscription import Subscriber, Subscription
from store.warning import WarningVersion

ACCEPTED = "accepted"
SILENT = "所在地主管部门把这份预警（或其中这个行业）排除了"


@dataclass(frozen=True, slots=True)
class Explained:
    """What a notice meets: subscriber id -> (subscription id, reason in zh), and for which change that is exact.

    `asking` counts those who ask for it; of them `reached` are not kept from it by a bureau that said no.
    """

    told: Told
    version: WarningVersion | None
    asking: int
    reached: dict[int, tuple[int | None, str]]
    exact_for: int


def explain(session: Session, notice: Notice) -> Explained:
    """Who asks for a notice: as its newest warning version tells it, or as it was classified where there is none."""
    version = session.exec(
        select(WarningVersion).where(WarningVersion.notice_id == notice.id).order_by(col(WarningVersion.id).desc())
    ).first()
    told = told_by(session, version) if version else _told_by_notice(session, notice)
    if version:
        reached, number = asking_at(session, version, told)
        every = index_for(session).hits_for(session, told, eu_members(session)).hits
        return Explained(told, version, len(every), reached, number)
    members = eu_members(session)
    found = index_for(session).hits_for(session, told, members)
    return Explained(told, None, len(found.hits), in_words(session, told, found.hits, members), found.number)


def why(session: Session, explained: Explained, subscriber: Subscriber) -> list[str]:
    """Why the notice reaches one subscriber, or for each of his subscriptions why it does not (zh-CN)."""
    if subscriber.ended_at is not None:
        return ["该订阅人已经退订"]
    if subscriber.confirmed_at is None:
        return ["该订阅人还没有确认订阅"]
    if subscriber.id in explained.reached:
        return [explained.reached[subscriber.id][1]]
    members = eu_members(session)
    mine = select(Subscription).where(Subscription.subscriber_id == subscriber.id).order_by(col(Subscription.id))
    asked = list(session.exec(mine))
    if not asked:
        return ["没有任何订阅"]
    terms = wanted_by(session.connection(), [one.id or 0 for one in asked])
    said = [
        "这项订阅已经结束" if one.ended_at else why_not(terms[one.id or 0], explained.told, members, _name) or SILENT
        for one in asked
    ]
    return list(dict.fromkeys(said))


def why_not(wanted: Wanted, told: Told, members: Collection[str], name: Callable[[str, str], str]) -> str:
    """Why a subscription does not meet what is told (zh-CN); "" when it does. `name` is that of a (kind, code)."""
    if hit_of(wanted, told, members) is not None:
        return ""
    parts = []
    without_limits = Wanted(wanted.industries, wanted.hs, wanted.words)
    if hit_of(without_limits, told, members) is None:
        parts.append("行业、海关编码（HS）和产品词都与公告不符")
    if wanted.markets and not wanted.markets & markets_met(told.issuers, members):
        parts.append(
            f"目标市场是{_names('country', wanted.markets, name)}，公告来自{_names('country', told.issuers, name)}"
        )
    if wanted.kinds and told.kind and told.kind not in wanted.kinds:
        kinds = _names("notice_kind", wanted.kinds, name)
        parts.append(f"只要{kinds}，这份公告是{name('notice_kind', told.kind)}")
    if wanted.floor in floors_above(told.severity):
        parts.append(f"只要{name('severity', wanted.floor)}及以上，这份预警是{name('severity', told.severity)}")
    return "；".join(parts)


def _told_by_notice(session: Session, notice: Notice) -> Told:
    newest = classifications_of(session, [notice]).get(notice.id or 0)
    slugs = select(Industry.slug).join(Suggestion, col(Suggestion.industry_id) == Industry.id)
    accepted = slugs.where(
        Suggestion.classification_id == (newest.id if newest else None), Suggestion.state == ACCEPTED
    )
    return Told(
        frozenset(session.exec(accepted)),
        tuple(notice.hs),
        folded("\n".join((notice.title, notice.products, notice.description))),
        tuple(notice.members or [notice.issuer]),
        kind=notice.kind,
    )


def _names(kind: str, codes: Collection[str] | Sequence[str], name: Callable[[str, str], str]) -> str:
    return "、".join(name(kind, code) for code in sorted(codes))


def _name(kind: str, code: str) -> str:
    return display_name(kind, code)
