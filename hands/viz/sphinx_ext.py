"""The Sphinx extension behind the page: figures and live hands that need neither a kernel nor a network.

A notebook stores a Plotly figure as a mime bundle. MyST-NB knows no way to show one, so this extension turns it into a
`<div class="bookfig">` that carries the figure's JSON, and `bookfig.js` draws it when it scrolls into view, from one
plotly.js that all pages share. Live hands and galleries travel the same way. Everything a page loads lies beside it:

- plotly.min.js comes from the installed plotly wheel (so the versions always match), MathJax from the wheel
  `sphinx-mathjax-offline`, the page's own scripts and styles from `hands/viz/page`, the hand model's numbers from
  `hands.viz.page_model`; all of them are copied to `_static/vendor` when a build ends, never to the source's `_static`,
  whose scripts Jupyter Book would add to every page;
- only pages that hold a figure or a live hand load Plotly.

The renderers are added to MyST-NB here and not by an entry point: a renderer without the scripts leaves blank figures,
so the two must come and go together.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import myst_nb.core.render as myst_nb_render
import plotly
from docutils import nodes

from hands.viz.gallery import GALLERY_MIME
from hands.viz.imu_lab import IMU_LAB
from hands.viz.imu_lab_model import write_lab_model
from hands.viz.live import LIVE_MIME
from hands.viz.mask_lab import MASK_LAB
from hands.viz.page_lab import PageLab
from hands.viz.page_model import write_page_model
from hands.viz.student_lab import STUDENT_LAB

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer
    from sphinx.application import Sphinx
    from sphinx.config import Config

PLOTLY_MIME = "application/vnd.plotly.v1+json"
PAGE_FILES = Path(__file__).parent / "page"
MATHJAX_IN_WHEEL = "sphinx-mathjax-offline/static/mathjax"
DEFAULT_HEIGHT = 450
LIVE_HEIGHT = 640
KERNEL_ENVIRONMENT = {"HANDS_OUTPUT": "page", "PLOTLY_RENDERER": "plotly_mimetype"}
"""What notebooks must see when they are executed for the page: mime bundles, not widgets."""

FIGURE_SCRIPTS = ("plotly.min.js", "bookfig.js")
MODEL_SCRIPTS = ("hand_model_data.js", "hand_model.js", "live_controls.js")
LIVE_SCRIPTS = (*MODEL_SCRIPTS, "live_figure.js", "live_motion.js", "live_hand.js")
GALLERY_SCRIPTS = (
    "bookfig.js",
    *MODEL_SCRIPTS,
    "gallery_surface.js",
    "gallery_painter.js",
    "gallery_dialog.js",
    "gallery.js",
)
LABS = (IMU_LAB, MASK_LAB, STUDENT_LAB)


def figure_html(figure: dict[str, Any]) -> str:
    """The page's markup of one Plotly figure; its description is `layout.meta.alt`."""
    layout = figure.get("layout") or {}
    meta = layout.get("meta")
    alt = (meta.get("alt") if isinstance(meta, dict) else None) or _title(layout) or "Figure"
    height = int(layout.get("height") or DEFAULT_HEIGHT)
    text = escape(alt)
    return (
        f'<div class="bookfig" data-height="{height}" style="min-height:{height}px">'
        f'<div class="bookfig-plot" role="img" aria-label="{text}"><p class="bookfig-alt">{text}</p></div>'
        f'<script type="application/json">{_script_json(figure)}</script>'
        "<noscript>This figure needs JavaScript.</noscript></div>"
    )


def live_html(payload: dict[str, Any]) -> str:
    """The page's markup of one live hand, which `live_hand.js` brings to life."""
    height = int(payload.get("min_height") or LIVE_HEIGHT)
    return (
        f'<div class="livehand" style="min-height:{height}px">'
        f'<script type="application/json">{_script_json(payload)}</script>'
        "<noscript>This hand moves with JavaScript only.</noscript></div>"
    )


def gallery_html(payload: dict[str, Any]) -> str:
    """The page's markup of one gallery of hands, which `gallery.js` brings to life."""
    return (
        '<div class="handgallery">'
        f'<script type="application/json">{_script_json(payload)}</script>'
        "<noscript>These hands are painted with JavaScript only.</noscript></div>"
    )


def lab_html(lab: PageLab, payload: dict[str, Any]) -> str:
    """The page's markup of one lab, which its script brings to life."""
    return (
        f'<div class="{lab.css_class}">'
        f'<script type="application/json">{_script_json(payload)}</script>'
        "<noscript>This lab works with JavaScript only.</noscript></div>"
    )


def _title(layout: dict[str, Any]) -> str:
    title = layout.get("title")
    return str(title.get("text") or "") if isinstance(title, dict) else str(title or "")


def _script_json(payload: dict[str, Any]) -> str:
    """Compact JSON that cannot end the script element it stands in."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


class _MimeRenderer:
    """A MyST-NB mime renderer: one mime type, one function from its content to html."""

    def __init__(self, mime_type: str, to_html: Callable[[dict[str, Any]], str]) -> None:
        self.mime_type, self.to_html = mime_type, to_html
        self.mime_priority_overrides = [(builder, mime_type, 0) for builder in ("html", "dirhtml", "singlehtml")]

    def handle_mime(self, renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if inline or data.mime_type != self.mime_type:
            return None
        content = data.content if isinstance(data.content, dict) else json.loads(data.content)
        return [nodes.raw(text=self.to_html(content), format="html", classes=["output"])]


RENDERERS = [
    _MimeRenderer(PLOTLY_MIME, figure_html),
    _MimeRenderer(LIVE_MIME, live_html),
    _MimeRenderer(GALLERY_MIME, gallery_html),
    *(_MimeRenderer(lab.mime, partial(lab_html, lab)) for lab in LABS),
]


def add_renderers() -> None:
    """Make MyST-NB ask our renderers as well as those of entry points. Calling it twice is harmless."""
    original = myst_nb_render.load_mime_renders
    if getattr(original, "knows_hands", False):
        return

    def load_mime_renders() -> list[Any]:
        return [*original(), *RENDERERS]

    load_mime_renders.knows_hands = True  # type: ignore[attr-defined]
    myst_nb_render.load_mime_renders = load_mime_renders


def page_scripts(body: str) -> tuple[str, ...]:
    """The vendored scripts that a page with this body needs, in the order in which they must run."""
    live = 'class="livehand"' in body
    figures = live or 'class="bookfig"' in body or "data-needs-plotly" in body
    gallery = 'class="handgallery"' in body
    wanted = (FIGURE_SCRIPTS * figures) + (LIVE_SCRIPTS * live) + (GALLERY_SCRIPTS * gallery)
    for lab in LABS:
        wanted += lab.scripts * (f'class="{lab.css_class}"' in body)
    return tuple(dict.fromkeys(wanted))


def _add_page_files(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    context["script_files"][:] = [script for script in context.get("script_files", []) if not _is_thebe(script)]
    for name in page_scripts(context.get("body") or ""):
        app.add_js_file(f"vendor/{name}", loading_method="defer")
    for style in sorted(PAGE_FILES.glob("*.css")):
        app.add_css_file(f"vendor/{style.name}", priority=900)


def name_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """What unfolds the solution of an exercise says so; before other hidden cells the theme's words stay."""
    for cell in doctree.findall(nodes.container):
        exercise = cell.get("cell_metadata", {}).get("hands", {})
        if cell.get("hide_mode") and exercise.get("role") == "solution":
            cell["prompt_show"], cell["prompt_hide"] = "Show the solution", "Hide the solution"


def _is_thebe(script: object) -> bool:
    """Sphinx-thebe adds its constants to each page twice, which is a syntax error; this book does not use thebe."""
    body = (getattr(script, "attributes", None) or {}).get("body") or ""
    return "THEBE_JS_URL" in body or "sphinx-thebe" in str(getattr(script, "filename", "") or "")


def _buttons_follow_address(app: Sphinx, config: Config) -> None:
    """Show the buttons that lead to the repository if and only if its address is set."""
    options = config.html_theme_options
    known = bool(options.get("repository_url"))
    options |= {"use_repository_button": known, "use_issues_button": known}
    if not known:
        options["launch_buttons"] = {}


def copy_vendor_files(vendor: Path) -> None:
    """Fill a folder with everything that pages load and that Sphinx does not bring itself."""
    vendor.mkdir(parents=True, exist_ok=True)
    _copy_if_changed(Path(plotly.__file__).parent / "package_data" / "plotly.min.js", vendor / "plotly.min.js")
    mathjax = Path(str(distribution("sphinx-mathjax-offline").locate_file(MATHJAX_IN_WHEEL)))
    _copy_if_changed(mathjax / "tex-mml-svg.js", vendor / "mathjax" / "tex-mml-svg.js")
    for extension in (mathjax / "input" / "tex" / "extensions").glob("*.js"):  # loaded on the first use of their macros
        if extension.name != "all-packages.js":
            _copy_if_changed(extension, vendor / "mathjax" / "input" / "tex" / "extensions" / extension.name)
    for file in PAGE_FILES.glob("*.*"):
        _copy_if_changed(file, vendor / file.name)
    write_page_model(vendor / "hand_model_data.js")
    write_lab_model(vendor / "imu_model_data.js")


def _copy_if_changed(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)


def _copy_when_finished(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        copy_vendor_files(Path(app.outdir) / "_static" / "vendor")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx when the book's configuration names this module."""
    os.environ.update(KERNEL_ENVIRONMENT)
    add_renderers()
    app.connect("config-inited", _buttons_follow_address)
    app.connect("doctree-read", name_solutions)
    app.connect("html-page-context", _add_page_files, priority=900)
    app.connect("build-finished", _copy_when_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
