"""P.1812-8 complete, receive points a second on one core: by rays and with own profiles, against pycraf turn about."""

from __future__ import annotations

from benchmarks import _claim, _radio_peers
from qipan.engines.radio import Settings

BAR_RAYS, BAR_OWN, BAR_PYCRAF = 2e6, 7e5, 10.0


def main() -> None:
    """Report the rate by rays; the rate with own profiles and its bar are printed before it."""
    options = _claim.arguments(__doc__ or "")
    least, rounds = (0.4, 5) if options.quick else (1.0, 15)
    terrain, surface = _radio_peers.grounds()
    works = {
        "rays": _radio_peers.timed(_radio_peers.by_rays(terrain, surface, Settings(model="p1812", street=0.0)), least),
        "own": _radio_peers.timed(_radio_peers.by_own_profiles(terrain, surface), least),
    }
    with _radio_peers.peers(terrain, surface, least) as others:
        works |= {name: work for name, work in others.items() if name == "pycraf"}
        rates = _radio_peers.turn_about(works, rounds)
    pycraf = _radio_peers.peer("pycraf", "P.452 with profiles", rates)
    print(f"by rays {rates['rays']:,.0f} points/s/core, bar {BAR_RAYS:,.0f}: {rates['rays'] >= BAR_RAYS}")
    print(f"own profiles {rates['own']:,.0f} points/s/core, bar {BAR_OWN:,.0f}: {rates['own'] >= BAR_OWN}")
    print(f"{pycraf.name}: by rays {rates['rays'] / pycraf.rate:.1f} times, own {rates['own'] / pycraf.rate:.1f} times")
    ratio = rates["rays"] / pycraf.rate
    _claim.report(
        "radio_p1812",
        rates["rays"],
        "points/s/core, P.1812-8 by rays",
        peer=f"{pycraf.name}; crc-covlib P.1812-7 100,000 to 135,000/s (measured elsewhere)",
        ratio=ratio,
        bar=f">= {BAR_RAYS:,.0f} by rays, >= {BAR_OWN:,.0f} with own profiles, >= {BAR_PYCRAF:g} times pycraf",
        holds=rates["rays"] >= BAR_RAYS and rates["own"] >= BAR_OWN and ratio >= BAR_PYCRAF,
    )


if __name__ == "__main__":
    main()
