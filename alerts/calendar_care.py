"""The operators' alarm when the table of holidays does not cover the days that deadlines are counted over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.rendering import render_note
from settings import Settings
from store.calendar import Calendar, mainland_calendar, year_missing
from store.clock import shanghai_day
from store.engine import reading, writing
from store.operator_mail import OperatorMail

KIND = "holidays_missing"


def tell_missing_holidays(
    engine: Engine, now: datetime, settings: Settings, calendar: Calendar | None = None
) -> int | None:
    """Write one mail a month to the operators while a year's holidays are missing; returns that year, or None."""
    today = shanghai_day(now)
    year = year_missing(calendar or mainland_calendar(), today)
    if year is None:
        return None
    title = f"请补{year}年的节假日表（{today.year}年{today.month}月提醒）"
    with reading(engine) as session:
        told = select(OperatorMail.id).where(OperatorMail.kind == KIND, col(OperatorMail.subject).contains(title))
        if session.exec(told).first() is not None:
            return year
    lines = [
        f"data/holidays.csv 里没有{year}年的放假和补班安排。国务院办公厅一般在11月公布，请按公布的日期补上。",
        "补上之前，研判期限按周一至周五计算，可能落在节假日里。",
    ]
    rendered = render_note(
        title, lines, page_url=f"{settings.base_url}/channels", now=now, is_demo=settings.is_demo, to_officer=True
    )
    with writing(engine) as session:
        session.add(
            OperatorMail(kind=KIND, subject=rendered.subject, text=rendered.text, html=rendered.html, created_at=now)
        )
    return year
