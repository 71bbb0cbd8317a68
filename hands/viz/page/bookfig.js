/* Draws the book's Plotly figures, from file:// as well as http, when they scroll into view.
 *
 * window.HandsBook is shared by everything that draws on a page:
 *   register(el, {draw, drop, webgl})  draw() when el comes near the screen, drop() when it leaves, so that no page holds
 *                                      more WebGL contexts than browsers keep alive (16, the oldest die first);
 *                                      draw may return a promise; without webgl, nothing is dropped
 *   guardTouch(el, label)              on touch screens: a finger scrolls the page until the reader taps to take hold
 *   theme(layout, data)                flat Plotly settings for the page's colours, {"font.color": ...}
 *   onTheme(callback)                  called after the reader switches between light and dark
 *   fitted(layout, width)              the scene's aspect ratio that fills a figure of this width, or null
 *   reducedMotion()                    whether the reader asked for less motion
 */
(() => {
  'use strict';
  const MAX_CONTEXTS = 10;
  const NEAR = '500px';
  const KINDS_3D = /3d$|^(cone|surface|streamtube|volume|isosurface)$/;
  const root = document.documentElement;
  const entries = new Map();
  const NARROW = 520; // pixels
  const LEGEND_ROOM = 44; // pixels: two rows of a legend
  const themeCallbacks = [];
  let queue = Promise.resolve();

  // ---- who is drawn ------------------------------------------------------------------------------------------------

  function distance(el) {
    const box = el.getBoundingClientRect();
    return Math.max(0, box.top - window.innerHeight, -box.bottom);
  }

  function release(entry) {
    if (entry.state !== 'drawn') return;
    entry.drop();
    setState(entry, 'dropped');
  }

  function makeRoom() {
    const live = [...entries.values()].filter((e) => e.webgl && e.state === 'drawn');
    live.sort((a, b) => distance(b.el) - distance(a.el));
    live.slice(0, Math.max(0, live.length - MAX_CONTEXTS + 1)).forEach(release);
  }

  function setState(entry, state) {
    entry.state = state;
    entry.el.dataset.state = state;
  }

  async function draw(entry) {
    if (entry.state === 'drawn' || !entry.near) return;
    try {
      if (entry.webgl) makeRoom();
      await entry.draw();
      setState(entry, 'drawn');
      if (!entry.near && entry.webgl) release(entry);
    } catch (error) {
      fail(entry, error);
    }
  }

  function fail(entry, error) {
    setState(entry, 'failed');
    let note = entry.el.querySelector('.bookfig-error');
    if (!note) {
      note = entry.el.appendChild(document.createElement('p'));
      note.className = 'bookfig-error';
      note.setAttribute('role', 'alert');
    }
    note.textContent = 'This figure could not be drawn: ' + (error && error.message ? error.message : error);
  }

  function enqueue(entry) {
    queue = queue.then(() => draw(entry)).then(() => new Promise((done) => setTimeout(done, 0)));
    return queue;
  }

  const watcher = new IntersectionObserver((changes) => {
    for (const change of changes) {
      const entry = entries.get(change.target);
      if (!entry) continue;
      entry.near = change.isIntersecting;
      if (entry.near) enqueue(entry);
      else if (entry.webgl) release(entry);
    }
  }, {rootMargin: NEAR});

  function register(el, {draw, drop = () => {}, webgl = true}) {
    entries.set(el, {el, draw, drop, webgl, near: false, state: 'waiting'});
    watcher.observe(el);
  }

  window.addEventListener('beforeprint', () => {
    for (const entry of entries.values()) {
      entry.near = true;
      enqueue(entry);
    }
  });

  // ---- the page's colours ------------------------------------------------------------------------------------------

  const variable = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const isDark = () => root.dataset.theme === 'dark';

  function theme(layout, data) {
    const text = variable('--pst-color-text-base') || (isDark() ? '#ddd' : '#222');
    const surface = variable('--pst-color-surface') || (isDark() ? '#222' : '#fff');
    const grid = isDark() ? '#454c55' : '#dde1e6';
    const clear = 'rgba(0,0,0,0)';
    const set = {
      'paper_bgcolor': clear, 'plot_bgcolor': clear, 'font.color': text, 'legend.bgcolor': clear,
      'modebar.bgcolor': clear, 'modebar.color': text, 'modebar.activecolor': variable('--pst-color-primary') || text,
      'hoverlabel.bgcolor': surface, 'hoverlabel.font.color': text, 'hoverlabel.bordercolor': grid,
    };
    for (const scene of sceneNames(layout, data)) {
      for (const axis of ['xaxis', 'yaxis', 'zaxis']) {
        set[`${scene}.${axis}.color`] = text;
        set[`${scene}.${axis}.gridcolor`] = grid;
        set[`${scene}.${axis}.zerolinecolor`] = grid;
        set[`${scene}.${axis}.showbackground`] = false;
      }
    }
    for (const key of axisNames(layout, data)) {
      set[`${key}.gridcolor`] = grid;
      set[`${key}.zerolinecolor`] = isDark() ? '#6a727c' : '#b5bcc4';
      set[`${key}.linecolor`] = grid;
    }
    for (const kind of ['updatemenus', 'sliders']) {
      (layout[kind] || []).forEach((_, i) => {
        set[`${kind}[${i}].bgcolor`] = surface;
        set[`${kind}[${i}].bordercolor`] = grid;
        set[`${kind}[${i}].font.color`] = text;
      });
    }
    return set;
  }

  function sceneNames(layout, data) {
    const named = Object.keys(layout).filter((key) => /^scene\d*$/.test(key));
    const used = (data || []).filter((trace) => KINDS_3D.test(trace.type)).map((trace) => trace.scene || 'scene');
    return [...new Set([...named, ...used])];
  }

  function axisNames(layout, data) {
    const named = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    const flat = (data || []).some((trace) => !KINDS_3D.test(trace.type));
    return [...new Set([...named, ...(flat ? ['xaxis', 'yaxis'] : [])])];
  }

  function onTheme(callback) {
    themeCallbacks.push(callback);
  }

  new MutationObserver(() => themeCallbacks.forEach((callback) => callback()))
    .observe(root, {attributes: true, attributeFilter: ['data-theme']});

  // ---- fitting a scene to the width of the screen --------------------------------------------------------------------

  /* An orthographic Plotly scene is scaled by its height. `meta.fit` is the content's width over its height, and
   * `meta.fit_assumes` the one of the window that Python reckoned with. */
  function fitted(layout, width) {
    const meta = layout.meta || {}, scene = layout.scene || {};
    if (!meta.fit || !scene.aspectratio || !width) return null;
    const margin = Object.assign({l: 80, r: 80, t: 100, b: 80}, layout.margin);
    const domain = (scene.domain && scene.domain.y) || [0, 1];
    const height = (layout.height - margin.t - margin.b) * (domain[1] - domain[0]);
    const shape = (width - margin.l - margin.r) / height;
    const factor = Math.max(1, meta.fit / meta.fit_assumes) / Math.max(1, meta.fit / shape);
    const ratio = {};
    for (const axis of 'xyz') ratio[axis] = scene.aspectratio[axis] * factor;
    return ratio;
  }

  // ---- touch ---------------------------------------------------------------------------------------------------------

  /* A finger on a 3D figure would turn it and trap the page. So a shield lets fingers scroll until it is tapped; it comes
   * back when the reader taps elsewhere, or taps Done, or scrolls away. */
  function guardTouch(el, label) {
    if (el.querySelector(':scope > .bookfig-shield')) return;
    const shield = document.createElement('button');
    shield.type = 'button';
    shield.className = 'bookfig-shield';
    const pill = shield.appendChild(document.createElement('span'));
    el.appendChild(shield);
    const hold = (on) => {
      el.classList.toggle('bookfig-held', on);
      shield.setAttribute('aria-pressed', String(on));
      pill.textContent = on ? 'Done' : label;
    };
    shield.addEventListener('click', () => hold(!el.classList.contains('bookfig-held')));
    document.addEventListener('pointerdown', (event) => { if (!el.contains(event.target)) hold(false); });
    new IntersectionObserver((changes) => { if (!changes[0].isIntersecting) hold(false); }).observe(el);
    hold(false);
  }

  const reducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  window.HandsBook = {register, guardTouch, theme, onTheme, fitted, reducedMotion};

  // ---- figures -------------------------------------------------------------------------------------------------------

  const CONFIG = {
    responsive: true, displaylogo: false, showSendToCloud: false, scrollZoom: false, doubleClick: 'reset',
    modeBarButtonsToRemove: ['zoom3d', 'pan3d', 'orbitRotation', 'tableRotation', 'resetCameraLastSave3d',
      'hoverClosest3d', 'hoverClosestCartesian', 'hoverCompareCartesian', 'select2d', 'lasso2d', 'autoScale2d'],
  };

  function put(target, path, value) {
    const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.');
    const last = keys.pop();
    for (const key of keys) target = target[key] = target[key] || {};
    target[last] = value;
  }

  function stillIfAsked(figure) {
    if (!reducedMotion()) return;
    const still = (args) => {
      const options = args && args[1];
      if (options && typeof options === 'object') options.transition = {duration: 0};
    };
    for (const menu of figure.layout.updatemenus || []) (menu.buttons || []).forEach((button) => still(button.args));
    for (const slider of figure.layout.sliders || []) (slider.steps || []).forEach((step) => still(step.args));
  }

  /* On a narrow screen a legend above the plot runs into the title; below it there is room. */
  function makeRoomForTitle(layout) {
    const {legend, title} = layout;
    if (!title || !title.text || !legend || legend.orientation !== 'h' || !(legend.y > 1)) return;
    Object.assign(legend, {yref: 'container', y: 0, yanchor: 'bottom'});
    layout.margin = Object.assign({}, layout.margin, {b: ((layout.margin || {}).b || 80) + LEGEND_ROOM});
  }

  /* `meta.pick`: a click on a cell of a matrix shows the two hands that it stands for. `hands` are vertices in whole
   * `unit`s, `of` and `names` say for each trace which of them its rows and columns are, `meshes` are the two traces that
   * show them. */
  function letPick(gd, {hands, unit, of, names, meshes, shifts, words}) {
    const vertices = (k) => new Int16Array(Uint8Array.from(atob(hands[k]), (c) => c.charCodeAt(0)).buffer);
    const axis = (all, shift, d) => Array.from({length: all.length / 3}, (_, i) => all[3 * i + d] * unit + shift[d]);
    gd.on('plotly_click', ({points: [point]}) => {
      const known = point && of[point.curveNumber];
      if (!known) return;
      const cell = point.pointNumber, [row, column] = cell, said = names[point.curveNumber];
      const seen = cell.map((k, side) => [0, 1, 2].map((d) => axis(vertices(known[k]), shifts[side][known[k]], d)));
      const texts = Object.fromEntries(cell.map((k, side) => [`annotations[${side}].text`, `${words[side]}: <b>${said[k]}</b>`]));
      const ring = {visible: true, x0: column - 0.5, x1: column + 0.5, y0: row - 0.5, y1: row + 0.5};
      for (const [key, value] of Object.entries(ring)) texts[`shapes[0].${key}`] = value;
      window.Plotly.update(gd, {x: seen.map((s) => s[0]), y: seen.map((s) => s[1]), z: seen.map((s) => s[2])}, texts, meshes);
    });
  }

  function adopt(el) {
    const plot = el.querySelector('.bookfig-plot');
    const text = el.querySelector('script[type="application/json"]').textContent;
    const original = JSON.parse(text);
    const layout = original.layout || {}, data = original.data || [];
    const scenes = sceneNames(layout, data);
    const cameras = {};
    let gd = null, width = 0;

    async function draw() {
      if (!window.Plotly) throw new Error('the drawing library (plotly.min.js) is missing.');
      const figure = JSON.parse(text);
      figure.layout = figure.layout || {};
      stillIfAsked(figure);
      for (const [path, value] of Object.entries(theme(layout, data))) put(figure.layout, path, value);
      width = plot.clientWidth;
      const ratio = fitted(layout, width);
      if (ratio) figure.layout.scene.aspectratio = ratio;
      if (width < NARROW) makeRoomForTitle(figure.layout);
      for (const [scene, kept] of Object.entries(cameras)) Object.assign(figure.layout[scene], kept);
      const bare = window.matchMedia('(pointer: coarse)').matches ? {displayModeBar: false} : {};
      gd = plot.appendChild(document.createElement('div'));
      gd.style.height = el.dataset.height + 'px';
      await window.Plotly.newPlot(gd, {
        data: figure.data, layout: figure.layout, frames: figure.frames, config: Object.assign({}, figure.config, CONFIG, bare),
      });
      if (layout.meta && layout.meta.pick) letPick(gd, layout.meta.pick);
    }

    function drop() {
      for (const scene of scenes) {
        const full = gd._fullLayout[scene];
        if (full && full._scene) cameras[scene] = {camera: full._scene.getCamera()};
      }
      window.Plotly.purge(gd);
      gd.remove();
      gd = null;
    }

    onTheme(() => { if (gd) window.Plotly.relayout(gd, theme(layout, data)); });
    new ResizeObserver(() => {
      if (!gd || Math.abs(plot.clientWidth - width) < 2) return;
      width = plot.clientWidth;
      const ratio = fitted(layout, width);
      if (ratio) window.Plotly.relayout(gd, {'scene.aspectratio': ratio});
    }).observe(plot);
    guardTouch(el, scenes.length ? 'Tap to turn' : 'Tap to explore');
    register(el, {draw, drop, webgl: scenes.length > 0});
  }

  document.querySelectorAll('.bookfig').forEach(adopt);
})();
