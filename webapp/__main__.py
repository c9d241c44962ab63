"""The command line `gongxuan`; each command is a module of `webapp.commands`."""

import sys

import click

from engine.errors import EngineError
from webapp.commands.check import check
from webapp.commands.create_admin import create_admin
from webapp.commands.demo import demo
from webapp.commands.doctor import doctor
from webapp.commands.move import move_all
from webapp.commands.prune import prune
from webapp.commands.replay import replay
from webapp.commands.serve import serve
from webapp.commands.upgrade import upgrade
from webapp.commands.web import web
from webapp.commands.worker import worker


@click.group()
def commands() -> None:
    """Gongxuan 公推公选: open selections, every role its task, every result its working."""


for command in (
    serve,
    demo,
    web,
    worker,
    create_admin,
    upgrade,
    move_all,
    prune,
    doctor,
    check,
    replay,
):
    commands.add_command(command)


def main() -> None:
    """Run a command; what is refused is said in one sentence, without a trace."""
    try:
        commands()
    except EngineError as error:
        click.echo(f"gongxuan: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
