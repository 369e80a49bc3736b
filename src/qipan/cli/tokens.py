"""``qipan token``: secrets with which programs use the interface in an account's name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from qipan.cli.accounts import account_id_of
from qipan.cli.console import print_json, print_table, say
from qipan.cli.options import DatabaseOption, JsonOption, default_database, opened

app = typer.Typer(help="访问令牌 · API tokens of an account.", no_args_is_help=True)

UserOption = Annotated[str, typer.Option("--user", help="账号名 · The account's name.")]
_shown_characters = 12


@app.command("add")
def add(
    label: Annotated[str, typer.Argument(help="用途说明 · What it is for.")],
    user: UserOption,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="最后有效日 · Last day on which it is valid.")
    ] = None,
    database: DatabaseOption = default_database,
) -> None:
    """新建令牌并输出一次 · Create a token and print it, this once."""
    from datetime import UTC, timedelta

    from qipan.core.access import principal_of
    from qipan.core.accounts import create_token

    end = None if expires is None else expires.replace(tzinfo=UTC) + timedelta(days=1)
    with opened(database) as register, register.begin() as connection:
        principal = principal_of(connection, account_id_of(connection, user))
        print(create_token(connection, principal, label, end))


@app.command("list")
def show_all(user: UserOption, json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出令牌 · List an account's tokens, never their secrets."""
    from qipan.core.access import principal_of
    from qipan.core.accounts import tokens_of

    with opened(database) as register, register.connect() as connection:
        tokens = tokens_of(connection, principal_of(connection, account_id_of(connection, user)))
    if json:
        print_json([{"id": one.pop("token_hash"), **one} for one in tokens])
        return
    rows = ((one["token_hash"][:_shown_characters], one["label"], one["created_at"], _end(one)) for one in tokens)
    print_table(f"{user} 的访问令牌", ("编号", "用途", "建立", "到期"), rows)


@app.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(help="令牌编号的开头，见 token list · Beginning of its id.")],
    user: UserOption,
    database: DatabaseOption = default_database,
) -> None:
    """吊销令牌 · Revoke a token."""
    from qipan.core.access import principal_of
    from qipan.core.accounts import end_sign_in, tokens_of
    from qipan.core.errors import NotFound

    with opened(database) as register, register.begin() as connection:
        principal = principal_of(connection, account_id_of(connection, user))
        found = [one for one in tokens_of(connection, principal) if one["token_hash"].startswith(token)]
        if len(found) != 1:
            message = f"账号 {user} 有 {len(found)} 个编号以“{token}”开头的令牌：请用 qipan token list 核对编号"
            raise NotFound(message)
        end_sign_in(connection, principal, found[0]["token_hash"])
    say(f"已吊销令牌 {found[0]['label']}")


def _end(token: dict[str, Any]) -> str:
    return "长期" if token["expires_at"] is None else str(token["expires_at"])[:10]
