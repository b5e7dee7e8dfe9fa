"""The web service: `create_app` puts the pages together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from settings import DATA, Settings
from store.clock import Clock
from web.failures import add_failure_pages
from web.guard import MOST_BODY_BYTES, Headers, admit
from web.headings import read_headings
from web.names import names_for
from web.pages import ROUTERS
from web.rendering import STATIC, make_templates
from web.site import Site


class _LastingFiles(StaticFiles):
    """Own files, kept by browsers for a year: their address carries a hash of the content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def create_app(
    settings: Settings,
    engine: Engine,
    clock: Clock,
    *,
    sources: Sequence[Mapping[str, Any]] = (),
    demo_accounts: Sequence[Mapping[str, str]] = (),
) -> FastAPI:
    """The pages over one store.

    `sources`: the declared sources as plain values (`id`; `name_zh`, `country`, `kind`, `publisher`, `home`, `enabled`
    where given). `demo_accounts`: `sign_in`, `password`, `bureau` of the ready-made sign-ins, shown in the demo only.
    """
    app = FastAPI(
        title="tbtwatch",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(admit)],
        max_body_size=MOST_BODY_BYTES,
    )
    app.state.site = Site(
        settings=settings,
        engine=engine,
        clock=clock,
        names=names_for(sources),
        headings=read_headings(DATA),
        templates=make_templates(),
        sources=tuple(sources),
        demo_accounts=tuple(demo_accounts) if settings.is_demo else (),
    )
    app.add_middleware(Headers)
    app.mount("/static", _LastingFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    add_failure_pages(app)
    return app
