"""classify.one: one notice at a time, ours against the usual scikit-learn pipeline, on the same texts."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from bench.measure import Metric, measure_pairs
from classifier.classify import assess, decide
from classifier.contract import Mapping, NoticeText
from classifier.mapping import mapping_from_files
from classifier.voices import listen

SEED = 7
QUICK, FULL = 60, 300  # notices
PAIRS = 5
TAUGHT = 3  # training texts an industry; a larger vocabulary would only make the yardstick slower
ENGLISH, CHINESE = 120, 60  # words and Chinese words a text: about 1,200 characters, as real notices have
FILLER = """the of and for to in requirements standard technical regulation shall product safety test method conformity
assessment market manufacturer importer date notice draft measure scope annex marking certificate authority period
information document comment specification performance limit material design user energy health environment""".split()
FILLER_ZH = "规定 要求 标准 技术 法规 产品 安全 试验 方法 进口 通报 草案 适用 实施 日期".split()


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of notices classified one by one."""
    number = size or (QUICK if quick else FULL)
    mapping, notices, pipeline = _prepare(number)
    texts = [_joined(notice) for notice in notices]
    paired = measure_pairs(
        lambda: 1 / _median_time(lambda notice: decide(listen(notice, mapping), mapping), notices),
        lambda: 1 / _median_time(lambda text: pipeline.predict_proba([text]), texts),
        PAIRS,
    )
    explained = _median_time(lambda notice: assess(notice, mapping), notices)
    shown = sum(len(decide(listen(notice, mapping), mapping)) for notice in notices)
    return [
        Metric(
            "classify.one",
            paired.ratio,
            f"{1000 / paired.ours:.3f} ms",
            f"{1000 / paired.yardstick:.2f} ms (scikit-learn tf-idf 1-2 + OvR logistic regression,"
            f" {len(mapping.industries)} labels)",
            pairs=paired.pairs,
            spread=paired.spread,
            size=number,
            note=f"with evidence {1000 * explained:.3f} ms; {shown} suggestions",
        )
    ]


@lru_cache(maxsize=1)
def _prepare(number: int) -> tuple[Mapping, list[NoticeText], Any]:
    """The mapping, the notices and the fitted yardstick; kept for a noisy run's second try."""
    mapping = mapping_from_files()
    rng = random.Random(SEED)
    notices = [text for text, _ in make_notices(mapping, rng, number)]
    return mapping, notices, _fit(make_notices(mapping, rng, TAUGHT * len(mapping.industries)))


def make_notices(mapping: Mapping, rng: random.Random, number: int) -> list[tuple[NoticeText, str]]:
    """Synthetic notices with the industry each is about, taken in turn: its words, some of another's, codes on half."""
    words: dict[tuple[str, str], list[str]] = {}
    codes: dict[tuple[str, str], list[str]] = {}
    for rule in mapping.rules:
        if rule.kind == "word":
            words.setdefault((rule.industry, rule.lang), []).append(rule.value)
        elif rule.kind != "exclusion":
            codes.setdefault((rule.industry, rule.kind), []).append(rule.value)
    made = []
    for place in range(number):
        industry = mapping.industries[place % len(mapping.industries)]
        other = rng.choice(mapping.industries)
        lang = rng.choice(("en", "zh"))
        own, foreign = words.get((industry, lang), ["-"]), words.get((other, lang), ["-"])
        prefixes = [codes.get((industry, kind), []) if place % 2 else [] for kind in ("hs", "ics")]
        made.append((_notice(place, lang, own, foreign, prefixes, rng), industry))
    return made


def _notice(
    place: int, lang: str, own: Sequence[str], foreign: Sequence[str], prefixes: Sequence[list[str]], rng: random.Random
) -> NoticeText:
    filler, length, joint = (FILLER, ENGLISH, " ") if lang == "en" else (FILLER_ZH, CHINESE, "")
    body = rng.choices(filler, k=length)
    for word in (*rng.choices(own, k=4), rng.choice(foreign)):
        body.insert(rng.randrange(len(body)), word)
    title, products = joint.join([*rng.choices(filler, k=6), rng.choice(own)]), "; ".join(rng.choices(own, k=2))
    hs, ics = (tuple(rng.sample(codes, k=min(2, len(codes)))) for codes in prefixes)
    return NoticeText(place, title, products, joint.join(body), hs, ics, lang)


def _fit(taught: Sequence[tuple[NoticeText, str]]) -> Any:
    """The pipeline one would write first: one classifier a label over one table of words and word pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), max_features=100_000),
        OneVsRestClassifier(LogisticRegression(solver="liblinear", random_state=SEED)),
    )
    return pipeline.fit([_joined(notice) for notice, _ in taught], [industry for _, industry in taught])


def _joined(notice: NoticeText) -> str:
    return f"{notice.title} {notice.products} {notice.description}"


def _median_time(work: Callable[[Any], object], items: Sequence[object]) -> float:
    """Seconds that half of the items take at most."""
    times = []
    for item in items:
        began = time.perf_counter()
        work(item)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
