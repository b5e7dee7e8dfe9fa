"""审计记录: who did what to what; looking it up is itself written down."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from store.audit import write_audit
from store.audit_proof import actions_known
from store.engine import writing
from web.pages.routing import get_page, page_of
from web.reading.audit import Sought, bureaus_for, entries_for, sought_in
from web.rendering import render
from web.site import site_of

router = APIRouter()
ACTORS = {"officer": "工作人员", "machine": "系统", "operator": "运维人员（命令行）", "subscriber": "企业"}


@get_page(router, "/audit", "audit")
def audit(request: Request) -> Response:
    """One page of entries. A plain function: it writes."""
    site, who = site_of(request), request.state.who
    sought, page = sought_in(request.query_params), page_of(request.query_params)
    with writing(site.engine) as session:
        entries, has_more = entries_for(session, who, sought, page)
        answer = render(
            request,
            "audit.html",
            entries=entries,
            has_more=has_more,
            page=page,
            sought=sought,
            query=_query(sought),
            actions=actions_known(session),
            bureaus=bureaus_for(session, who),
            actors=ACTORS,
        )
        details = {"page": page, **{name: value for name, value in asdict(sought).items() if value}}
        write_audit(
            session,
            site.now,
            action="audit.view",
            object_kind="audit",
            object_id="trail",
            officer_id=who.officer_id,
            details=details,
        )
    return answer


def _query(sought: Sought) -> str:
    given = {"action": sought.action, "bureau": sought.bureau, "from": sought.first, "to": sought.last}
    return urlencode({name: value for name, value in {**given, "object": sought.object_id}.items() if value})
