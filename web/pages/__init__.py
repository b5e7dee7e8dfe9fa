"""The routes, one file a noun: each reads rows, calls one function and renders."""

from __future__ import annotations

from web.pages import (
    accuracy,
    desk,
    digests,
    home,
    industries,
    joins,
    notices,
    operations,
    outbox,
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
        outbox,
        digests,
        operations,
        still_open,
        joins,
        unsubscribe,
    )
)
