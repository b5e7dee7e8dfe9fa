"""Publishing a learned model in the store, and reading the newest that can be read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from settings import TbtwatchError
from store.classification import NO_MODEL, PUBLISHED, RETIRED, ModelArtefact, ModelVersion

if TYPE_CHECKING:
    from sqlmodel import Session

    from classifier.learned import LearnedModel

log = logging.getLogger(__name__)


class ModelTaken(TbtwatchError):
    """Raised when another model was published while this one was being made."""


class ModelCache:
    """The model in force of one store, read again when another one is published; each owner has its own."""

    def __init__(self) -> None:
        self._number = NO_MODEL
        self._model: LearnedModel | None = None

    def current(self, session: Session) -> LearnedModel | None:
        """The newest published model that can be read, None when there is none.

        One that cannot be read is told to the log, and the one before it serves.
        """
        newest = newest_number(session)
        if newest != self._number:
            self._model, self._number = _newest_readable(session), newest
        return self._model


def newest_number(session: Session) -> int:
    """The number of the newest published model version, NO_MODEL when there is none."""
    rows = _columns(ModelVersion)
    return int(session.execute(select(func.max(rows.number)).where(rows.state == PUBLISHED)).scalar() or NO_MODEL)


def _newest_readable(session: Session) -> LearnedModel | None:
    from classifier.artefact import BadModel, read_model

    rows, artefacts = _columns(ModelVersion), _columns(ModelArtefact)
    numbers = session.execute(select(rows.id, rows.number).where(rows.number > NO_MODEL).order_by(rows.number.desc()))
    for key, number in numbers.all():
        content = session.execute(
            select(artefacts.content).where(artefacts.model_version_id == key)
        ).scalar_one_or_none()
        try:
            if content is None:
                raise BadModel("its artefact is missing; run `tbtwatch train` to make another")
            return read_model(content, number)
        except BadModel as error:
            log.error("model %s: %s; the one before it serves", number, error)
    return None


def publish(
    session: Session, model: LearnedModel, figures: Mapping[str, object], now: datetime, *, replaces: int
) -> int:
    """Put `model` in force beside its `figures`, in the caller's transaction; returns its number.

    `replaces` is the number that was in force when training began; raises ModelTaken when another is by now.
    """
    from classifier.artefact import write_model

    newest = newest_number(session)
    if newest != replaces:
        raise ModelTaken(f"model {newest} was published while this one was being made; train again if it is wanted")
    content, fingerprint = write_model(model)
    rows = _columns(ModelVersion)
    session.execute(update(ModelVersion).where(rows.number > NO_MODEL).values(state=RETIRED))
    number = newest + 1
    version = ModelVersion(number=number, fingerprint=fingerprint, created_at=now, figures=dict(figures))
    session.add(version)
    try:
        session.flush()
    except IntegrityError:  # on PostgreSQL two may get as far as this with one number
        raise ModelTaken(f"model {number} was published while this one was being made; train again") from None
    assert version.id is not None
    session.add(ModelArtefact(model_version_id=version.id, content=content))
    return number


def _columns(table: type[Any]) -> Any:
    """A table class without its instance types: columns of statements are not the values of rows."""
    return table
