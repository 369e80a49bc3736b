"""Receive points a second on one core: the fast mode against itmlogic and pycraf, turn about on one ground."""

from __future__ import annotations

from benchmarks import _claim, _radio_peers
from qipan.engines.radio import Settings


def main() -> None:
    """Report the fast mode's rate as a multiple of both peers'."""
    options = _claim.arguments(__doc__ or "")
    least, rounds = (0.3, 5) if options.quick else (1.0, 15)
    terrain, surface = _radio_peers.grounds()
    ours = _radio_peers.timed(_radio_peers.by_rays(terrain, surface, Settings()), least)
    with _radio_peers.peers(terrain, surface, least) as others:
        rates = _radio_peers.turn_about({"fast": ours, **others}, rounds)
    itm, pycraf = _radio_peers.peer("itmlogic", "ITM", rates), _radio_peers.peer("pycraf", "P.452", rates)
    print(f"fast mode {rates['fast']:,.0f} points/s/core, {itm.name}, {pycraf.name}")
    print(f"times itmlogic {rates['fast'] / itm.rate:,.0f}, times pycraf {rates['fast'] / pycraf.rate:,.0f}")
    _claim.report(
        "radio_points",
        rates["fast"],
        "points/s/core, Bullington on the surface",
        peer=f"{itm.name}, {pycraf.name} with profiles",
        ratio=rates["fast"] / itm.rate,
        bar=">= 3,000 times itmlogic (the ratio) and >= 300 times pycraf",
        holds=rates["fast"] >= 3000.0 * itm.rate and rates["fast"] >= 300.0 * pycraf.rate,
    )


if __name__ == "__main__":
    main()
