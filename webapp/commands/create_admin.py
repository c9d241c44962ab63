"""`gongxuan create-admin`: the first account, which makes the others in the application."""

import os

import click

from engine import people
from engine.db import transaction
from webapp.installation import folder_of, open_installation


@click.command("create-admin")
@click.argument("login")
@click.option("--name", prompt="Name 姓名", help="As it is shown on the pages.")
@click.option(
    "--password", prompt="Password 密码", hide_input=True, confirmation_prompt=True,
    help="Better typed when asked: the command line is kept by the shell.",
)  # fmt: skip
def create_admin(login: str, name: str, password: str) -> None:
    """Make an administrator with the account name LOGIN; stop the server first."""
    with (
        open_installation(os.environ, folder_of(os.environ)) as installation,
        transaction(installation.sessions) as session,
    ):
        person = people.create_person(session, name=name)
        people.create_account(
            session, person_id=person.id, login=login, password=password,
            duties=["administrator", "office", "owner"],
            hash_cost=installation.settings.hash_cost,
        )  # fmt: skip
    click.echo(f"{login}: administrator, selection office, procedure manager")
