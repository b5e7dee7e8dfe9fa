"""Comments from firms: kept once per firm and warning, replaced until they are screened, screened by their line."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from alerts.comment_days import is_late
from alerts.comment_letters import enter_state, tell_screeners
from alerts.comment_matter import Matter
from alerts.comment_words import BadComment, Words, words_in
from alerts.reviewing import NotAllowed, bureau_line, may_decide
from settings import Settings, TbtwatchError
from store.audit import write_audit
from store.bureau import ASSOCIATION, Officer
from store.clock import shanghai_day
from store.comment import NOT_USED, RECEIVED, UNUSABLE, USABLE, Comment, CommentVersion
from store.subscription import Exporter, Subscriber
from store.warning import TradeWarning


class AlreadyScreened(TbtwatchError):
    """Raised when a firm would change a comment that its bureau has screened."""


class UnknownComment(TbtwatchError):
    """Raised when no comment has the given public id."""


class CommentSettled(TbtwatchError):
    """Raised when a comment stands in a document that is sealed or sent: screening it again would change nothing."""


def comment_by_id(session: Session, public_id: str) -> Comment:
    """The comment with this public id; raises UnknownComment."""
    found = session.exec(select(Comment).where(Comment.public_id == public_id)).first()
    if found is None:
        raise UnknownComment(f"no comment '{public_id}': `tbtwatch comments list` shows the ids")
    return found


def lock_warning(session: Session, warning_id: int) -> None:
    """Keep other writers of this warning's comments away until the transaction ends: one comment per firm."""
    session.exec(select(TradeWarning).where(TradeWarning.id == warning_id).with_for_update()).one()


def receive(
    session: Session, now: datetime, settings: Settings, matter: Matter, subscriber: Subscriber, words: Words
) -> Comment:
    """Keep what a firm says. The same again changes nothing; other words replace it as a new version.

    Raises AlreadyScreened once the bureau has looked. After the firms' day it is kept as an impact report.
    """
    lock_warning(session, matter.warning.id or 0)
    exporter = session.get_one(Exporter, subscriber.exporter_id)
    standing = comment_of_firm(session, matter, exporter.id or 0)
    if standing is not None:
        return _replace(session, now, standing, words)
    comment = _new(matter, words, now, exporter.bureau_id)
    comment.exporter_id, comment.subscriber_id = exporter.id, subscriber.id
    return _keep(session, now, settings, comment, matter, actor="subscriber")


def receive_for_members(
    session: Session, now: datetime, settings: Settings, matter: Matter, officer: Officer, words: Words
) -> Comment:
    """Keep what an association says for its members, under its own name. Raises NotAllowed, BadComment."""
    if officer.kind != ASSOCIATION:
        raise NotAllowed(f"{officer.sign_in} is no association's account: firms comment by the link in their mail")
    if not words.firm_name:
        raise BadComment("firm_name", "say for which association this is")
    lock_warning(session, matter.warning.id or 0)
    same = select(Comment).where(Comment.warning_id == matter.warning.id, Comment.officer_id == officer.id)
    standing = session.exec(same).first()
    if standing is not None:
        return _replace(session, now, standing, words)
    comment = _new(matter, words, now, officer.bureau_id)
    comment.officer_id = officer.id
    return _keep(session, now, settings, comment, matter, officer_id=officer.id)


def comment_of_firm(session: Session, matter: Matter, exporter_id: int) -> Comment | None:
    """What this firm has said about the matter."""
    same = (Comment.warning_id == matter.warning.id, Comment.exporter_id == exporter_id)
    return session.exec(select(Comment).where(*same)).first()


def screen(
    session: Session,
    now: datetime,
    settings: Settings,
    comment: Comment,
    matter: Matter,
    officer: Officer,
    *,
    usable: bool,
    note: str = "",
) -> None:
    """Say whether a comment can be used; the firm is told only when not, with the reason, which must then be given.

    The firm's bureau may, and those above it. Raises NotAllowed, BadComment, CommentSettled.
    """
    require_line(session, officer, comment.bureau_id)
    if comment.state not in (RECEIVED, NOT_USED):
        raise CommentSettled(f"comment {comment.public_id} is {comment.state}: it stands in a sealed document")
    if not usable and not note.strip():
        raise BadComment("note", "say why it cannot be used: the firm reads it")
    comment.screened, comment.screened_at = USABLE if usable else UNUSABLE, now
    comment.screened_by_id, comment.screening_note = officer.id, note.strip()
    wanted = RECEIVED if usable else NOT_USED
    if not usable:
        comment.document_id = None
    session.add(comment)
    if comment.state != wanted:
        given = {"officer_id": officer.id, "note": note.strip()}
        enter_state(session, now, settings, comment, matter, wanted, **given)  # type: ignore[arg-type]
    _audit(session, now, "comment.screen", comment, officer_id=officer.id, details={"as": comment.screened})


def require_line(session: Session, officer: Officer, bureau_id: int) -> None:
    """Raise NotAllowed unless the officer works in this bureau or above it and is no association's."""
    own = bureau_line(session, officer.bureau_id)[0]
    if officer.kind == ASSOCIATION or not may_decide(own, bureau_line(session, bureau_id)):
        raise NotAllowed(f"{officer.sign_in} may not decide here: the firm's own bureau, its city or the province may")


def _new(matter: Matter, words: Words, now: datetime, bureau_id: int) -> Comment:
    late = is_late(matter.ladder, shanghai_day(now))
    return Comment(
        warning_id=matter.warning.id or 0, bureau_id=bureau_id, is_late=late, received_at=now, **words.as_columns()
    )


def _keep(
    session: Session,
    now: datetime,
    settings: Settings,
    comment: Comment,
    matter: Matter,
    *,
    actor: str = "",
    officer_id: int | None = None,
) -> Comment:
    session.add(comment)
    session.flush()
    _audit(session, now, "comment.receive", comment, officer_id=officer_id, actor=actor)
    enter_state(session, now, settings, comment, matter, RECEIVED, officer_id=officer_id)
    tell_screeners(session, now, comment, matter)
    return comment


def _replace(session: Session, now: datetime, comment: Comment, words: Words) -> Comment:
    if words_in(comment) == words:
        return comment
    if comment.screened is not None or comment.document_id is not None or comment.state != RECEIVED:
        raise AlreadyScreened(f"comment {comment.public_id} was screened: ask the bureau to take a change up")
    content = words_in(comment).as_columns()
    session.add(CommentVersion(comment_id=comment.id or 0, number=comment.number, content=content, replaced_at=now))
    for name, value in words.as_columns().items():
        setattr(comment, name, value)
    comment.number += 1
    session.add(comment)
    _audit(session, now, "comment.replace", comment, officer_id=comment.officer_id, actor="subscriber")
    return comment


def _audit(
    session: Session,
    now: datetime,
    action: str,
    comment: Comment,
    *,
    officer_id: int | None = None,
    actor: str = "",
    details: dict[str, object] | None = None,
) -> None:
    write_audit(
        session,
        now,
        action=action,
        object_kind="comment",
        object_id=comment.public_id,
        officer_id=officer_id,
        actor="" if officer_id else actor,
        details=details,
    )
