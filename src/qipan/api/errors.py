"""Errors as problem details: every refusal has a title, one sentence and the fields it is about."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from qipan.core.errors import (
    AccessDenied,
    Conflict,
    DatabaseError,
    ImportRejected,
    InvalidRecord,
    NotFound,
    SignInFailed,
)
from qipan.errors import QipanError

if TYPE_CHECKING:
    from collections.abc import Sequence

_logger = logging.getLogger(__name__)

_titles = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的操作",
    409: "数据已变化",
    413: "文件过大",
    422: "数据有误",
    429: "请稍后再试",
    500: "程序内部错误",
    503: "数据库暂不可用",
}
_problem_schema: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["title", "status", "detail", "problems"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "field", "value", "reason"],
                "properties": {
                    "row": {"type": ["integer", "null"]},
                    "field": {"type": "string"},
                    "value": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}
problem_responses: dict[int | str, dict[str, Any]] = {
    status: {"description": title, "content": {"application/problem+json": {"schema": _problem_schema}}}
    for status, title in _titles.items()
    if status not in (405, 500)
}
"""What any endpoint may answer in place of its result, for the OpenAPI document."""

_statuses: tuple[tuple[type[QipanError], int], ...] = (
    (SignInFailed, 401),
    (AccessDenied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (InvalidRecord, 422),
    (ImportRejected, 422),
    (DatabaseError, 503),
    (QipanError, 400),
)


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` a problem detail; what is not foreseen is logged and says nothing of its insides."""
    app.add_exception_handler(QipanError, _said)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, detail: str, problems: Sequence[dict[str, object]] = ()) -> JSONResponse:
    """Return a problem detail (RFC 9457)."""
    content = {
        "title": _titles.get(status, "请求未完成"),
        "status": status,
        "detail": detail,
        "problems": list(problems),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _said(_request: Request, error: Exception) -> JSONResponse:
    status = next(number for kind, number in _statuses if isinstance(error, kind))
    rows = [
        {"row": one.row, "field": one.field, "value": one.value, "reason": one.reason}
        for one in getattr(error, "problems", ())[:500]
    ]
    return problem(status, str(error), rows)


def _not_understood(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    rows: list[dict[str, object]] = [
        {
            "row": None,
            "field": ".".join(map(str, one["loc"][1:])) or str(one["loc"][0]),
            "value": str(one.get("input"))[:80],
            "reason": one["msg"],
        }
        for one in error.errors()
    ]
    return problem(422, "；".join(f"{row['field']}：{row['reason']}" for row in rows), rows)


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    _logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "程序内部错误，已记入服务日志")
