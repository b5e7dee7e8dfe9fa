"""Who may see and do what: every route with its permission, and the one function that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from alerts.reviewing import may_decide
from store.bureau import OFFICER, Bureau
from store.jurisdiction import Jurisdiction

PROVINCE_TIER = "province"
JOINING_TIERS = (PROVINCE_TIER, "city")


class Permission(StrEnum):
    """What a route asks of the person before it."""

    PUBLIC = "public"  # anyone
    OFFICER = "officer"  # anybody who is signed in
    DESK = "desk"  # reviews of the own bureau and of those below it
    DECIDE = "decide"  # the same to decide in, which an association's person may not
    ACCOUNTS = "accounts"  # other people's accounts; whose exactly, alerts/standing.py says
    AUDIT = "audit"  # the audit trail: the province; a city what its own line did
    JOINS = "joins"  # what is one matter: the cities and the province
    MAIL = "mail"  # the outbox with its addresses: the province; in the demo each officer
    PROVINCE = "province"


# Route name -> permission. A route that is missing here fails the suite, and answers nobody.
ROUTES: dict[str, Permission] = {
    "home": Permission.PUBLIC,
    "notices": Permission.PUBLIC,
    "notice": Permission.PUBLIC,
    "warnings": Permission.PUBLIC,
    "warning": Permission.PUBLIC,
    "warning_cap": Permission.PUBLIC,
    "warning_version_cap": Permission.PUBLIC,
    "feeds": Permission.PUBLIC,
    "feed_atom": Permission.PUBLIC,
    "feed_cap": Permission.PUBLIC,
    "feed_json": Permission.PUBLIC,
    "industries": Permission.PUBLIC,
    "sources": Permission.PUBLIC,
    "accuracy": Permission.PUBLIC,
    "bureaus": Permission.PUBLIC,
    "digest": Permission.PUBLIC,  # by its secret address alone
    "subscribe": Permission.PUBLIC,
    "subscribe_sent": Permission.PUBLIC,
    "confirm": Permission.PUBLIC,
    "confirmed": Permission.PUBLIC,
    "enrolment": Permission.DECIDE,
    "enrolment_sent": Permission.DECIDE,
    "unsubscribe": Permission.PUBLIC,
    "unsubscribe_confirmed": Permission.PUBLIC,
    "relevance": Permission.PUBLIC,
    "relevance_said": Permission.PUBLIC,
    "fewer": Permission.PUBLIC,
    "fewer_taken": Permission.PUBLIC,
    "mine": Permission.PUBLIC,
    "mine_asked": Permission.PUBLIC,
    "mine_open": Permission.PUBLIC,
    "mine_opened": Permission.PUBLIC,
    "mine_left": Permission.PUBLIC,
    "mine_export": Permission.PUBLIC,
    "mine_subscription": Permission.PUBLIC,
    "mine_firm": Permission.PUBLIC,
    "mine_following": Permission.PUBLIC,
    "mine_calendar": Permission.PUBLIC,
    "mine_erased": Permission.PUBLIC,
    "follow": Permission.PUBLIC,
    "follow_asked": Permission.PUBLIC,
    "follow_link": Permission.PUBLIC,
    "follow_begun": Permission.PUBLIC,
    "short": Permission.PUBLIC,
    "calendar": Permission.PUBLIC,
    "sign_in": Permission.PUBLIC,
    "sign_in_sent": Permission.PUBLIC,
    "healthz": Permission.PUBLIC,
    "static": Permission.PUBLIC,
    "sign_in_code": Permission.PUBLIC,
    "sign_in_code_sent": Permission.PUBLIC,
    "sign_out": Permission.OFFICER,
    "network": Permission.OFFICER,
    "network_csv": Permission.OFFICER,
    "network_place": Permission.OFFICER,
    "bureau": Permission.OFFICER,
    "bureau_kept": Permission.OFFICER,
    "welcome": Permission.PUBLIC,
    "welcome_sent": Permission.PUBLIC,
    "account": Permission.OFFICER,
    "account_password": Permission.OFFICER,
    "account_codes": Permission.OFFICER,
    "account_sessions": Permission.OFFICER,
    "account_absence": Permission.OFFICER,
    "officers": Permission.ACCOUNTS,
    "officer_invited": Permission.ACCOUNTS,
    "officer_managed": Permission.ACCOUNTS,
    "audit": Permission.AUDIT,
    "desk": Permission.DESK,
    "calls": Permission.DECIDE,  # firms' telephone numbers: officers alone
    "call_made": Permission.DECIDE,
    "review": Permission.DESK,
    "review_decided": Permission.DECIDE,
    "review_answered": Permission.DECIDE,
    "opinion": Permission.PUBLIC,
    "opinion_sent": Permission.PUBLIC,
    "comments": Permission.DESK,
    "comment_matter": Permission.DESK,
    "comment_screened": Permission.DESK,
    "comment_joined": Permission.DESK,
    "comment_data": Permission.DESK,
    "comment_concern": Permission.DESK,
    "comment_added": Permission.DESK,
    "comment_compiled": Permission.PROVINCE,
    "comment_document": Permission.PROVINCE,
    "comment_document_edited": Permission.PROVINCE,
    "comment_document_sealed": Permission.PROVINCE,
    "comment_document_moved": Permission.PROVINCE,
    "comment_document_file": Permission.PROVINCE,
    "trade_concerns": Permission.DESK,
    "trade_concern_withdrawn": Permission.DESK,
    "drills": Permission.OFFICER,
    "drill": Permission.OFFICER,
    "drill_started": Permission.PROVINCE,
    "drill_ended": Permission.PROVINCE,
    "outbox": Permission.MAIL,
    "email": Permission.MAIL,
    "email_html": Permission.MAIL,
    "joins": Permission.JOINS,
    "join_decided": Permission.JOINS,
    "still_open": Permission.PROVINCE,
    "notice_released": Permission.PROVINCE,
    "operations": Permission.PROVINCE,
    "robots": Permission.DESK,
    "robot_added": Permission.DESK,
    "robot_managed": Permission.DESK,
    "channels": Permission.PROVINCE,
    "channel_changed": Permission.PROVINCE,
    "policy": Permission.PROVINCE,
    "policy_saved": Permission.PROVINCE,
}

# What is open to somebody whose password another person chose, until it is changed.
BEFORE_CHANGE = frozenset({"account", "account_password", "sign_out"})

# Their link carries its own authority (a token in a mail), so they ask for no form token and no same-site origin.
TOKEN_ROUTES = frozenset(
    "confirmed unsubscribe_confirmed opinion_sent welcome_sent relevance_said fewer_taken follow_begun".split()
)


@dataclass(frozen=True)
class Who:
    """The officer before the page, and the place of the officer's bureau."""

    officer_id: int
    name: str
    bureau_id: int
    bureau_name: str
    jurisdiction_id: int
    place: str  # the jurisdiction's code
    tier: str
    session_id: int
    kind: str = OFFICER  # or association: reads and comments at its desk, decides nothing
    must_change: bool = False  # the password was chosen by somebody else


def may(who: Who | None, permission: Permission, *, line: Sequence[str] | None = None, is_demo: bool = False) -> bool:
    """Whether `who` (None: nobody signed in) holds `permission`.

    `line` is the object's: the codes of its jurisdiction and of those above it, see `alerts.reviewing.bureau_line`.
    Without an object the question is only whether the kind of page is open to this person at all.
    """
    if permission is Permission.PUBLIC:
        return True
    if who is None:
        return False
    if permission in (Permission.DESK, Permission.DECIDE) and line is not None and not may_decide(who.place, line):
        return False
    if permission in (Permission.OFFICER, Permission.DESK):
        return True
    if permission is Permission.MAIL and is_demo:
        return True
    return who.kind == OFFICER and _by_tier(who.tier, permission)


def _by_tier(tier: str, permission: Permission) -> bool:
    """What officers may by the tier of their bureau alone."""
    if permission in (Permission.DECIDE, Permission.ACCOUNTS):
        return True
    return tier in JOINING_TIERS if permission in (Permission.JOINS, Permission.AUDIT) else tier == PROVINCE_TIER


def bureaus_below(session: Session, who: Who) -> list[int]:
    """The ids of the bureaus whose reviews `who` may see: the own one and all below it."""
    if who.tier == PROVINCE_TIER:
        return [key for key in session.exec(select(Bureau.id)) if key is not None]
    place = col(Bureau.jurisdiction_id)
    below = select(Jurisdiction.id).where(Jurisdiction.parent_id == who.jurisdiction_id)  # counties, or towns
    own = (place == who.jurisdiction_id) | place.in_(below)
    return [key for key in session.exec(select(Bureau.id).where(own)) if key is not None]
