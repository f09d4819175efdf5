"""The manuscript: all that a channel is told about one interpretation, frozen.

`Content` is what the editor wrote: it is what reviews sign and what `content_hash` covers. `Imprint` is where the
piece stands: its identity, its dates, the site and the office. The office's machinery fills it in, the editor doesn't.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator


class Form(StrEnum):
    """解读形式, stored by its English code; the screen and the file format use `label`."""

    TEXT = "text"
    INFOGRAPHIC = "infographic"
    VIDEO = "video"
    AUDIO = "audio"
    QA = "qa"
    EXPERT = "expert"
    BRIEFING = "briefing"
    LIVESTREAM = "livestream"
    ON_SITE = "on_site"

    @property
    def label(self) -> str:
        """The form's Chinese name."""
        return FORM_LABELS[self]


FORM_LABELS = {
    Form.TEXT: "文字",
    Form.INFOGRAPHIC: "图解",
    Form.VIDEO: "视频",
    Form.AUDIO: "音频",
    Form.QA: "问答",
    Form.EXPERT: "专家",
    Form.BRIEFING: "发布会",
    Form.LIVESTREAM: "直播",
    Form.ON_SITE: "现场解说",
}


class Validity(StrEnum):
    """有效性 of a policy document."""

    IN_FORCE = "in_force"
    AMENDED = "amended"
    EXPIRED = "expired"
    REPEALED = "repealed"
    NOT_YET = "not_yet"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return VALIDITY_LABELS[self]


VALIDITY_LABELS = {
    Validity.IN_FORCE: "有效",
    Validity.AMENDED: "已修改",
    Validity.EXPIRED: "失效",
    Validity.REPEALED: "废止",
    Validity.NOT_YET: "尚未施行",
}


class Frozen(BaseModel):
    """Base of everything that never changes once made; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PolicyRef(Frozen):
    """A policy document as an interpretation names it. `id` is its number in the database, None outside one."""

    title: str
    number: str = ""
    issuer: str = ""
    signed: date | None = None
    published: date | None = None
    effective: date | None = None
    validity: Validity = Validity.IN_FORCE
    url: str = ""
    id: int | None = None


class InterpreterRef(Frozen):
    """An interpreter (解读人) as the public sees them; `phone` is an office number and meant to be public."""

    name: str
    role: str = ""
    office: str = ""
    phone: str = ""
    id: int | None = None


class KeyPoint(Frozen):
    """One 要点: a heading of a few words and the text below it (plain text)."""

    heading: str
    text: str = ""


class Question(Frozen):
    """One question and its answer (plain text)."""

    q: str
    a: str = ""


class LivestreamRef(Frozen):
    """The livestream that an interpretation announces. Times carry their zone. `id` as in `PolicyRef`.

    `replay` is where it can be watched afterwards (回放), once there is such a place.
    """

    topic: str
    starts: AwareDatetime
    ends: AwareDatetime | None = None
    platform: str = ""
    room: str = ""
    host: str = ""
    guests: tuple[str, ...] = ()
    replay: str = ""
    id: int | None = None


def _hex_sha256(value: str) -> str:
    if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError("not a hex SHA-256")
    return value


class Image(Frozen):
    """An image the body refers to by `name` (as written in the Markdown). `data` travels beside, not in the JSON.

    `width` and `height` are pixels; both 0 and `media_type` empty when the bytes are no image we can read.
    """

    name: str
    sha256: Annotated[str, AfterValidator(_hex_sha256)]
    media_type: str = ""
    width: int = 0
    height: int = 0
    data: bytes = Field(default=b"", exclude=True, repr=False)


class OwnPoint(Frozen):
    """One channel's own words for a key point. What is empty is derived; `leave_out`: the channel goes without it."""

    heading: str = ""
    text: str = ""
    leave_out: bool = False

    @property
    def blank(self) -> bool:
        """Whether all of it is derived."""
        return not (self.heading or self.text or self.leave_out)

    @property
    def label(self) -> str:
        """The words as one line; a dash for what the channel goes without."""
        return "—" if self.leave_out else "：".join(filter(None, (self.heading, self.text)))


class Variant(Frozen):
    """渠道稿: what one channel gets where it differs from the common text. What is empty is derived from that.

    The first of `key_points` is for the first common one, and so on; beyond those they are this channel's alone.
    Which of the fields a channel takes is said by the channel (`channels.base.Varies`).
    """

    channel: str
    title: str = ""
    short_title: str = ""
    summary: str = ""
    key_points: tuple[OwnPoint, ...] = ()

    @field_validator("key_points")
    @classmethod
    def _ended(cls, points: tuple[OwnPoint, ...]) -> tuple[OwnPoint, ...]:
        """Without blank ones at the end: the same words have the same hash."""
        said = [number for number, point in enumerate(points, 1) if not point.blank]
        return points[: said[-1]] if said else ()

    @property
    def own(self) -> dict[str, Any]:
        """The fields that the editor wrote for this channel."""
        return {name: value for name in VARIED if (value := getattr(self, name))}

    def points(self, common: tuple[KeyPoint, ...]) -> Iterator[tuple[int, KeyPoint]]:
        """The key points that the channel is told, each with the number (from 0) of its place among the common ones and
        this channel's alone.
        """
        for number in range(max(len(common), len(self.key_points))):
            own = self.key_points[number] if number < len(self.key_points) else OwnPoint()
            given = common[number] if number < len(common) else KeyPoint(heading="")
            if not own.leave_out and (number < len(common) or not own.blank):
                yield number, KeyPoint(heading=own.heading or given.heading, text=own.text or given.text)


# The fields of a content that a channel may have words of its own for, in the order in which they are shown.
VARIED = ("title", "short_title", "summary", "key_points")


class Content(Frozen):
    """What the editor composes. Only a title and a body, key points or questions are needed to render.

    `body` is Markdown; every other text is plain. All text has passed `channels.text.cleaning.clean`.
    """

    title: str = ""
    short_title: str = ""
    summary: str = ""
    body: str = ""
    form: Form = Form.TEXT
    column: str = ""
    area: str = ""
    source: str = ""
    keywords: tuple[str, ...] = ()
    policies: tuple[PolicyRef, ...] = ()
    interpreters: tuple[InterpreterRef, ...] = ()
    key_points: tuple[KeyPoint, ...] = ()
    questions: tuple[Question, ...] = ()
    livestream: LivestreamRef | None = None
    images: tuple[Image, ...] = ()
    variants: tuple[Variant, ...] = ()

    @field_validator("variants")
    @classmethod
    def _settled(cls, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """One order, and none that says nothing: the same texts have the same hash."""
        return tuple(sorted((v for v in variants if v.own), key=lambda v: v.channel))

    @property
    def content_hash(self) -> str:
        """Hex SHA-256 of the content: what a signature binds to. Image bytes count through their own hash.

        Without variants and a replay it is the hash of a content from before there were any: signatures and files keep
        theirs.
        """
        left_out: dict[str, Any] = {} if self.variants else {"variants": True}
        if self.livestream is not None and not self.livestream.replay:
            left_out["livestream"] = {"replay"}
        return hashlib.sha256(self.model_dump_json(exclude=left_out).encode()).hexdigest()

    def variant(self, channel: str) -> Variant:
        """The channel's variant; an empty one when all is derived."""
        return next((v for v in self.variants if v.channel == channel), Variant(channel=channel))


class SiteInfo(Frozen):
    """The public site, with the site-level page tags of the 政府网站发展指引 (国办发〔2017〕47号).

    `base_url` is absolute and ends with a slash. `id_code` matches `^(bm\\d{8}|\\d{10})$`.
    `tag_date` is the day from which the site's `tag:` URIs are minted (RFC 4151); it never changes.
    `icp` and `police` are the records of the site (ICP备案号, 公安备案号) as they are shown, `find_errors` the address
    of its entry of 我为政府网站找错; an empty one isn't shown.
    """

    name: str = "政务公开网"
    domain: str = "www.example.gov.cn"
    id_code: str = Field(default="0000000000", pattern=r"^(bm\d{8}|\d{10})$")
    base_url: str = Field(default="https://www.example.gov.cn/", pattern=r"^https?://[^\s]+/$")
    tag_date: date = date(2026, 1, 1)
    language: str = "zh-CN"
    contact: str = ""
    icp: str = ""
    police: str = ""
    find_errors: str = ""

    @property
    def police_code(self) -> str:
        """The digits of the police record, by which it is looked up."""
        return "".join(filter(str.isdigit, self.police))


class ColumnInfo(Frozen):
    """The column (栏目) with its column-level page tags; `slug` stands in URLs."""

    name: str = "政策解读"
    slug: str = "jiedu"
    description: str = "对本地政策文件的权威解读。"
    keywords: str = "政策解读"
    type: str = "政策解读"


class Correction(Frozen):
    """A published correction (更正): when, why, and the how-manieth of its piece, counted from 1."""

    at: AwareDatetime
    reason: str
    number: int = Field(default=1, ge=1)


class Withdrawal(Frozen):
    """A withdrawal (撤回): when, why, the office that withdrew, and the IANA name of the zone times are shown in.

    `office` empty stands for the piece's own.
    """

    at: AwareDatetime
    reason: str
    office: str = ""
    zone: str = "Asia/Shanghai"


class Imprint(Frozen):
    """Where a manuscript stands. Outside a database `id` is None and every default is a stated placeholder.

    `published` is the instant the public is told (PubDate); a correction never changes it.
    `zone` is the IANA name of the zone times are shown in. `corrections` are all so far, the oldest first, and
    `withdrawals` those that this publication follows: a piece that stood, was taken down, and goes out again.
    """

    id: int | None = None
    office: str = ""
    zone: str = "Asia/Shanghai"
    published: AwareDatetime | None = None
    corrections: tuple[Correction, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    site: SiteInfo = SiteInfo()
    column: ColumnInfo = ColumnInfo()

    @property
    def correction(self) -> Correction | None:
        """The latest correction."""
        return self.corrections[-1] if self.corrections else None


class Manuscript(Frozen):
    """Content and imprint together: the one argument of every `check` and `render`.

    `whole` is the content hash of the whole manuscript when this is one channel's part of it.
    """

    content: Content
    imprint: Imprint = Imprint()
    whole: str = ""

    @property
    def identity(self) -> str:
        """A stable name for ids and file names: `i12` in a database, else `d` and 12 digits of the content hash."""
        if self.imprint.id is not None:
            return f"i{self.imprint.id}"
        return f"d{(self.whole or self.content.content_hash)[:12]}"

    def for_channel(self, channel: str) -> Self:
        """What the channel is told: its variant's words in the place of the common ones. Its identity stays."""
        if not self.content.variants:
            return self
        variant = self.content.variant(channel)
        points = tuple(point for _, point in variant.points(self.content.key_points))
        content = self.content.model_copy(update={**variant.own, "key_points": points, "variants": ()})
        return self.model_copy(update={"content": content, "whole": self.whole or self.content.content_hash})

    @property
    def pub_date(self) -> datetime:
        """When the public is told. Without a set time: the newest date the content itself names (so that rendering
        stays pure), else the start of 2000; a page made that way is a preview, and its channel says so (PUB-101)."""
        if self.imprint.published is not None:
            return self.imprint.published
        return _newest_named(self.content)

    @property
    def revised(self) -> datetime:
        """When the public was last told otherwise: feeds' `updated` and calendars' stamp. It never goes back, so that
        readers who have seen the notice of a withdrawal take the piece again."""
        back = [w.at + timedelta(seconds=1) for w in self.imprint.withdrawals]
        return max((self.pub_date, *(c.at for c in self.imprint.corrections), *back))

    @property
    def sequence(self) -> int:
        """How often it changed since it was first published (iCalendar's SEQUENCE). A withdrawal counts twice: the
        notice is one change, and coming back another."""
        correction = self.imprint.correction
        return (correction.number if correction else 0) + 2 * len(self.imprint.withdrawals)

    def at(self, published: datetime) -> Self:
        """The same manuscript with its publication time set."""
        return self.model_copy(update={"imprint": self.imprint.model_copy(update={"published": published})})


def _newest_named(content: Content) -> datetime:
    zone = ZoneInfo("Asia/Shanghai")
    days = [d for p in content.policies for d in (p.signed, p.published) if d is not None]
    newest = max(days, default=date(2000, 1, 1))
    return datetime(newest.year, newest.month, newest.day, tzinfo=zone)
