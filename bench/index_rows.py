"""The finished rows of the search index, which keeps terms and not texts: made anew from the folded texts."""

from __future__ import annotations

from typing import Any

from store.search_index import INDEX
from store.search_terms import cut

Rows = dict[str, list[tuple[Any, ...]]]  # table (and columns) -> finished rows


def index_rows(rows: Rows) -> Rows:
    """What the search index is told of the texts of a batch: it keeps terms, so this cannot be read back."""
    terms = sorted((place, cut(folded)) for _, place, folded in rows["noticetext"])
    return {f"{INDEX} (rowid, terms)": terms}
