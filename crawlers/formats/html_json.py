"""Pages that carry their records as JSON in a script element."""

from __future__ import annotations

from crawlers.declaration_parts import Format
from crawlers.errors import ShellInstead
from crawlers.formats import Found, json_records
from crawlers.formats.html_records import whole_page


def read(body: bytes, form: Format) -> Found:
    """The records at `form.root` of the JSON in the script at `form.script`.

    Raises ShellInstead when the script is not there: the page of a browser's application, without its data.
    """
    page = whole_page(body, form.encoding)
    scripts = page.css(form.script).css("::text").getall()
    text = "".join(scripts).strip()
    if not text:
        raise ShellInstead(f"the page has no data in '{form.script}': a shell that a browser would have to fill")
    return json_records.read(text.encode(), form.model_copy(update={"type": "json", "encoding": "utf-8"}))
