"""The quick ways of reading say exactly what the slow ones say."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawlers.dates import _in_text, read_date
from crawlers.markup import by_patterns, plain_text
from crawlers.quick_markup import LINE, PARAGRAPH
from crawlers.reading import _WORDS, language_of

TAGS = (
    "<p>", "</p>", "<br>", "<br/>", "<br />", "<BR>", "<li>", "</li>", "<ul>", "</ul>", "<b>", "</b>",
    "<div class='a'>",
    '<a href="x>y">', "</a>", "<td>", "<hr/>", "<h2>", "</h2 >", "<script>", "</script>", "<!-- c -->", "<o:p>", "<x>",
    "< p>", "<10", "<p", "<head>", "<span style='a b'>", "<div/ >", "<p\n>", "<span title='it's'>", "<img src=a/>",
)  # fmt: skip
ENTITIES = (
    "&amp;", "&nbsp;", "&lt;", "&gt;", "&quot;", "&#39;", "&eacute;", "&lt;p&gt;", "&amp;lt;b&amp;gt;", "&", "&#10;",
    "&#x200b;", "&copy", "&amp;nbsp;", "&lt;br/&gt;",
)  # fmt: skip
WORDS = (
    "toy",
    "a",
    "12",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n\n",
    "\t",
    ".",
    "é",
    "中",
    "\xa0",
    "_x000D_",
    "\x0b",
    "\x1c",
    '"',
)
PIECES = st.one_of(st.sampled_from(TAGS), st.sampled_from(ENTITIES), st.sampled_from(WORDS))


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("<p>One</p><p>Two<br><br>Three</p>")
@example("a<br><br></div>b")
@example("<ul><li></li><li>x</li></ul>")
def test_text_read_quickly_is_the_text_read_by_patterns(value: str) -> None:
    if LINE not in value and PARAGRAPH not in value:
        assert plain_text(value) == by_patterns(value)


@settings(max_examples=400, deadline=None)
@given(
    st.from_regex(
        r"(?:[A-Z][a-z]{2}, )?\d{1,2} (?:Jan|Feb|Oct|Maj) \d{4} \d\d:\d\d(?::\d\d)?(?: GMT| [+-]\d{4})?"
        r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?\d?|\d{4}-W\d\d-\d",
        fullmatch=True,
    )
)
@example("2026-05-291")
@example("1979-05-29")
@example("2026-02-30T00:00:00Z")
def test_a_date_read_quickly_is_the_date_read_by_patterns(text: str) -> None:
    assert read_date(text) == _in_text(text)


def slow_language(text: str) -> str:
    """The definition: the language with the most of its small words."""
    sample = text[:1000].lower()
    words = re.findall(r"[a-zà-ÿ]+", sample)
    scores = {lang: sum(word in known for word in words) for lang, known in _WORDS.items()}
    best = max(scores, key=lambda lang: scores[lang])
    return best if scores[best] >= 2 else ""


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(sorted({*frozenset().union(*_WORDS.values()), "Le", "x1", "toys", "'la"})), max_size=30)
)
def test_languages_are_counted_by_their_words(words: list[str]) -> None:
    for separator in (" ", ", ", "-"):
        text = separator.join(words)
        assert language_of(text) == slow_language(text)
