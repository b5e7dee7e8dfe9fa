"""A warning that is out with mails to firms, and their comments, for the tests of what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.comment_matter import Matter, matter_by_id
from alerts.comment_words import words_of
from alerts.commenting import receive
from settings import Settings
from store.comment import Comment
from store.email import Email, MailBody
from store.engine import reading, writing
from store.subscription import INDUSTRY, Subscriber
from store.warning import TradeWarning
from tests.alerts.mailed import run_to_mails
from tests.cast import CHENGHAI, TOYS, Cast, insert_cast, insert_exporter
from tests.rows import insert_notice

SYMBOL = "G/TBT/N/USA/1234"
HURT = {
    "affected": "yes",
    "products": "塑胶玩具",
    "hs": "9503.00",
    "yearly_value": "100",
    "harm": "要求的测试方法没有对应标准。",
}


@dataclass
class Play:
    """The cast, the warning's public id and the firms that got its mail, the first in Chenghai."""

    engine: Engine
    settings: Settings
    now: datetime
    cast: Cast
    warning: str
    firms: list[Subscriber] = field(default_factory=list)

    def matter(self, session: Session) -> Matter:
        return matter_by_id(session, self.warning)

    def comment(self, place: int = 0, now: datetime | None = None, **sent: str) -> Comment:
        """The comment of one of the firms."""
        with writing(self.engine) as session:
            words = words_of(HURT | sent, self.now.year)
            return receive(session, now or self.now, self.settings, self.matter(session), self.firms[place], words)

    def mail(self, place: int = 0) -> str:
        """The public id of the warning's mail to a firm."""
        with reading(self.engine) as session:
            mine = select(Email.public_id).where(Email.subscriber_id == self.firms[place].id)
            return session.exec(mine.where(col(Email.version_id).is_not(None))).one()

    def letters(self, place: int = 0) -> list[str]:
        """The kinds of the letters to a firm, the first first."""
        with reading(self.engine) as session:
            mine = select(Email.kind).where(Email.subscriber_id == self.firms[place].id)
            return list(session.exec(mine.where(col(Email.version_id).is_(None)).order_by(col(Email.id))))

    def letter_text(self, kind: str, place: int = 0) -> str:
        with reading(self.engine) as session:
            return session.exec(
                select(MailBody.text)
                .join(Email, col(Email.body_id) == MailBody.id)
                .where(Email.subscriber_id == self.firms[place].id, Email.kind == kind)
            ).one()

    def now_is(self, comment: Comment) -> Comment:
        with reading(self.engine) as session:
            return session.get_one(Comment, comment.id)


def begin(engine: Engine, now: datetime, settings: Settings, firms: int = 3, **notice: Any) -> Play:
    """A warning about toys, raised, matched and composed; `firms` of Chenghai get its mail."""
    with writing(engine) as session:
        cast = insert_cast(session, now)
        more = [
            insert_exporter(
                session, f"澄海玩具第{n}测试企业", CHENGHAI, f"toys{n}@exporter.example", [(INDUSTRY, TOYS)], now
            )
            for n in range(2, firms + 1)
        ]
        insert_notice(session, now, SYMBOL, [(TOYS, "accepted")], **notice)
    run_to_mails(engine, now, settings)
    with reading(engine) as session:
        warning = session.exec(select(TradeWarning.public_id)).one()
    return Play(engine, settings, now, cast, warning, [cast.toys, *more])
