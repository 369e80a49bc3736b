"""Write the generated parts of the documentation: ``python -m docs.generate`` (or ``make docs``).

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; what is around it is written by hand.
The tests compare what stands there with what this program would write.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main

from qipan.cli.commands import app
from qipan.core.catalogue import Attribute, Kind, load_catalogue
from qipan.core.exchange import export_formats

folder = Path(__file__).parent
_part = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_yes = {True: "yes", False: ""}


def pages() -> list[Path]:
    """Return every page of the documentation, the README files first."""
    return [*sorted(folder.parent.glob("README*.md")), *sorted(folder.rglob("*.md"))]


def renewed(text: str) -> str:
    """Return the text of a page with its generated parts as the code now says."""
    return _part.sub(lambda found: f"{found[1]}\n{parts[found[2]]()}\n{found[3]}", text)


def commands() -> str:
    """Return the reference of the command line, one heading a command."""
    return "\n".join(line for path, command in _commands() for line in _command(path, command)).strip() + "\n"


def _commands(group: Any = None, path: str = "qipan") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Typer's own classes are private
    group = typer.main.get_command(app) if group is None else group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def command_names() -> list[str]:
    """Return the full name of every command, in the order of the help."""
    return [path for path, _ in _commands()]


def _command(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - see above
    yield f"## {path}\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    shown = [one for one in command.params if one.name != "help"]
    if shown:
        yield from _table(("Argument or option", "Default", "Meaning"), (_parameter(one) for one in shown))


def _parameter(one: Any) -> tuple[str, str, str]:  # noqa: ANN401 - see above
    if one.param_type_name == "argument":
        return f"`{one.metavar or one.name.upper()}`", "", one.help or ""
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    chosen = one.opts[0] if one.secondary_opts and one.default else one.default
    default = "" if chosen in (None, "", False) or callable(chosen) else f"`{chosen}`"
    environment = f" Environment: `{one.envvar}`." if one.envvar else ""
    return names, default, (one.help or "") + environment


def kinds() -> str:
    """Return every kind with its attributes."""
    catalogue = load_catalogue()
    lines = ["## Fields of every kind\n", *_attributes(catalogue.fields.values())]
    for kind in catalogue.kinds.values():
        lines += _kind(kind)
    return "\n".join(lines) + "\n"


def _kind(kind: Kind) -> Iterator[str]:
    yield f"\n## {kind.name.zh} · {kind.name.en}\n"
    yield f"Key `{kind.key}`, code `{kind.code}`, domain `{kind.domain}`, geometry {kind.geometry}.\n"
    yield f"{kind.description.zh} · {kind.description.en}\n"
    yield from _attributes(kind.attributes)


def _attributes(attributes: Iterable[Attribute]) -> Iterator[str]:
    head = ("Key", "名称", "Name", "Type", "Unit", "Range or choices", "Required")
    yield from _table(head, (_attribute(one) for one in attributes))


def _attribute(one: Attribute) -> tuple[str, ...]:
    limits = "" if one.minimum is None else f"≥ {one.minimum:g}"
    limits += "" if one.maximum is None else f" ≤ {one.maximum:g}"
    choices = ", ".join(f"`{choice.key}` {choice.name.zh}" for choice in one.choices)
    kind = f"`{one.kind}`" if one.kind else ""
    return (
        f"`{one.key}`",
        one.name.zh,
        one.name.en,
        one.type,
        one.unit,
        choices or kind or limits.strip(),
        _yes[one.required],
    )


def indicators() -> str:
    """Return every indicator with its formula."""
    head = ("Key", "名称", "Name", "Unit", "Direction", "Formula")
    rows = (
        (f"`{one.key}`", one.name.zh, one.name.en, one.unit, one.direction, f"`{one.formula}`")
        for one in load_catalogue().indicators.values()
    )
    return "\n".join(_table(head, rows)) + "\n"


def statuses() -> str:
    """Return the statuses of a target and the rule of each."""
    catalogue = load_catalogue()
    limits = catalogue.thresholds
    rows = (
        (one.name.zh, one.name.en, one.rule.zh.format(**limits), one.rule.en.format(**limits))
        for one in catalogue.statuses.values()
    )
    return "\n".join(_table(("状态", "Status", "规则", "Rule"), rows)) + "\n"


def formats() -> str:
    """Return the formats of exports."""
    rows = (
        (
            name,
            f"`{one.ending}`",
            "geometry" if one.geographic else "longitude and latitude",
            "any" if one.any_datum else "WGS 84",
        )
        for name, one in export_formats.items()
    )
    return "\n".join(_table(("Format", "Ending", "Position", "Datum"), rows)) + "\n"


def benchmarks() -> str:
    """Return the claims of ``benchmarks/`` as they were last measured."""
    stored = json.loads((folder.parent / "benchmarks/results.json").read_text(encoding="utf-8"))
    rows = (_claim(one) for one in stored["results"])
    head = ("Script", "What is measured", "Figure", "Peer", "Ratio to peer", "Bar", "Holds")
    return f"Measured on {stored['machine']}.\n\n" + "\n".join(_table(head, rows)) + "\n"


def _claim(one: dict[str, Any]) -> tuple[str, ...]:
    figure = f"{one['value']:,.{0 if one['value'] >= 1000 else 2}f} {one['unit']}"
    ratio = "" if one["ratio"] is None else f"{one['ratio']:.3g}"
    holds = "yes" if one["holds"] else "**no**"
    return f"`{one['script']}`", one["benchmark"], figure, one["peer"], ratio, one["bar"], holds


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


parts: dict[str, Callable[[], str]] = {
    "commands": commands,
    "kinds": kinds,
    "indicators": indicators,
    "statuses": statuses,
    "formats": formats,
    "benchmarks": benchmarks,
}
"""What each generated part is made by."""


def main() -> None:
    """Renew every page that has a generated part."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, encoding="utf-8")
            print(f"renewed {page.relative_to(folder.parent)}")


if __name__ == "__main__":
    main()
