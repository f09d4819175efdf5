"""The command `yigao`. Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 waiting for a person."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from channels.words import Words
from hub import __version__
from hub.cli.output import Output
from hub.config import SettingsError
from hub.domain.refusals import Refusal

DONE, FAILED, WRONG_USE, WAITING = 0, 1, 2, 3


MODULES = {
    "up": "hub.cli.up",
    "render": "hub.cli.render",
    "publish": "hub.cli.publish",
    "correct": "hub.cli.correct",
    "withdraw": "hub.cli.withdraw",
    "review": "hub.cli.review",
    "site": "hub.cli.site",
    "hold": "hub.cli.hold",
    "user": "hub.cli.user",
    "secrets": "hub.cli.secrets",
    "doctor": "hub.cli.doctor",
    "audit": "hub.cli.audit",
    "backup": "hub.cli.backup",
    "restore": "hub.cli.restore",
}


class _Lazy(click.Group):
    """Imports a command's module when it is called, so that `yigao --help` and `render` start fast."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in MODULES:
            return None
        command: click.Command = importlib.import_module(MODULES[name]).command
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yigao")
def cli() -> None:
    """一稿 Yigao：一稿撰写，三审签发，处处发布，步步有据。

    Compose one policy interpretation, publish it to every channel. YIGAO_LANGUAGE=en for English answers.
    """


def _database_away(error: Exception) -> Words | None:
    if "sqlalchemy" not in sys.modules:
        return None
    from hub.db import AWAY, is_away  # noqa: PLC0415 (`yigao --help` needs no database)

    return AWAY if is_away(error) else None


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code; whatever goes wrong is one sentence, never a traceback."""
    out = Output.from_environment()
    try:
        code = cli.main(args=arguments, prog_name="yigao", standalone_mode=False)
    except click.exceptions.Abort:
        code = FAILED
    except click.ClickException as error:
        error.show()
        code = WRONG_USE
    except SettingsError as error:
        out.error(error.words)
        code = WRONG_USE
    except Refusal as refusal:
        out.error(refusal.coded, refusal.suggestion)
        code = WRONG_USE if refusal.code.startswith("SYS-") else FAILED
    except OSError as error:
        name = Path(str(error.filename)).name if error.filename else ""
        out.error(Words(f"SYS-110 {name} {error.strerror}。", f"SYS-110 {name} {error.strerror}."))
        code = FAILED
    except Exception as error:
        if os.environ.get("YIGAO_DEBUG"):
            raise
        if words := _database_away(error):
            out.error(words)
            sys.exit(FAILED)
        kind = type(error).__name__
        out.error(
            Words(f"SYS-500 程序出错（{kind}）。", f"SYS-500 The program failed ({kind})."),
            Words(
                "设 YIGAO_DEBUG=1 再运行一次，可得到供开发者查看的详情。", "Run again with YIGAO_DEBUG=1 for details."
            ),
        )
        code = FAILED
    sys.exit(code or DONE)
