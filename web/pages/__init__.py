"""The routes, one file a noun: each reads rows, calls one function and renders."""

from __future__ import annotations

from web.pages import (
    account,
    accuracy,
    answers,
    audit,
    cap,
    channels,
    comment_documents,
    comments,
    desk,
    drills,
    home,
    industries,
    joins,
    notices,
    officers,
    operations,
    opinions,
    outbox,
    policy,
    signing,
    sources,
    still_open,
    trade_concerns,
    unsubscribe,
    warnings,
    welcome,
)

ROUTERS = tuple(
    module.router
    for module in (
        home,
        notices,
        warnings,
        cap,
        industries,
        sources,
        accuracy,
        signing,
        welcome,
        account,
        officers,
        audit,
        desk,
        answers,
        channels,
        drills,
        outbox,
        operations,
        still_open,
        joins,
        policy,
        opinions,
        comments,
        comment_documents,
        trade_concerns,
        unsubscribe,
    )
)
