"""An account's line to the platform, and whether it lets us in. Findings are WEC-360 to 369."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import ChannelError, Finding, NeedsHand, Permanent, Severity
from channels.wechat.client import Client
from channels.wechat.refusals import OPERATOR, translated, wrong_credentials
from channels.wechat.settings import WechatSettings
from channels.words import NO_WORDS, Words


def client_of(settings: WechatSettings) -> Client:
    """The client of an account with AppID. Raises Permanent without its secret, and where there is no line at all."""
    secret = settings.secret.get_secret_value()
    if not secret:
        raise wrong_credentials()
    if settings.far_end is None:
        raise Permanent("WEC-309", NO_LINE, OPERATOR)
    return Client(settings.base, settings.app_id, secret, settings.far_end)


def probe_platform(settings: WechatSettings) -> Sequence[Finding]:
    """Asks for one draft, which changes nothing: so token, address list and rights have been tried."""
    try:
        with translated():
            client = client_of(settings)
            client.call("draft/batchget", offset=0, count=1, no_content=1)
            if settings.after_draft == "publish":
                client.call("freepublish/batchget", offset=0, count=1, no_content=1)
    except NeedsHand as error:
        return [Finding(error.code, Severity.WARN, "after_draft", error.sentence, BY_HAND)]
    except ChannelError as error:
        place = "app_id" if error.code == "WEC-310" else "base"
        return [Finding(error.code, Severity.BLOCK, place, error.sentence, NO_WORDS)]
    return []


NO_LINE = Words("这里没有到公众平台的连接。", "There is no line to the platform here.")
BY_HAND = Words("发布时会自动转为人工发布。", "Publishing will turn into a person's task by itself.")
