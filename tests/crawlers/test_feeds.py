"""Feeds: the same entries as feedparser's for every form and recording, and a name for everything that is broken."""
# ruff: noqa: E501 - samples of feeds are read better on one line each

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.feeds_made import feeds
from bench.generators import make_records
from crawlers.errors import EmptyAnswer, HtmlInstead, SourceError, TruncatedAnswer, WrongCharset, WrongFormat
from crawlers.feeds import Entry, Feed, FeedLink, read_feed
from crawlers.markup import plain_text
from settings import RECORDINGS, ROOT

DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
ATOM_LINK = 'xmlns:atom="http://www.w3.org/2005/Atom"'
SAMPLES = ROOT.parent.parent / "shared" / "samples" / "feeds"  # of the machine that develops it; skipped elsewhere


def by_feedparser(body: bytes) -> Any:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def told(entry: Entry) -> dict[str, Any]:
    """What is compared of ours."""
    return {
        "id": entry.id, "title": plain_text(entry.title), "link": entry.link, "published": entry.published,
        "updated": entry.updated, "summary": plain_text(entry.summary), "categories": entry.categories,
        "links": [tuple(link) for link in entry.links],
    }  # fmt: skip


def told_by_feedparser(entry: Any) -> dict[str, Any]:
    def text(name: str) -> str:
        return str(dict.get(entry, name) or "")

    content = entry.get("content") or [{}]
    return {
        "id": text("id"), "title": plain_text(text("title")), "link": text("link"), "published": text("published"),
        "updated": text("updated"), "summary": plain_text(text("summary") or content[0].get("value", "")),
        "categories": tuple(dict.fromkeys(tag["term"] for tag in entry.get("tags", ()) if tag.get("term"))),
        "links": [
            (link.get("rel", ""), link["href"], link.get("type", ""))
            for link in entry.get("links", ())
            if link.get("href")
        ],
    }  # fmt: skip


def check_same(body: bytes) -> Feed:
    """Our reading of `body`, after it was found to be feedparser's."""
    ours, theirs = read_feed(body), by_feedparser(body)
    assert (ours.version, plain_text(ours.title)) == (theirs.version, plain_text(theirs.feed.get("title", "")))
    assert [told(entry) for entry in ours.entries] == [told_by_feedparser(entry) for entry in theirs.entries]
    return ours


def rss(items: str, version: str = "2.0", more: str = "") -> bytes:
    head = f"<title>Recalls</title><link>https://a.example/</link><language>en</language>{more}"
    return f'<?xml version="1.0"?>\n<rss version="{version}" {DC} {ATOM_LINK}><channel>{head}{items}</channel></rss>'.encode()


def atom(entries: str, more: str = "") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title type="html">R&amp;amp;D</title>{more}{entries}</feed>'
    ).encode()


RSS_ITEMS = [
    "<item/>",
    "<item><title>Kettle &amp; lid</title><link> https://a.example/1?x=1&amp;y=2 </link><guid>g1</guid>"
    "<pubDate>Fri, 29 May 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;Hot&lt;/p&gt;</description></item>",
    "<item><title><![CDATA[<b>Toy</b> & co]]></title><description>plain <![CDATA[<i>and</i> marked]]></description></item>",
    "<item><guid>https://a.example/perma</guid><category>Toys</category><category domain='x'>Lamps</category>"
    "<category>Toys</category></item>",
    "<item><guid isPermaLink='false'>77</guid><dc:date>2026-05-29</dc:date><dc:creator>B</dc:creator></item>",
    "<item><title>Long</title><content:encoded>&lt;p&gt;whole&lt;/p&gt;</content:encoded></item>",
    "<item><content:encoded>whole</content:encoded><description>short</description></item>",
    "<item><description>short</description><content:encoded>whole</content:encoded></item>",
    "<item><enclosure url='https://a.example/f.pdf' type='application/pdf' length='1'/><title>With a file</title></item>",
    "<item><link>https://a.example/2</link><atom:link rel='related' href='https://a.example/3'/></item>",
    "<item><title>One</title><title>Two</title><pubDate>a</pubDate><pubDate>b</pubDate></item>",
    "<item><dc:title>Other</dc:title><dc:subject>Glass</dc:subject><title>Own</title></item>",
    "<item><title>Caf\xe9 \u4e2d\u56fd</title><!-- no --><description>a<!-- c -->b<?pi x?>c</description></item>",
    "<item><title>&#233;t&#xe9;</title><description>Ã©tÃ© &#150; x</description></item>",
]  # fmt: skip
ATOM_ENTRIES = [
    "<entry/>",
    "<entry><title>Nutrition</title><id>tag:a,1</id><link rel='self' href='https://a.example/id/1'/>"
    "<link href='https://a.example/made'/><link rel='alternate' type='application/xml' href='https://a.example/x.xml'/>"
    "<updated>2026-04-22T11:53:13+01:00</updated><published>2026-04-21T17:00:34+01:00</published></entry>",
    "<entry><summary type='html'>&lt;p&gt;a&lt;/p&gt;</summary><content>b</content><category term='si'/>"
    "<category term='uksi' scheme='s' label='L'/></entry>",
    "<entry><content type='html'>&lt;b&gt;only&lt;/b&gt; content</content><author><name>An office</name></author></entry>",
    "<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One &amp; two</p><p>3 &lt; 4</p></div>"
    "</content></entry>",
    "<entry><title type='text'>a &lt; b</title><link rel='enclosure' type='application/pdf' href='https://a.example/p'/></entry>",
]  # fmt: skip


@pytest.mark.parametrize("item", RSS_ITEMS)
@pytest.mark.parametrize("version", ["2.0", "0.91", "0.92", "9"])
def test_rss_is_read_as_feedparser_reads_it(item: str, version: str) -> None:
    assert len(check_same(rss(item, version)).entries) == 1


@pytest.mark.parametrize("entry", ATOM_ENTRIES)
def test_atom_is_read_as_feedparser_reads_it(entry: str) -> None:
    assert check_same(atom(entry)).version == "atom10"


def test_rss_1_is_read_as_feedparser_reads_it() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>T</title>'
        '<items><rdf:Seq><rdf:li rdf:resource="https://a.example/1"/></rdf:Seq></items></channel>'
        '<item rdf:about="https://a.example/1"><title>One</title><link>https://a.example/1</link>'
        "<description>D</description><dc:date>2026-05-29T00:00:00Z</dc:date></item></rdf:RDF>"
    )  # fmt: skip
    (entry,) = check_same(body.encode()).entries
    assert (entry.id, entry.updated, entry.extra) == ("https://a.example/1",  "2026-05-29T00:00:00Z", {"dc:date": "2026-05-29T00:00:00Z"})  # fmt: skip


def test_all_items_together_and_the_generated_feeds() -> None:
    check_same(rss("".join(RSS_ITEMS)))
    check_same(atom("".join(ATOM_ENTRIES)))
    for body in feeds(make_records(150)):
        assert check_same(body).entries


TEXTS = st.text(st.sampled_from("ab <>&\"'é中\n1;") | st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12)  # fmt: skip
ELEMENTS = {
    "rss": (
        "title",
        "description",
        "guid",
        "pubDate",
        "category",
        "content:encoded",
        "dc:date",
        "author",
        "dc:subject",
    ),
    "atom": ("title", "summary", "id", "published", "updated", "content"),
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["rss", "atom"]), st.data())
def test_any_feed_is_read_as_feedparser_reads_it(form: str, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(ELEMENTS[form]), max_size=6, unique=True))
    texts = [data.draw(TEXTS) for _ in names]
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in zip(names, texts, strict=True))
    if form == "atom":
        term = quoteattr(" ".join(data.draw(TEXTS).split()))
        check_same(atom(f"<entry>{inside}<category term={term}/></entry>" * 2))
    else:
        check_same(rss(f"<item>{inside}</item>" * 2))


def recorded() -> list[Path]:
    """Every recorded or sampled file that is a feed by feedparser's word."""
    found = [*RECORDINGS.rglob("*"), *(SAMPLES.rglob("*") if SAMPLES.is_dir() else ())]
    small = (path for path in found if path.is_file() and path.suffix not in (".jsonl", ".json", ".xlsx", ".csv"))
    return sorted(path for path in small if by_feedparser(path.read_bytes()).version)


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.name)
def test_recorded_feeds_are_read_as_feedparser_reads_them(path: Path) -> None:
    assert check_same(path.read_bytes()).entries


def test_other_elements_keep_their_names_and_texts() -> None:
    entry = '<entry xmlns:leg="https://leg.example"><leg:Year Value="2026"/><leg:kind>uksi</leg:kind><rights>(c)</rights></entry>'
    more = '<link rel="next" href="https://a.example/?page=2"/>'
    feed = read_feed(atom(entry, more))
    assert feed.entries[0].extra == {"leg:Year": "2026", "leg:kind": "uksi", "rights": "(c)"}
    assert (feed.next_url, feed.entries[0].lang, read_feed(rss("<item/>")).entries[0].lang) == ("https://a.example/?page=2", "fr", "en")  # fmt: skip


def test_relative_addresses_are_resolved_where_the_feed_names_its_base() -> None:
    body = atom("<entry xml:base='2026/'><id>i</id><link href='x'/></entry>").replace(b"xml:lang", b"xml:base='https://a.example/f/' xml:lang")  # fmt: skip
    assert read_feed(body).entries[0].links == (FeedLink("alternate", "https://a.example/f/2026/x", "text/html"),)


def test_what_is_not_well_formed_is_read_whole_by_feedparser() -> None:
    feed = read_feed(rss("<item><title>a &nbsp; b & c</title><guid>1</guid></item><item><guid>2</guid></item>"))
    assert (feed.version, [entry.id for entry in feed.entries]) == ("rss20", ["1", "2"])
    old = b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://n.example/rss.dtd">' + rss("<item><title>&eacute;</title></item>", "0.91").split(b"\n")[1]  # fmt: skip
    assert read_feed(old).entries[0].title == "é"


def test_declared_encodings_are_followed() -> None:
    for name in ("gb2312", "gb18030", "utf-16", "windows-1252", "utf-8", "shift_jis"):
        title = "中国镕" if name.startswith("gb") else "nét" if name.startswith("win") else "中国"
        text = rss(f"<item><title>{title}</title></item>").decode().replace('"1.0"?', f'"1.0" encoding="{name}"?')
        written = text.encode("gb18030" if name == "gb2312" else name)
        assert read_feed(written).entries[0].title == title, name


BOMB = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", EmptyAnswer),
        (b" \n", EmptyAnswer),
        (b"<!DOCTYPE html><html><body>Down</body></html>", HtmlInstead),
        (b"<?xml version='1.0'?><!-- x --><html xmlns='http://www.w3.org/1999/xhtml'><p>Down</p></html>", HtmlInstead),
        (b'{"items": []}', WrongFormat),
        (b"/etc/hostname", WrongFormat),
        (b"<rss version='2.0'><channel><item><title>x</title></item>", TruncatedAnswer),
        (rss("<item><title>a</title></item>" * 3)[:-40], TruncatedAnswer),
        (atom("<entry><title>a</title></entry>")[:-3], TruncatedAnswer),
        (rss("<item><title>\xff</title></item>").replace("\xff".encode(), b"\xff"), WrongCharset),
        (rss("<item/>").replace(b'"1.0"?', b'"1.0" encoding="no-such"?'), WrongCharset),
        (BOMB, WrongFormat),
        (BOMB.replace(b"&b;", b"&b;&nbsp;"), WrongFormat),
        (BOMB.replace(b'"ha"', b'SYSTEM "file:///etc/hostname"'), WrongFormat),
        (b"<a><b></a>", WrongFormat),
    ],
)
def test_what_is_broken_is_named(body: bytes, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read_feed(body)


@given(st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_a_cut_feed_never_gives_fewer_entries_in_silence(cut: int) -> None:
    whole = rss("".join(f"<item><guid>{n}</guid><title>t</title></item>" for n in range(9)))
    with pytest.raises((TruncatedAnswer, WrongFormat)):
        read_feed(whole[:-cut])


def test_xml_that_is_no_feed_has_no_version() -> None:
    assert read_feed(b"<Safety-Gate><notifications/></Safety-Gate>") == Feed()
