"""The site as a verb: what every page of it says in its head and at its foot."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.site.facts import web_address
from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Account, Delivery, Office, Site
from hub.permissions import require
from hub.services import Services
from hub.site import first_site, want
from hub.trail import note
from hub.workflow import Actor

# 政府网站发展指引 (国办发〔2017〕47号): `bm` and eight digits for ministries, ten digits for all others.
ID_CODE = re.compile(r"bm\d{8}|\d{10}")
DOMAIN = re.compile(r"(?=.{1,253}$)([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")
# Characters that the database keeps of each.
LIMITS = {"name": 100, "domain": 253, "id_code": 10, "contact": 200, "icp": 60, "police": 60, "find_errors": 500}
REQUIRED = ("name", "domain", "id_code")
FIELD_WORDS = {
    "name": Words("网站名称", "the name"),
    "domain": Words("域名", "the domain"),
    "id_code": Words("网站标识码", "the site's code"),
    "contact": Words("主办单位和联系方式", "the organiser and contact"),
    "icp": Words("ICP 备案号", "the ICP record"),
    "police": Words("公安备案号", "the police record"),
    "find_errors": Words("找错入口", "the find-an-error entry"),
}


@dataclass(frozen=True)
class SiteFacts:
    """What the site says of itself: the page tags SiteName, SiteDomain and SiteIDCode, and the lines at the foot."""

    name: str
    domain: str
    id_code: str
    contact: str = ""
    icp: str = ""
    police: str = ""
    find_errors: str = ""


def facts_of(site: Site) -> SiteFacts:
    """The facts as they are stored."""
    return SiteFacts(**{name: getattr(site, name) for name in LIMITS})


def change_site(services: Services, *, actor: Actor, office_id: int, facts: SiteFacts, now: datetime) -> None:
    """Change what the office's site says of itself; its lists follow with the next refresh, a piece's page when it is
    next published. Raises Refusal for an empty or too long fact, a code or domain that is none, an address that is no
    web address, and another domain once something was published: every feed entry's identity is made of it.
    """
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        site = site_to_change(session, office_id)
        facts = _checked(facts)
        if facts.domain != site.domain and is_public(session, site):
            raise Refusal(
                "SIT-104",
                Words("网站已有发布内容，域名不能更改。", "Something was published; the domain stays."),
                Words("订阅条目的身份由域名而来，改了会让读者全部重新收到。", "Feed entries are known by it."),
            )
        before = asdict(facts_of(site))
        for name, value in asdict(facts).items():
            setattr(site, name, value)
        after = asdict(facts)
        note(
            session,
            actor=actor,
            kind="site.changed",
            subject=site,
            now=now,
            before=before,
            after=after,
            office_id=office_id,
        )
        want(session, site.id)


def site_to_change(session: Session, office_id: int) -> Site:
    """The office's site. Raises Refusal when there is none."""
    site = session.get_one(Office, office_id).site or first_site(session)
    if site is None:
        raise Refusal("SIT-405", Words("还没有网站。", "There is no site yet."))
    return site


def is_public(session: Session, site: Site) -> bool:
    """Whether anything was ever published on the site."""
    first = first_site(session)
    own = Office.site_id == site.id
    here = own | Office.site_id.is_(None) if first is not None and first.id == site.id else own
    found = (
        select(Delivery.id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .where(here, Delivery.item.is_not(None))
        .limit(1)
    )
    return session.scalar(found) is not None


def _checked(facts: SiteFacts) -> SiteFacts:
    tidy = SiteFacts(**{f.name: " ".join(clean(getattr(facts, f.name)).split()) for f in fields(facts)})
    for name, most in LIMITS.items():
        value, words = getattr(tidy, name), FIELD_WORDS[name]
        if not value and name in REQUIRED:
            raise Refusal("SIT-101", Words(f"请填写{words.zh}。", f"Fill in {words.en}."))
        if len(value) > most:
            raise Refusal("SIT-105", Words(f"{words.zh}超过{most}字。", f"Over {most} characters: {words.en}."))
    if not ID_CODE.fullmatch(tidy.id_code):
        raise Refusal(
            "SIT-102",
            Words(f"网站标识码有误：“{tidy.id_code}”。", f"No site code: {tidy.id_code!r}."),
            Words("标识码是 10 位数字，部门网站是 bm 加 8 位数字。", "Ten digits, or bm and eight digits."),
        )
    if not DOMAIN.fullmatch(tidy.domain):
        raise Refusal(
            "SIT-103",
            Words(f"域名有误：“{tidy.domain}”。", f"No domain: {tidy.domain!r}."),
            Words("只写主机名，例如 www.example.gov.cn。", "The host alone, as in www.example.gov.cn."),
        )
    if tidy.find_errors and not web_address(tidy.find_errors):
        raise Refusal(
            "SIT-106",
            Words("找错入口不是网址。", "The find-an-error entry is no web address."),
            Words("请粘贴以 https:// 开头的完整网址。", "Paste the whole address, from https:// on."),
        )
    return tidy
