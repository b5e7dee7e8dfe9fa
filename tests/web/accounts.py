"""What the tests of accounts do again and again: officers' rows, one-time codes, links out of mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import Engine
from sqlmodel import col, select
from starlette.testclient import TestClient

from alerts.officer_mails import rendered_of
from settings import Settings
from store.audit import AuditEntry
from store.bureau import Officer, officer_by_sign_in
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from tests.web.conftest import form_token_of
from tests.web.scene import PASSWORD


def officer(engine: Engine, sign_in: str) -> Officer:
    """The officer's row as it stands."""
    with reading(engine) as session:
        found = officer_by_sign_in(session, sign_in)
        assert found is not None, sign_in
        return found


def change(engine: Engine, sign_in: str, **values: Any) -> None:
    """Set columns of an officer."""
    with writing(engine) as session:
        found = officer_by_sign_in(session, sign_in)
        assert found is not None, sign_in
        for name, value in values.items():
            setattr(found, name, value)
        session.add(found)


def actions(engine: Engine, object_id: str) -> list[str]:
    """What the audit trail tells of one object, the oldest first."""
    with reading(engine) as session:
        rows = select(AuditEntry.action).where(AuditEntry.object_id == object_id).order_by(col(AuditEntry.number))
        return list(session.exec(rows))


def send(client: TestClient, page: str, path: str, **fields: str):  # type: ignore[no-untyped-def]
    """Open `page`, and send a form with its token to `path`."""
    token = form_token_of(client.get(page).text)
    return client.post(path, data={"form_token": token, **fields})


def code_at(secret: str, instant: datetime) -> str:
    """The one-time code a telephone shows."""
    return pyotp.TOTP(secret).at(instant)


def turn_codes_on(client: TestClient, instant: datetime) -> tuple[str, list[str]]:
    """Set one-time codes up by the page's forms; the secret and the recovery codes that the pages showed."""
    page = send(client, "/account", "/account/codes", deed="begin", present=PASSWORD).text
    secret = page.partition('<dt>密钥</dt><dd class="code">')[2].partition("<")[0].replace(" ", "")
    page = send(client, "/account", "/account/codes", deed="confirm", code=code_at(secret, instant)).text
    shown = page.partition('<ul class="plain">')[2].partition("</ul>")[0]
    return secret, [part.partition("<")[0] for part in shown.split('<li class="code">')[1:]]


def newest_mail(engine: Engine, settings: Settings, now: datetime, sign_in: str) -> str:
    """The text of the newest mail to an officer, as it leaves."""
    with reading(engine) as session:
        rows = (
            select(OfficerMail)
            .join(Officer, col(Officer.id) == OfficerMail.officer_id)
            .where(Officer.sign_in == sign_in)
            .order_by(col(OfficerMail.id).desc())
        )
        mail = session.exec(rows).first()
        assert mail is not None, f"no mail to {sign_in}"
        return rendered_of(mail, settings, now).text
