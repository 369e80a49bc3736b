"""The sessions that a server holds, a few at a time, each for the person who began it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

from qipan.core.access import Principal
from qipan.domains.mobile.editing.errors import SessionGone
from qipan.domains.mobile.editing.session import Session
from qipan.domains.mobile.editing.tried import EditedStudy
from qipan.domains.mobile.inspection import OpenStudy

most_sessions = 4
"""Sessions held at once; the one that was left alone longest makes room for a new one."""


class Sessions:
    """Open edit sessions by their key."""

    def __init__(self, most: int = most_sessions) -> None:
        self._most = most
        self._held: OrderedDict[str, tuple[int | None, Session]] = OrderedDict()
        self._lock = Lock()

    def begin(self, principal: Principal, opened: OpenStudy) -> str:
        """Begin a session on a study and return its key; the one that was left alone longest may have to go."""
        key = secrets.token_urlsafe(12)
        study = EditedStudy(opened.study.folder, opened.study.facts)
        with self._lock:
            self._held[key] = (principal.account_id, Session(opened, study))
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return key

    def get(self, principal: Principal, key: str) -> Session:
        """Return a session; SessionGone where it has ended or is not this person's."""
        with self._lock:
            owner, session = self._held.get(key, (None, None))
            if session is None or owner != principal.account_id:
                message = "这次试改已结束（服务器只保留最近的几次），登记数据未改动：请重新打开小区再试"
                raise SessionGone(message)
            self._held.move_to_end(key)
        return session

    def end(self, principal: Principal, key: str) -> None:
        """Give a session up; one that has ended already stays ended."""
        with self._lock:
            owner, _session = self._held.get(key, (None, None))
            if owner == principal.account_id:
                self._held.pop(key, None)
