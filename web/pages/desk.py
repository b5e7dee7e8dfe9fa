"""The review desk: the queue, one review, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from alerts.bundles import bundled_reviews, decide_bundle
from alerts.composing import told_of
from alerts.flags import flags_in_words
from alerts.reviewing import AlreadyDecided, NotAllowed, StaleReview, accept, correct, dismiss
from alerts.signing_off import SecondOfficerNeeded
from store.bureau import Officer
from store.engine import reading, writing
from store.industry import Industry, UnknownIndustry
from store.review import OPEN, Review
from web.evidence import marked, reasons_of, short_reason, words_of
from web.pages.answers import REFUSED
from web.pages.routing import get_page, page_of
from web.reading.answers import answers_of, outgoing_rows
from web.reading.desk import (
    PAGE_SIZE,
    WholeReview,
    desk_bureaus,
    find_review,
    queue,
    recent_decisions,
    whole_review,
)
from web.reading.industries import sectors
from web.rendering import render
from web.site import site_of

router = APIRouter()
MOST_TEXT = 4000  # characters of advice or note


@get_page(router, "/desk", "desk")
async def desk(request: Request) -> Response:
    """The queue of open reviews of the own bureau and those below it."""
    site, who = site_of(request), request.state.who
    page, bureau = page_of(request.query_params), request.query_params.get("bureau", "")
    with reading(site.engine) as session:
        rows, more = queue(session, who, bureau, page)
        just_done = find_review(session, who, request.query_params.get("done", ""))
        return render(
            request,
            "desk.html",
            rows=rows,
            more=more,
            page=page,
            bureau=bureau,
            bureaus=desk_bureaus(session, who),
            page_size=PAGE_SIZE,
            recent=recent_decisions(session, who),
            outgoing=outgoing_rows(session, who),
            just_done=whole_review(session, just_done) if just_done else None,
            flags=flags_in_words,
            why=lambda evidence: short_reason(evidence, site.headings),
        )


@get_page(router, "/desk/reviews/{public_id}", "review")
async def review(request: Request, public_id: str) -> Response:
    """One screen with all that is needed to decide."""
    with reading(site_of(request).engine) as session:
        return _review_page(request, session, _found(session, request, public_id))


@router.post("/desk/reviews/{public_id}", name="review_decided")
def review_decided(
    request: Request,
    public_id: str,
    action: Annotated[str, Form()] = "",
    revision: Annotated[int, Form()] = 0,
    industries: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies it)
    advice: Annotated[str, Form(max_length=MOST_TEXT)] = "",
    note: Annotated[str, Form(max_length=MOST_TEXT)] = "",
    call_firms: Annotated[str, Form(max_length=MOST_TEXT)] = "",
) -> Response:
    """Decide, once: whoever comes second is told who was first."""
    site, who = site_of(request), request.state.who
    words = {"advice": advice, "note": note, "call_firms": call_firms}
    sent = {"industries": set(industries), **words}
    with writing(site.engine) as session:
        found = _found(session, request, public_id)
        is_fresh = found.state == OPEN and found.revision == revision
        if is_fresh and (mistake := _mistake(whole_review(session, found), action, set(industries))):
            return _review_page(request, session, found, 422, mistake=mistake, sent=sent)
        officer = session.get_one(Officer, who.officer_id)
        given: dict[str, Any] = {"expected_revision": revision, **words}
        wait = timedelta(minutes=site.settings.take_back_minutes)

        def decide(which: Review) -> None:
            own = given if which.id == found.id else words  # the page showed one revision alone
            if action == "correct":
                correct(session, which, officer, site.now, sorted(set(industries)), wait=wait, **own)
            elif action == "accept":
                accept(session, which, officer, site.now, wait=wait, **own)
            else:
                dismiss(session, which, officer, site.now, **own)

        try:
            decide_bundle(session, found, decide)
        except NotAllowed:
            raise HTTPException(403, "本工作台的账号只能查看和提意见，不能研判。") from None
        except SecondOfficerNeeded:
            raise HTTPException(409, REFUSED[SecondOfficerNeeded]) from None
        except (AlreadyDecided, StaleReview) as first:
            return _review_page(request, session, found, 409, late=first, sent=sent)
        except UnknownIndustry:
            return _review_page(request, session, found, 422, mistake="所勾选的行业不在行业清单中。", sent=sent)
    return RedirectResponse(f"/desk?done={public_id}", 303)


def _found(session: Session, request: Request, public_id: str) -> Review:
    """The review, or 404 both when there is none and when it is not this officer's to see."""
    found = find_review(session, request.state.who, public_id)
    if found is None:
        raise HTTPException(404)
    return found


def _mistake(whole: WholeReview, action: str, ticked: set[str]) -> str:
    """What the officer should be asked before anything is written; "" when the form is sound."""
    if action not in ("accept", "correct", "dismiss"):
        return "请用页面下方的三个按钮之一提交。"
    if action == "accept" and ticked != whole.chosen:
        return "您改动了行业勾选。若要按改动发布，请点“更正行业并发布”；若要采纳原建议，请恢复原来的勾选。"
    if action == "correct" and not ticked:
        return "请至少勾选一个行业；若与本地无关，请点“与本地无关”。"
    if action == "correct" and ticked == whole.chosen:
        return "行业勾选与建议相同，没有更正。若同意建议，请点“采纳并发布”。"
    return ""


def _review_page(
    request: Request,
    session: Session,
    found: Review,
    status: int = 200,
    *,
    mistake: str = "",
    late: AlreadyDecided | StaleReview | None = None,
    sent: dict[str, Any] | None = None,
) -> Response:
    site = site_of(request)
    whole = whole_review(session, found)
    evidence = [item for suggestion in whole.suggestions for item in suggestion.evidence]
    return render(
        request,
        "review.html",
        status,
        whole=whole,
        mistake=mistake,
        told=told_of(session, whole.version, site.now),
        answers=answers_of(session, found, request.state.who),
        bundled=len(bundled_reviews(session, found)) if found.state == OPEN else 0,
        sectors=sectors(session),
        late=late,
        first=late if isinstance(late, AlreadyDecided) else None,
        industry_names=_namer(session),
        flags=flags_in_words,
        marked=lambda text: marked(text, words_of(evidence)),
        reasons=lambda items: reasons_of(items, site.headings),
        ticked=sent["industries"] if sent else whole.chosen,
        advice=sent["advice"] if sent else "",
        note=sent["note"] if sent else "",
        call_firms=sent["call_firms"] if sent else "",
    )


def _namer(session: Session) -> Callable[[Iterable[str]], list[str]]:
    """slugs -> the industries' Chinese names."""
    named = dict(session.exec(select(Industry.slug, Industry.name_zh)).all())
    return lambda slugs: [named.get(slug, slug) for slug in slugs]
