"""The bureaus as the public list shows them, and which of them an officer keeps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.bureau_entries import may_keep
from alerts.network import read_network
from store.bureau import Bureau, Officer
from store.jurisdiction import Jurisdiction
from web.access import Who


@dataclass(frozen=True)
class BureauGroup:
    """The bureau of the province, or of a city with those of its counties or towns."""

    place: Jurisdiction
    bureaus: list[Bureau]


def listed_bureaus(session: Session) -> list[BureauGroup]:
    """The province's bureau, then each city's with those below it, by code; divisions that are no more are left out."""
    rows = session.exec(
        select(Jurisdiction, Bureau)
        .join(Bureau, col(Bureau.jurisdiction_id) == Jurisdiction.id)
        .where(Jurisdiction.status == "active")
        .order_by(col(Jurisdiction.code))
    ).all()
    groups = {place.id: BureauGroup(place, []) for place, _ in rows if place.tier in ("province", "city")}
    for place, bureau in rows:
        key = place.id if place.id in groups else place.parent_id
        if key in groups:
            groups[key].bureaus.append(bureau)
    return list(groups.values())


def kept_by(session: Session, who: Who) -> set[str]:
    """Public ids of the bureaus whose entries `who` keeps."""
    network, officer = read_network(session), session.get_one(Officer, who.officer_id)
    return {
        bureau.public_id
        for bureau, code in session.exec(
            select(Bureau, Jurisdiction.code).join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        )
        if may_keep(network, who.place, officer.kind, code)
    }
