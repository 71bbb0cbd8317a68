"""The library under the book *Hands*: from a MANO hand to inertial sensors, and from sensors or pictures back to hands.

One part of the book is one package here: `mano` (part 1) now; `motion` and `imu` (2), `fusion` (3), `distill` (4) and
`gesture` (5) follow. `conventions` holds the names, orders, units and frames that all of them share.
"""

__version__ = "0.1.0"
