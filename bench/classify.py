"""classify.batch, .one, .same: all three voices against the text model alone as one scikit-learn pipeline."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from bench.measure import Metric, measure_pairs, timed
from classifier.classify import Chosen, assess, decide, doubts_about
from classifier.contract import Mapping, NoticeText
from classifier.evaluation import strip_codes
from classifier.learned import LearnedModel
from classifier.making import material_of
from classifier.mapping import mapping_from_files
from classifier.pipeline import decisions, plain_pipeline, values_of
from classifier.signals import AT_ONCE
from classifier.text import read_fields
from classifier.training import train
from classifier.voices import listen

SEED = 7
QUICK, FULL = 60, 10_000  # notices
PAIRS = 5
ENGLISH, CHINESE = 120, 60  # words and Chinese words a text: about 1,200 characters, as real notices have
FILLER = """the of and for to in requirements standard technical regulation shall product safety test method conformity
assessment market manufacturer importer date notice draft measure scope annex marking certificate authority period
information document comment specification performance limit material design user energy health environment""".split()
FILLER_ZH = "规定 要求 标准 技术 法规 产品 安全 试验 方法 进口 通报 草案 适用 实施 日期".split()


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of notices classified."""
    number = size or (QUICK if quick else FULL)
    mapping, notices, model = _prepare(number)
    pipeline = plain_pipeline(model.text)
    decided = _decided(notices, mapping, model)
    peer = f"(the same text model as one scikit-learn pipeline, {len(model.text.features)} features, "
    peer += f"{len(mapping.industries)} labels)"
    explained = _median_time(lambda notice: assess(notice, mapping, model), notices[:QUICK])
    return [
        _batch(notices, mapping, model, pipeline, peer),
        _one(notices[:QUICK], mapping, model, pipeline, f"with evidence {1000 * explained:.3f} ms", peer),
        _same(notices, model, pipeline, sum(map(len, decided))),
    ]


def _batch(notices: list[NoticeText], mapping: Mapping, model: LearnedModel, pipeline: Any, peer: str) -> Metric:
    paired = measure_pairs(
        lambda: 1 / timed(lambda: _decided(notices, mapping, model)),
        lambda: 1 / timed(lambda: decisions(pipeline, [values_of(notice, model.text) for notice in notices])),
        PAIRS,
    )
    rates = f"{paired.ours * len(notices):.0f}/s", f"{paired.yardstick * len(notices):.0f}/s {peer}"
    return Metric("classify.batch", paired.ratio, *rates, paired.pairs, paired.spread, len(notices))


def _decided(notices: Sequence[NoticeText], mapping: Mapping, model: LearnedModel) -> list[list[Chosen]]:
    """What `assess` does up to the evidence: all three voices, the doubts about the whole notice, the decision."""
    decided = []
    for start in range(0, len(notices), AT_ONCE):
        readings = [listen(notice, mapping) for notice in notices[start : start + AT_ONCE]]
        decided += decide(readings, mapping, model, [doubts_about(reading, mapping) for reading in readings])
    return decided


def _one(
    notices: list[NoticeText], mapping: Mapping, model: LearnedModel, pipeline: Any, note: str, peer: str
) -> Metric:
    paired = measure_pairs(
        lambda: 1 / _median_time(lambda notice: _decided([notice], mapping, model), notices),
        lambda: 1 / _median_time(lambda notice: decisions(pipeline, [values_of(notice, model.text)]), notices),
        PAIRS,
    )
    times = f"{1000 / paired.ours:.3f} ms", f"{1000 / paired.yardstick:.2f} ms {peer}"
    return Metric("classify.one", paired.ratio, *times, paired.pairs, paired.spread, len(notices), note)


def _same(notices: list[NoticeText], model: LearnedModel, pipeline: Any, shown: int) -> Metric:
    """How many notices the two give other numbers for: every whole number is compared, so every label set is."""
    theirs = decisions(pipeline, [values_of(notice, model.text) for notice in notices])
    ours = [model.text.sums(read_fields(strip_codes(notice))) for notice in notices]
    different = sum(1 for row, said in zip(theirs, ours, strict=True) if (row != said).any())
    found = f"{different} of {len(notices)}"
    note = f"{shown} suggestions"
    return Metric("classify.same", float(different), found, f"0 of {len(notices)}", size=len(notices), note=note)


@lru_cache(maxsize=1)
def _prepare(number: int) -> tuple[Mapping, list[NoticeText], LearnedModel]:
    """The mapping, the notices and a model of the shipped corpus; kept for a noisy run's second try."""
    mapping = mapping_from_files()
    notices = [text for text, _ in make_notices(mapping, random.Random(SEED), number)]
    return mapping, notices, train(material_of(mapping, None), mapping)


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


def _median_time(work: Callable[[Any], object], items: Sequence[object]) -> float:
    """Seconds that half of the items take at most."""
    times = []
    for item in items:
        began = time.perf_counter()
        work(item)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
