/* The gallery of the page: brings each <div class="handgallery"> to life from the JSON inside it.

   Every card is a button with three pictures of one hand. Pictures are painted one card at a time, those near the screen
   first, by one painter (gallery_painter.js) into plain canvases; so a page of a hundred hands needs one WebGL context.
   A chosen card opens large, to be turned (gallery_dialog.js).
   `element.handsGallery` is the gallery of an element, for other scripts and for tests: `.cards`, `.painted`, `.dialog`. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { framing, uprightCamera } = root.HandPainting;
  const SHARPEST = 2; // pixels drawn for each pixel of the page, at most
  const CLOSEST = 13; // no hand is drawn larger than this, so that a fist stays smaller than a spread hand
  const BUDGET_MS = 12; // of painting before the browser may do something else
  const NEAR = "600px";

  class Gallery {
    constructor(element, payload) {
      Object.assign(this, { element, payload, painted: 0, waiting: new Set(), painter: null });
      this.cards = payload.cards.map((card, k) => this.buildCard(card, k));
      this.buildPage();
      this.markGroups();
      this.watch();
    }

    /* The model and its surface, made when the first hand is needed. */
    get surface() {
      this.keptSurface ??= new root.HandSurface(new root.HandModel(root.HANDS_MODEL), this.payload.side);
      return this.keptSurface;
    }

    /* ---- the page ---- */

    buildCard(card, k) {
      const pictures = card.order.map((view, place) => ({ view, canvas: make("canvas", { "aria-hidden": "true" }), place }));
      const figures = pictures.map(({ view, canvas }) =>
        make("span", { class: "gallery-view" }, canvas,
          make("span", { class: "gallery-side", "aria-hidden": "true" }, this.payload.views[view].name)));
      const face = make("button", {
        type: "button", class: "gallery-card", "aria-haspopup": "dialog", "aria-label": `${card.title}: ${card.words}`,
        onclick: () => this.open(k),
      }, make("span", { class: "gallery-views" }, ...figures),
      make("span", { class: "gallery-title" }, card.title),
      make("span", { class: "gallery-labels" }, make("span", {}, card.labels.join(" · ")), this.whereFrom(card.seen[card.order[0]])));
      const head = make("span", { class: "gallery-head" }, card.group);
      return { ...card, k, pictures, element: make("li", { class: "gallery-item" }, head, face) };
    }

    /* Where the viewer of the large picture stands, in words and as a mark beside a person seen from above. */
    whereFrom(place) {
      const turn = { "the front": 0, "the right": 90, behind: 180, "the left": 270 }[place];
      const person = [drawing("rect", { x: -11, y: -3.5, width: 22, height: 8.5, rx: 4.2 }), drawing("circle", { cy: -2, r: 5 })];
      const viewer = turn === undefined ? [] : [drawing("path", { d: "M0 -9.5 L-4.5 -17 H4.5 Z", transform: `rotate(${turn})` })];
      const picture = drawing("svg", { viewBox: "-18 -18 36 36", "aria-hidden": "true", class: "gallery-compass" }, ...person, ...viewer);
      return make("span", { class: "gallery-from" }, picture, `seen from ${place}`);
    }

    buildPage() {
      const id = `gallery-find-${++serial}`;
      this.find = make("input", { id, type: "search", placeholder: "a name, a finger, a direction …", oninput: () => this.filter() });
      this.count = make("p", { class: "gallery-count", role: "status" });
      const grid = make("ul", { class: "gallery-grid", "aria-label": this.payload.alt }, ...this.cards.map((card) => card.element));
      this.dialog = new root.GalleryDialog(this);
      this.element.append(
        make("p", { class: "bookfig-error", role: "alert" }),
        make("div", { class: "gallery-tools", role: "search" }, make("label", { for: id }, "Find"), this.find, this.count),
        grid, this.dialog.element);
      this.filter();
    }

    /* Cards of one group stand under one line, which bears the group's name where it begins. */
    markGroups() {
      const shown = this.cards.filter((card) => !card.element.hidden);
      shown.forEach((card, i) => {
        const [before, after] = [shown[i - 1], shown[i + 1]];
        card.element.classList.toggle("gallery-first", before?.group !== card.group);
        card.element.classList.toggle("gallery-goes-on", after?.group === card.group);
      });
    }

    filter() {
      const wanted = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const card of this.cards) {
        const text = [card.title, card.group, card.words, ...card.labels].join(" ").toLowerCase();
        card.element.hidden = !wanted.every((word) => text.includes(word));
      }
      const shown = this.cards.filter((card) => !card.element.hidden).length;
      this.count.textContent = shown === this.cards.length ? `${shown} hands` : `${shown} of ${this.cards.length} hands`;
      this.markGroups();
    }

    open(k) {
      this.dialog.open(k);
    }

    shownFrom(k, step) {
      const shown = this.cards.filter((card) => !card.element.hidden);
      const here = shown.findIndex((card) => card.k === k);
      return shown[(here + step + shown.length) % shown.length].k;
    }

    /* ---- painting ---- */

    watch() {
      const near = (changes) => changes.forEach((change) => {
        const card = this.cards[change.target.dataset.k];
        card.near = change.isIntersecting;
        if (card.near) this.start();
      });
      const watcher = new IntersectionObserver(near, { rootMargin: NEAR });
      this.cards.forEach((card) => {
        card.element.dataset.k = card.k;
        this.waiting.add(card);
        watcher.observe(card.element);
      });
      new ResizeObserver(() => this.fit()).observe(this.element);
    }

    /* Where the cards have another size than they were painted for, they are painted again. */
    fit() {
      const [first] = this.cards.find((card) => !card.element.hidden)?.pictures ?? [];
      const width = first?.canvas.clientWidth;
      if (!width || width === this.width) return;
      if (this.width) this.cards.forEach((card) => this.waiting.add(card));
      this.width = width;
      this.start();
    }

    start() {
      if (this.working || !this.ready || !this.waiting.size) return;
      this.working = setTimeout(() => this.work());
    }

    work() {
      this.working = null;
      if (!this.ready) return;
      const until = performance.now() + BUDGET_MS;
      do this.paintCard(this.next()); while (this.waiting.size && performance.now() < until);
      if (this.waiting.size) this.start();
      else this.element.dataset.painted = "all";
    }

    next() {
      for (const card of this.waiting) if (card.near && !card.element.hidden) return card;
      return this.waiting.values().next().value;
    }

    paintCard(card) {
      this.waiting.delete(card);
      const painter = this.usePainter();
      this.send(card.pose);
      for (const picture of card.pictures) this.paintPicture(painter, picture);
      if (!card.painted) this.painted += 1;
      card.painted = true;
      card.element.dataset.painted = "yes";
    }

    /* The surface takes a pose; `shaded` false leaves out what takes longest, for hands in motion. */
    pose(pose, shaded = true) {
      this.surface.pose(pose, shaded);
      this.sent = null;
    }

    /* The same, and the painter has it. Sent once, a pose stays there until another comes. */
    send(pose, shaded = true) {
      if (this.sent === pose) return;
      this.pose(pose, shaded);
      this.painter.take(this.surface);
      this.sent = pose;
    }

    paintPicture(painter, { view, canvas, place }) {
      fitCanvas(canvas, this.cards[0].pictures[place].canvas);
      const camera = uprightCamera(this.surface, this.payload.views[view], this.payload.steep);
      const shape = canvas.width / canvas.height;
      painter.paint(canvas, { ...camera, frame: framing(this.surface, camera, shape, { most: CLOSEST }) });
    }

    usePainter() {
      if (!this.painter || this.painter.gl.isContextLost()) {
        this.painter = new root.HandPainter(this.payload.skin);
        this.sent = null;
      }
      return this.painter;
    }

    /* ---- coming and going with the screen, as HandsBook asks ---- */

    draw() {
      this.usePainter();
      this.ready = true;
      this.start();
    }

    drop() {
      if (this.dialog.isOpen()) return;
      this.ready = false;
      this.painter?.free();
      this.painter = null;
    }
  }

  /* As many pixels as the screen shows; a card that cannot be seen takes the size of one that can. */
  function fitCanvas(canvas, like) {
    const sharpness = Math.min(root.devicePixelRatio || 1, SHARPEST);
    const shown = canvas.clientWidth ? canvas : like;
    const [width, height] = [shown.clientWidth, shown.clientHeight].map((length) => Math.max(1, Math.round(sharpness * length)));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  function drawing(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  let serial = 0;
  const galleries = [];

  function adopt(element) {
    const gallery = new Gallery(element, JSON.parse(element.querySelector("script").textContent));
    element.handsGallery = gallery;
    galleries.push(gallery);
    root.HandsBook.register(element, { draw: () => gallery.draw(), drop: () => gallery.drop(), webgl: true });
    return gallery;
  }

  root.HandGallery = { Gallery, adopt, galleries, fitCanvas };
  document.querySelectorAll(".handgallery").forEach(adopt);
})(window);
