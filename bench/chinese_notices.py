"""Seeded notices in Chinese, with punctuation, line breaks and one long document; and questions to ask of them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

from bench.generators import A_DAY, LAST_DAY, SEED
from crawlers.items import NoticeItem
from store.hs_names import hs_names

SOURCE = "bench_chinese_notices"
RARE = 20_000  # words that are in few texts
LONG = 50_000  # characters of the one long document
PUNCTUATION = ("，", "，", "、", "。", "；", "（", "）", "\n", "：", " ", "/")
JOINTS = ("", "", "", *PUNCTUATION, "的", "和", "及其", "用于", "应当", "不得")
FURTHER = """安全要求 能效标准 标签标识 限量 邻苯二甲酸酯 重金属 铅 镉 测试方法 合格评定 强制认证 技术法规 过渡期
生效日期 进口商 制造商 儿童 家用 便携式 锂电池 充电器 电磁兼容 无线电设备 食品接触材料 化学品 包装 废弃物 召回 抽检
草案 征求意见""".split()
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")


def make_chinese_notices(number: int, seed: int = SEED) -> list[NoticeItem]:
    """`number` notices, newest first; descriptions of 60 to 700 characters, and one of LONG."""
    rng = random.Random(seed)
    words = _vocabulary()
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))  # few words are in many texts
    return [
        NoticeItem(
            source=SOURCE,
            source_key=str(number - i),
            kind="regulation",
            issuer=rng.choice(("USA", "EU", "JPN", "KOR", "VNM")),
            title=_text(rng, words, weights, rng.randint(10, 40)),
            products=_text(rng, words, weights, rng.randint(4, 30)),
            description=_text(rng, words, weights, LONG if i == number // 2 else rng.randint(60, 700)),
            published_on=LAST_DAY - timedelta(days=i // A_DAY),
        )
        for i in range(number)
    ]


def make_questions(notices: Sequence[NoticeItem], number: int, seed: int = SEED) -> list[str]:
    """`number` different questions of two to four Chinese characters.

    A third is cut from the texts, wherever a word begins or ends; a third are words, most of them rare; a third the
    characters of a piece of text in an order by chance.
    """
    rng = random.Random(seed)
    words = [word for word in _vocabulary() if 2 <= len(word) <= 4]
    asked: dict[str, None] = {}
    while len(asked) < number:
        run = rng.choice(_CHINESE.findall(rng.choice(notices).description) or words)
        size = rng.randint(2, min(4, len(run)))
        start = rng.randint(0, len(run) - size)
        question = run[start : start + size]
        asked[(question, rng.choice(words), "".join(rng.sample(question, size)))[len(asked) % 3]] = None
    return list(asked)


def _vocabulary() -> list[str]:
    """The words of the trade, and RARE made ones of their characters, as names of firms and places are."""
    rng = random.Random(SEED)
    known = {part for name in hs_names().values() for part in _CHINESE.findall(name)} | set(FURTHER)
    characters = sorted(set("".join(known)))
    made = {"".join(rng.choices(characters, k=rng.randint(2, 4))) for _ in range(RARE)}
    return sorted(known) + sorted(made - known)


def _text(rng: random.Random, words: Sequence[str], weights: Sequence[float], size: int) -> str:
    """At least two words, then as many as give `size` characters."""
    most = size // 4 + 2
    chosen = rng.choices(words, cum_weights=weights, k=most)
    joints = rng.choices(JOINTS, k=most)
    return "".join(part for pair in zip(chosen, joints, strict=True) for part in pair)[:size].strip()
