"""What follows a decision on the desk: taking back, second signatures, answers to a lead, updates and cancels."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts import amending, answering
from alerts.amending import NotIssued
from alerts.proposals import UnknownProposal, open_proposals, proposal_by_id
from alerts.reviewing import AlreadyDecided, NoIndustry, NotAllowed
from alerts.signing_off import SecondOfficerNeeded, TooLate
from store.bureau import Officer
from store.engine import writing
from store.industry import UnknownIndustry
from store.review import Proposal, Review
from store.warning import WarningVersion
from web.reading.desk import find_review
from web.site import Site, site_of

router = APIRouter()
MOST_TEXT = 4000
NOT_YOURS = "您的单位不能做这一步：移除行业和撤销须由市级或省级决定，签发须在本辖区。"
REFUSED = {
    TooLate: "预警已经发出，或这项决定本来就不发邮件，不能撤回。如需改动，请用“更正”或“撤销”。",
    SecondOfficerNeeded: "您已经签过字。红色预警须由另一位工作人员再签一次，任何一级都可以。",
    NotIssued: "这份预警还没有发出、已经撤销，或有新版本正在等待发出，现在不能更正或撤销。",
    UnknownProposal: "牵头单位的建议已有结论。",
    NoIndustry: "请至少勾选一个行业；要结束这份预警，请用“撤销”。",
    UnknownIndustry: "所勾选的行业不在行业清单中。",
}


class NotConfirmed(Exception):
    """Raised when the second signature under a red warning was not plainly confirmed."""


@router.post("/desk/reviews/{public_id}/answer", name="review_answered")
def review_answered(
    request: Request,
    public_id: str,
    action: Annotated[str, Form()] = "",
    confirmed: Annotated[str, Form()] = "",
    industries: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies it)
    note: Annotated[str, Form(max_length=MOST_TEXT)] = "",
) -> Response:
    """Do one of the things that may follow; a refusal says why in words."""
    site, who = site_of(request), request.state.who
    with writing(site.engine) as session:
        review = find_review(session, who, public_id)
        if review is None:
            raise HTTPException(404)
        officer = session.get_one(Officer, who.officer_id)
        try:
            _answer(session, site, review, officer, action, confirmed == "yes", sorted(set(industries)), note)
        except NotAllowed:
            raise HTTPException(403, NOT_YOURS) from None
        except AlreadyDecided as first:
            raise HTTPException(409, f"已由{first.by}先行处理：{first.what}。您刚才的操作没有生效。") from None
        except NotConfirmed:
            raise HTTPException(422, "请先勾选“我已核对，同意发出红色预警”，再签字。") from None
        except tuple(REFUSED) as refusal:
            raise HTTPException(409, REFUSED[type(refusal)]) from None
    return RedirectResponse(f"/desk?done={public_id}", 303)


def _answer(
    session: Session,
    site: Site,
    review: Review,
    officer: Officer,
    action: str,
    confirmed: bool,
    industries: list[str],
    note: str,
) -> None:
    wait = timedelta(minutes=site.settings.take_back_minutes)
    version = session.get_one(WarningVersion, review.version_id)
    if action == "escalate":
        answering.hand_up(session, review, officer, site.now, note)
    elif action == "take_back":
        _take_back(session, site, review, version, officer)
    elif action == "countersign":
        if not confirmed:
            raise NotConfirmed
        answering.countersign(session, review, officer, site.now)
    elif action == "confirm":
        answering.confirm(session, _proposal(session, review), officer, site.now)
    elif action == "object":
        answering.object_to(session, _proposal(session, review), review, officer, site.now, wait)
    elif action == "amend":
        amending.amend(session, version, officer, site.now, industries, note=note, wait=wait)
    elif action == "cancel":
        amending.revoke(session, version, officer, site.now, reason=note, wait=wait)
    else:
        raise HTTPException(422, "请用页面上的按钮提交。")


def _take_back(session: Session, site: Site, review: Review, version: WarningVersion, officer: Officer) -> None:
    """A decision in 待发, or an officer's own update or cancel of the same warning."""
    last = amending.newest_of(session, version)
    if last.id != version.id:
        amending.take_version_back(session, last, officer, site.now)
    else:
        answering.take_decision_back(session, review, officer, site.now)


def _proposal(session: Session, review: Review) -> Proposal:
    found = open_proposals(session, review.version_id)
    if not found:
        raise UnknownProposal("it was settled")
    return proposal_by_id(session, found[0].public_id)
