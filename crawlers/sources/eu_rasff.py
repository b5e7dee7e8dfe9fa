"""RASFF: what was found and how much, whether it was withdrawn, and never the persons that a notification names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line
from crawlers.paths import at, values

READ = frozenset({"reference", "subject"})
LISTED = (
    "notifId reference ecValidationDate subject notifyingCountry originCountries productCategory productType "
    "notificationClassification riskDecision published"
).split()
TOLD = "id reference subject ecValidationDate lastUpdate notificationBasis notificationStatus risk product".split()
PRODUCT = "description productCategory hazards measures distributionStatus".split()
WITHDRAWN = "ec_withdrawn"
_MANGLED = re.compile(r"(?<=\d)\?(?=\d)")  # 42?13 was 42±13


def prepare(record: Record) -> Record:
    """The record with what was found in words; details that are not needed are left out here already."""
    detail = told(record.get("detail") or {})
    hazards = [hazard for hazard in at(detail, "product.hazards") or [] if isinstance(hazard, dict)]
    names = list(dict.fromkeys(one_line(" ".join(values(hazard, "name"))) for hazard in hazards))
    withdrawn = WITHDRAWN in values(detail, "notificationStatus")
    return {
        **record,
        "detail": detail,
        "found": [found for hazard in hazards if (found := in_words(hazard))],
        "why": "withdrawn" if withdrawn else "; ".join(filter(None, names)),
    }


def in_words(hazard: Record) -> str:
    """One finding: "lead - heavy metals: 0.26 mg/kg - ppm (at most 0.1 mg/kg - ppm)"."""
    name = one_line(" ".join(values(hazard, "name")))
    amount = " ".join([*values(hazard, "analyticalResult"), *values(hazard, "unit")])
    most = " ".join(
        values(hazard, "maxPermittedLvl")
        or [*values(hazard, "maxPermittedLvlQuantities"), *values(hazard, "maxPermittedLvlUnit")]
    )
    measured = values(hazard, "analyticalResult")
    words = f"{name}: {amount}" if measured else name
    return _MANGLED.sub("±", one_line(f"{words} (at most {most})" if most and measured else words))


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The notification's item; a subject may name the province."""
    return replace(item, origins=with_guangdong(item.origins, item.title, item.products))


def told(detail: Record) -> Record:
    """A detail without its persons and operators: only the fields that are read."""
    kept = {name: detail[name] for name in TOLD if detail.get(name) is not None}
    if isinstance(product := detail.get("product"), dict):
        kept["product"] = {name: product[name] for name in PRODUCT if product.get(name) is not None}
        taken = [_action(measure) for measure in product.get("measures") or []]
        kept["product"]["measures"] = list(dict.fromkeys(filter(None, taken)))
    kept["risk"] = {"riskDecision": at(detail, "risk.riskDecision")}
    return kept


def _action(measure: Any) -> Any:
    """What was done; a detail that was kept has only that."""
    return measure if isinstance(measure, str) else at(measure, "actionTaken.description")


def kept_body(body: bytes) -> bytes:
    """An answer as it may be kept: listed notifications, or one detail, without any field that is not read."""
    answer: Any = json.loads(body)
    if isinstance(answer.get("notifications"), list):
        listed = [{name: one.get(name) for name in LISTED} for one in answer["notifications"]]
        answer = {"totalElements": answer.get("totalElements"), "notifications": listed}
    else:
        answer = told(answer)
    return json.dumps(answer, ensure_ascii=False).encode()
