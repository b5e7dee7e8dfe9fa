"""The province's one document about a warning: compiled from the comments, and edited while it is a draft."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, select

from alerts.comment_matter import Matter, matter_of
from alerts.commenting import lock_warning
from alerts.reviewing import NotAllowed, bureau_line
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import ASSOCIATION, Bureau, Officer
from store.comment import (
    ANSWERED,
    FINAL,
    NOT_USED,
    RECEIVED,
    SUBMITTED,
    UNUSABLE,
    Comment,
    CommentDocument,
)
from store.warning import TradeWarning

DRAFT, SEALED = "draft", "sealed"
STATUS_IN_WORDS = {DRAFT: "起草中", SEALED: "已盖章", SUBMITTED: "已报送", ANSWERED: "已有答复", FINAL: "措施已定稿"}
ADDRESSEE = "国家技术性贸易措施咨询点"
CONTACT_EN = "TBT/SPS National Notification and Enquiry Point of the People's Republic of China"


class UnknownDocument(TbtwatchError):
    """Raised when no comment document has the given public id."""


class WrongStep(TbtwatchError):
    """Raised when a document is not at the step that an action needs."""


def document_by_id(session: Session, public_id: str) -> CommentDocument:
    """The document with this public id; raises UnknownDocument."""
    found = session.exec(select(CommentDocument).where(CommentDocument.public_id == public_id)).first()
    if found is None:
        raise UnknownDocument(f"no comment document '{public_id}': `tbtwatch comments list` names them")
    return found


def matter_of_document(session: Session, document: CommentDocument) -> Matter:
    """What a document is about."""
    matter = matter_of(session, session.get_one(TradeWarning, document.warning_id))
    assert matter is not None  # it was out when the document was compiled
    return matter


def comments_of(session: Session, document: CommentDocument) -> list[Comment]:
    """The comments in a document, in order of arrival."""
    mine = select(Comment).where(Comment.document_id == document.id)
    return list(session.exec(mine.order_by(col(Comment.received_at), col(Comment.id))))


def choosable(session: Session, document: CommentDocument) -> list[Comment]:
    """The comments that may stand in a document: its own, and those of the warning that stand in none."""
    free = (col(Comment.document_id) == document.id) | col(Comment.document_id).is_(None)
    mine = select(Comment).where(Comment.warning_id == document.warning_id, free)
    return list(session.exec(mine.order_by(col(Comment.received_at), col(Comment.id))))


def compile_document(session: Session, now: datetime, matter: Matter, officer: Officer) -> CommentDocument:
    """Begin the document with every comment that came in time and was not found unusable; or take up the open draft.

    What no county has screened goes in too, marked so: nothing is lost by silence. Raises NotAllowed.
    """
    require_province(session, officer)
    lock_warning(session, matter.warning.id or 0)
    draft = select(CommentDocument).where(
        CommentDocument.warning_id == matter.warning.id, CommentDocument.status == DRAFT
    )
    document = session.exec(draft).first()
    if document is None:
        bureau = session.get_one(Bureau, officer.bureau_id)
        document = CommentDocument(
            warning_id=matter.warning.id or 0,
            officer_id=officer.id or 0,
            title=f"关于对{'、'.join(matter.facts['symbols'][:2]) or matter.headline}提出评议意见的函"[:200],
            addressee=ADDRESSEE,
            issuer=bureau.name_zh,
            contact_en=CONTACT_EN,
            created_at=now,
        )
        session.add(document)
        session.flush()
        audit_document(session, now, "compile", document, officer)
    for comment in choosable(session, document):
        if comment.state == RECEIVED and comment.screened != UNUSABLE and not comment.is_late:
            comment.document_id = document.id
            session.add(comment)
    session.flush()
    return document


def edit_document(
    session: Session,
    now: datetime,
    document: CommentDocument,
    officer: Officer,
    *,
    chosen: Collection[str] | None = None,
    dated_on: date | None = None,
    **texts: str,
) -> None:
    """Change a draft's texts (columns of CommentDocument) and, with `chosen`, which comments (public ids) it holds.

    Raises NotAllowed, WrongStep.
    """
    require_province(session, officer)
    require_step(document, DRAFT)
    for name, text in texts.items():
        setattr(document, name, text.replace("\r\n", "\n").strip())
    document.dated_on = dated_on
    document.version += 1
    session.add(document)
    if chosen is not None:
        for comment in choosable(session, document):
            if comment.state in (RECEIVED, NOT_USED):
                comment.document_id = document.id if comment.public_id in chosen else None
                session.add(comment)
    session.flush()
    audit_document(session, now, "edit", document, officer, {"version": document.version})


def note_export(session: Session, now: datetime, document: CommentDocument, officer: Officer, form: str) -> None:
    """Write down that a document left the service as a file (docx, pdf, scan)."""
    require_province(session, officer)
    audit_document(session, now, "export", document, officer, {"form": form, "version": document.version})


def require_province(session: Session, officer: Officer) -> None:
    """Raise NotAllowed unless the officer works at the province's bureau and is no association's."""
    if officer.kind == ASSOCIATION or len(bureau_line(session, officer.bureau_id)) > 1:
        raise NotAllowed(f"{officer.sign_in} may not do this: the document is the province's")


def require_step(document: CommentDocument, *steps: str) -> None:
    """Raise WrongStep unless the document is at one of these steps."""
    if document.status not in steps:
        raise WrongStep(f"document {document.public_id} is {document.status}: this needs {' or '.join(steps)}")


def audit_document(
    session: Session,
    now: datetime,
    deed: str,
    document: CommentDocument,
    officer: Officer,
    details: dict[str, object] | None = None,
) -> None:
    write_audit(
        session,
        now,
        action=f"comment_document.{deed}",
        object_kind="comment_document",
        object_id=document.public_id,
        officer_id=officer.id,
        details=details,
    )
