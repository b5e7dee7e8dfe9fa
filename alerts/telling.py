"""What a mail tells: a warning version's facts turned into Chinese words, all at once and before any template. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from alerts.comment_days import is_late, ladder_in, takes_comments
from alerts.date_words import date_words_zh
from alerts.delays import delay_zh
from alerts.facts import Facts
from alerts.places import plain
from alerts.steps import REVOKED, steps_for
from alerts.telling_changes import Change, added_zh, amended_zh, changes_of, news_of, revoked_zh
from alerts.telling_terms import Glossary, objectives_zh, terms_in
from alerts.wording import (
    UNREVIEWED_NOTE,
    day_zh,
    hs_lines,
    left_zh,
    listed_zh,
    market_zh,
    short_market_zh,
    shortened,
)
from store.display_names import display_name
from store.warning import UNREVIEWED

FIRMS_LAST_DAY = "企业交意见的最后一天（要留时间汇总、翻译）"
MOST_TEXT = 400  # characters of foreign text in one paragraph; the whole stands behind the link
MOST_LINKS = 4
_COUNTED = re.compile(r"\d+\s*(?:calendar |working )?(?:days?|months?|d[ií]as?|jours?)|通报后|天|日内", re.IGNORECASE)
_RELS = {"notification": "通报", "document": "通报所附文件", "original": "原文"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is told besides the facts: the version, its industries by name (the surest first), and what went before."""

    severity: str
    severity_reason: str
    basis: str | None
    industries: Sequence[str]
    severity_before: str | None = None
    sent_before: date | None = None  # the day of the version that this one updates or cancels
    others: Sequence[str] = ()  # other sources of the same matter, each in one line
    signed: str = ""
    is_revoked: bool = False  # an officer cancels it
    machine: Mapping[str, str] = field(default_factory=dict)  # title, summary: see alerts/machine_text.py


@dataclass(frozen=True, slots=True)
class DateLine:
    """One date of the measure: what it is, the date in Chinese or why there is none, how far it is away."""

    label: str
    value: str
    left: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything the templates of one mail show, in Chinese; foreign words stand only in `title` and `products`."""

    severity: str
    severity_zh: str
    severity_reason: str
    basis: str
    market: str
    market_short: str  # of several markets the first, for subjects
    about: str  # the products in a few characters
    matter: str  # what kind of thing it is
    when: str  # the date to know first, for the subject of an issue
    news: str  # the change to know first, for the subject of an update
    sentences: tuple[str, ...]
    title: str
    title_lang: str
    industries: str
    products: str
    hs: tuple[str, ...]
    dates: tuple[DateLine, ...]
    steps: tuple[str, ...]
    changes: tuple[Change, ...]
    revoked: str  # of a cancel: the officers' reason; "" when the publisher withdrew the measure
    signed: str  # who signed it off, and for whom (预警代发); "" when nobody did
    sent_before: str
    symbols: str
    links: tuple[tuple[str, str], ...]
    others: tuple[str, ...]  # other sources of the same matter
    lead: tuple[str, str]  # the date of the subject with what it is for, and how far it is away
    comment_until: str  # the last day for a firm's comment, in Chinese; "" when none is asked for
    added: str  # what a joined source adds, in one sentence; "" when this version is no such update
    machine_title: str  # machine-made Chinese beside the original, "" for most
    machine_summary: str
    delay: str  # that an outage of its source held it up, in one sentence; "" for most


def telling_of(facts: Facts, known: Known, glossary: Glossary, today: date) -> Telling:
    """The telling of one version on the Shanghai day `today`."""
    deadline, force_on = _day(facts["comment_deadline"]), _day(facts["force_on"])
    about = listed_zh(known.industries, unit="个行业") or "出口产品"
    return Telling(
        severity=known.severity,
        severity_zh=display_name("severity", known.severity),
        severity_reason=plain(known.severity_reason),
        basis=UNREVIEWED_NOTE if known.basis == UNREVIEWED else display_name("basis", known.basis or ""),
        market=market_zh(facts),
        market_short=short_market_zh(facts),
        about=about_zh(known.industries),
        matter=matter_zh(facts),
        when=when_zh(facts, today),
        news=news_of(facts, today),
        sentences=sentences_of(facts, about, glossary, today),
        title=shortened(facts["title"], MOST_TEXT),
        title_lang=display_name("lang", facts["lang"]) if facts["lang"] else "",
        industries=listed_zh(known.industries, 6, "个行业"),
        products=shortened(facts["products"], MOST_TEXT),
        hs=tuple(hs_lines(facts["hs"])),
        dates=dates_of(facts, today),
        steps=REVOKED if known.is_revoked else steps_for(facts["stage"], deadline, force_on, today, firms_day(facts)),
        changes=(*amended_zh(facts), *changes_of(facts["changes"], known.severity_before, known.severity)),
        revoked=revoked_zh(facts),
        signed=known.signed,
        sent_before=day_zh(known.sent_before) if known.sent_before else "",
        symbols=listed_zh([plain(symbol) for symbol in facts["symbols"]], 4, "份"),
        links=links_of(facts),
        others=tuple(known.others[:MOST_LINKS]),
        lead=lead_of(facts, today),
        comment_until="" if known.is_revoked else comment_until_zh(facts, today),
        added=added_zh(facts),
        machine_title=plain(known.machine.get("title", "")),
        machine_summary=plain(known.machine.get("summary", "")),
        delay=delay_zh(facts),
    )


def comment_until_zh(facts: Facts, today: date) -> str:
    """The last day for a firm's comment; "" when that is over, the notice names none, or nothing can change."""
    ladder = ladder_in(facts) if takes_comments(facts) else None
    return day_zh(ladder.firms, today) if ladder and not is_late(ladder, today) else ""


def firms_day(facts: Facts) -> date | None:
    """The firms' own last day below the notifying member's; None when that names none, or nothing can change."""
    ladder = ladder_in(facts) if takes_comments(facts) else None
    return ladder.firms if ladder else None


def lead_of(facts: Facts, today: date) -> tuple[str, str]:
    """(the date of a subject with what it is for, how far it is away): the firms' own day where they may comment."""
    until, when = comment_until_zh(facts, today), when_zh(facts, today)
    days = (_day(facts["force_on"]), _day(facts["comment_deadline"]))
    if until and (not when or facts["stage"] == "draft"):
        when, days = f"{until}前可提意见", (firms_day(facts), None)
    elif facts["stage"] == "draft":
        days = (None, days[1])
    ahead = [day for day in days if day is not None and day >= today]
    return when, left_zh((ahead[0] - today).days) if when and ahead else ""


def matter_zh(facts: Facts) -> str:
    """What kind of thing it is, as a noun: 新规草案, 新规, 紧急措施, 召回 ..."""
    by_kind = {"recall": "召回", "border": "被拒绝入境", "standard": "标准动态"}
    by_stage = {"draft": "新规草案", "emergency": "紧急措施"}
    return by_kind.get(facts["kind"]) or by_stage.get(facts["stage"], "新规")


def about_zh(industries: Sequence[str]) -> str:
    """The products in a few characters: 玩具, 玩具和文具, 玩具、文具等."""
    return f"{'、'.join(industries[:2])}等" if len(industries) > 2 else "和".join(industries)


def when_zh(facts: Facts, today: date) -> str:
    """The date a firm must know first, or what stands in its place."""
    deadline, force_on = _day(facts["comment_deadline"]), _day(facts["force_on"])
    if facts["stage"] == "draft" and deadline is not None:
        return f"{day_zh(deadline, today)}前可提意见" if deadline >= today else "提意见期限已过"
    if facts["stage"] in ("adopted", "emergency", "in_force") and force_on is not None:
        return f"{day_zh(force_on, today)}起实施"
    return {"draft": "正在征求意见", "adopted": "已通过", "in_force": "已生效"}.get(facts["stage"], "")


def sentences_of(facts: Facts, about: str, glossary: Glossary, today: date) -> tuple[str, ...]:
    """What it is, in up to four short sentences."""
    found = terms_in(f"{facts['title']} {facts['description']}", glossary)
    terms = [term for term in found if term not in about]
    goals = objectives_zh(facts["objectives"], glossary)
    said = (
        opening_zh(facts, about),
        standing_zh(facts, today),
        f"目的：{'、'.join(goals)}。" if goals else "",
        f"内容提到：{'、'.join(terms)}（系统从原文中识别，以原文为准）。" if terms else "",
    )
    return tuple(sentence for sentence in said if sentence)


def opening_zh(facts: Facts, about: str) -> str:
    """Who did what about which products."""
    who, scope = market_zh(facts), "食品安全、动植物检疫方面的" if facts["domain"] == "SPS" else ""
    if facts["kind"] == "notification":
        if facts["thread_reason"]:
            reason = display_name("thread_reason", facts["thread_reason"])
            return f"{who}就此前向世界贸易组织通报的一项{scope}措施发了补充通报（{reason}），涉及{about}。"
        return f"{who}向世界贸易组织（WTO）通报了一项{scope}{matter_zh(facts)}，涉及{about}。"
    done = {
        "recall": f"公布了一起产品召回，涉及{about}。",
        "border": f"在口岸拒绝了一批货物入境，涉及{about}。",
        "standard": f"发布了一条标准动态，涉及{about}。",
    }
    return who + done.get(facts["kind"], f"发布了一项{scope}{matter_zh(facts)}，涉及{about}。")


def standing_zh(facts: Facts, today: date) -> str:
    """How far it has come."""
    deadline, force_on = _day(facts["comment_deadline"]), _day(facts["force_on"])
    if facts["stage"] == "draft":
        if deadline is None:
            return "目前还是草案，没有实施。"
        return f"目前还是草案，没有实施，{'可以提意见' if deadline >= today else '提意见的期限已过'}。"
    starts = f"{day_zh(force_on)}起实施" if force_on else ""
    return {
        "adopted": f"新规已经通过，{starts or '实施日期请看原文'}。",
        "in_force": f"新规已经生效{f'（{starts}）' if starts else ''}。",
        "emergency": f"这是紧急措施，{starts or '可能已经实施，或者很快实施'}。",
        "withdrawn": "这项措施已经撤回，不会按原来的内容实施。",
    }.get(facts["stage"], "")


def dates_of(facts: Facts, today: date) -> tuple[DateLine, ...]:
    """The dates a firm plans by; one that could not be resolved shows its original words, the unknown are left out."""
    in_force, firms = facts["stage"] == "in_force", firms_day(facts)
    rows = (
        _date_line("提意见（评议）截止", facts["comment_deadline"], facts["comment_deadline_text"], today),
        _date_line("拟批准", facts["adoption_on"], facts["adoption_text"], today),
        _date_line("已实施" if in_force else "开始实施", facts["force_on"], facts["force_text"], today),
    )
    shown = [row for row in rows if row is not None]
    if rows[0] is None and facts["stage"] == "draft":
        shown.insert(0, DateLine("提意见（评议）截止", "原文没有写明"))
    if firms is not None and firms >= today and shown:
        shown.insert(1, DateLine(FIRMS_LAST_DAY, day_zh(firms), left_zh((firms - today).days)))
    return tuple(shown)


def _date_line(label: str, iso: str | None, words: str, today: date) -> DateLine | None:
    day, words = _day(iso), shortened(words, 80)
    if day is not None:
        counted = f"（按原文“{words}”推算）" if _COUNTED.search(words) else ""
        return DateLine(label, day_zh(day) + counted, left_zh((day - today).days))
    if not words:
        return None
    zh = date_words_zh(words)
    return DateLine(label, f"{zh}（原文：{words}）" if zh else f"原文写的是“{words}”，以原文为准")


def links_of(facts: Facts) -> tuple[tuple[str, str], ...]:
    """(what it is, address) of the original and its documents; only web addresses, the rest is not ours to open."""
    found = []
    for link in facts["links"]:
        url = plain(link.get("url", "")).strip()
        if not url.startswith(("https://", "http://")) or any(char in url for char in " \"<>'"):
            continue
        lang = f"（{display_name('lang', link['lang'])}）" if link.get("lang") else ""
        found.append((_RELS.get(link.get("rel", ""), "原文") + lang, url))
    return tuple(dict.fromkeys(found))[:MOST_LINKS]


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
