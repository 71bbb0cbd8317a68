"""The Sphinx extension: markup, what a page loads, what a build leaves behind."""

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import myst_nb.core.render
import plotly
import pytest
from docutils import nodes
from docutils.utils import new_document

from hands.viz import sphinx_ext


def payload(html):
    return json.loads(re.search(r'<script type="application/json">(.*)</script><noscript>', html, re.S).group(1))


def test_a_figure_carries_its_json_height_and_description():
    figure = {"data": [{"type": "bar", "y": [1]}], "layout": {"height": 321, "meta": {"alt": 'A "bar" & more'}}}
    html = sphinx_ext.figure_html(figure)
    assert payload(html) == figure
    assert 'data-height="321"' in html
    assert unescape(re.search('role="img" aria-label="(.*?)"', html).group(1)) == 'A "bar" & more'
    assert unescape(re.search('<p class="bookfig-alt">(.*?)</p>', html).group(1)) == 'A "bar" & more'


def test_json_cannot_end_its_script_element():
    figure = {"layout": {"title": {"text": "</script><script>alert(1)</script><!--"}}}
    html = sphinx_ext.figure_html(figure)
    assert html.count("</script>") == 1
    assert payload(html) == figure


@pytest.mark.parametrize("layout", [{"title": {"text": "From its title"}}, {"title": "From its title"}])
def test_a_figure_without_alt_is_called_by_its_title(layout):
    assert 'aria-label="From its title"' in sphinx_ext.figure_html({"layout": layout})
    assert 'aria-label="Figure"' in sphinx_ext.figure_html({})


def test_a_live_hand_keeps_its_place_on_the_page():
    html = sphinx_ext.live_html({"kind": "live", "min_height": 512})
    assert html.startswith('<div class="livehand" style="min-height:512px"><script type="application/json">')
    assert payload(html) == {"kind": "live", "min_height": 512}


def test_pages_load_what_they_show():
    assert sphinx_ext.page_scripts("<p>words</p>") == ()
    assert sphinx_ext.page_scripts('<div class="bookfig" ...') == ("plotly.min.js", "bookfig.js")
    live = sphinx_ext.page_scripts('<div class="livehand" ...')
    assert live[:3] == ("plotly.min.js", "bookfig.js", "hand_model_data.js")
    assert live[-1] == "live_hand.js"
    gallery = sphinx_ext.page_scripts('<div class="handgallery" ...')
    assert gallery[0] == "bookfig.js"
    assert gallery[-1] == "gallery.js"
    assert "plotly.min.js" not in gallery, "a gallery paints by itself"
    lab = sphinx_ext.page_scripts('<div class="imulab" ...')
    assert (lab[0], lab[-1]) == ("bookfig.js", "imu_lab.js")
    for name in ("mask", "student"):
        clips = sphinx_ext.page_scripts(f'<div class="{name}lab" ...')
        assert (clips[0], clips[-1]) == ("bookfig.js", f"{name}_lab.js")
        assert "plotly.min.js" not in {*lab, *clips}, "a lab draws by itself"
    both = sphinx_ext.page_scripts('<div class="livehand" ...><div class="handgallery" ...')
    assert sorted(both) == sorted({*live, *gallery})


def test_myst_nb_prefers_our_mime_types_and_knows_them_once():
    sphinx_ext.add_renderers()
    sphinx_ext.add_renderers()
    renderers = myst_nb.core.render.load_mime_renders()
    assert [r for r in renderers if r in sphinx_ext.RENDERERS] == sphinx_ext.RENDERERS
    priority = myst_nb.core.render.get_mime_priority("html", [])
    labs = {lab.mime for lab in sphinx_ext.LABS}
    ours = {sphinx_ext.PLOTLY_MIME, sphinx_ext.LIVE_MIME, sphinx_ext.GALLERY_MIME} | labs
    assert ours == set(priority[: len(ours)])


def test_a_renderer_leaves_other_mime_types_alone():
    figure = SimpleNamespace(mime_type=sphinx_ext.PLOTLY_MIME, content={"data": []})
    renderer = sphinx_ext.RENDERERS[0]
    assert renderer.handle_mime(None, figure, False)[0].astext().startswith('<div class="bookfig"')
    assert renderer.handle_mime(None, figure, True) is None
    assert renderer.handle_mime(None, SimpleNamespace(mime_type="text/plain", content="x"), False) is None


@pytest.mark.parametrize("address", ["", "https://example.org/hands"])
def test_buttons_that_lead_to_the_repository_need_its_address(address):
    options = {"repository_url": address, "launch_buttons": {"binderhub_url": "https://mybinder.org"}}
    sphinx_ext._buttons_follow_address(None, SimpleNamespace(html_theme_options=options))
    assert options["use_repository_button"] is bool(address)
    assert bool(options["launch_buttons"]) is bool(address)


def test_only_what_unfolds_a_solution_is_called_one():
    """A cell as MyST-NB leaves it to its transform that hides cells."""
    cells = {
        role: nodes.container(hide_mode="all", prompt_show="Show code cell content", cell_metadata={"hands": about})
        for role, about in {"solution": {"role": "solution"}, "skeleton": {"role": "skeleton"}, "none": {}}.items()
    }
    page = new_document("page")
    page += [*cells.values(), nodes.container()]
    sphinx_ext.name_solutions(None, page)
    shown = {role: cell["prompt_show"] for role, cell in cells.items()}
    assert shown == dict.fromkeys(cells, "Show code cell content") | {"solution": "Show the solution"}


def test_vendored_files_come_from_the_installed_wheels(tmp_path):
    sphinx_ext.copy_vendor_files(tmp_path)
    wheel = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    assert (tmp_path / "plotly.min.js").read_bytes() == wheel.read_bytes()
    assert (tmp_path / "mathjax" / "input" / "tex" / "extensions" / "boldsymbol.js").exists()
    assert sum(file.stat().st_size for file in (tmp_path / "mathjax").rglob("*") if file.is_file()) < 3.5e6
    scripts = (sphinx_ext.FIGURE_SCRIPTS, sphinx_ext.LIVE_SCRIPTS, sphinx_ext.GALLERY_SCRIPTS)
    labs = [name for lab in sphinx_ext.LABS for name in (*lab.scripts, *lab.styles)]
    for name in (*sum(scripts, ()), *labs, "book.css"):
        assert (tmp_path / name).stat().st_size > 0, name


def test_a_built_book_shows_each_figure_once(small_book):
    twenty, kinds, words = ((small_book / f"{name}.html").read_text() for name in ("twenty", "kinds", "words"))
    assert (twenty.count('class="bookfig"'), kinds.count('class="bookfig"')) == (20, 6)
    for page in (twenty, kinds):
        assert page.count("vendor/plotly.min.js") == page.count("vendor/bookfig.js") == 1
        assert "live_hand.js" not in page
    assert "vendor/plotly.min.js" not in words
    assert "vendor/mathjax/tex-mml-svg.js" in words


def test_a_built_book_names_no_other_host_to_load_from(small_book):
    for page in small_book.glob("*.html"):
        text = page.read_text()
        assert not re.search(r'(src|href)="(https?:)?//[^"]*\.(js|css|woff2?|svg|png)', text), page.name
        assert "THEBE" not in text
        assert "unpkg" not in text
        assert "cdn" not in re.sub(r'<script type="application/json">.*?</script>', "", text, flags=re.S).lower()
