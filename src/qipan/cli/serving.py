"""``qipan serve``: the page and the interface over one register."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from qipan.cli.console import say
from qipan.cli.options import DatabaseOption, default_database
from qipan.errors import QipanError

if TYPE_CHECKING:
    from qipan.core.database import Database

default_port = 8600
PortOption = Annotated[int, typer.Option(min=0, max=65535, help="端口，0 为任意空闲端口 · The port; 0 takes any free.")]
HostOption = Annotated[
    str, typer.Option(help="监听地址，0.0.0.0 供本机以外访问 · The address; 0.0.0.0 lets other machines in.")
]


class PortTaken(QipanError):
    """Another program listens there, or this user may not; the text names a port that is free."""


def serve(
    database: DatabaseOption = default_database, host: HostOption = "127.0.0.1", port: PortOption = default_port
) -> None:
    """启动网页与接口 · Serve the page and the interface until Ctrl-C."""
    from qipan.core.database import open_database

    taken = bind(host, port)
    with taken:
        serve_on(taken, open_database(database, create=False))


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


def serve_on(taken: socket.socket, database: Database) -> None:
    """Serve a register on a bound socket until the process is asked to stop."""
    import uvicorn

    from qipan.api import create_app

    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    taken.listen(2048)  # from here on a caller waits for the answer in place of being refused
    say(f"棋盘已就绪：http://{shown}:{port} （按 Ctrl-C 停止）")
    config = uvicorn.Config(create_app(database), log_level="warning", timeout_graceful_shutdown=5)
    try:
        uvicorn.Server(config).run(sockets=[taken])
    except KeyboardInterrupt:
        say("已停止")
