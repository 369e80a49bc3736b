"""``qipan city``: a city to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qipan.cli.console import print_json, print_table, say, working
from qipan.cli.options import JsonOption

app = typer.Typer(help="演示城市 · A generated city to try things on.", no_args_is_help=True)

ScaleOption = Annotated[
    float, typer.Option(help="规模，0.001 至 1，1 为全市 · Share of the whole city, from 0.001 to 1.")
]


@app.command("make")
def make(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="写入的文件夹 · The folder to write.")],
    scale: ScaleOption = 0.02,
    seed: Annotated[int, typer.Option(min=0, help="随机种子 · The same seed gives the same city.")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="覆盖已有内容 · Replace what stands there.")] = False,
    json: JsonOption = False,
) -> None:
    """生成一座城市的导入文件 · Write a generated city as the import files of a real one."""
    from qipan.core.city import make_city

    with working("生成城市") as progress:
        made = make_city(folder, scale, seed, progress.report, progress.stop.is_set, overwrite=overwrite)
    if json:
        print_json(vars(made))
        return
    rows = ((one["file"], one["content"], one["kind"], f"{one['rows']:,}") for one in made.files)
    print_table(f"{made.name}（规模 {made.scale:g}，截至 {made.as_of}）", ("文件", "内容", "类别", ">行数"), rows)
    say(f"已写入 {folder}：用 qipan import {folder} 导入")
