"""Local advice (属地建议): what the officers nearest to a firm wrote in their review of a warning version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.network import Network
from store.bureau import Bureau
from store.review import Decision, Review
from store.warning import WarningVersion


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice as it stands in the mail, and whose it is."""

    bureau: str
    text: str


def read_advice(session: Session, version: WarningVersion) -> dict[int, Advice]:
    """bureau id -> the advice its desk gave on this version; only of those who did not dismiss it."""
    rows = session.exec(
        select(Bureau, Decision.advice)
        .join(Review, col(Review.bureau_id) == Bureau.id)
        .join(Decision, col(Decision.review_id) == Review.id)
        .where(Review.version_id == version.id, Decision.advice != "", Decision.kind != "dismiss")
        .where(col(Decision.taken_back_at).is_(None))
    )
    return {bureau.id or 0: Advice(bureau.called_zh, text) for bureau, text in rows}


def advice_for(network: Network, bureau: Bureau, advice: Mapping[int, Advice]) -> Advice | None:
    """The advice for a firm of `bureau`: that bureau's, else its city's, else the province's."""
    if not advice:
        return None
    place = network.code_of[bureau.jurisdiction_id]
    line = (network.bureau_id_of.get(code) for code in network.line(place))
    return next((advice[key] for key in line if key is not None and key in advice), None)
