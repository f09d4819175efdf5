"""The pages for what is not there, which web servers show at any address."""

from __future__ import annotations

import re

import html5lib

from channels.site.missing import missing_pages

from .making import SITE


def test_each_status_has_a_page_with_absolute_links_alone() -> None:
    pages = {file.path: file.data.decode() for file in missing_pages(SITE)}
    assert list(pages) == ["404.html", "410.html", "s/404.html"]
    for text in pages.values():
        html5lib.HTMLParser(strict=True).parse(text)
        addresses = [a for a in re.findall(r'(?:href|src|action)="([^"]*)"', text) if a != "#main"]
        assert addresses
        assert all(address.startswith(SITE.base_url) for address in addresses)
        assert f'action="{SITE.base_url}search/"' in text
        assert 'content="noindex"' in text
    assert "没有这个页面" in pages["404.html"]
    assert "已撤回" in pages["410.html"]
