"""What every page of one running service shares: settings, store, clock, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request

from settings import Settings
from store.clock import Clock
from web.headings import Headings
from web.names import Names

if TYPE_CHECKING:
    from jinja2 import Environment
    from sqlalchemy import Engine


@dataclass(frozen=True)
class Site:
    """One service. `sources`: the declared sources as plain values; `demo_accounts`: the sign-ins shown in the demo."""

    settings: Settings
    engine: Engine
    clock: Clock
    names: Names
    headings: Headings
    templates: Environment
    sources: Sequence[Mapping[str, Any]] = ()
    demo_accounts: Sequence[Mapping[str, str]] = ()

    @property
    def now(self) -> datetime:
        """The clock's present instant."""
        return self.clock()

    def attribution(self, source: str) -> str:
        """What the licence of a source asks to be said beside what it published; "" when nothing."""
        return next((str(one.get("attribution") or "") for one in self.sources if one["id"] == source), "")


def site_of(request: Request) -> Site:
    """The service this request came to."""
    return cast(Site, request.app.state.site)
