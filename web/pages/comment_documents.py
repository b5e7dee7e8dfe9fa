"""The province's document of comments: edited, taken as DOCX and PDF, sealed on paper, submitted, answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.comment_documents import (
    STATUS_IN_WORDS,
    UnknownDocument,
    WrongStep,
    choosable,
    document_by_id,
    edit_document,
    matter_of_document,
    note_export,
)
from alerts.comment_letters import STATES_IN_WORDS
from alerts.comment_paper import paper_of
from alerts.comment_sight import WITHHELD
from alerts.comment_submitting import (
    NotComplete,
    record_outcome,
    reopen_document,
    scan_of,
    seal_document,
    submit_document,
)
from alerts.paper_docx import docx_of
from alerts.paper_pdf import pdf_of
from alerts.reviewing import NotAllowed, bureau_line
from alerts.scans import MEDIA_TYPES, MOST_BYTES, BadScan
from store.bureau import Officer
from store.comment import Comment, CommentDocument
from store.engine import writing
from web.pages.routing import get_page
from web.reading.comments import SeenComment, note_views
from web.rendering import render
from web.site import site_of

router = APIRouter()
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ROOM_FOR_FORM = 64 * 1024  # bytes around the file in an upload
MISSING = {"sealed scan": "盖章扫描件", "number": "发文字号", "date": "成文日期", "route": "报送途径"}
DONE = {
    "edit": "已保存。",
    "seal": "盖章扫描件已收存，企业已被告知意见已采用。",
    "submit": "已记录为已报送，企业已被告知。",
    "answer": "答复已记录，企业已被告知。",
    "final": "定稿结果已记录，企业已被告知。",
    "reopen": "已退回起草，版本号加一。",
}


@get_page(router, "/comment-documents/{public_id}", "comment_document")
def comment_document(request: Request, public_id: str) -> Response:
    """The document with all that may be done at its step. It shows firms' words, so the view is written down."""
    site, who = site_of(request), request.state.who
    with _deed(request, public_id) as (session, document, _):
        rows = [_seen(session, comment) for comment in choosable(session, document)]
        note_views(session, site.now, who, rows)
        return render(
            request,
            "comment_document.html",
            document=document,
            matter=matter_of_document(session, document),
            rows=rows,
            scan=scan_of(session, document),
            statuses=STATUS_IN_WORDS,
            states=STATES_IN_WORDS,
            megabytes=MOST_BYTES // 1024 // 1024,
            done=DONE.get(request.query_params.get("done", ""), ""),
        )


@router.post("/comment-documents/{public_id}/edit", name="comment_document_edited")
def comment_document_edited(
    request: Request,
    public_id: str,
    title: Annotated[str, Form(max_length=200)] = "",
    number: Annotated[str, Form(max_length=60)] = "",
    addressee: Annotated[str, Form(max_length=120)] = "",
    issuer: Annotated[str, Form(max_length=120)] = "",
    route: Annotated[str, Form(max_length=300)] = "",
    dated_on: Annotated[str, Form()] = "",
    articles_en: Annotated[str, Form(max_length=20000)] = "",
    proposal_en: Annotated[str, Form(max_length=20000)] = "",
    contact_en: Annotated[str, Form(max_length=2000)] = "",
    chosen: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """Save the texts of a draft and which comments it holds."""
    texts = {
        "title": title,
        "number": number,
        "addressee": addressee,
        "issuer": issuer,
        "route": route,
        "articles_en": articles_en,
        "proposal_en": proposal_en,
        "contact_en": contact_en,
    }
    if not title.strip():
        raise HTTPException(422, "标题不能为空。")
    with _deed(request, public_id) as (session, document, officer):
        day = _day(dated_on)
        edit_document(session, site_of(request).now, document, officer, chosen=set(chosen), dated_on=day, **texts)
    return _back(public_id, "edit")


@router.post(
    "/comment-documents/{public_id}/seal", name="comment_document_sealed", max_body_size=MOST_BYTES + ROOM_FOR_FORM
)
def comment_document_sealed(request: Request, public_id: str, scan: Annotated[UploadFile, File()]) -> Response:
    """Take the sealed scan back."""
    site, content = site_of(request), scan.file.read(MOST_BYTES + 1)
    with _deed(request, public_id) as (session, document, officer):
        seal_document(
            session, site.now, site.settings, document, officer, name=scan.filename or "scan", content=content
        )
    return _back(public_id, "seal")


@router.post("/comment-documents/{public_id}/move", name="comment_document_moved")
def comment_document_moved(
    request: Request,
    public_id: str,
    deed: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Submit, open again, record the answer or the final rule."""
    site = site_of(request)
    with _deed(request, public_id) as (session, document, officer):
        if deed == "submit":
            submit_document(session, site.now, site.settings, document, officer)
        elif deed == "reopen":
            reopen_document(session, site.now, document, officer)
        elif deed in ("answer", "final"):
            if not note.strip():
                raise HTTPException(422, "请写明结果：这段话会告诉企业。")
            final = deed == "final"
            record_outcome(session, site.now, site.settings, document, officer, final=final, note=note)
        else:
            raise HTTPException(422, "请用页面上的按钮提交。")
    return _back(public_id, deed)


@router.get("/comment-documents/{public_id}/{form}", name="comment_document_file")
def comment_document_file(request: Request, public_id: str, form: str) -> Response:
    """The document as `docx` or `pdf`, or its sealed `scan`; each leaves an audit entry."""
    site = site_of(request)
    with _deed(request, public_id) as (session, document, officer):
        name = f"{document.number or document.title}-第{document.version}版"
        if form == "scan":
            scan = scan_of(session, document)
            if scan is None:
                raise HTTPException(404)
            kind, media, content = scan.kind, MEDIA_TYPES[scan.kind], scan.content
        elif form in ("docx", "pdf"):
            make = docx_of if form == "docx" else pdf_of
            kind, media = form, DOCX if form == "docx" else MEDIA_TYPES["pdf"]
            content = make(paper_of(session, document), site.now)
        else:
            raise HTTPException(404)
        note_export(session, site.now, document, officer, form)
    attached = f"attachment; filename=\"comments.{kind}\"; filename*=UTF-8''{quote(name, safe='')}.{kind}"
    return Response(content, media_type=media, headers={"Content-Disposition": attached})


@contextmanager
def _deed(request: Request, public_id: str) -> Iterator[tuple[Session, CommentDocument, Officer]]:
    """One transaction on one document; what goes wrong becomes the answer a person understands."""
    try:
        with writing(site_of(request).engine) as session:
            officer = session.get_one(Officer, request.state.who.officer_id)
            yield session, document_by_id(session, public_id), officer
    except (NotAllowed, UnknownDocument):
        raise HTTPException(404) from None
    except WrongStep:
        raise HTTPException(409, "文件的状态已经变化，请刷新后再处理。") from None
    except NotComplete as lacking:
        named = "、".join(MISSING[name] for name in lacking.missing)
        raise HTTPException(422, f"还不能记为已报送，缺少：{named}。") from None
    except BadScan:
        raise HTTPException(422, "扫描件须为 PDF、JPG 或 PNG 文件，不超过10兆字节。") from None


def _seen(session: Session, comment: Comment) -> SeenComment:
    own = len(bureau_line(session, comment.bureau_id)) == 1
    name = (comment.firm_name or "（未填企业名称）") if own or comment.may_be_named else WITHHELD
    return SeenComment(comment, "", name, False)


def _day(printed: str) -> date | None:
    try:
        return date.fromisoformat(printed.strip()) if printed.strip() else None
    except ValueError:
        raise HTTPException(422, "成文日期请写成 2026-07-20 这样。") from None


def _back(public_id: str, done: str) -> Response:
    return RedirectResponse(f"/comment-documents/{public_id}?done={done}", 303)
