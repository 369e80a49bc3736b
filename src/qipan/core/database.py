"""Opening the register: SQLite by a path, PostgreSQL by a URL; creating and checking its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from qipan.core.errors import DatabaseError, FieldProblem, InvalidRecord
from qipan.core.tables import metadata, schema_version, setting

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry


@dataclass(frozen=True, slots=True)
class Database:
    """An open register; ``begin`` and ``connect`` give connections, ``close`` gives all of them back."""

    engine: Engine

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the register is an SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None on a server."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in one transaction: committed at the end, rolled back by any error."""
        writing = self.engine.execution_options(writes=True)
        with _said_plainly(self.engine), writing.begin() as connection:
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection for reading; what it writes is rolled back."""
        with _said_plainly(self.engine), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(address: str | Path, *, create: bool = True) -> Database:
    """Open the register at an SQLite path or a database URL, creating its tables where there are none.

    Raises DatabaseError where it cannot be opened, is no register, or was written by a newer version; with ``create``
    false also where it does not exist yet.
    """
    url = _url(address)
    if url.startswith("sqlite:///") and not create and not Path(url[10:]).exists():
        message = f"没有找到数据库 {url[10:]}：请核对路径，或先运行 qipan demo 或 qipan import 建立"
        raise DatabaseError(message)
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    database = Database(engine)
    _prepare(database)
    return database


def _url(address: str | Path) -> str:
    text = str(address)
    if "://" not in text:
        return f"sqlite:///{text}"
    return text.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun in _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # The driver's own implicit BEGIN comes too late to make reads and DDL part of the transaction. A transaction that
    # will write takes the lock at once: one that reads first and then finds the lock taken could only give up.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(database: Database) -> None:
    with database.begin() as connection:
        known = inspect(connection).get_table_names()
        if known and setting.name not in known:
            message = f"{database.engine.url.render_as_string()} 不是 Qipan 的数据库：请换一个空的地址"
            raise DatabaseError(message)
        if not known:
            metadata.create_all(connection)
            connection.execute(insert(setting).values(key="schema_version", value=str(schema_version)))
        version = connection.execute(select(setting.c.value).where(setting.c.key == "schema_version")).scalar_one()
        if int(version) < schema_version:
            _upgrade(connection)
        elif int(version) > schema_version:
            message = f"数据库结构为第 {version} 版，本程序为第 {schema_version} 版：请使用写入它的那一版程序"
            raise DatabaseError(message)


def _upgrade(connection: Connection) -> None:
    # Every newer version so far has only added tables.
    metadata.create_all(connection)
    row = setting.c.key == "schema_version"
    connection.execute(update(setting).where(row).values(value=str(schema_version)))


@contextmanager
def _said_plainly(engine: Engine) -> Iterator[None]:
    """Turn the driver's failures that a user can act on into DatabaseError; nothing of the transaction is kept."""
    try:
        yield
    except IntegrityError as error:
        reason = "所指的编号不存在，或与已有的记录重复：请核对后重试"
        raise InvalidRecord([FieldProblem(None, "编号", "", reason)]) from error
    except (DataError, OverflowError) as error:
        reason = "数值或文字超出可存的范围：请核对后重试"
        raise InvalidRecord([FieldProblem(None, "取值", "", reason)]) from error
    except DBAPIError as error:
        address = engine.url.render_as_string()
        message = f"无法读写数据库 {address}：{_reason(str(error.orig))}"
        raise DatabaseError(message) from error
    except SQLAlchemyError as error:
        message = f"数据库 {engine.url.render_as_string()} 拒绝了操作：{error}"
        raise DatabaseError(message) from error


def _reason(text: str) -> str:
    known = {
        "unable to open": "打不开文件，请核对目录是否存在、是否有权限",
        "readonly": "文件只读，请核对写权限",
        "read-only": "文件只读，请核对写权限",
        "disk is full": "磁盘已满，请腾出空间后重试",
        "disk I/O": "磁盘读写失败，请核对磁盘空间与硬件",
        "locked": "另一个程序正在写入，请稍后重试",
        "not a database": "文件不是数据库或已损坏，请用备份恢复",
        "malformed": "文件已损坏，请用备份恢复",
        "onnection": "连不上数据库服务器，请核对地址、端口与口令",
    }
    return next((reason for sign, reason in known.items() if sign in text), text)


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    assert key is not None  # every table here has one
    return int(key[0])
