"""Reviews (研判): an officer accepts, dismisses or corrects; once, with its audit entry in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from alerts.concerns import PROPOSED, REMOVED, Concern, corrected
from alerts.network import grade_of
from alerts.proposals import answer_by_accepting, propose, settle_dismissal
from alerts.signing_off import DONE_IN_WORDS, sign_off, standing_decision, states_of
from alerts.versions import concerns_in, facts_in, industries_of, lock_version, settle
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import OFFICER, Bureau, Officer
from store.industry import industry_by_slug
from store.jurisdiction import Jurisdiction, lineage
from store.review import CLOSED, DECIDED, ESCALATED, OPEN, Decision, Escalation, Review
from store.warning import UNDER_REVIEW, WarningIndustry, WarningVersion

ACCEPT, DISMISS, CORRECT = "accept", "dismiss", "correct"
AT_ONCE = timedelta()
_FULL_TIERS = ("city", "province")  # whose word settles for all


class UnknownReview(TbtwatchError):
    """Raised when no review has the given public id."""


class NotAllowed(TbtwatchError):
    """Raised when somebody's bureau or kind does not allow this deed."""


class NoIndustry(TbtwatchError):
    """Raised when a correction names no industry at all: that is a dismissal, and says so."""


class StaleReview(TbtwatchError):
    """Raised when the review changed, still undecided, after the page that decides was made."""


class AlreadyDecided(TbtwatchError):
    """Raised for the second decision: `by` is the bureau that was first, `at` when, `what` it did (in Chinese)."""

    def __init__(self, by: str, at: datetime | None, what: str) -> None:
        when = f" at {at:%Y-%m-%dT%H:%MZ}" if at else ""
        super().__init__(f"this review is settled: {by}{when}: {what}; see it with `tbtwatch reviews list --state all`")
        self.by, self.at, self.what = by, at, what


def may_decide(officer_place: str, review_line: Sequence[str]) -> bool:
    """True when an officer of `officer_place` (a jurisdiction's code) may decide in a review.

    `review_line` are the codes of the review's bureau and those above it: its own bureau may, its city, the province.
    """
    return officer_place in review_line


def check_decides(officer: Officer) -> None:
    """Raise NotAllowed for an association's person, who reads and comments at a desk and decides nothing."""
    if officer.kind != OFFICER:
        raise NotAllowed(f"{officer.sign_in} may not decide: it is the account of an association, which may comment")


def review_by_id(session: Session, public_id: str) -> Review:
    """The review with this public id; raises UnknownReview."""
    found = session.exec(select(Review).where(Review.public_id == public_id)).first()
    if found is None:
        raise UnknownReview(f"no review '{public_id}': `tbtwatch reviews list` shows the ids")
    return found


def accept(
    session: Session,
    review: Review,
    officer: Officer,
    now: datetime,
    *,
    expected_revision: int | None = None,
    advice: str = "",
    note: str = "",
    call_firms: str = "",
    wait: timedelta = AT_ONCE,
) -> Decision:
    """Sign the warning off for all: it waits in 待发 for `wait`; red leaves on the second officer's signature.

    Raises NotAllowed, AlreadyDecided, StaleReview, SecondOfficerNeeded.
    """
    version = _take(session, review, officer, expected_revision)
    present = concerns_in(session, version)
    words = (advice, note, call_firms)
    decision = _decide(session, review, officer, now, ACCEPT, version, present, present, words)
    answer_by_accepting(session, version, officer, now)
    sign_off(session, version, review, officer, decision, now, wait)
    return decision


def dismiss(
    session: Session,
    review: Review,
    officer: Officer,
    now: datetime,
    *,
    expected_revision: int | None = None,
    advice: str = "",
    note: str = "",
    call_firms: str = "",
) -> Decision:
    """Say that it does not concern this place: stops the warning for this bureau's firms, never their digest.

    The lead's is a proposal to the other desks; by a city or the province in the lead's review it settles for all.
    When no desk is left, the warning is dismissed. Raises NotAllowed, AlreadyDecided, StaleReview.
    """
    version = _take(session, review, officer, expected_revision)
    present = concerns_in(session, version)
    decision = _decide(session, review, officer, now, DISMISS, version, present, (), (advice, note, call_firms))
    if review.is_lead and not settle(session, version):
        if _settles_for_all(session, review, officer):
            settle_dismissal(
                session, version, now, f"{bureau_name(session, officer.bureau_id)}{DONE_IN_WORDS[DISMISS]}"
            )
        else:
            propose(session, version, review, decision, (), now)
    settle(session, version)
    return decision


def correct(
    session: Session,
    review: Review,
    officer: Officer,
    now: datetime,
    industries: Sequence[str],
    *,
    expected_revision: int | None = None,
    advice: str = "",
    note: str = "",
    call_firms: str = "",
    wait: timedelta = AT_ONCE,
) -> Decision:
    """Put these industries (slugs) in the place of the machine's, grade again and sign off.

    What is added counts for all at once. What is taken away: by a city or the province for all; by the lead county for
    itself and as a proposal for all; by another county for itself alone. The suggestions stay as they were beside it.
    Raises UnknownIndustry, NoIndustry, and what `accept` raises.
    """
    if not industries:
        raise NoIndustry("a correction needs at least one industry: name one with --industry, or dismiss the review")
    wanted = [industry_by_slug(session, slug).id or 0 for slug in industries]
    version = _take(session, review, officer, expected_revision)
    before = concerns_in(session, version)
    states = states_of(session, version)
    full = _settles_for_all(session, review, officer)
    own = corrected(before, wanted)  # as this desk sees it
    if full or review.is_lead:
        after = corrected(before, wanted, taken_out=REMOVED if full else PROPOSED)
    else:
        after = corrected(before, [*wanted, *(c.industry_id for c in before if c.counts)])
    _write_concerns(session, version, after)
    decision = _decide(session, review, officer, now, CORRECT, version, before, own, (advice, note, call_firms))
    decision.states_before = states
    gone = [c for c in before if c.counts and c.industry_id not in wanted]
    if gone and not full and review.is_lead:
        propose(session, version, review, decision, [i.slug for i in industries_of(session, gone)], now)
    grade = grade_of(session, facts_in(version), industries_of(session, after), now)
    version.severity, version.severity_reason = grade.severity, grade.reason
    sign_off(session, version, review, officer, decision, now, wait)
    return decision


def _settles_for_all(session: Session, review: Review, officer: Officer) -> bool:
    """Whether this officer's word takes something away for everyone: a city's or the province's, or the only desk's."""
    place = session.get_one(Bureau, officer.bureau_id).jurisdiction_id
    if session.get_one(Jurisdiction, place).tier in _FULL_TIERS:
        return True
    others = select(Review.id).where(Review.version_id == review.version_id, Review.id != review.id)
    return session.exec(others).first() is None


def bureau_line(session: Session, bureau_id: int) -> list[str]:
    """The jurisdiction codes of a bureau and those above it, the nearest first."""
    bureau = session.get_one(Bureau, bureau_id)
    return [j.code for j in lineage(session, session.get_one(Jurisdiction, bureau.jurisdiction_id))]


def _take(session: Session, review: Review, officer: Officer, expected_revision: int | None) -> WarningVersion:
    """Lock the version, read the review afresh, and check that this officer may decide now."""
    version = lock_version(session, review.version_id)
    session.refresh(review)
    check_line(session, review, officer)
    if review.state != OPEN or version.state != UNDER_REVIEW:
        raise who_was_first(session, review)
    if expected_revision is not None and review.revision != expected_revision:
        raise StaleReview(f"this review has changed since (now revision {review.revision}): load it again")
    return version


def check_line(session: Session, review: Review, officer: Officer) -> None:
    """Raise NotAllowed unless the officer is of the review's bureau, its city or the province, and may decide."""
    check_decides(officer)
    if not may_decide(bureau_line(session, officer.bureau_id)[0], bureau_line(session, review.bureau_id)):
        raise NotAllowed(
            f"{officer.sign_in} may not decide in this review: it belongs to "
            f"{bureau_name(session, review.bureau_id)}; that bureau, its city or the province may"
        )


def _decide(
    session: Session,
    review: Review,
    officer: Officer,
    now: datetime,
    kind: str,
    version: WarningVersion,
    before: Sequence[Concern],
    after: Sequence[Concern],
    words: tuple[str, str, str],
) -> Decision:
    """Write the decision, close the review and write the audit entry, all in the present transaction."""
    slugs = [[i.slug for i in industries_of(session, concerns)] for concerns in (before, after)]
    decision = Decision(
        review_id=review.id or 0,
        officer_id=officer.id or 0,
        at=now,
        kind=kind,
        industries_before=slugs[0],
        industries_after=slugs[1],
        states_before=states_of(session, version),
        advice=words[0].strip(),
        note=words[1].strip(),
        call_firms=words[2].strip(),
    )
    review.state, review.revision, review.closed_at = DECIDED, review.revision + 1, now
    review.closed_reason = f"{bureau_name(session, officer.bureau_id)}{DONE_IN_WORDS[kind]}"
    session.add_all([decision, review])
    write_audit(
        session,
        now,
        action=f"review.{kind}",
        object_kind="review",
        object_id=review.public_id,
        officer_id=officer.id,
        details={
            "warning_version": version.public_id,
            "before": slugs[0],
            "after": slugs[1],
            "on_behalf": officer.bureau_id != review.bureau_id,
        },
    )
    session.flush()
    return decision


def _write_concerns(session: Session, version: WarningVersion, concerns: Sequence[Concern]) -> None:
    rows = {
        row.industry_id: row
        for row in session.exec(select(WarningIndustry).where(WarningIndustry.version_id == version.id))
    }
    for concern in concerns:
        row = rows.get(concern.industry_id) or WarningIndustry(
            version_id=version.id or 0, industry_id=concern.industry_id, score=concern.score
        )
        row.state = concern.state
        session.add(row)
    session.flush()


def who_was_first(session: Session, review: Review) -> AlreadyDecided:
    """The refusal of a second decision, with the name of the first."""
    own = standing_decision(session, review)
    if own is not None:
        officer = session.get_one(Officer, own.officer_id)
        return AlreadyDecided(bureau_name(session, officer.bureau_id), own.at, DONE_IN_WORDS[own.kind])
    if review.state == ESCALATED:
        passed = session.exec(select(Escalation).where(Escalation.from_review_id == review.id)).one()
        above = session.get(Review, passed.to_review_id) if passed.to_review_id else None
        return AlreadyDecided(
            bureau_name(session, above.bureau_id if above else review.bureau_id), passed.at, passed.reason
        )
    reason = review.closed_reason if review.state == CLOSED else "预警已有结论"
    return AlreadyDecided(bureau_name(session, review.bureau_id), review.closed_at, reason)


def bureau_name(session: Session, bureau_id: int) -> str:
    """The short name of a bureau."""
    bureau = session.get_one(Bureau, bureau_id)
    return bureau.called_zh
