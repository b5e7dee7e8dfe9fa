"""The passages of a page, and what two visits to it differ by."""

from __future__ import annotations

import pytest
from parsel import Selector

from crawlers.blocks import blocks_of, compare, refuse_shrunken, remembered
from crawlers.declaration_parts import Blocks
from crawlers.errors import PageShrunk, ShellInstead, SourceError, TooMany, WrongFormat

URL = "https://standards.example/list"


def page(body: str, title: str = "List") -> Selector:
    return Selector(text=f"<html><head><title>{title}</title></head><body>{body}</body></html>", type="html")


def texts(body: str, **rules: object) -> list[str]:
    return [block.text for block in blocks_of(page(body), Blocks(**{"main": "main", "least": 1, **rules}), URL)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<main><p>One</p><p>Two <b>words</b></p></main>", ["One", "Two words"]),
        ("<p>Outside</p><main><p>Inside</p></main>", ["Inside"]),
        ("<main><nav><p>Menu</p></nav><p>Text</p><script>var a;</script></main>", ["Text"]),
        ("<main><ul><li>Toys<ul><li>Electric</li><li>Other</li></ul></li></ul></main>", ["Toys", "Electric", "Other"]),
        ("<main><li><p>In a list</p></li></main>", ["In a list"]),
        ("<main><table><tr><th>No.</th><th>Goods</th></tr></table></main>", ["No. | Goods"]),
        ("<main><table><tr><td><p>Toys</p><p>and dolls</p></td><td>IS 9873</td></tr></table></main>",
         ["Toys and dolls | IS 9873"]),
        ("<main><table><tr><td>Frame<table><tr><td>A</td><td>B</td></tr></table></td></tr></table></main>",
         ["Frame", "A | B"]),
        ("<main><p>Twice</p><p>twice</p></main>", ["Twice"]),
        ("<main><p>First<br>second</p></main>", ["First second"]),
        ("<main><p>1 &lt; 2 &amp; 3</p><!-- a remark --></main>", ["1 < 2 & 3"]),
    ],
)  # fmt: skip
def test_passages_are_paragraphs_list_items_and_rows(body: str, found: list[str]) -> None:
    assert texts(body) == found


def test_running_numbers_and_days_of_printing_are_left_out() -> None:
    row = "<main><table><tr><td>{}</td><td>Kettles</td></tr></table><p>Printed on {}</p></main>"
    omit = (r"^\d+ \| ", r"Printed on .*")
    assert texts(row.format(7, "1 June"), omit=omit) == texts(row.format(8, "2 June"), omit=omit) == ["Kettles"]


def test_links_are_absolute_and_those_that_lead_nowhere_are_none() -> None:
    body = (
        '<main><p><a href="a.pdf">A</a><a href="#top">up</a><a href="javascript:x()">b</a><a href="/c">C</a></p></main>'
    )
    assert blocks_of(page(body), Blocks(main="main", least=1), URL)[0].links == (
        "https://standards.example/a.pdf",
        "https://standards.example/c",
    )


@pytest.mark.parametrize(
    ("body", "title", "error"),
    [
        ("<div>Back soon</div>", "Maintenance", WrongFormat),
        ("<main></main>", "List", WrongFormat),
        ("<form><input type='password'></form>", "Welcome", ShellInstead),
        ("<main><p>Please sign in</p><p>Name</p><p>Password</p><input type=password></main>", "List", ShellInstead),
        ("<div class='g-recaptcha'></div>", "One moment", ShellInstead),
        ("<p>Checking</p>", "Just a moment...", ShellInstead),
        (
            "<div id='root'></div><noscript>You need to enable JavaScript to run this app.</noscript>",
            "App",
            ShellInstead,
        ),
        ("<main>" + "".join(f"<p>{n}</p>" for n in range(99)) + "</main>", "List", TooMany),
    ],
)
def test_what_is_not_the_page_has_a_name(body: str, title: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        blocks_of(page(body, title), Blocks(main="main", most=50), URL)


def test_a_change_names_what_is_new_and_what_is_gone() -> None:
    rules = Blocks(main="main", least=1)
    before = blocks_of(page(f"<main><p>Toys</p><p>{'Lamps ' * 30}</p></main>"), rules, URL)
    now = blocks_of(page("<main><p>Kettles</p><p>Toys</p></main>"), rules, URL)
    change = compare(remembered(before), now)
    assert [block.text for block in change.new] == ["Kettles"]
    assert len(change.gone) == 1 and change.gone[0].startswith("Lamps Lamps") and change.gone[0].endswith("…")
    assert compare(remembered(now), now).new == () == compare(remembered(now), now).gone


def test_half_a_page_is_a_change_and_less_is_none() -> None:
    known = [[str(n), ""] for n in range(4)]
    empty = page("<main></main>")
    half = blocks_of(page("<main><p>1</p><p>2</p></main>"), Blocks(main="main", least=1), URL)
    refuse_shrunken(known, half, empty)
    with pytest.raises(PageShrunk, match="agreed_on"):
        refuse_shrunken(known, half[:1], empty)
    with pytest.raises(ShellInstead):
        refuse_shrunken(known, half[:1], page("<p>x</p>", "Access denied"))
