"""``qipan user`` and ``qipan token``: the same accounts that the page knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.accounts import principal_of_secret, sign_in
from qipan.core.database import open_database
from qipan.core.errors import SignInFailed
from tests.cli.conftest import Command


@pytest.fixture
def city(command: Command) -> Command:
    ending = command("user", "add", "王工", "--role", "city", "--password-stdin", stdin="first-password\n")
    assert ending.code == 0, ending.err
    return command


def _signs_in(name: str, password: str) -> bool:
    database = open_database("qipan.db", create=False)
    try:
        with database.begin() as connection:
            sign_in(connection, name, password)
    except SignInFailed:
        return False
    finally:
        database.close()
    return True


def test_an_account_can_sign_in_until_it_is_disabled(city: Command) -> None:
    assert _signs_in("王工", "first-password")
    assert city("user", "disable", "王工").code == 0
    assert not _signs_in("王工", "first-password")
    assert city("user", "enable", "王工").code == 0
    assert _signs_in("王工", "first-password")


def test_a_new_password_replaces_the_old(city: Command) -> None:
    assert city("user", "password", "王工", stdin="second-password\n").code == 0
    assert not _signs_in("王工", "first-password")
    assert _signs_in("王工", "second-password")


def test_the_list_says_role_and_state(city: Command) -> None:
    city("user", "disable", "王工")
    (row,) = city("user", "list", "--json").json
    assert (row["name"], row["role"], row["active"]) == ("王工", "city", False)
    assert "已停用" in city("user", "list").out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("王工",), "已有同名账号"),
        (("李工", "--role", "district"), "区级账号必须指定所属区域"),
        (("李工", "--role", "operator"), "企业账号必须指定所属单位"),
        (("李工", "--role", "district", "--area", "不存在区"), "--area"),
        (("李工", "--role", "operator", "--unit", "不存在公司"), "--unit"),
        (("李工", "--role", "mayor"), "mayor"),
    ],
)
def test_a_wrong_account_is_refused(city: Command, arguments: tuple[str, ...], word: str) -> None:
    city("user", "add", *arguments, stdin="long-enough\n").refused(word)
    assert [row["name"] for row in city("user", "list", "--json").json] == ["王工"]


def test_a_short_password_is_refused_and_not_repeated(city: Command) -> None:
    ending = city("user", "add", "李工", stdin="short\n")
    ending.refused("至少 8 个字符")
    assert "short" not in ending.err


@pytest.mark.parametrize("verb", ["disable", "enable", "password"])
def test_an_unknown_account_is_named(city: Command, verb: str) -> None:
    city("user", verb, "赵工", stdin="long-enough\n").refused("赵工", "qipan user list")


def test_a_token_works_until_it_is_revoked(city: Command) -> None:
    secret = city("token", "add", "数据对接", "--user", "王工", "--expires", "2999-12-31").out.strip()
    database = open_database("qipan.db", create=False)
    with database.connect() as connection:
        assert principal_of_secret(connection, secret).name == "王工"
    (row,) = city("token", "list", "--user", "王工", "--json").json
    assert row["label"] == "数据对接"
    assert secret not in str(row)
    assert row["id"][:12] in city("token", "list", "--user", "王工").out
    assert city("token", "revoke", row["id"][:12], "--user", "王工").code == 0
    with database.connect() as connection, pytest.raises(SignInFailed):
        principal_of_secret(connection, secret)
    database.close()


def test_a_token_that_is_not_there_is_refused(city: Command) -> None:
    city("token", "revoke", "abc", "--user", "王工").refused("abc")
    city("token", "add", "x", "--user", "王工", "--expires", "tomorrow").refused("tomorrow")
    city("token", "list", "--user", "赵工").refused("赵工")


@pytest.mark.parametrize("arguments", [("user", "list"), ("user", "disable", "王工"), ("token", "list", "--user", "x")])
def test_a_register_that_is_not_there_is_not_made(command: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command(*arguments, "--database", tmp_path / "nowhere.db").refused("nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()


def test_a_file_that_is_no_register_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("只是笔记。" * 500, encoding="utf-8")
    before = (tmp_path / "notes.db").read_bytes()
    command("user", "list", "--database", tmp_path / "notes.db").refused("notes.db")
    assert (tmp_path / "notes.db").read_bytes() == before
