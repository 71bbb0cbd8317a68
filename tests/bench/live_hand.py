"""How many pictures a second the live hand draws in software GL, all vertices changing, at 640 x 420 pixels."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly
from playwright.sync_api import Page, sync_playwright

from hands.viz.live import LIVE_MIME, live_hand
from hands.viz.page_model import write_page_model
from hands.viz.sphinx_ext import PAGE_FILES, live_html, page_scripts

SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
WARM_UP_MS = 1500
MEASURE_MS = 6000

FRAMES_PER_SECOND = """
ms => new Promise(done => {
  const hand = document.querySelector(".livehand").handsLive, plot = hand.figure.scene().glplot, draw = plot.onrender;
  let painted = 0, moved = 0, before = null;
  plot.onrender = () => {
    draw();
    const x = Object.values(hand.figure.scene().traces).find((trace) => trace.mesh).mesh.positions;
    painted += 1;
    if (before === null || x[0].some((value, k) => value !== before[k])) moved += 1;
    before = Array.from(x[0]);
  };
  const begun = performance.now();
  setTimeout(() => {
    plot.onrender = draw;
    const pixels = [plot.canvas.width, plot.canvas.height];
    done({ painted, moved, pixels, seconds: (performance.now() - begun) / 1000 });
  }, ms);
})
"""
"""Counts the pictures that WebGL painted, and of those the ones in which a vertex that never rests had moved."""


def live_hand_fps() -> dict[str, Any]:
    """The benchmark's entry, for `make bench`."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*SOFTWARE_GL])
        page = browser.new_page(viewport={"width": 658, "height": 900})
        page.goto(write_page(Path(folder), [payload(play=True)]).as_uri())
        rate = frames_per_second(page, MEASURE_MS)
        browser.close()
    return {"name": "live_hand_fps", "value": round(rate, 1), "unit": "frames/s", "peer": None, "ratio": None}


def frames_per_second(page: Page, milliseconds: int) -> float:
    """Pictures a second in which the vertices moved, on an open page whose hand plays."""
    page.wait_for_selector('.livehand[data-state="drawn"]', timeout=60_000)
    page.wait_for_timeout(WARM_UP_MS)
    counted = page.evaluate(FRAMES_PER_SECOND, milliseconds)
    return float(counted["moved"] / counted["seconds"])


def payload(**options: Any) -> dict[str, Any]:
    """What a notebook's output would hold."""
    kept = os.environ.get("HANDS_OUTPUT")
    os.environ["HANDS_OUTPUT"] = "page"
    try:
        record: dict[str, Any] = live_hand(**options)._repr_mimebundle_()[LIVE_MIME]
    finally:
        os.environ.pop("HANDS_OUTPUT") if kept is None else os.environ.update(HANDS_OUTPUT=kept)
    return record


def write_page(folder: Path, payloads: Sequence[dict[str, Any]]) -> Path:
    """A page of live hands and nothing else, loaded as the book's pages load them."""
    for file in PAGE_FILES.glob("*.*"):
        shutil.copy(file, folder)
    vendored = folder / "plotly.min.js"
    if not vendored.exists():
        vendored.symlink_to(Path(plotly.__file__).parent / "package_data" / "plotly.min.js")
    write_page_model(folder / "hand_model_data.js")
    body = "\n<p>Some text between two hands.</p>\n".join(map(live_html, payloads))
    styles = "".join(f'<link rel="stylesheet" href="{file.name}">' for file in sorted(PAGE_FILES.glob("*.css")))
    scripts = "".join(f'<script defer src="{name}"></script>' for name in page_scripts(body))
    page = folder / "index.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Live hands</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'{styles}{scripts}<body style="margin: 60px 8px; font-family: sans-serif">{body}</body></html>',
        encoding="utf-8",
    )
    return page


if __name__ == "__main__":
    print(live_hand_fps())
