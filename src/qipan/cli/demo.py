"""``qipan demo``: a plan read, a city built, the gap measured and served, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.cities import ScaleOption
from qipan.cli.console import print_json, say, working
from qipan.cli.files import bytes_of
from qipan.cli.options import JsonOption, opened
from qipan.cli.plans import OcrOption
from qipan.cli.serving import HostOption, PortOption, bind, default_port, serve_on
from qipan.errors import QipanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qipan.core.access import Principal
    from qipan.core.catalogue import Catalogue
    from qipan.core.database import Database
    from qipan.core.demo import Demo
    from qipan.core.demo.assemble import Step
    from qipan.core.jobs import Progress
    from qipan.core.scenarios import Scenario


def demo(
    scale: ScaleOption = 0.02,
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="读取这份计划，代替示例计划 · Read this plan, not the sample.")
    ] = None,
    ocr: OcrOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = default_port,
    folder: Annotated[Path, typer.Option(help="演示的文件夹 · Where the demonstration is kept.")] = Path("qipan-demo"),
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="随后启动网页 · Serve it afterwards.")] = True,
    keep: Annotated[
        bool,
        typer.Option("--keep/--fresh", help="沿用已有的演示，或重新制作 · Use again what is there, or make it anew."),
    ] = True,
    json: JsonOption = False,
) -> None:
    """一键演示：读计划、建城市、量差距、看结果 · Read a plan, build a city, measure the gap, serve it."""
    from qipan.core.database import open_database
    from qipan.core.demo import Document, assemble

    document = None if plan is None else Document(plan.name, bytes_of(plan))
    taken = bind(host, port) if serving else None
    with working("准备演示") as progress:
        made = assemble(
            folder, scale=scale, document=document, ocr=ocr, fresh=not keep, steps=_steps(), progress=progress
        )
    state = _state(made)
    if json:
        print_json(state)
    else:
        counts = "、".join(f"{one['name']} {one['count']}" for one in state["statuses"])
        say(f"{state['city']}：{state['resources']:,} 项资源，{state['targets']} 个目标（截至 {made.as_of}）：{counts}")
        for line in state["scenarios"]:
            say(line)
        say(f"账号 {made.account}  口令 {made.password}")
    if taken is not None:
        with taken:
            serve_on(taken, open_database(made.database, create=False))


def _steps() -> list[Step]:
    """Return what follows city and plan: the coverage of what stands, and the build plan that closes the gap.

    What cannot be computed is kept as a failed scenario with its reason, and the demonstration goes on.
    """
    from qipan.core.access import system
    from qipan.core.errors import JobCancelled
    from qipan.domains.mobile.building import first_plan
    from qipan.domains.mobile.coverage import first_study

    def step_of(compute: Callable[[Database, Catalogue, Principal, Progress], object]) -> Step:
        def step(database: Database, catalogue: Catalogue, progress: Progress) -> None:
            try:
                compute(database, catalogue, system, progress)
            except JobCancelled:
                raise
            except QipanError as error:
                progress.log(str(error))

        return step

    return [step_of(first_study), step_of(first_plan)]


def _state(made: Demo) -> dict[str, Any]:
    """Return what the demonstration shows, as the overview counts it."""
    from sqlalchemy import func, select

    from qipan.core import tables
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.measuring import overview, refresh
    from qipan.core.scenarios import list_scenarios

    catalogue = load_catalogue()
    with opened(str(made.database)) as database, database.connect() as connection:
        shown = overview(connection, catalogue, refresh(database, catalogue), system, made.as_of)
        resources = connection.execute(select(func.count()).select_from(tables.resource)).scalar_one()
        query = select(tables.setting.c.value).where(tables.setting.c.key == "city_name")
        city = connection.execute(query).scalar_one()
        whole = connection.execute(select(tables.area.c.id).where(tables.area.c.level == "city")).scalar_one()
        scenarios = [_told(one, whole) for one in reversed(list_scenarios(connection, system))]
    counts = shown["counts"]
    statuses = [
        {"key": one.key, "name": one.name.zh, "count": counts[one.key]}
        for one in catalogue.statuses.values()
        if one.key in counts
    ]
    return {
        "database": str(made.database),
        "account": made.account,
        "password": made.password,
        "fresh": made.fresh,
        "city": city,
        "as_of": made.as_of,
        "resources": resources,
        "targets": len(shown["rows"]),
        "statuses": statuses,
        "scenarios": scenarios,
    }


def _told(scenario: Scenario, whole: int) -> str:
    """Say in one line what a scenario found in the ``whole`` city."""
    if scenario.summary is None:
        return f"{scenario.name}：未能计算，{scenario.reason}"
    found = scenario.summary
    if scenario.kind == "coverage":
        areas = found.get("areas", ())
        city = next((one for one in areas if (one["area_id"], one["operator_id"]) == (whole, None)), None)
        shares = "" if city is None else f"：室外 {city['outdoor_area']:.1%}，人口 {city['population']:.1%}"
        return f"{scenario.name}{shares}"
    return f"{scenario.name}：{found.get('sites', 0):,} 处，投资 {found.get('capital', 0) / 1e4:,.0f} 万元"
