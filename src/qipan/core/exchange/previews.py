"""Previews between their check and the person's yes."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass

from qipan.core.access import Principal
from qipan.core.errors import NotFound
from qipan.core.exchange.checking import Preview

_kept_seconds = 3600.0
_kept_most = 8


@dataclass(slots=True)
class _Waiting:
    """A preview that waits for its person to say yes."""

    preview: Preview
    account_id: int | None
    since: float


class Previews:
    """Previews between check and apply, held for an hour; the oldest give way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}

    def keep(self, preview: Preview, principal: Principal) -> str:
        """Hold a preview and return the id it is asked for by."""
        import_id = uuid.uuid4().hex
        with self._lock:
            old = time.monotonic() - _kept_seconds
            fresh = {key: one for key, one in self._waiting.items() if one.since > old}
            self._waiting = dict(list(fresh.items())[-(_kept_most - 1) :])
            self._waiting[import_id] = _Waiting(preview, principal.account_id, time.monotonic())
        return import_id

    def take(self, import_id: str, principal: Principal) -> Preview:
        """Return a preview of one's own and hold it no longer."""
        with self._lock:
            waiting = self._waiting.get(import_id)
            if waiting is None or waiting.account_id != principal.account_id:
                message = "导入预览已过期或不存在：请重新上传文件"
                raise NotFound(message)
            return self._waiting.pop(import_id).preview
