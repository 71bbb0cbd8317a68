"""How many pictures a processor core renders in a second, labels included, beside light paths alone.

The peer traces as many paths as leave as little noise without averaging: 25 for each pixel, where ours are 9 (on three
pictures, against 400 paths, 8 to 18 % of the light is noise in ours and 8 to 12 % in the peer). Times are the
processor's, so that a busy machine changes them less.
"""

import statistics
import time

import torch

from hands import gesture

PEER_PATHS = 25
SUBJECTS = ("S03", "S07", "S11", "S13")
GESTURES = ("five_count", "fist", "aokay", "surfer")


def entries() -> list[dict]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [render_pictures_per_s()]
    finally:
        torch.set_num_threads(threads)


def render_pictures_per_s() -> dict:
    """Pictures of 128 pixels drawn by chance and rendered, as the book's set is made."""
    studio = gesture.Studio()
    ours, peer, drawing = [], [], []
    for subject, name in zip(SUBJECTS, GESTURES, strict=True):
        start = time.process_time()
        drawn = gesture.draw(0, subject, 0, name, size=128, hand=studio.hand)
        drawing.append(time.process_time() - start)
        ours.append(drawing[-1] + _seconds(studio, drawn, gesture.PicturePlan.samples))
        peer.append(drawing[-1] + _seconds(studio, drawn, PEER_PATHS))
    mean, peers = statistics.fmean(ours), statistics.fmean(peer)
    drawn_percent = 100 * statistics.fmean(drawing) / mean
    return {
        "name": "render_pictures_per_s",
        "value": round(1 / mean, 2),
        "unit": "1/s",
        "peer": f"{PEER_PATHS} light paths for each pixel: {1 / peers:.2f} 1/s",
        "ratio": round(peers / mean, 2),
        "bound": f"light paths and the tree of triangles; drawing by chance {drawn_percent:.0f} %",
    }


def _seconds(studio: gesture.Studio, drawn: gesture.Drawn, samples: int) -> float:
    rounds = []
    for _ in range(3):
        start = time.process_time()
        studio.shoot(*drawn, samples=samples)
        rounds.append(time.process_time() - start)
    return statistics.median(rounds)
