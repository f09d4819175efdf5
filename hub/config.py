"""Typed settings, read once, from the environment (`YIGAO_*`, `REDIS_URL`, `DATABASE_URL`) and `yigao.toml`.

A wrong value stops the start: `load` raises `SettingsError` with one sentence that names the setting.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import tomllib
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from channels.words import Words

CONFIG_FILE = "yigao.toml"


class SettingsError(Exception):
    """A setting that can't be used; `words` is the sentence for whoever starts the program."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.zh)
        self.words = words


class Config(BaseSettings):
    """Everything an installation can set. Times are seconds; paths are absolute once loaded."""

    model_config = SettingsConfigDict(env_prefix="YIGAO_", extra="forbid", frozen=True, populate_by_name=True)

    data: Path = Field(default=Path("var"), description="数据目录 data folder")
    host: str = Field(default="127.0.0.1", description="监听地址 listen address")
    port: int = Field(default=8000, ge=1, le=65535, description="端口 port")
    workers: int = Field(default=2, ge=1, le=64, description="worker 进程数 number of workers")
    language: str = Field(default="zh", pattern="^(zh|en)$", description="命令行语言 language of the command line")
    redis_url: str = Field(default="", validation_alias=AliasChoices("redis_url", "REDIS_URL"))
    database_url: str = Field(default="", validation_alias=AliasChoices("database_url", "DATABASE_URL"))
    public_url: str = Field(default="", description="公开站点地址 address citizens use")
    site_output: str = Field(
        default="", description="站点输出位置 where the public site goes: file:///folder or s3://bucket/prefix"
    )
    websub_hub: str = Field(default="", description="WebSub 中枢地址 hub that tells readers of changed feeds")
    lease_seconds: int = Field(default=60, ge=2, le=3600, description="一次投递占用的时长 lease of a claimed delivery")
    tick_seconds: float = Field(default=1.0, ge=0.1, le=60, description="时钟间隔 beat of the clock")
    session_hours: int = Field(default=8, ge=1, le=168, description="登录有效期 hours a sign-in lasts")
    idle_minutes: int = Field(default=60, ge=5, le=1440, description="无操作后退出 minutes without anything done")
    trusted_proxies: str = Field(default="", description="可信的反向代理 addresses of trusted reverse proxies")
    oidc_issuer: str = Field(default="", description="统一身份认证地址 issuer of an OpenID Connect sign-in")
    oidc_client_id: str = Field(default="", description="统一身份认证应用标识 client id")
    oidc_client_secret: str = Field(default="", repr=False, description="统一身份认证应用密钥 client secret")
    oidc_name: str = Field(default="单位统一身份认证", max_length=30, description="按钮上的名称 name on its button")
    oidc_login_claim: str = Field(
        default="", pattern=r"^\w*$", description="对应用户名的声明 claim that is a login here; empty: none"
    )
    oidc_internal: bool = Field(default=False, description="认证服务在内网 the issuer is in the internal network")
    internal_hosts: str = Field(
        default="", description="账号和中枢可用的内网主机 internal hosts that accounts and the hub may lead to"
    )
    metrics_token: str = Field(default="", repr=False, description="读取 /metrics 的令牌 token that may read /metrics")
    secure_cookies: bool = Field(default=False, description="仅通过 HTTPS 发送 Cookie cookies over https only")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("须以 redis://、rediss:// 或 unix:// 开头 must start with redis://, rediss:// or unix://")
        return value

    @field_validator("websub_hub")
    @classmethod
    def _hub(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname and value.isascii()):
            raise ValueError("须为 http 或 https 地址 must be an http or https address")
        return value

    @field_validator("site_output")
    @classmethod
    def _output(cls, value: str) -> str:
        parts = urlsplit(value)
        folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and not parts.query
        if value and not folder and not (parts.scheme == "s3" and parts.netloc):
            raise ValueError("须为 file:///目录 或 s3://存储桶/前缀 must be file:///folder or s3://bucket/prefix")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in value.replace(",", " ").split():
            ipaddress.ip_network(part)  # its ValueError says which is none
        return value

    @model_validator(mode="after")
    def _oidc(self) -> Self:
        if self.oidc_issuer and not self.oidc_issuer.startswith(("https://", "http://")):
            raise ValueError("oidc_issuer 须以 https:// 开头 must start with https://")
        if self.oidc_issuer.startswith("http://") and not self.oidc_internal:
            raise ValueError("公网的 oidc_issuer 须用 https an issuer on the internet must use https")
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("oidc_issuer 需要 oidc_client_id 和 public_url needs oidc_client_id and public_url")
        return self

    @model_validator(mode="after")
    def _public(self) -> Self:
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise ValueError("public_url 须以 http:// 或 https:// 开头 must start with http:// or https://")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the interface)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the interface)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line first, then the environment, then `yigao.toml` in the data folder."""
        folder = init_settings().get("data") or env_settings().get("data") or "var"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(folder) / CONFIG_FILE)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: SQLite in the data folder unless another database is set."""
        if not self.database_url:
            return f"sqlite:///{self.data / 'yigao.db'}"
        for plain in ("postgres://", "postgresql://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    @property
    def named_hosts(self) -> frozenset[str]:
        """The hosts of the internal network that may be connected to, in small letters."""
        return frozenset(self.internal_hosts.replace(",", " ").lower().split())

    @property
    def site_folder(self) -> Path:
        """Where public sites are written: one folder a site, named by its key. With an object store too: it follows."""
        if self.site_output.startswith("file:"):
            return Path(unquote(urlsplit(self.site_output).path))
        return self.data / "site"

    @property
    def artefact_folder(self) -> Path:
        """Where rendered files are kept, by content hash."""
        return self.data / "artefacts"

    @property
    def outbox(self) -> Path:
        """Where receiving folders (收稿目录) of accounts live."""
        return self.data / "outbox"

    @property
    def address(self) -> str:
        """The console's and the site's address, with a slash at the end."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 (compared, not bound)
        return (self.public_url.rstrip("/") + "/") if self.public_url else f"http://{host}:{self.port}/"


def load(**given: Any) -> Config:
    """The settings; `given` values (not None) win. Raises SettingsError with a sentence for the first wrong one."""
    try:
        config = Config(**{name: value for name, value in given.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            Words(
                f"SYS-101 {CONFIG_FILE} 不是合法的 TOML：{error}。",
                f"SYS-101 {CONFIG_FILE} is not valid TOML: {error}.",
            )
        ) from error
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error
    _require_driver(config.database)
    _require_store(config.site_output)
    return config


def _require_driver(url: str) -> None:
    """Raise SettingsError for a database there is no driver for. The address is not shown: it may hold a password."""
    if url.startswith("sqlite:"):
        return
    if not url.startswith("postgresql+psycopg:"):
        raise SettingsError(
            Words(
                "SYS-103 DATABASE_URL 须以 postgresql:// 开头，或留空使用 SQLite。",
                "SYS-103 DATABASE_URL must start with postgresql://, or be empty for SQLite.",
            )
        )
    try:
        importlib.import_module("psycopg")
    except ImportError as error:
        raise SettingsError(
            Words(
                "SYS-104 使用 PostgreSQL 需要 psycopg：请运行 pip install 'yigao[postgresql]'，或清空 DATABASE_URL。",
                "SYS-104 PostgreSQL needs the driver psycopg: pip install 'yigao[postgresql]', or unset DATABASE_URL.",
            )
        ) from error


def _require_store(output: str) -> None:
    """Raise SettingsError for an object store without the library that writes to one."""
    if output.startswith("s3:") and importlib.util.find_spec("obstore") is None:
        raise SettingsError(
            Words(
                "SYS-105 输出到对象存储需要 obstore：请运行 pip install 'yigao[s3]'，或清空 site_output。",
                "SYS-105 Output to an object store needs obstore: pip install 'yigao[s3]', or unset site_output.",
            )
        )


def _sentence(error: ValidationError) -> Words:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    value = first.get("input")
    shown = "" if isinstance(value, dict) else f" {value!r}"
    return Words(
        f"SYS-102 设置 {name} 的值{shown} 不能用：{first['msg']}。",
        f"SYS-102 Setting {name} can't be{shown}: {first['msg']}.",
    )
