"""What is said of a command line that will not do: which option or argument, its value, what is allowed, the remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from qipan.errors import QipanError

_numbers = {int: "整数", float: "数"}


def sentence_of(error: typer.TyperException) -> str:
    """Return one sentence for what the parser refused; its own words where they are of a kind not known here."""
    # The parser's classes are private to its package; their names are part of what it shows.
    said = _sentences.get(type(error).__name__, _own_words)(error)
    context = getattr(error, "ctx", None)
    path = "qipan" if context is None else context.command_path
    return f"命令有误：{said}。用法见 {path} --help"


class NoFileNamed(QipanError):
    """An option that takes a file was given an empty text."""


def check_files(command: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 - the parser's own command
    """Raise NoFileNamed where an option of ``command`` that takes a file is followed by an empty text."""
    at = 0
    while at < len(arguments) and arguments[at] in getattr(command, "commands", {}):
        command, at = command.commands[arguments[at]], at + 1
    options = {name: one for one in command.params for name in one.opts if _is_file(one)}
    for before, given in pairwise([*arguments[at:], "-"]):
        option, mark, value = before.partition("=")
        if option in options and not (value if mark else given):
            message = (
                f"命令有误：选项 {option} 没有给出文件{_meaning(options[option])}：请写出文件的路径，或去掉这个选项"
            )
            raise NoFileNamed(message)


def _is_file(parameter: Any) -> bool:  # noqa: ANN401
    return bool(parameter.type_descriptor.annotation is Path)


def _wrong_value(error: Any) -> str:  # noqa: ANN401
    parameter = error.param
    details: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    if parameter is None or not details:
        return f"{_name(parameter)}的值不能使用（{error.message}）{_meaning(parameter)}：请改正"
    value = str(details[0]["input"])[:80]
    return f"{_name(parameter)}的值“{value}”应为{_allowed(parameter, details[0])}{_meaning(parameter)}：请改正"


def _allowed(parameter: Any, detail: dict[str, Any]) -> str:  # noqa: ANN401
    annotation = parameter.type_descriptor.annotation
    # A value that may be given several times is a list of its type.
    annotation = next(iter(getattr(annotation, "__args__", ())), annotation)
    if annotation in _numbers:
        return f"{_range(parameter)}{_numbers[annotation]}"
    if annotation is datetime:
        return "日期，如 2025-06-30"
    said = str(detail["msg"])
    if "is not one of" in said:
        return said.partition("is not one of ")[2].rstrip(".").replace("'", "").replace(", ", "、") + " 之一"
    return f"另一种写法（{said}）"


def _range(parameter: Any) -> str:  # noqa: ANN401
    low, high = parameter.min, parameter.max
    if low is not None and high is not None:
        return f" {low:g} 至 {high:g} 之间的"
    if low is not None:
        return f"不小于 {low:g} 的"
    return "" if high is None else f"不大于 {high:g} 的"


def _missing(error: Any) -> str:  # noqa: ANN401
    return f"缺少{_name(error.param)}{_meaning(error.param)}：请补上"


def _no_option(error: Any) -> str:  # noqa: ANN401
    near = _nearest(error.option_name, [name for one in error.ctx.command.params for name in one.opts])
    return f"没有选项 {error.option_name}{near}：请改正或去掉"


def _option_used_badly(error: Any) -> str:  # noqa: ANN401
    if "does not take a value" in error.message:
        return f"选项 {error.option_name} 不带值：请去掉等号及其后的内容"
    return f"选项 {error.option_name} 后面缺少值：请补上"


def _command_used_badly(error: Any) -> str:  # noqa: ANN401
    commands = getattr(error.cmd, "commands", {})
    if "No such command" in error.message:
        given = error.message.split("'")[1]
        return f"没有命令“{given[:40]}”{_nearest(given, list(commands))}，可用的有 {'、'.join(commands)}：请从中选择"
    if "unexpected extra argument" in error.message:
        extra = error.message.rpartition("(")[2].rstrip(")")
        return f"多出参数“{extra[:80]}”：请去掉，含空格的值请加引号"
    return _own_words(error)


def _own_words(error: Any) -> str:  # noqa: ANN401
    return str(error.format_message()).rstrip(".")


_sentences: dict[str, Callable[[Any], str]] = {
    "BadParameter": _wrong_value,
    "MissingParameter": _missing,
    "NoSuchOption": _no_option,
    "BadOptionUsage": _option_used_badly,
    "UsageError": _command_used_badly,
}


def _name(parameter: Any) -> str:  # noqa: ANN401
    if parameter is None:
        return "选项"
    if parameter.param_type_name == "option":
        return f"选项 {max(parameter.opts, key=len)} "
    return f"参数 {(parameter.metavar or parameter.name.upper()).strip('[].')} "


def _meaning(parameter: Any) -> str:  # noqa: ANN401
    """Return what the option is for, as its help says it in Chinese."""
    meant = (getattr(parameter, "help", None) or "").partition(" · ")[0]
    return f"（{meant}）" if meant else ""


def _nearest(given: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=1, cutoff=0.6)
    return f"，最接近的是 {near[0]}" if near else ""
