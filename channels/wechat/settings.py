"""What an account of the WeChat channel can set."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator

from channels.far import FarEnd
from channels.folder import FolderSettings
from channels.labels import Label, UnfitError
from channels.wechat.themes import theme_names
from channels.words import Words

BASE = "https://api.weixin.qq.com"


class WechatSettings(FolderSettings):
    """Settings of a WeChat official account; the console's form derives from them. With AppID and secret it is posted
    to through the platform's interface, else into a folder or by hand.
    """

    app_id: Annotated[
        str,
        Label(
            "开发者ID（AppID）",
            "AppID",
            Words(
                "公众平台“设置与开发—开发接口管理”中的开发者ID；填写后由接口发布，留空则写入收稿目录或由人工发布。",
                "The developer id of the account; with it we post through the interface, without into the folder or "
                "by hand.",
            ),
        ),
        Field(pattern=r"^(wx[0-9a-zA-Z]{16})?$"),
    ] = ""
    secret: Annotated[
        SecretStr,
        Label(
            "开发者密钥（AppSecret）",
            "AppSecret",
            Words("加密保存，不再显示。", "Stored sealed, never shown."),
        ),
    ] = SecretStr("")
    after_draft: Annotated[
        str,
        Label(
            "生成草稿后",
            "After the draft",
            Words("发布权限和流程由本单位定。", "Who presses the button is for the office to say."),
            choices={
                "person": Words("停在公众平台草稿箱，由人工发表", "Stop in the drafts; a person publishes"),
                "publish": Words("由接口发布", "Publish through the interface"),
            },
        ),
        Field(pattern="^(person|publish)$"),
    ] = "person"
    base: Annotated[
        str,
        Label(
            "接口地址",
            "Address of the interface",
            Words(
                "一般不改；经由本单位的代理时填代理地址，内网主机须由管理员列入 internal_hosts。",
                "Seldom changed; that of a proxy of your own, which internal_hosts must name if it is internal.",
            ),
        ),
    ] = BASE
    event_token: Annotated[
        SecretStr,
        Label(
            "消息推送令牌",
            "Token of pushed events",
            Words(
                "公众平台“消息推送”的Token；填写后发布结果由平台推送，留空则只查询。",
                "The token of the platform's message push: it then tells us when a piece is out; empty: we ask.",
            ),
        ),
    ] = SecretStr("")

    author: Annotated[
        str,
        Label(
            "作者",
            "Author",
            Words(
                "文章标题下的作者，不超过16字；留空则用发布单位。",
                "Below the title, 16 characters at most; empty: the publishing office.",
            ),
        ),
        Field(max_length=16),
    ] = ""
    theme: Annotated[
        str,
        Label(
            "版式",
            "Layout",
            choices={
                "official": Words("公文红", "Official red"),
                "calm": Words("政务蓝", "Calm blue"),
                "plain": Words("素净", "Plain"),
                "elder": Words("长者版（大字）", "For the elderly (large type)"),
            },
        ),
    ] = "official"
    editor: Annotated[
        str,
        Label(
            "编辑",
            "Editors",
            Words("文末的编辑、审核署名；留空则不显示。", "Who edited and reviewed, at the end; empty: not shown."),
        ),
        Field(max_length=40),
    ] = ""
    source_line: Annotated[
        str,
        Label("来源", "Source", Words("文末的来源；留空则用稿件的来源。", "At the end; empty: the text's own source.")),
        Field(max_length=60),
    ] = ""
    disclaimer: Annotated[
        str,
        Label("声明", "Notice", Words("文末的说明文字；留空则不显示。", "At the end; empty: not shown.")),
        Field(max_length=200),
    ] = ""

    only_sending: ClassVar[frozenset[str]] = frozenset({"folder", "app_id", "after_draft", "base"})
    _far_end: FarEnd | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Take the outbox and the far end from the validation context when they are there."""
        super().model_post_init(context)
        if isinstance(context, dict):
            self._far_end = context.get("far_end")

    @property
    def far(self) -> bool:
        """Whether the account is posted to through the platform's interface."""
        return bool(self.app_id)

    @property
    def far_end(self) -> FarEnd | None:
        """The memory and the line that the installation hands over."""
        return self._far_end

    @field_validator("base")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        plain = not (parts.username or parts.query or parts.fragment or parts.path.strip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise UnfitError(
                "接口地址须形如 https://api.weixin.qq.com，不带路径和参数。",
                "An address such as https://api.weixin.qq.com, without path and parameters.",
            )
        return value.strip().rstrip("/")

    @field_validator("theme")
    @classmethod
    def _there_is_one(cls, value: str) -> str:
        if value not in theme_names():
            names = theme_names()
            raise UnfitError(
                f"没有版式“{value}”，可选：{'、'.join(names)}。", f"No layout {value!r}; there are: {', '.join(names)}."
            )
        return value
