"""What the store teaches: officers' decisions, and weak labels from codes and the sources' categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from classifier.contract import Mapping, NoticeText
from classifier.counting import Gold
from classifier.due import notices_in_store
from classifier.examples import WEIGHTS, Example
from classifier.labelled import Labelled
from classifier.splitting import is_for_judging
from classifier.stage import categories_of, text_of
from classifier.voices import code_index, read_codes
from store.drill import is_published
from store.notice import Notice
from store.review import Decision, Review
from store.warning import WarningVersion

if TYPE_CHECKING:
    from sqlmodel import Session

MOST_WEAK = 20_000  # the newest notices with codes or categories that are learned from
FEW = 3  # industries that codes may name: a notice that names more says too little of each
DISMISSED = "dismiss"


@dataclass(frozen=True)
class Taught:
    """What officers decided and what codes hint at: to learn from, and to judge by."""

    decisions: list[Example]
    judging: list[Labelled]
    weak: list[Example]
    notices: int  # in the store when it was read


def gather(session: Session, mapping: Mapping) -> Taught:
    """Everything in the store that teaches, in a fixed order."""
    decided = _decided(session)
    known = frozenset(mapping.industries)
    decisions, judging = [], []
    for notice, industries in decided:
        right = frozenset(industries) & known
        if is_for_judging(str(notice.public_id)):
            judging.append(Labelled(text_of(notice), Gold(right), notice.kind, _date_of(notice)))
        else:
            decisions.append(_example(notice, right, "decision"))
    return Taught(
        decisions, judging, _weak(session, mapping, {notice.id for notice, _ in decided}), notices_in_store(session)
    )


def _decided(session: Session) -> list[tuple[Any, list[str]]]:
    """(notice, industries) of the lead bureau's last decision on each notice; a dismissed one concerns no industry."""
    rows, reviews, versions, notices = (_columns(each) for each in (Decision, Review, WarningVersion, Notice))
    found = session.execute(
        select(Notice, rows.kind, rows.industries_after)
        .join(versions, versions.notice_id == notices.id)
        .join(reviews, reviews.version_id == versions.id)
        .join(rows, rows.review_id == reviews.id)
        .where(reviews.is_lead, rows.taken_back_at.is_(None), is_published())
        .order_by(rows.at, rows.id)
    )
    last = {notice.id: (notice, [] if kind == DISMISSED else after) for notice, kind, after in found}
    return [last[key] for key in sorted(last)]


def _weak(session: Session, mapping: Mapping, decided: set[int]) -> list[Example]:
    notices = _columns(Notice)
    wanted = (
        select(Notice)
        .where(notices.merged_into_id.is_(None), is_published())
        .order_by(notices.id.desc())
        .limit(MOST_WEAK)
    )
    found = []
    for notice in session.execute(wanted.execution_options(yield_per=500)).scalars():
        if notice.id in decided:
            continue
        if industries := _by_codes(text_of(notice), mapping):
            found.append(_example(notice, industries, "codes"))
        elif industries := _by_category(notice, mapping):
            found.append(_example(notice, industries, "category"))
    return found


def _by_codes(notice: NoticeText, mapping: Mapping) -> frozenset[str]:
    """The industries that HS and ICS codes agree on; those of HS headings alone where there are few and no ICS."""
    index = code_index(mapping)
    hs_codes, ics_codes = read_codes(notice)
    hs = {hit.industry for hit in index.hits("hs", hs_codes) if hit.covered and len(hit.code) >= 4}
    ics = {hit.industry for hit in index.hits("ics", ics_codes) if hit.covered}
    agreed = hs & ics if ics else hs
    return frozenset(agreed) if len(agreed) <= FEW else frozenset()


def _by_category(notice: Any, mapping: Mapping) -> frozenset[str]:
    """The industry of the source's category, when it means one alone."""
    hinted = set(categories_of(notice.attributes)) & set(mapping.industries)
    return frozenset(hinted) if len(hinted) == 1 else frozenset()


def _example(notice: Any, industries: frozenset[str], origin: str) -> Example:
    return Example(text_of(notice), industries, origin, WEIGHTS[origin], f"thread:{notice.thread_id}", _date_of(notice))


def _date_of(notice: Any) -> str:
    return notice.published_on.isoformat() if getattr(notice, "published_on", None) else ""


def _columns(table: type[Any]) -> Any:
    """A table class without its instance types: columns of statements are not the values of rows."""
    return table
