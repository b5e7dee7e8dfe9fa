"""Plain text out of HTML, escaped HTML and spreadsheets."""

from __future__ import annotations

import pytest

from crawlers.markup import plain_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  Toys  ", "Toys"),
        ("<p>One</p><p>Two<br />Three</p>", "One\n\nTwo\nThree"),
        ("&lt;span style=&quot;x&quot;&gt;Safety &amp;amp; toys&lt;/span&gt;", "Safety & toys"),
        ("&amp;lt;p&amp;gt;Twice escaped&amp;lt;/p&amp;gt;", "Twice escaped"),
        ("transport of <10 persons, incl. cars", "transport of <10 persons, incl. cars"),
        ("<p>for <10 persons</p>", "for <10 persons"),
        ("a < b and c > d", "a < b and c > d"),
        ("AT&amp;T &lt;10 W", "AT&T <10 W"),
        ("one_x000D_\ntwo\xa0\xa0three\xad", "one\ntwo three"),
        ("tab\there\u200b and\u3000wide", "tab here and wide"),
        ("<ul><li>first</li><li>second</li></ul>", "* first\n* second"),
        ("e\u0301nergie", "\u00e9nergie"),
        ("broken \ud83d half", "broken half"),
        ("<script>alert('<p>')</script><b>Bold</b> text<!-- <p>no</p> -->", "Bold text"),
        ('<a href="https://a?b=1&amp;c=>">link</a>\n  on one\nline', "link on one line"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<div><div>one</div></div><div>two</div>", "one\ntwo"),
        ("one<br><br>two", "one\n\ntwo"),
        ("H<sub>2</sub>O and m<sup>2</sup>", "H2O and m2"),
        ("<P CLASS=x>Upper</P><p>case", "Upper\n\ncase"),
        ("cut in a tag <span style='fo", "cut in a tag"),
    ],
)
def test_markup_becomes_plain_text(value: str | None, text: str) -> None:
    assert plain_text(value) == text
