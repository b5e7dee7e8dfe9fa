"""Whose service it is, as an official site must say it: the words for pages and mails, from the settings. Pure.

The organiser (主办单位), the site's identification code (网站标识码), the ICP record and the public security record are
what 政府网站发展指引 (国办发〔2017〕47号) asks of a page's foot. Words alone: no national emblem, flag or seal.
"""

from __future__ import annotations

from settings import Settings


def official_lines(settings: Settings) -> tuple[str, ...]:
    """主办单位：… / 网站标识码：… / 备案号, each where it is set; none by default."""
    said = (
        ("主办单位：", settings.organiser),
        ("网站标识码：", settings.site_code),
        ("", settings.icp),
        ("", settings.public_security_record),
    )
    return tuple(label + value for label, value in said if value)
