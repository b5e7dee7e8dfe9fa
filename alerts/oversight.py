"""Oversight of the network: every place's bureau with its officers, clusters and figures, in a fixed few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.network import Network, read_network
from alerts.network_figures import LOOKED_BACK, Figures, Warned, summed, week_of
from alerts.oversight_reading import (
    ReviewCounts,
    count_exporters,
    read_clusters,
    read_decisions,
    read_escalations,
    read_officers,
    read_open_reviews,
    read_reached,
    read_warned_places,
    read_warnings,
)
from alerts.routing import province_of, serving_place
from store.bureau import OFFICER, Bureau, Officer, is_present
from store.jurisdiction import Jurisdiction


@dataclass(frozen=True, slots=True)
class Post:
    """An officer, whether present now, and when signed in last as far as that is kept (30 days)."""

    officer: Officer
    is_present: bool
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class Hosted:
    """An industry that a place hosts, in which of its towns, and whether any subscriber there asks for it."""

    slug: str
    name_zh: str
    towns: tuple[str, ...]
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A place of the network: `own` are its bureau's figures, `total` those of all below it too."""

    code: str
    name_zh: str
    tier: str
    parent: str | None
    served_by: str  # the code of the place whose desk does its work: itself where it is a node
    bureau: Bureau | None
    posts: tuple[Post, ...]
    hosted: tuple[Hosted, ...]
    own: Figures
    total: Figures

    @property
    def is_node(self) -> bool:
        """Whether it works its own desk."""
        return self.served_by == self.code

    @property
    def present(self) -> int:
        """How many of its officers who decide are there now."""
        return sum(post.is_present for post in self.posts if post.officer.kind == OFFICER)

    @property
    def last_sign_in(self) -> datetime | None:
        """When one of its officers signed in last, as far as that is kept."""
        return max((post.last_sign_in for post in self.posts if post.last_sign_in), default=None)


@dataclass(frozen=True, slots=True)
class Oversight:
    """The whole network by code, at one instant."""

    places: Mapping[str, Watched]
    province: str

    def below(self, code: str) -> list[Watched]:
        """The places right below one, by code."""
        return sorted((p for p in self.places.values() if p.parent == code), key=lambda p: p.code)

    def line(self, code: str) -> list[str]:
        """The code and those above it, the nearest first."""
        found = [code]
        while (parent := self.places[found[-1]].parent) is not None:
            found.append(parent)
        return found


@dataclass(frozen=True, slots=True)
class _Read:
    """What the queries brought, by bureau id or jurisdiction id."""

    reviews: Mapping[int, ReviewCounts]
    hours: Mapping[int, Sequence[float]]
    escalated: Mapping[int, tuple[int, int]]
    warnings: Mapping[int, Warned]
    warned: Mapping[int, set[int]]  # jurisdiction id -> warning ids
    exporters: Mapping[int, int]


def read_oversight(session: Session, now: datetime) -> Oversight:
    """All places of the network as they stand at `now`; the number of queries does not grow with anything."""
    network = read_network(session)
    since = now - LOOKED_BACK
    warnings, versions = read_warnings(session, since)
    read = _Read(
        read_open_reviews(session, now, week_of(now).end),
        read_decisions(session, since),
        read_escalations(session, since),
        warnings,
        read_warned_places(session, versions, since),
        count_exporters(session),
    )
    bureaus = {row.jurisdiction_id: row for row in session.exec(select(Bureau))}
    hosted, posts = _hosted(session), _posts(session, now)
    rows = session.exec(select(Jurisdiction).order_by(col(Jurisdiction.code))).all()
    own = {r.code: _figures(read, r.id or 0, bureaus.get(r.id or 0), hosted.get(r.id or 0, ())) for r in rows}
    province = province_of(network.places)
    own[province] = replace(own[province], warnings=dict(warnings))  # also those of industries without any cluster
    total = _totals(own, network)
    return Oversight(
        {
            row.code: Watched(
                row.code,
                row.name_zh,
                row.tier,
                network.places[row.code].parent,
                serving_place(row.code, network.places),
                bureau := bureaus.get(row.id or 0),
                posts.get(bureau.id or 0, ()) if bureau else (),
                hosted.get(row.id or 0, ()),
                own[row.code],
                total[row.code],
            )
            for row in rows
        },
        province,
    )


def _figures(read: _Read, place_id: int, bureau: Bureau | None, hosted: Sequence[Hosted]) -> Figures:
    desk = (bureau.id if bureau else None) or 0
    reviews = read.reviews.get(desk, ReviewCounts())
    hours = tuple(read.hours.get(desk, ()))
    escalated, unreviewed = read.escalated.get(desk, (0, 0))
    return Figures(
        open=reviews.open,
        overdue=reviews.overdue,
        due_this_week=reviews.due_this_week,
        decided=len(hours),
        escalated=escalated,
        unreviewed=unreviewed,
        hours=hours,
        warnings={key: read.warnings[key] for key in read.warned.get(place_id, ())},
        exporters=read.exporters.get(desk, 0),
        clusters=len(hosted),
        unreached=sum(not one.is_reached for one in hosted),
    )


def _totals(own: Mapping[str, Figures], network: Network) -> dict[str, Figures]:
    parts: dict[str, list[Figures]] = defaultdict(list)
    for code, figures in own.items():
        for above in network.line(code):
            parts[above].append(figures)
    return {code: summed(parts[code]) for code in own}


def _hosted(session: Session) -> dict[int, tuple[Hosted, ...]]:
    """Jurisdiction id -> the industries it hosts."""
    reached = read_reached(session)
    found: dict[int, dict[str, tuple[str, list[str]]]] = defaultdict(dict)
    for place_id, slug, name, town in read_clusters(session):
        towns = found[place_id].setdefault(slug, (name, []))[1]
        if town:
            towns.append(town)
    return {
        place_id: tuple(
            Hosted(slug, name, tuple(towns), slug in reached.get(place_id, set()))
            for slug, (name, towns) in industries.items()
        )
        for place_id, industries in found.items()
    }


def _posts(session: Session, now: datetime) -> dict[int, tuple[Post, ...]]:
    """Bureau id -> its officers, A before B."""
    found: dict[int, list[Post]] = defaultdict(list)
    for officer, last in read_officers(session):
        found[officer.bureau_id].append(Post(officer, is_present(officer, now), last))
    return {bureau_id: tuple(posts) for bureau_id, posts in found.items()}
