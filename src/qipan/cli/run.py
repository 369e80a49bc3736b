"""Running a command: how every ending is told and which exit code it has.

0 done · 1 an error of the program itself, with the place of its log · 2 something that the user can put right, in one
sentence on the error stream · 130 stopped by the user, nothing half-done.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from qipan.errors import QipanError

if TYPE_CHECKING:
    from pathlib import Path

done, failed, refused, stopped = 0, 1, 2, 130
"""The exit codes."""

_shown_problems = 20


def main() -> None:
    """Run the command of this process's arguments and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no error leaves this function."""
    from qipan.cli.commands import app

    try:
        _check_files(app, arguments)
        code = app(list(arguments), prog_name="qipan", standalone_mode=False)
        sys.stdout.flush()
    except QipanError as error:
        return _tell(error)
    except typer.TyperException as error:
        return _refuse(error)
    except (typer.Abort, KeyboardInterrupt):
        code = stopped
    except BrokenPipeError:
        # The reader has gone (qipan … | head); what is left to write is nobody's.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failed
    except Exception as error:
        _say(f"抱歉，程序出错了（{type(error).__name__}），没有保留未完成的改动；详情已写入 {_log(error)}")
        return failed
    if code == stopped:
        _say("已停止，没有保留未完成的改动")
    return code if isinstance(code, int) else done


def _check_files(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Refuse an empty text where a file is to be named: as a path it would be the current folder."""
    if any(not one or one.endswith("=") for one in arguments):
        from qipan.cli.refusals import check_files

        check_files(typer.main.get_command(app), arguments)


def _refuse(error: typer.TyperException) -> int:
    """Say what is wrong with the command line; return its exit code."""
    from qipan.cli.refusals import sentence_of

    # Where a group of commands was called alone its help has been shown, and there is nothing to add.
    if type(error).__name__ != "NoArgsIsHelpError":
        _say(sentence_of(error))
    return refused


def _tell(error: QipanError) -> int:
    """Say an error with the rows it is about; return its exit code."""
    from qipan.core.errors import JobCancelled

    sentence = " ".join(str(error).split())
    _say(sentence)
    problems = getattr(error, "problems", ())
    for problem in problems[:_shown_problems]:
        if str(problem) not in sentence:
            _say(f"  {problem}")
    rest = getattr(error, "total", len(problems)) - _shown_problems
    if problems and rest > 0:
        _say(f"  …… 另有 {rest} 处")
    return stopped if isinstance(error, JobCancelled) else refused


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _log(error: Exception) -> Path:
    """Append the traceback to the log in the user's state folder, or where that is closed, the temporary one."""
    import tempfile
    import traceback
    from datetime import datetime
    from pathlib import Path

    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "qipan"
    text = f"{datetime.now().isoformat()} {' '.join(sys.argv)}\n{''.join(traceback.format_exception(error))}\n"
    for folder in (state, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "errors.log").open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return folder / "errors.log"
    return Path("stderr")
