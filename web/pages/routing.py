"""Small things that all route files share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

MOST_PAGES = 5000


def get_page(router: APIRouter, path: str, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A page that GET and HEAD open; `name` is its name in access.ROUTES.

    These handlers are `async` although they read the store: the reads take a few milliseconds, and handing them to a
    thread costs more than they do. Handlers that write or hash are plain functions, so that waiting for another
    writer never stops the other pages.
    """
    return router.api_route(path, methods=["GET", "HEAD"], name=name, response_class=HTMLResponse)


def page_of(query: Mapping[str, str]) -> int:
    """The page number in an address; 1 when it is none."""
    given = query.get("page", "1")
    return min(max(int(given), 1), MOST_PAGES) if given.isascii() and given.isdigit() and len(given) < 7 else 1
