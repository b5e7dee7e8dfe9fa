"""The routes, one file a noun: each reads rows, calls one function and renders."""

from __future__ import annotations

from web.pages import (
    accuracy,
    answers,
    channels,
    desk,
    home,
    industries,
    joins,
    notices,
    operations,
    outbox,
    policy,
    signing,
    sources,
    still_open,
    unsubscribe,
    warnings,
)

ROUTERS = tuple(
    module.router
    for module in (
        home,
        notices,
        warnings,
        industries,
        sources,
        accuracy,
        signing,
        desk,
        answers,
        channels,
        outbox,
        operations,
        still_open,
        joins,
        policy,
        unsubscribe,
    )
)
