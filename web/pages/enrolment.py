"""企业登记: a bureau uploads a sheet, sees row by row what would become of it, then enrols."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from alerts.bulk_enrolling import INVITED, BadGround, Guess, Verdict, enrol_rows
from alerts.enrolment_sheet import BadSheet, SheetRow, as_csv, read_sheet
from classifier.contract import Mapping
from store.bureau import Bureau
from store.engine import reading, writing
from web.pages.routing import get_page
from web.pages.subscribe import past_of
from web.reading.guessed import guess
from web.rendering import render
from web.site import site_of

router = APIRouter()
NO_FILE = "请选择要上传的文件。"


async def sent_sheet(request: Request) -> tuple[bytes, str, bool]:
    """(the file, or the rows that an earlier dry run carried on; the ground; whether to enrol now)."""
    form = await request.form()
    file, kept, ground = form.get("file"), form.get("rows"), form.get("ground")
    content = await file.read() if isinstance(file, UploadFile) else str(kept or "").encode()
    return content, ground if isinstance(ground, str) else "", form.get("action") == "enrol"


@get_page(router, "/enrolment", "enrolment")
async def enrolment(request: Request) -> Response:
    """What a sheet looks like, and the form."""
    return render(request, "enrolment.html", verdicts=None, rows="", ground="", mistake="", done=False, invited=0)


@router.post("/enrolment", name="enrolment_sent")
def enrolment_sent(request: Request, sent: tuple[bytes, str, bool] = Depends(sent_sheet)) -> Response:
    """A dry run of a file, or the enrolment of what was shown before."""
    site, (content, ground, enrols) = site_of(request), sent
    mistake, verdicts, rows = "", list[Verdict](), list[SheetRow]()
    try:
        if not content:
            raise BadSheet(NO_FILE)
        rows = read_sheet(content)
        with writing(site.engine) if enrols else reading(site.engine) as session:
            bureau = session.get_one(Bureau, request.state.who.bureau_id)
            verdicts = enrol_rows(
                session, site.now, site.settings, rows, bureau=bureau, ground=ground,
                guess=guess_of(session, past_of(request).mapping(session)), dry_run=not enrols,
                officer_id=request.state.who.officer_id,
            )  # fmt: skip
    except BadSheet as slip:
        mistake = str(slip)
    except BadGround as slip:
        mistake, verdicts = str(slip), _dry(request, rows)
        enrols = False
    return render(
        request,
        "enrolment.html",
        422 if mistake else 200,
        verdicts=None if mistake and not verdicts else verdicts,
        rows=as_csv(rows),
        ground=ground,
        mistake=mistake,
        done=enrols and not mistake,
        invited=sum(verdict.outcome == INVITED for verdict in verdicts),
    )


def guess_of(session: Session, mapping: Mapping) -> Guess:
    """What the sign-up page would tick at first, and what it would take as product words."""

    def from_words(said: str) -> tuple[Sequence[str], Sequence[str]]:
        guessed, left = guess(session, mapping, said)
        return [one.industry.slug for one in guessed if one.ticked], left

    return from_words


def _dry(request: Request, rows: Sequence[SheetRow]) -> list[Verdict]:
    site = site_of(request)
    with reading(site.engine) as session:
        bureau = session.get_one(Bureau, request.state.who.bureau_id)
        return enrol_rows(
            session, site.now, site.settings, rows, bureau=bureau, ground="",
            guess=guess_of(session, past_of(request).mapping(session)), dry_run=True,
        )  # fmt: skip
