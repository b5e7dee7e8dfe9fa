"""The classifier's evidence in words an officer can check, and the words marked in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.headings import Headings

# Keys of the classifier (combine.py, doubts.py, evidence.py): how the voices go together, and what is in doubt.
NOTE_ZH = {
    "codes_and_words_agree": "编码与文字相互印证",
    "codes_without_words": "编码属于该行业，但标题和产品写的是别的产品，请核对",
    "words_without_codes": "文字像该行业，但公告列出的编码属于别的行业，请核对",
    "text_alone": "编码和词表都没有提到该行业，只是整段文字与该行业的公告相像，请核对",
    "voices_disagree": "编码指向别的行业，而文字明显在说该行业的产品，两者不一致，请核对",
    "source_category": "来源自己的产品分类属于该行业",
    "in_passing": "只是顺带提到",
    "other_origin": "看来只针对其他国家（地区）的产品，请核对是否涉及我国",
    "horizontal": "看来适用于各类产品，没有指明哪一类",
}
FIELD_ZH = {
    "title": "标题",
    "products": "覆盖产品",
    "description": "内容简述",
    "document": "附件原文",
    "codes": "编码",
}
VOICE_ZH = {
    "hs": "HS 编码",
    "ics": "ICS 编码",
    "category": "来源分类",
    "words": "用词",
    "rule": "核对",
    "model": "文本模型",
}

Segment = tuple[str, bool]  # a piece of text, and whether it is marked


@dataclass(frozen=True)
class Reason:
    """One reason as it is shown: which voice, the sentence, and the passage with its marked words."""

    voice: str
    sentence: str
    passage: tuple[Segment, ...] = ()


def reasons_of(evidence: Iterable[Mapping[str, Any]], headings: Headings) -> list[Reason]:
    """Evidence rows (see classifier/contract.py) as sentences."""
    return [_reason(item, headings) for item in evidence]


def short_reason(evidence: Iterable[Mapping[str, Any]], headings: Headings, most: int = 2) -> str:
    """The strongest reasons in one line, for lists."""
    ranked = sorted(evidence, key=lambda item: -float(item.get("strength", 0)))
    return "；".join(reason.sentence for reason in reasons_of(ranked[:most], headings))


def words_of(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    """All words the evidence names, to be marked in the notice's text."""
    return list(dict.fromkeys(word for item in evidence for word in item.get("words", ())))


def marked(text: str, words: Sequence[str]) -> list[Segment]:
    """`text` in pieces, those that are one of `words` marked; Latin words only as whole words or beginnings of them."""
    ordered = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not ordered or not text:
        return [(text, False)] if text else []
    pattern = re.compile("|".join(_pattern(word) for word in ordered), re.IGNORECASE)
    return cut(text, [found.span() for found in pattern.finditer(text)])


def cut(text: str, spans: Iterable[Sequence[int]]) -> list[Segment]:
    """`text` cut at [start, end) spans; those that overlap or lie outside are left out."""
    pieces: list[Segment] = []
    done = 0
    for start, end in sorted((int(start), int(end)) for start, end in spans):
        if start < done or end > len(text) or start >= end:
            continue
        if start > done:
            pieces.append((text[done:start], False))
        pieces.append((text[start:end], True))
        done = end
    return [*pieces, (text[done:], False)] if done < len(text) else pieces


def _pattern(word: str) -> str:
    """A Latin word begins at a word's beginning (toy marks toys, not Toyota's y); Chinese stands anywhere."""
    before = r"(?<![^\W_])" if word[0].isascii() else ""
    after = r"(?:e?s)?(?![^\W_])" if word[-1].isascii() else ""
    return before + re.escape(word) + after


def _reason(item: Mapping[str, Any], headings: Headings) -> Reason:
    voice = str(item.get("voice", ""))
    passage = tuple(cut(str(item.get("snippet", "")), item.get("marks", ())))
    return Reason(VOICE_ZH.get(voice, voice), _sentence(item, voice, headings), passage)


def _sentence(item: Mapping[str, Any], voice: str, headings: Headings) -> str:
    code, prefix, note = str(item.get("code", "")), str(item.get("prefix", "")), str(item.get("note", ""))
    if voice in ("hs", "ics") and code:
        heading = headings.hs(code) if voice == "hs" else headings.ics(code)
        name = f"（{heading.text or item.get('heading', '')}）" if heading.text or item.get("heading") else ""
        shown = headings.hs(prefix).shown if voice == "hs" and prefix else prefix
        under = f"，对应该行业的 {shown}" if prefix and prefix != code else "，是该行业的编码"
        said = f"公告列出 {voice.upper()} {heading.shown}{name}{under}"
    elif item.get("words"):
        quoted = "、".join(f"“{word}”" for word in item["words"])
        where = FIELD_ZH.get(str(item.get("field", "")), "文字")
        said = f"模型看重{quoted}" if voice == "model" else f"{where}中出现{quoted}"
    else:
        said = ""
    told = NOTE_ZH.get(note, note)
    return "；".join(part for part in (said, told) if part) or VOICE_ZH.get(voice, voice)
