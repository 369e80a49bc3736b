"""``qipan user``: who may sign in."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from qipan.cli.console import print_json, print_table, say
from qipan.cli.options import DatabaseOption, JsonOption, area_id_of, default_database, opened, unit_id_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(help="账号 · Accounts that may sign in.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="账号名 · The account's name.")]
PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读取口令 · Read the password from the input stream.")
]


class RoleName(StrEnum):
    """What an account may do: everything, its district, its unit, or reading only."""

    city = "city"
    district = "district"
    operator = "operator"
    viewer = "viewer"


@app.command("add")
def add(
    name: NameArgument,
    role: Annotated[RoleName, typer.Option(help="角色 · The role.")] = RoleName.viewer,
    area: Annotated[str, typer.Option(help="区域名称或代码 · Name or code of the area, for district and viewer.")] = "",
    unit: Annotated[str, typer.Option(help="单位名称或别名 · Name of the unit, for operator and viewer.")] = "",
    oidc_subject: Annotated[str, typer.Option(help="统一认证的主体标识 · Subject at the identity provider.")] = "",
    password_stdin: PasswordStdinOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """新建账号 · Create an account; its password is asked for, unless it signs in through OIDC alone."""
    from qipan.core.access import system
    from qipan.core.accounts import create_account

    password = None if oidc_subject and not password_stdin else _password(password_stdin)
    with opened(database, create=True) as register, register.begin() as connection:
        places = {"area_id": area_id_of(connection, area), "unit_id": unit_id_of(connection, unit)}
        subject = oidc_subject or None
        create_account(connection, system, name, role.value, password=password, oidc_subject=subject, **places)
    say(f"已建立账号 {name}（{role.value}）")


@app.command("list")
def show_all(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出账号 · List the accounts."""
    from sqlalchemy import select

    from qipan.core import tables

    account, area, unit = tables.account.c, tables.area.c, tables.unit.c
    query = select(account.name, account.role, area.name.label("area"), unit.name.label("unit"), account.active)
    query = query.outerjoin(tables.area, area.id == account.area_id).outerjoin(tables.unit, unit.id == account.unit_id)
    with opened(database) as register, register.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query.order_by(account.name))]
    if json:
        print_json(rows)
        return
    shown = ((row["name"], row["role"], row["area"], row["unit"], "" if row["active"] else "已停用") for row in rows)
    print_table("账号", ("账号", "角色", "区域", "单位", "状态"), shown)


@app.command("disable")
def disable(name: NameArgument, database: DatabaseOption = default_database) -> None:
    """停用账号，并立即结束其登录 · Switch an account off and end its sessions at once."""
    _change(database, name, {"active": False})
    say(f"已停用账号 {name}")


@app.command("enable")
def enable(name: NameArgument, database: DatabaseOption = default_database) -> None:
    """启用账号 · Switch an account on again."""
    _change(database, name, {"active": True})
    say(f"已启用账号 {name}")


@app.command("password")
def change_password(
    name: NameArgument, password_stdin: PasswordStdinOption = False, database: DatabaseOption = default_database
) -> None:
    """修改口令，并结束其登录 · Change a password and end the account's sessions."""
    _change(database, name, {"password": _password(password_stdin)})
    say(f"已修改账号 {name} 的口令")


def account_id_of(connection: Connection, name: str) -> int:
    """Return the id of the account called ``name``; NotFound where there is none."""
    from sqlalchemy import select

    from qipan.core import tables
    from qipan.core.errors import NotFound

    found = connection.execute(select(tables.account.c.id).where(tables.account.c.name == name)).scalar_one_or_none()
    if found is None:
        message = f"没有名为“{name}”的账号：用 qipan user list 查看全部账号"
        raise NotFound(message)
    return int(found)


def _change(database: str, name: str, values: dict[str, object]) -> None:
    from qipan.core.access import system
    from qipan.core.accounts import change_account

    with opened(database) as register, register.begin() as connection:
        change_account(connection, system, account_id_of(connection, name), values)


def _password(from_stream: bool) -> str:
    if from_stream or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("口令 Password", hide_input=True, confirmation_prompt="再输一次 Repeat"))
