"""Why a backup can't be made, read or restored: one place for the sentences."""

from __future__ import annotations

from pathlib import Path

from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal


def file_exists(file: Path) -> Refusal:
    """The backup's name is taken."""
    return Refusal(
        "SYS-301",
        Words(f"{file} 已存在，没有覆盖。", f"{file} is there already and was left alone."),
        Words("请换一个文件名，或加 --replace。", "Choose another name, or add --replace."),
    )


def nothing_here(place: str) -> Refusal:
    """There is no installation to back up."""
    return Refusal(
        "SYS-302",
        Words(f"{place} 没有一稿的数据，无可备份。", f"There is no Yigao data in {place} to back up."),
        Words("请用 --data 指定数据目录。", "Name the data folder with --data."),
    )


def not_empty(place: str) -> Refusal:
    """The target has interpretations or deliveries."""
    return Refusal(
        "SYS-303",
        Words(f"{place} 已有稿件或发布任务，没有恢复。", f"{place} has interpretations or deliveries; not restored."),
        Words(
            "请恢复到空目录；或加 --replace，现有数据会改名保留。",
            "Restore into an empty folder, or add --replace, which keeps the present data under another name.",
        ),
    )


def others_run(names: str) -> Refusal:
    """Processes of some machine use the database."""
    return Refusal(
        "SYS-304",
        Words(f"还有进程在使用这个数据库：{names}。", f"Processes still use this database: {names}."),
        Words("请先停止它们，一分钟后再试。", "Stop them and try again a minute later."),
    )


def not_a_backup(file: Path) -> Refusal:
    """Some other file."""
    return Refusal(
        "BAK-101",
        Words(
            f"{file} 不是一稿的备份文件，或从开头就已损坏。",
            f"{file} is not a backup of Yigao, or damaged from its beginning.",
        ),
    )


ANOTHER = Words("请换一份备份。没有改动任何数据。", "Take another backup. Nothing has been changed.")


def cut_off(file: Path, member: str) -> Refusal:
    """The file ends too early."""
    return Refusal(
        "BAK-102", Words(f"{file} 不完整，到 {member} 中断。", f"{file} is cut off in {member}."), suggestion=ANOTHER
    )


def altered(file: Path, member: str) -> Refusal:
    """A member is not what was written."""
    return Refusal(
        "BAK-103",
        Words(f"{file} 已损坏或被改动：{member}。", f"{file} is damaged or was altered: {member}."),
        suggestion=ANOTHER,
    )


def too_new(file: Path, version: str) -> Refusal:
    """Made by a later product."""
    return Refusal(
        "BAK-104",
        Words(f"{file} 由较新的版本 {version} 制作，这里读不了。", f"{file} was made by the newer version {version}."),
        Words("请先升级一稿。", "Upgrade Yigao first."),
    )


def not_loaded(table: str, why: str) -> Refusal:
    """The database refused a table's rows."""
    return Refusal(
        "BAK-105",
        Words(f"数据库不接受表 {table}：{why}", f"The database did not take the table {table}: {why}"),
        Words("现有数据没有改动。", "The present data has not been changed."),
    )


def no_folder(folder: Path) -> Refusal:
    """The backup's folder isn't there."""
    return Refusal("SYS-305", Words(f"没有目录 {folder}。", f"There is no folder {folder}."), NO_WORDS)


def no_room(why: str) -> Refusal:
    """The database doesn't let us build another one beside it."""
    return Refusal(
        "SYS-306",
        Words(f"数据库不允许恢复：{why}", f"The database doesn't allow a restore: {why}"),
        Words("数据库用户须有建立模式（CREATE）的权限。", "Its user must be allowed to create schemas (CREATE)."),
    )
