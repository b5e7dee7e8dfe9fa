"""The rows of the matrix of test_access.py for what belongs to subscribers: their links, their page, following."""

from __future__ import annotations

import secrets

UNKNOWN = secrets.token_hex(16)
PUBLIC = (200,) * 5
FORM_422 = (403, 422, 422, 422, 422)  # a form of nobody's has no form token
TO_THE_DOOR = (403, 303, 303, 303, 303)  # without the visit that a fresh link opens
OWN: dict[str, dict[tuple[str, str], tuple[int, ...]]] = {
    "relevance": {("GET", "/relevance/{email}?token=0"): (404,) * 5},
    "relevance_said": {("POST", "/relevance/{email}?token=0"): (404,) * 5},
    "fewer": {("GET", "/fewer/{email}?token=0"): (404,) * 5},
    "fewer_taken": {("POST", "/fewer/{email}?token=0"): (404,) * 5},
    "mine": {("GET", "/mine"): PUBLIC},
    "mine_asked": {("POST", "/mine"): FORM_422},
    "mine_open": {("GET", f"/mine/open/{UNKNOWN}?token=0"): (404,) * 5},
    "mine_opened": {("POST", f"/mine/open/{UNKNOWN}?token=0"): (403, 404, 404, 404, 404)},
    "mine_left": {("POST", "/mine/leave"): TO_THE_DOOR},
    "mine_export": {("GET", "/mine/export.zip"): (303,) * 5},
    "mine_subscription": {("POST", "/mine/subscription"): TO_THE_DOOR},
    "mine_firm": {("POST", "/mine/firm"): TO_THE_DOOR},
    "mine_following": {("POST", "/mine/following"): TO_THE_DOOR},
    "mine_calendar": {("POST", "/mine/calendar"): TO_THE_DOOR},
    "mine_erased": {("POST", "/mine/erase"): TO_THE_DOOR},
    "follow": {
        ("GET", "/follow?about={warning}"): PUBLIC,
        ("GET", "/follow?about={notice}"): PUBLIC,
        ("GET", "/follow?about={hidden_warning}"): (404,) * 5,
        ("GET", f"/follow?about={UNKNOWN}"): (404,) * 5,
    },
    "follow_asked": {("POST", "/follow"): (403, 404, 404, 404, 404)},
    "follow_link": {("GET", f"/follow/{UNKNOWN}?token=0"): (404,) * 5},
    "follow_begun": {("POST", f"/follow/{UNKNOWN}?token=0"): (404,) * 5},
    "short": {("GET", "/w/{short}"): (302,) * 5, ("GET", "/w/{hidden_short}"): (404,) * 5, ("GET", "/w/x"): (404,) * 5},
    "calendar": {("GET", f"/calendar/{UNKNOWN}{UNKNOWN}.ics"): (404,) * 5},
}
