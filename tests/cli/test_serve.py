"""``qipan serve``: answers on its port, names a free one where it is taken, ends cleanly."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from qipan.core.database import open_database
from tests.cli.conftest import Command


def test_it_answers_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    open_database(tmp_path / "city.db").close()
    arguments = [sys.executable, "-m", "qipan", "serve", "--port", "0", "--database", str(tmp_path / "city.db")]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        with urllib.request.urlopen(f"{found[0]}/health", timeout=30) as answer:
            assert json.load(answer)["status"] == "ok"
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in said


def test_a_busy_port_names_a_free_one(command: Command, tmp_path: Path) -> None:
    open_database(tmp_path / "qipan.db").close()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ending = command("serve", "--port", port)
    ending.refused(str(port), "--port")
    free = int(ending.err.rsplit("--port", 1)[1])
    assert free != port
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_an_address_of_another_machine_is_refused(command: Command, tmp_path: Path) -> None:
    open_database(tmp_path / "qipan.db").close()
    command("serve", "--host", "192.0.2.1").refused("192.0.2.1")
    command("serve", "--host", "no such host").refused("no such host")


def test_a_register_must_be_there(command: Command) -> None:
    command("serve", "--port", "0").refused("qipan.db")


def test_a_half_configured_provider_is_refused(command: Command, tmp_path: Path) -> None:
    open_database(tmp_path / "qipan.db").close()
    command("serve", "--oidc-issuer", "https://id.example").refused("QIPAN_OIDC_CLIENT_SECRET")
