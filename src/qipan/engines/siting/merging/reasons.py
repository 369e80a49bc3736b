"""Why each pole that stays is still there."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.merging.reach import Pairs, Stretch
from qipan.engines.siting.merging.results import Reason, State
from qipan.engines.siting.merging.street import Street


def explain(street: Street, pairs: Pairs, stretches: list[Stretch], state: Longs, pole: Longs) -> tuple[Longs, Longs]:
    """Return for each pole a `Reason` and the device that it speaks of, -1 for none; both int64 [n]."""
    reason = np.where(state == State.REMOVED, Reason.GONE, Reason.GATHERED).astype(np.int64)
    because = np.full(state.size, -1, np.int64)
    _say(reason, because, Reason.LIGHT, *_lamps(pairs, stretches, pole))
    homes = np.bincount(pairs.device, minlength=pole.size)
    alone = np.flatnonzero((homes == 1) & ~street.devices.optional)
    _say(reason, because, Reason.ONLY_HOME, pole[alone], alone)
    must = np.flatnonzero(~street.poles.removable)
    _say(reason, because, Reason.MUST_STAY, must, np.full(must.size, -1))
    return reason, because


def _say(reason: Longs, because: Longs, what: Reason, poles: Longs, devices: Longs) -> None:
    reason[poles], because[poles] = what, devices


def _lamps(pairs: Pairs, stretches: list[Stretch], pole: Longs) -> tuple[Longs, Longs]:
    """Return the poles whose lamp alone lights a stretch, and that lamp."""
    needed = []
    for stretch in stretches:
        hung = stretch.pairs[pole[pairs.device[stretch.pairs]] == pairs.pole[stretch.pairs]]
        if hung.size == 1:
            needed.append(int(hung[0]))
    found = np.unique(np.array(needed, np.int64))
    return pairs.pole[found], pairs.device[found]
