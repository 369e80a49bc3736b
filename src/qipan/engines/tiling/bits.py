"""Interleaving the bits of two 31-bit numbers, compiled."""

from __future__ import annotations

from numba import njit


@njit(cache=True)
def spread_bits(value: int) -> int:
    """Move bit i of a 31-bit number to bit 2i."""
    value = (value | (value << 16)) & 0x0000FFFF0000FFFF
    value = (value | (value << 8)) & 0x00FF00FF00FF00FF
    value = (value | (value << 4)) & 0x0F0F0F0F0F0F0F0F
    value = (value | (value << 2)) & 0x3333333333333333
    return (value | (value << 1)) & 0x5555555555555555


@njit(cache=True)
def gather_bits(value: int) -> int:
    """Move bit 2i of a number to bit i, dropping the odd bits."""
    value = value & 0x5555555555555555
    value = (value | (value >> 1)) & 0x3333333333333333
    value = (value | (value >> 2)) & 0x0F0F0F0F0F0F0F0F
    value = (value | (value >> 4)) & 0x00FF00FF00FF00FF
    value = (value | (value >> 8)) & 0x0000FFFF0000FFFF
    return (value | (value >> 16)) & 0x00000000FFFFFFFF
