"""``qipan serve``: the page and the interface over one register."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from qipan.cli.console import say
from qipan.cli.options import DatabaseOption, default_database
from qipan.errors import QipanError

if TYPE_CHECKING:
    from qipan.api.oidc import Provider
    from qipan.core.database import Database

default_port = 8600
PortOption = Annotated[int, typer.Option(min=0, max=65535, help="端口，0 为任意空闲端口 · The port; 0 takes any free.")]
HostOption = Annotated[
    str, typer.Option(help="监听地址，0.0.0.0 供本机以外访问 · The address; 0.0.0.0 lets other machines in.")
]


class PortTaken(QipanError):
    """Another program listens there, or this user may not; the text names a port that is free."""


class HalfConfigured(QipanError):
    """Signing in through a provider needs its issuer, a client id and a secret; some of them are missing."""


def serve(
    database: DatabaseOption = default_database,
    host: HostOption = "127.0.0.1",
    port: PortOption = default_port,
    oidc_issuer: Annotated[
        str, typer.Option(envvar="QIPAN_OIDC_ISSUER", help="统一身份认证的签发者 · Issuer of the identity provider.")
    ] = "",
    oidc_client_id: Annotated[
        str, typer.Option(envvar="QIPAN_OIDC_CLIENT_ID", help="在认证方登记的客户端 · Client id registered there.")
    ] = "",
) -> None:
    """启动网页与接口 · Serve the page and the interface until Ctrl-C.

    The secret of the client is read from the environment variable QIPAN_OIDC_CLIENT_SECRET.
    """
    from qipan.core.database import open_database

    provider = _provider(oidc_issuer, oidc_client_id, os.environ.get("QIPAN_OIDC_CLIENT_SECRET", ""))
    taken = bind(host, port)
    with taken:
        serve_on(taken, open_database(database, create=False), provider)


def _provider(issuer: str, client_id: str, client_secret: str) -> Provider | None:
    given = (issuer, client_id, client_secret)
    if not any(given):
        return None
    if not all(given):
        message = "统一身份认证需同时给出 --oidc-issuer、--oidc-client-id 和环境变量 QIPAN_OIDC_CLIENT_SECRET，缺一不可"
        raise HalfConfigured(message)
    from qipan.api.oidc import Provider

    return Provider(issuer, client_id, client_secret)


def bind(host: str, port: int) -> socket.socket:
    """Take the address before any work is done for it; PortTaken names a free port where it is in use."""
    try:
        return _bound(host, port)
    except socket.gaierror as error:
        message = f"--host {host} 不是本机的地址：请改为 127.0.0.1，或供外部访问的 0.0.0.0"
        raise PortTaken(message) from error
    except OSError as error:
        with _bound(host if host in ("0.0.0.0", "::") else "127.0.0.1", 0) as free:
            other = free.getsockname()[1]
        message = f"{host} 的端口 {port} 不能使用（{error.strerror}）：可改用空闲端口，例如 --port {other}"
        raise PortTaken(message) from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError:
        taken.close()
        raise
    return taken


def serve_on(taken: socket.socket, database: Database, provider: Provider | None = None) -> None:
    """Serve a register on a bound socket until the process is asked to stop."""
    import uvicorn

    from qipan.api import create_app

    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    taken.listen(2048)  # from here on a caller waits for the answer in place of being refused
    say(f"棋盘已就绪：http://{shown}:{port} （按 Ctrl-C 停止）")
    config = uvicorn.Config(
        create_app(database, identity_provider=provider), log_level="warning", timeout_graceful_shutdown=5
    )
    try:
        uvicorn.Server(config).run(sockets=[taken])
    except KeyboardInterrupt:
        say("已停止")
