"""``qipan form``: the figures that only people know, asked for and taken in by Excel forms."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from qipan.cli.console import print_json, say
from qipan.cli.files import bytes_of, write_whole
from qipan.cli.options import DatabaseOption, JsonOption, default_database, opened, unit_id_of

app = typer.Typer(help="填报表 · Forms in which units report figures.", no_args_is_help=True)


@app.command("issue")
def issue(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="单位名称或别名 · Name or alias of the unit.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写入的 .xlsx 文件 · The .xlsx file to write.")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="填报截至日期 · The day it is issued for.")
    ] = None,
    database: DatabaseOption = default_database,
) -> None:
    """发放一个单位的填报表 · Write the form with the figures that a unit is asked for."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.measuring import issue_form
    from qipan.core.settings import as_of_day

    with opened(database) as register, register.connect() as connection:
        unit_id = unit_id_of(connection, unit)
        if unit_id is None:
            raise InvalidRecord([FieldProblem(None, "UNIT", unit, "请写单位名称")])
        day = as_of_day(connection) if as_of is None else as_of.date()
        content = issue_form(connection, load_catalogue(), system, unit_id, day)
    write_whole(file, lambda draft: draft.write_bytes(content))
    say(f"已写入 {unit} 的填报表 {file}")


@app.command("read")
def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="填好的填报表 · The filled form.")],
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """读入填好的填报表，全部成功或全部不写 · Enter the figures of a filled form, all or none."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.measuring import read_form

    content = bytes_of(file)
    with opened(database) as register, register.begin() as connection:
        taken = read_form(connection, load_catalogue(), system, content)
    if json:
        print_json(taken)
    say(f"已填报 {taken['accepted']} 个数值")
