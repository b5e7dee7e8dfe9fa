"""What the files of data/ must keep to, as tables: unique keys, foreign keys, permitted words, codes, lengths."""

from __future__ import annotations

# (table, columns that no two rows may share, whatever their case)
UNIQUE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("regions", ("code",)),
    ("abolished", ("code",)),
    ("bureaus", ("region_code",)),
    ("industries", ("id",)),
    ("words", ("industry_id", "lang", "kind", "text")),
    ("code_weights", ("industry_id", "kind", "value")),
    ("thresholds", ("industry_id",)),
    ("clusters", ("region_code", "industry_id", "town_zh")),
    ("cluster_sources", ("key",)),
    ("countries", ("wto_symbol",)),
    ("countries", ("iso2",)),
    ("terms", ("en",)),
    ("severity", ("position",)),
    ("display_names", ("kind", "code")),
    ("market_groups", ("name_zh",)),
    ("hs_names", ("code",)),
    ("holidays", ("day",)),
    ("committee_meetings", ("committee", "begins_on")),
    ("mail_providers", ("provider",)),
    ("mail_replies", ("provider", "code", "enhanced", "text")),
)
# (table, column, table that has it, its key)
FOREIGN: tuple[tuple[str, str, str, str], ...] = (
    ("regions", "parent_code", "regions", "code"),
    ("abolished", "parent_code", "regions", "code"),
    ("abolished", "successor_code", "regions", "code"),
    ("bureaus", "region_code", "regions", "code"),
    ("words", "industry_id", "industries", "id"),
    ("code_weights", "industry_id", "industries", "id"),
    ("thresholds", "industry_id", "industries", "id"),
    ("clusters", "region_code", "regions", "code"),
    ("clusters", "industry_id", "industries", "id"),
    ("clusters", "source", "cluster_sources", "key"),
)
# (table, column, kind of display names whose codes it may hold)
NAMED: tuple[tuple[str, str, str], ...] = (
    ("regions", "tier", "tier"),
    ("industries", "sector", "sector"),
    ("industries", "priority", "priority"),
    ("words", "lang", "lang"),
    ("words", "kind", "rule_kind"),
    ("code_weights", "kind", "rule_kind"),
    ("clusters", "confidence", "confidence"),
    ("countries", "groups", "country_group"),
    ("severity", "severity", "severity"),
    ("severity", "kind", "notice_kind"),
    ("severity", "stage", "stage"),
    ("severity", "thread_reason", "thread_reason"),
    ("severity", "min_priority", "priority"),
)
# (table, column) -> all that it may hold
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("regions", "status"): ("active", "abolished"),
    ("industries", "status"): ("active", "retired"),
    ("countries", "status"): ("member", "observer"),
    ("words", "kind"): ("word", "umbrella", "exclusion"),
    ("code_weights", "kind"): ("hs", "ics"),
    ("severity", "comments"): ("open", "closed", "unknown"),
    ("holidays", "kind"): ("off", "work"),
    ("committee_meetings", "committee"): ("TBT", "SPS"),
    ("mail_replies", "answer"): ("unknown", "full", "throttled", "refused", "blocked"),
    ("severity", "aimed_at"): ("china", "others", "all"),
}
# (table, column, nomenclature in which its codes must exist)
CODES: tuple[tuple[str, str, str], ...] = (
    ("industries", "hs", "hs"),
    ("industries", "ics", "ics"),
    ("industries", "gb4754", "gb4754"),
    ("hs_names", "code", "hs"),
)
# Longest cells that the store's columns take; a cell that must not be empty has a shortest of 1.
LENGTHS: dict[tuple[str, str], tuple[int, int]] = {
    ("regions", "code"): (6, 9),
    ("regions", "name_zh"): (1, 40),
    ("regions", "name_en"): (1, 80),
    ("bureaus", "name_zh"): (1, 80),
    ("bureaus", "short_name_zh"): (1, 40),
    ("bureaus", "unit_zh"): (0, 80),
    ("bureaus", "duty_phone"): (0, 40),
    ("bureaus", "reply_address"): (0, 254),
    ("bureaus", "role_a_zh"): (0, 80),
    ("bureaus", "role_b_zh"): (0, 80),
    ("industries", "id"): (1, 60),
    ("industries", "name_zh"): (1, 60),
    ("industries", "name_en"): (1, 120),
    ("words", "text"): (1, 200),
    ("clusters", "town_zh"): (0, 80),
    ("countries", "wto_symbol"): (2, 8),
    ("countries", "iso2"): (2, 2),
    ("countries", "iso3"): (0, 3),
    ("countries", "name_zh"): (1, 60),
    ("countries", "name_en"): (1, 80),
    ("terms", "en"): (1, 200),
    ("terms", "zh"): (1, 200),
    ("terms", "category"): (1, 20),
    ("severity", "reason_zh"): (1, 200),
    ("display_names", "zh"): (1, 80),
    ("display_names", "en"): (1, 120),
    ("hs_names", "name_zh"): (1, 60),
    ("holidays", "day"): (10, 10),
    ("holidays", "name_zh"): (1, 40),
    ("mail_providers", "provider"): (1, 20),
    ("mail_providers", "name_zh"): (1, 40),
    ("mail_replies", "provider"): (1, 20),
}
# tier -> the tier above it
ABOVE = {"province": "", "city": "province", "county": "city", "town": "city"}
