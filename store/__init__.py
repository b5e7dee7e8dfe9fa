"""Rows and the few queries about them; one file a noun; knows no other room. Importing it names every table."""

from __future__ import annotations

from store import (
    audit,
    bureau,
    classification,
    country,
    crawl,
    deployment,
    document,
    drill,
    email,
    glossary,
    industry,
    join,
    jurisdiction,
    mapping,
    notice,
    operator_mail,
    review,
    slot,
    subscription,
    warning,
)

__all__ = [
    "audit",
    "bureau",
    "classification",
    "country",
    "crawl",
    "deployment",
    "document",
    "drill",
    "email",
    "glossary",
    "industry",
    "join",
    "jurisdiction",
    "mapping",
    "notice",
    "operator_mail",
    "review",
    "slot",
    "subscription",
    "warning",
]
