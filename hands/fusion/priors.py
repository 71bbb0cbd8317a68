r"""Three priors from two views of a hand, by arithmetic without a single parameter.

m is what the stream of poses says about a token (morphology) and k what the sensors say (kinematics). With $\odot$ the
product element by element,

$$
\begin{aligned}
\text{shape:} \quad & Z_{sh} = (m - k) + m \odot k \\
\text{pose:} \quad & Z_{po} = m \odot k + (m + k) \\
\text{motion:} \quad & Z_{tm} = (k - m) + m \odot k
\end{aligned}
$$

The shape is what the poses have and the sensors lack, the motion the other way round, the pose what both share. They
are not independent: $Z_{sh} + Z_{tm} = 2\, m \odot k$, $Z_{sh} - Z_{tm} = 2 (m - k)$, and
$Z_{po} = (1 + m) \odot (1 + k) - 1$.

Source: MGDHand, whose sign $\oplus$ is read as addition; that is our reading, not a fact. Explained in the book: *The
fusion teacher*.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

Tokens = Float[Tensor, "*batch time joints dim"]


class Priors(NamedTuple):
    """What a student will be taught, one part at a time."""

    shape: Float[Tensor, "*batch dim"]
    pose: Float[Tensor, "*batch time joints dim"]
    motion: Float[Tensor, "*batch time joints dim"]


def msem(m: Tokens, k: Tokens) -> Tokens:
    """Shape, before pooling: what morphology has and kinematics lacks (MSEM, morphology-specific enhancement)."""
    return (m - k) + m * k


def cem(m: Tokens, k: Tokens) -> Tokens:
    """Pose: what both have (CEM, common enhancement)."""
    return m * k + (m + k)


def isem(m: Tokens, k: Tokens) -> Tokens:
    """Motion: what kinematics has and morphology lacks (ISEM, inertial-specific enhancement)."""
    return (k - m) + m * k


def pooled(tokens: Float[Tensor, "*batch time joints dim"]) -> Float[Tensor, "*batch dim"]:
    """Mean over time and joints: a hand has one shape, whatever it does."""
    return tokens.mean((-3, -2))


def priors(m: Tokens, k: Tokens) -> Priors:
    """All three."""
    return Priors(pooled(msem(m, k)), cem(m, k), isem(m, k))
