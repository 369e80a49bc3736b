"""Words of a formula, each with its place, so that an error can point at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from qipan.core.errors import FormulaError

TokenKind = Literal["number", "text", "name", "sign", "end"]
_PATTERN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|\"(?P<text>[^\"]*)\"|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|[-+*/(),.<>]))"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: what it is, its text, and where it stands, the first character being 1."""

    kind: TokenKind
    text: str
    place: int


def fail(formula: str, place: int, reason: str) -> NoReturn:
    """Raise FormulaError with the formula, the place and the reason."""
    message = f"公式“{formula}”第 {place} 个字符处：{reason}"
    raise FormulaError(message)


class Tokens:
    """The words of one formula, read from left to right."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self._tokens = _split(formula)
        self._next = 0

    @property
    def current(self) -> Token:
        """The word to be read next."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """Return the next word and go on."""
        token = self.current
        if token.kind != "end":
            self._next += 1
        return token

    def take_if(self, *texts: str) -> Token | None:
        """Return the next word and go on where it is one of these signs or names; else None."""
        token = self.current
        return self.take() if token.kind in ("sign", "name") and token.text in texts else None

    def expect(self, text: str) -> Token:
        """Return the next word, which must be this sign."""
        return self.take_if(text) or self.fail(f"此处应为“{text}”")

    def expect_kind(self, kind: TokenKind, what: str) -> Token:
        """Return the next word, which must be of this kind; ``what`` says so to the reader."""
        return self.take() if self.current.kind == kind else self.fail(f"此处应为{what}")

    def fail(self, reason: str, token: Token | None = None) -> NoReturn:
        """Raise FormulaError at ``token``, or at the next word."""
        place = token or self.current
        found = f"（读到“{place.text}”）" if place.text else "（已到末尾）"
        fail(self.formula, place.place, reason + found)


def _split(formula: str) -> list[Token]:
    tokens = []
    place = 0
    while formula[place:].strip():
        found = _PATTERN.match(formula, place)
        if found is None:
            start = place + len(formula[place:]) - len(formula[place:].lstrip())
            fail(formula, start + 1, f"不认识“{formula[start]}”")
        kind = cast(TokenKind, found.lastgroup)
        tokens.append(Token(kind, found[kind], found.start(kind) + (0 if kind == "text" else 1)))
        place = found.end()
    return [*tokens, Token("end", "", len(formula) + 1)]
