"""What stands where nothing is: the pages that web servers show for 404 and 410, at whatever address, and what the hub
shows for a short address that leads nowhere.
"""

from __future__ import annotations

from channels.base import File
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.shell import HTML, Frame, page
from channels.site.tags import site_tags

# Name: heading, and what to do.
_WORDS = {
    "404": ("没有这个页面", "地址可能有误，或者页面已经移走。"),
    "410": ("这里的内容已撤回", "它所属的文章已经撤回，原因写在文章的页面上。"),
    "s/404": (
        "没有这个短地址",
        "短地址里没有数字 0 和 1，也没有字母 e、i、l、o、u，大小写都可以；请再核对一遍。它指向的内容也可能还没有发布。",
    ),
}


def missing_pages(site: SiteInfo) -> list[File]:
    """`404.html`, `410.html` and `s/404.html`. Their links are absolute: a page that is shown at any depth knows no
    relative ones.
    """
    links = [
        (paths.address(site, paths.HOME), "首页"),
        (paths.address(site, paths.POLICIES), "政策文件库"),
    ]
    return [File(f"{name}.html", _page(site, *words, links), HTML) for name, words in _WORDS.items()]


def _page(site: SiteInfo, heading: str, advice: str, links: list[tuple[str, str]]) -> bytes:
    frame = Frame(site, heading, site_tags(site), None)
    search = paths.address(site, paths.SEARCH)
    return page("site/missing.html", frame, heading=heading, advice=advice, links=links, search=search)
