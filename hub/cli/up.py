"""`yigao up`: the whole installation as one process tree."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select

from channels.registry import CHANNELS
from channels.words import Words
from hub import supervisor
from hub.cli.following import Standing, follow
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import Config, load
from hub.domain.states import State
from hub.editorial.importing import import_content
from hub.models import Account, Site
from hub.publishing.scheduling import schedule
from hub.sampling import sample_people, sign_sample
from hub.services import Services
from hub.setup import Ready, first_sign_in, make_ready, sample_contents

# A delivery of the sample is through these in a moment; its line says where it ended.
ON_THE_WAY = frozenset({State.SCHEDULED, State.QUEUED, State.WORKING})


@click.command("up")
@DATA
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="端口 port (default 8000)")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="worker 进程数 number of workers (default 2)")
@click.option("--sample", is_flag=True, help="首次启动时载入并发布样例 load and publish the sample on the first start")
@JSON
def command(data: Path | None, port: int | None, workers: int | None, sample: bool, machine: bool) -> int:
    """启动一稿：控制台、公开站点、worker、时钟。 Start the console, the site, the workers and the clock.

    Ctrl-C, SIGTERM or a closed terminal stops them all.
    """
    config = load(data=data, port=port, workers=workers)
    out = Output(language=config.language, machine=machine)
    supervisor.precheck(config)
    services = Services(config)
    ready = make_ready(services, sample=sample, now=datetime.now(UTC))
    out.say(Words(f"一稿正在启动，数据在 {config.data}", f"Yigao is starting; its data is in {config.data}"))

    def welcome() -> None:
        standings = _publish_samples(out, services, ready) if sample and ready.first else []
        _say_addresses(out, services, config, standings)

    # The tree is watched by the main thread from its first moment, so a Ctrl-C in the welcome stops it too.
    greeter = threading.Thread(target=welcome, daemon=True)
    return supervisor.run(config, started=greeter.start)


def _publish_samples(out: Output, services: Services, ready: Ready) -> Sequence[Standing]:
    """Publish the sample's interpretations one by one to every account of their office, a line for each delivery. Its
    editor writes them and its three reviewers sign them.
    """
    with services.db.reading() as session:
        people = sample_people(session, ready.office_id)
        accounts = session.scalars(select(Account).where(Account.office_id == ready.office_id, Account.active)).all()
    order = list(CHANNELS)
    account_ids = [a.id for a in sorted(accounts, key=lambda a: (order.index(a.channel), a.id))]
    standings: list[Standing] = []
    for content in sample_contents():
        now = datetime.now(UTC)
        saved = import_content(services, actor=people[0], office_id=ready.office_id, content=content, now=now)
        out.say(Words(f"发布样例：{content.title}", f"Publishing the sample: {content.title}"))
        sign_sample(services, saved.revision_id, people, now)
        outcomes = schedule(
            services, actor=people[0], revision_id=saved.revision_id, account_ids=account_ids, at=None, now=now
        )
        ids = [o.delivery_id for o in outcomes if o.delivery_id is not None]
        standings += follow(out, services, ids, unsaid=ON_THE_WAY)
    return standings


def _say_addresses(out: Output, services: Services, config: Config, standings: Sequence[Standing]) -> None:
    with services.db.reading() as session:
        site = session.scalars(select(Site).order_by(Site.id)).first()
    base = site.base_url if site else config.address
    signed_in = first_sign_in(config.data)
    out.say(Words("", ""))
    if standings:
        out.say(Words("成品所在", "The artefacts are in"))
    for standing in standings:
        name, place = CHANNELS[standing.channel].name, _folder(services, site, standing)
        out.say(Words(f"  {name.zh} · {place}", f"  {name.en} · {place}"))
    out.say(Words(f"控制台　{config.address}console/", f"Console   {config.address}console/"), colour="green")
    if signed_in:
        login, password = signed_in
        out.say(Words(f"首次登录　{login} / {password}", f"First sign-in   {login} / {password}"))
    out.say(Words(f"公开站点　{base}", f"Public site   {base}"))
    out.say(Words(f"订阅地址　{base}feed.xml　{base}atom.xml", f"Feeds   {base}feed.xml   {base}atom.xml"))
    out.say(Words("按 Ctrl-C 停止", "Ctrl-C stops it"))
    out.document(
        {
            "console": f"{config.address}console/",
            "site": base,
            "feeds": [f"{base}feed.xml", f"{base}atom.xml"],
            "first_sign_in": {"login": signed_in[0], "password": signed_in[1]} if signed_in else None,
            "deliveries": [{**s.as_dict(), "folder": _folder(services, site, s)} for s in standings],
        }
    )


def _folder(services: Services, site: Site | None, standing: Standing) -> str:
    """Where a published delivery's files lie on this machine."""
    if site and standing.url.startswith(site.base_url):
        return str(services.config.site_folder / site.key / standing.url.removeprefix(site.base_url))
    return standing.place
