"""The tree of commands. Each command's module imports what it works with only when the command runs."""

from __future__ import annotations

from typing import Annotated

import typer

from qipan.cli import (
    accounts,
    building,
    cities,
    coverage,
    demo,
    exchange,
    forms,
    measures,
    merging,
    network,
    plans,
    serving,
    tokens,
)

_help = """棋盘：读计划，量差距，看进展。

Reads a city's action plan, measures it on what is built, shows how it stands."""

app = typer.Typer(name="qipan", help=_help, no_args_is_help=True, pretty_exceptions_enable=False)
app.command("demo")(demo.demo)
app.add_typer(plans.app, name="plan")
app.command("measure")(measures.measure)
app.add_typer(forms.app, name="form")
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.add_typer(building.app, name="build")
app.add_typer(merging.app, name="merge")
app.add_typer(cities.app, name="city")
app.add_typer(coverage.ground_app, name="ground")
app.add_typer(coverage.app, name="coverage")
app.add_typer(network.app, name="network")
app.command("serve")(serving.serve)
app.add_typer(accounts.app, name="user")
app.add_typer(tokens.app, name="token")


def _version(wanted: bool) -> None:
    if wanted:
        from qipan import __version__

        typer.echo(f"qipan {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本号 · Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
