"""Hazards: the few ways in which goods do harm, read from what a source says of a recall or a refusal. Pure.

Classes follow the risk types of the EU's Safety Gate (2019/417, annex) and the hazard categories of RASFF, in the
languages of the sources; the first class whose words stand in a text is its hazard, so narrow ones stand before wide.
"""

from __future__ import annotations

import re

# key -> (Chinese name, words as a pattern)
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("swallowing", "误吞磁铁或电池",
     r"magnet|button cell|coin (?:cell|batter)|ingest|swallow|ingestion|磁铁|誤飲|삼킴"),
    ("choking", "窒息、噎塞", r"chok|small parts|asphyxia|suffocat|étouffement|asphyxie|窒息|질식"),
    ("strangulation", "绳带勒颈、卡夹", r"strangul|entrap|étrangle|勒颈|絞首|끼임"),
    ("shock", "触电", r"shock|electrocut|choc électrique|électrocution|触电|感電|감전"),
    ("fire", "起火、烧烫伤",
     r"\bfire|\bburn|overheat|explo|flammab|ignit|scald|incendie|brûlure|起火|烧伤|发火|発火|火災|"
     r"やけど|화재|화상"),
    ("drowning", "溺水", r"drown|buoyan|noyade|溺水|溺れ|익사"),
    ("poisoning", "一氧化碳等中毒", r"carbon monoxide|poison|intoxication|一氧化碳|一酸化炭素|中毒"),
    ("crash", "车辆失控、事故", r"crash|collision|loss of control|brake|steering|road accident|交通事故"),
    ("fall", "跌落、倾倒", r"\bfall(?:s|ing)?\b|tip[- ]?over|collaps|topple|\bchute|跌落|倾倒|転倒|転落|낙상|전도"),
    ("laceration", "割伤、夹伤等外伤",
     r"lacerat|\bcuts?\b|cutting|amputat|pinch|sharp edge|coupure|blessures?\b|injur|割伤|切創|けが|"
     r"부상"),
    ("pesticide", "农药残留", r"pesticid|chlorpyrifos|fenthion|acetamiprid|résidus de|农药|農薬|農藥|농약"),
    ("vet_drug", "兽药残留",
     r"veterinary drug|nitrofuran|chloramphenicol|malachite|antibiotic|fluoroquinolone|兽药|動物用藥|"
     r"動物用医薬品|동물용의약품"),
    ("mycotoxin", "真菌毒素",
     r"aflatoxin|ochratoxin|mycotoxin|fumonisin|patulin|黄曲霉|黃麴毒素|アフラトキシン|아플라톡신"),
    ("microbes", "致病微生物",
     r"salmonell|listeri|e\. ?coli|norovirus|bacillus|clostrid|botul|microb|pathogen|filth|insanitary|"
     r"大肠|微生物|菌|식중독"),
    ("allergen", "未标明的过敏原", r"allergen|undeclared|allerg|过敏原|過敏原|アレルゲン|알레르"),
    ("metals", "重金属",
     r"\blead\b(?! to)|cadmium|mercury|\bnickel\b|arsenic|heavy metal|plomb\b|重金属|重金屬|铅|鉛|镉|중금속|"
     r"납"),
    ("additive", "食品添加剂、色素",
     r"additive|sulphite|sulfite|sulphur dioxide|sulfur dioxide|colour(?:ing)?s?\b|color add|sweetener|"
     r"preservative|benzoic|sorbic|melamine|添加剂|添加物|甜味|色素|防腐|첨가물"),
    ("foreign_body", "异物",
     r"foreign (?:body|bodies|matter|object)|metal (?:piece|fragment)|glass piece|plastic piece|"
     r"corps étranger|异物|異物|이물"),
    ("chemical", "有害化学物质",
     r"chemical|phthalat|boron|formaldehyde|bisphenol|\bpfas\b|\bazo\b|nitrosamin|chrom|migration|toxic|"
     r"chimique|化学|溶出|邻苯|フタル|화학|프탈레이트"),
    ("radiation", "光、噪声或电磁辐射", r"laser|damage to (?:sight|hearing)|electromagnetic|radiat|激光|听力|视力"),
    ("environment", "环境危害", r"environment|ozone|greenhouse|环境"),
    ("unapproved", "未获许可或未注册",
     r"unapproved|not listed|without (?:approval|registration)|novel food|unauthori[sz]ed|"
     r"no health certificate|未注册|未获"),
    ("labelling", "标签不合格", r"label|mislabel|misbrand|étiquet|标签|標示|表示|표시"),
)  # fmt: skip
HAZARDS: dict[str, str] = {key: name for key, name, _ in _TABLE}
_PATTERNS = tuple((key, re.compile(pattern, re.IGNORECASE)) for key, _, pattern in _TABLE)


def hazard_of(text: str) -> str:
    """The key of the hazard that a text tells of; "" when it tells of none that is known."""
    return next((key for key, pattern in _PATTERNS if pattern.search(text)), "")
