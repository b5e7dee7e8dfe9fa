"""A document on its way: the sealed scan comes back, it is submitted, answered, and the measure becomes final."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.comment_documents import (
    DRAFT,
    SEALED,
    audit_document,
    comments_of,
    matter_of_document,
    require_province,
    require_step,
)
from alerts.comment_letters import enter_state
from alerts.scans import kind_of_scan
from settings import Settings, TbtwatchError
from store.bureau import Officer
from store.comment import (
    ANSWERED,
    FINAL,
    NOT_USED,
    RECEIVED,
    SUBMITTED,
    USED,
    Comment,
    CommentDocument,
    CommentScan,
)

LEFT_OUT = "省级汇总时未选用"


class NotComplete(TbtwatchError):
    """Raised when a document cannot be said to be submitted yet; `missing` names what is not there."""

    def __init__(self, public_id: str, missing: Sequence[str]) -> None:
        super().__init__(f"document {public_id} cannot be submitted: it has no {', '.join(missing)}")
        self.missing = tuple(missing)


def seal_document(
    session: Session,
    now: datetime,
    settings: Settings,
    document: CommentDocument,
    officer: Officer,
    *,
    name: str,
    content: bytes,
) -> CommentScan:
    """Take the sealed scan back: the text is fixed with it, and each firm in it hears that its comment is used.

    A second scan replaces the first until it is submitted. Raises NotAllowed, WrongStep, BadScan.
    """
    require_province(session, officer)
    require_step(document, DRAFT, SEALED)
    kind = kind_of_scan(content)
    scan = scan_of(session, document) or CommentScan(
        document_id=document.id or 0, version=document.version, name="", kind="", sha256="", content=b"",
        officer_id=0, at=now,
    )  # fmt: skip
    scan.name, scan.kind, scan.content = name[-200:], kind, content
    scan.sha256, scan.officer_id, scan.at = hashlib.sha256(content).hexdigest(), officer.id or 0, now
    document.status, document.sealed_at = SEALED, now
    session.add_all([scan, document])
    session.flush()
    _move_comments(session, now, settings, document, USED, officer)
    _tell_left_out(session, now, settings, document, officer)
    audit_document(session, now, "seal", document, officer, {"sha256": scan.sha256, "version": document.version})
    return scan


def reopen_document(session: Session, now: datetime, document: CommentDocument, officer: Officer) -> None:
    """Make a sealed document a draft again, as a new version; its scan stays with the old one.

    Raises NotAllowed, WrongStep.
    """
    require_province(session, officer)
    require_step(document, SEALED)
    document.status, document.sealed_at, document.version = DRAFT, None, document.version + 1
    session.add(document)
    audit_document(session, now, "reopen", document, officer, {"version": document.version})


def submit_document(
    session: Session, now: datetime, settings: Settings, document: CommentDocument, officer: Officer
) -> None:
    """Say that the document has gone up (已报送): only with scan, number, date and route, never before.

    Raises NotAllowed, WrongStep, NotComplete.
    """
    require_province(session, officer)
    require_step(document, DRAFT, SEALED)
    have = {
        "sealed scan": document.status == SEALED and scan_of(session, document) is not None,
        "number": bool(document.number),
        "date": document.dated_on is not None,
        "route": bool(document.route),
    }
    if missing := [name for name, there in have.items() if not there]:
        raise NotComplete(document.public_id, missing)
    document.status, document.submitted_at = SUBMITTED, now
    session.add(document)
    _move_comments(session, now, settings, document, SUBMITTED, officer)
    audit_document(session, now, "submit", document, officer, {"number": document.number, "route": document.route})


def record_outcome(
    session: Session,
    now: datetime,
    settings: Settings,
    document: CommentDocument,
    officer: Officer,
    *,
    final: bool,
    note: str,
) -> None:
    """Record the answer to a submitted document, or the final rule; the note goes to the firms.

    Raises NotAllowed, WrongStep.
    """
    require_province(session, officer)
    require_step(document, *((SUBMITTED, ANSWERED) if final else (SUBMITTED,)))
    document.status = FINAL if final else ANSWERED
    if final:
        document.final_at = now
    else:
        document.answered_at = now
    session.add(document)
    _move_comments(session, now, settings, document, document.status, officer, note.strip())
    audit_document(session, now, document.status, document, officer, {"note": note.strip()})


def scan_of(session: Session, document: CommentDocument) -> CommentScan | None:
    """The scan of the document's present version."""
    return session.exec(
        select(CommentScan).where(CommentScan.document_id == document.id, CommentScan.version == document.version)
    ).first()


def _move_comments(
    session: Session,
    now: datetime,
    settings: Settings,
    document: CommentDocument,
    state: str,
    officer: Officer,
    note: str = "",
) -> None:
    matter = matter_of_document(session, document)
    for comment in comments_of(session, document):
        if comment.state != state:
            enter_state(session, now, settings, comment, matter, state, officer_id=officer.id, note=note)
    session.flush()


def _tell_left_out(
    session: Session, now: datetime, settings: Settings, document: CommentDocument, officer: Officer
) -> None:
    """Whoever came in time and stands in no document hears so, rather than nothing."""
    matter = matter_of_document(session, document)
    left = select(Comment).where(
        Comment.warning_id == document.warning_id,
        Comment.state == RECEIVED,
        col(Comment.document_id).is_(None),
        col(Comment.is_late).is_(False),
    )
    for comment in session.exec(left).all():
        enter_state(session, now, settings, comment, matter, NOT_USED, officer_id=officer.id, note=LEFT_OUT)
