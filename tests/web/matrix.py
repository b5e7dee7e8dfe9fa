"""Every route with the answer each kind of person gets."""

from __future__ import annotations

from tests.web.own_matrix import OWN, UNKNOWN

PEOPLE = {"anonymous": "", "county": "chenghai", "stranger": "dabu", "city": "shantou", "province": "guangdong"}

# Route name -> (method, path) -> the answer to each of PEOPLE, in their order; 303 leads to the sign-in page.
# {names} are fields of the Scene.
PUBLIC = (200,) * 5
OFFICERS = (303, 200, 200, 200, 200)
ABOVE_CHENGHAI = (303, 200, 404, 200, 200)
ABOVE_DABU = (303, 404, 200, 404, 200)
ABOVE_CHENGHAI_422 = (303, 422, 404, 422, 422)
NOBODY_KNOWS = (303, 404, 404, 404, 404)
PROVINCE = (303, 403, 403, 403, 200)
UPPER = (303, 403, 403, 200, 200)
FORM_422 = (403, 422, 422, 422, 422)
TO_THE_DOOR = (403, 303, 303, 303, 303)
MATRIX: dict[str, dict[tuple[str, str], tuple[int, ...]]] = {
    "home": {("GET", "/"): PUBLIC},
    "healthz": {("GET", "/healthz"): PUBLIC},
    "static": {("GET", "/static/pages.css"): PUBLIC, ("GET", "/static/../app.py"): (404,) * 5},
    "notices": {("GET", "/notices"): PUBLIC, ("GET", "/notices?q=toys&market=USA&industry=toys&domain=TBT"): PUBLIC},
    "notice": {("GET", "/notices/{notice}"): PUBLIC, ("GET", f"/notices/{UNKNOWN}"): (404,) * 5},
    "warnings": {("GET", "/warnings"): PUBLIC},
    "warning": {
        ("GET", "/warnings/{warning}"): PUBLIC,
        ("GET", "/warnings/{hidden_warning}"): (404,) * 5,
        ("GET", f"/warnings/{UNKNOWN}"): (404,) * 5,
    },
    "warning_cap": {
        ("GET", "/warnings/{warning}/cap.xml"): PUBLIC,
        ("GET", "/warnings/{hidden_warning}/cap.xml"): (404,) * 5,
    },
    "warning_version_cap": {
        ("GET", "/warnings/{warning}/1/cap.xml"): PUBLIC,
        ("GET", "/warnings/{warning}/2/cap.xml"): (404,) * 5,
        ("GET", "/warnings/{hidden_warning}/1/cap.xml"): (404,) * 5,
    },
    "feeds": {("GET", "/feeds"): PUBLIC, ("GET", "/feeds?county=440515&severity=red"): PUBLIC},
    "feed_atom": {("GET", "/feeds/warnings.atom"): PUBLIC},
    "feed_cap": {("GET", "/feeds/warnings.cap.atom"): PUBLIC},
    "feed_json": {("GET", "/feeds/warnings.json"): PUBLIC, ("GET", "/feeds/warnings.json?industry=none"): (404,) * 5},
    "industries": {("GET", "/industries"): PUBLIC},
    "sources": {("GET", "/sources"): PUBLIC},
    "accuracy": {("GET", "/accuracy"): PUBLIC},
    "bureaus": {("GET", "/bureaus"): PUBLIC},
    "bureau": {
        ("GET", "/bureaus/{bureau}"): (303, 200, 404, 404, 200),
        ("GET", f"/bureaus/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "bureau_kept": {
        ("POST", "/bureaus/{bureau}"): (303, 422, 404, 404, 422),
        ("POST", f"/bureaus/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "network": {("GET", "/network"): OFFICERS},
    "network_csv": {
        ("GET", "/network.csv"): OFFICERS,
        ("GET", "/network.csv?place=440515"): ABOVE_CHENGHAI,
        ("GET", "/network.csv?place=999999"): NOBODY_KNOWS,
    },
    "network_place": {
        ("GET", "/network/440515"): ABOVE_CHENGHAI,
        ("GET", "/network/441422"): ABOVE_DABU,
        ("GET", "/network/440500"): (303, 404, 404, 200, 200),
        ("GET", "/network/440000"): (303, 404, 404, 404, 200),
        ("GET", "/network/999999"): NOBODY_KNOWS,
    },
    "digest": {("GET", "/digests/{digest}"): PUBLIC, ("GET", f"/digests/{UNKNOWN}"): (404,) * 5},
    "subscribe": {("GET", "/subscribe"): PUBLIC},
    "subscribe_sent": {("POST", "/subscribe"): (403, 422, 422, 422, 422)},  # an empty form, or one without a token
    "confirm": {("GET", f"/confirm/{UNKNOWN}?token=0"): (404,) * 5},
    "confirmed": {("POST", f"/confirm/{UNKNOWN}?token=0"): (404,) * 5},
    "enrolment": {("GET", "/enrolment"): OFFICERS},
    "enrolment_sent": {("POST", "/enrolment"): (303, 422, 422, 422, 422)},  # no file
    "unsubscribe": {("GET", "/unsubscribe/{email}?token=0"): (404,) * 5},
    "unsubscribe_confirmed": {("POST", "/unsubscribe/{email}?token=0"): (404,) * 5},
    "sign_in": {("GET", "/sign-in"): (200, 303, 303, 303, 303)},
    "sign_in_sent": {("POST", "/sign-in"): (403,) * 5},
    "sign_in_code": {("GET", "/sign-in/code"): (303,) * 5},  # nobody's password was right: to the sign-in
    "sign_in_code_sent": {("POST", "/sign-in/code"): (403, 303, 303, 303, 303)},
    "welcome": {("GET", f"/welcome/{UNKNOWN}?token=0"): (404,) * 5},
    "welcome_sent": {("POST", f"/welcome/{UNKNOWN}?token=0"): (404,) * 5},
    "account": {("GET", "/account"): OFFICERS},
    "account_password": {("POST", "/account/password"): (303, 422, 422, 422, 422)},
    "account_codes": {("POST", "/account/codes"): (303, 422, 422, 422, 422)},
    "account_sessions": {("POST", "/account/sessions"): NOBODY_KNOWS},
    "account_absence": {("POST", "/account/absence"): (303,) * 5},
    "officers": {("GET", "/officers"): OFFICERS},
    "officer_invited": {("POST", "/officers"): (303, 422, 422, 422, 422)},
    "officer_managed": {
        ("POST", "/officers/{officer}"): ABOVE_CHENGHAI_422,
        ("POST", f"/officers/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "audit": {("GET", "/audit"): UPPER},
    "sign_out": {("POST", "/sign-out"): (303,) * 5},  # ends the session of the rest: see test_sign_in.py
    "desk": {("GET", "/desk"): OFFICERS},
    "review": {
        ("GET", "/desk/reviews/{review}"): ABOVE_CHENGHAI,
        ("GET", "/desk/reviews/{foreign_review}"): ABOVE_DABU,
        ("GET", f"/desk/reviews/{UNKNOWN}"): NOBODY_KNOWS,
    },
    # A form without an action is refused with 422, after the question whether the officer may decide here.
    "review_decided": {
        ("POST", "/desk/reviews/{review}"): (303, 422, 404, 422, 422),
        ("POST", "/desk/reviews/{foreign_review}"): (303, 404, 422, 404, 422),
        ("POST", f"/desk/reviews/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "review_answered": {
        ("POST", "/desk/reviews/{review}/answer"): (303, 422, 404, 422, 422),
        ("POST", "/desk/reviews/{foreign_review}/answer"): (303, 404, 422, 404, 422),
        ("POST", f"/desk/reviews/{UNKNOWN}/answer"): NOBODY_KNOWS,
    },
    "robots": {("GET", "/robots"): OFFICERS},
    "robot_added": {("POST", "/robots"): (303, 422, 422, 422, 422)},  # an empty form
    "robot_managed": {("POST", f"/robots/{UNKNOWN}"): NOBODY_KNOWS},  # one's own alone: see test_robots.py
    "channels": {("GET", "/channels"): PROVINCE},
    "channel_changed": {
        ("POST", "/channels/TBT"): (303, 403, 403, 403, 422),
        ("POST", "/channels/XYZ"): (303, 403, 403, 403, 404),
    },
    "opinion": {("GET", "/opinions/{email}?token=0"): (404,) * 5},
    "opinion_sent": {("POST", "/opinions/{email}?token=0"): (404,) * 5},
    "comments": {("GET", "/comments"): OFFICERS},
    "comment_matter": {
        ("GET", "/comments/{warning}"): OFFICERS,  # what each sees there is its own: see test_comments.py
        ("GET", "/comments/{hidden_warning}"): NOBODY_KNOWS,
    },
    "comment_screened": {("POST", "/comments/{warning}/screen"): NOBODY_KNOWS},
    "comment_joined": {("POST", "/comments/{warning}/opinion"): (303, 422, 422, 422, 422)},
    "comment_data": {("POST", "/comments/{hidden_warning}/data"): NOBODY_KNOWS},
    "comment_concern": {("POST", "/comments/{warning}/concern"): (303, 422, 422, 422, 422)},
    "comment_added": {("POST", "/comments/{warning}/add"): (303, 422, 422, 422, 422)},
    "comment_compiled": {("POST", "/comments/{hidden_warning}/compile"): (303, 403, 403, 403, 404)},
    "comment_document": {("GET", f"/comment-documents/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "comment_document_edited": {("POST", f"/comment-documents/{UNKNOWN}/edit"): (303, 403, 403, 403, 422)},
    "comment_document_sealed": {("POST", f"/comment-documents/{UNKNOWN}/seal"): (303, 403, 403, 403, 422)},
    "comment_document_moved": {("POST", f"/comment-documents/{UNKNOWN}/move"): (303, 403, 403, 403, 404)},
    "comment_document_file": {("GET", f"/comment-documents/{UNKNOWN}/docx"): (303, 403, 403, 403, 404)},
    "trade_concerns": {("GET", "/trade-concerns"): OFFICERS},
    "trade_concern_withdrawn": {("POST", f"/trade-concerns/{UNKNOWN}"): NOBODY_KNOWS},
    "calls": {("GET", "/desk/calls"): OFFICERS, ("GET", "/desk/calls?state=done"): OFFICERS},
    "call_made": {("POST", f"/desk/calls/{UNKNOWN}"): NOBODY_KNOWS},
    "drills": {("GET", "/drills"): OFFICERS},
    "drill": {("GET", f"/drills/{UNKNOWN}"): NOBODY_KNOWS},  # one's own line alone: see test_drills.py
    "drill_started": {("POST", "/drills"): (303, 403, 403, 403, 422)},
    "drill_ended": {("POST", f"/drills/{UNKNOWN}/end"): (303, 403, 403, 403, 404)},
    "outbox": {("GET", "/outbox"): PROVINCE},
    "email": {("GET", "/outbox/{email}"): PROVINCE, ("GET", f"/outbox/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "email_html": {
        ("GET", "/outbox/{email}/html"): PROVINCE,
        ("GET", f"/outbox/{UNKNOWN}/html"): (303, 403, 403, 403, 404),
    },
    "joins": {("GET", "/joins"): UPPER, ("GET", "/joins?state=joined"): UPPER},
    "join_decided": {("POST", f"/joins/{UNKNOWN}"): (303, 403, 403, 404, 404)},
    "still_open": {("GET", "/still-open"): PROVINCE},
    "notice_released": {("POST", f"/still-open/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "operations": {("GET", "/operations"): PROVINCE},
    "policy": {("GET", "/policy"): PROVINCE, ("GET", "/policy?trial=0"): (303, 403, 403, 403, 404)},
    "policy_saved": {("POST", "/policy"): (303, 403, 403, 403, 422)},  # an empty form
    **OWN,
}
