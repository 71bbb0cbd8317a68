"""Random numbers of a sensor's own: the same for the same seed, whichever other sensors are simulated beside it.

One generator is one session, or one recording. Each sensor draws from a stream that depends on it and on the sensor's
name alone, so a glove of three sensors makes the same errors as those three of the seven, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def streams(generator: torch.Generator | None, names: Sequence[str]) -> list[torch.Generator]:
    """One generator for each name; drawing them takes one number from `generator`, however many there are.

    Example:
        >>> palm, thumb = streams(torch.Generator().manual_seed(0), ["palm", "thumb"])
        >>> (alone,) = streams(torch.Generator().manual_seed(0), ["thumb"])
        >>> bool(torch.randn(1, generator=thumb) == torch.randn(1, generator=alone))
        True
    """
    session = int(torch.randint(2**62, (), generator=generator))
    seeds = [np.random.SeedSequence([session, *name.encode()]).generate_state(1, np.uint64)[0] for name in names]
    return [torch.Generator().manual_seed(int(seed >> np.uint64(1))) for seed in seeds]
