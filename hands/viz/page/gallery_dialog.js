/* A hand of the gallery, large: it turns under the pointer or the arrow keys, and becomes the next one before one's eyes.

   A native modal <dialog>, so that Esc closes it, the keyboard stays inside and comes back to the card. */
(function (root) {
  "use strict";

  const { make, button } = root.LiveControlParts;
  const { uprightCamera, cameraFrom, bodyFraming } = root.HandPainting;
  const EASE_MS = 520;
  const REST_MS = 250; // after the last change, before the fine picture
  const STEP = 8; // degrees a press of an arrow key turns
  const STEEPEST = 85;
  const ZOOM = [0.7, 2.6];
  const DEGREES = Math.PI / 180;

  const reducedMotion = () => root.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const minimumJerk = (u) => u * u * u * (10 - 15 * u + 6 * u * u);
  const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const clamped = (value, low, high) => Math.max(low, Math.min(high, value));

  class GalleryDialog {
    constructor(gallery) {
      Object.assign(this, { gallery, k: 0, view: { turn: 0, tilt: 0 }, zoom: 1, pose: null });
      this.build();
      this.watchPointer();
    }

    build() {
      const id = `gallery-dialog-${++serial}`;
      this.title = make("h2", { id, class: "gallery-dialog-title" });
      this.labels = make("p", { class: "gallery-labels" });
      this.words = make("p", { class: "gallery-words", role: "status" });
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.stage = make("div", {
        class: "gallery-stage", tabindex: "0", role: "group", "aria-roledescription": "turntable",
        "aria-label": "The hand, large. Arrow keys turn it.", onkeydown: (event) => this.key(event),
      }, this.canvas);
      const sides = this.gallery.payload.views.map(({ name }, view) =>
        button(name[0].toUpperCase() + name.slice(1), () => this.turnTo(this.viewOf(view))));
      const steps = [button("‹ Previous", () => this.step(-1)), button("Next ›", () => this.step(1))];
      this.element = make("dialog", { class: "gallery-dialog", "aria-labelledby": id },
        make("div", { class: "gallery-dialog-top" }, make("div", {}, this.title, this.labels),
          button("×", () => this.element.close(), { class: "gallery-close", "aria-label": "Close" })),
        this.stage, this.words,
        make("div", { class: "gallery-dialog-bottom" },
          make("div", { role: "group", "aria-label": "Look at" }, ...sides), make("div", { role: "group", "aria-label": "Other hands" }, ...steps)));
      this.element.addEventListener("click", (event) => { if (event.target === this.element) this.element.close(); });
      this.element.addEventListener("close", () => this.closed());
      new ResizeObserver(() => this.request()).observe(this.stage);
    }

    isOpen() {
      return this.element.open;
    }

    open(k) {
      Object.assign(this, { zoom: 1, pose: null });
      this.show(k);
      this.element.showModal();
      this.stage.focus({ preventScroll: true });
    }

    closed() {
      cancelAnimationFrame(this.moving);
      clearTimeout(this.resting);
      this.gallery.cards[this.k].element.querySelector("button").focus();
    }

    step(by) {
      this.show(this.gallery.shownFrom(this.k, by));
    }

    /* Takes another hand; one that is shown already changes into it. */
    show(k) {
      this.k = k;
      const card = this.gallery.cards[k];
      this.title.textContent = card.title;
      this.labels.textContent = [card.group, ...card.labels].join(" · ");
      this.words.textContent = `${card.words[0].toUpperCase()}${card.words.slice(1)}.`;
      const from = this.pose;
      this.pose = Float64Array.from(card.pose);
      const view = this.viewOf(card.order[0]);
      if (from) this.ease(from, view);
      else this.look(view);
    }

    /* ---- looking ---- */

    /* Azimuth and height from which a side of the hand is seen. */
    viewOf(view) {
      const { surface, payload } = this.gallery;
      this.gallery.pose(this.pose, false);
      const { towards: [x, y, z] } = uprightCamera(surface, payload.views[view], payload.steep);
      return { turn: Math.atan2(y, x) / DEGREES, tilt: clamped(Math.asin(clamped(z, -1, 1)) / DEGREES, -STEEPEST, STEEPEST) };
    }

    camera() {
      const [turn, tilt] = [this.view.turn * DEGREES, this.view.tilt * DEGREES];
      return cameraFrom([Math.cos(tilt) * Math.cos(turn), Math.cos(tilt) * Math.sin(turn), Math.sin(tilt)], [0, 0, 1]);
    }

    look(view) {
      this.view = { turn: wrapped(view.turn), tilt: clamped(view.tilt, -STEEPEST, STEEPEST) };
      this.request();
    }

    turnTo(view) {
      this.ease(this.pose, view);
    }

    /* From one pose and view to another; every joint turns along the shortest way. */
    ease(from, view) {
      cancelAnimationFrame(this.moving);
      const to = this.pose, start = { ...this.view }, begun = performance.now();
      const turn = start.turn + wrapped(view.turn - start.turn);
      const step = (now) => {
        const u = reducedMotion() ? 1 : Math.min(1, Math.max(0, now - begun) / EASE_MS);
        const s = minimumJerk(u);
        this.between = u < 1 && from !== to ? mixPoses(from, to, s) : null;
        this.look({ turn: start.turn + s * (turn - start.turn), tilt: start.tilt + s * (view.tilt - start.tilt) });
        this.moving = u < 1 ? requestAnimationFrame(step) : null;
      };
      step(begun);
    }

    /* ---- painting ---- */

    request() {
      if (this.asked) return;
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        if (this.isOpen()) this.paint();
      });
    }

    /* While it moves, one pixel for each of the canvas; once it rests, as fine as can be. */
    paint(resting = false) {
      const { gallery, canvas } = this;
      const painter = gallery.usePainter();
      root.HandGallery.fitCanvas(canvas, canvas);
      gallery.send(this.between ?? this.pose, !this.between);
      const frame = bodyFraming(gallery.surface, canvas.width / canvas.height);
      const camera = { ...this.camera(), frame: { ...frame, zoom: frame.zoom * this.zoom } };
      painter.paint(canvas, camera, resting ? undefined : 1);
      this.frames = (this.frames ?? 0) + 1;
      clearTimeout(this.resting);
      if (!resting) this.resting = setTimeout(() => { if (this.isOpen()) this.paint(true); }, REST_MS);
    }

    /* ---- hands on ---- */

    key(event) {
      const turns = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
      const by = turns[event.key];
      if (!by) return;
      event.preventDefault();
      this.stop();
      this.look({ turn: this.view.turn + by[0], tilt: this.view.tilt + by[1] });
    }

    /* A hand taken hold of stops turning by itself, and is at once what it was becoming. */
    stop() {
      cancelAnimationFrame(this.moving);
      this.between = null;
    }

    watchPointer() {
      const { stage } = this;
      stage.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        this.stop();
        stage.setPointerCapture(event.pointerId);
        this.grip = { x: event.clientX, y: event.clientY, view: this.view };
      });
      stage.addEventListener("pointermove", ({ clientX, clientY }) => {
        if (!this.grip) return;
        const { x, y, view } = this.grip;
        this.look({ turn: view.turn - 0.5 * (clientX - x), tilt: view.tilt + 0.4 * (clientY - y) });
      });
      for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, () => { this.grip = null; });
      stage.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom = clamped(this.zoom * Math.exp(-0.0012 * event.deltaY), ...ZOOM);
        this.request();
      }, { passive: false });
    }
  }

  /* ---- between two poses ---- */

  function mixPoses(from, to, share) {
    const mixed = new Float64Array(48);
    for (let j = 0; j < 48; j += 3) mixed.set(mixRotations(from.slice(j, j + 3), to.slice(j, j + 3), share), j);
    return mixed;
  }

  /* Axis-angle vectors by way of unit quaternions, the nearer way round. */
  function mixRotations(a, b, share) {
    const [p, q] = [quaternion(a), quaternion(b)];
    const cosine = p.reduce((sum, value, k) => sum + value * q[k], 0);
    const angle = Math.acos(Math.min(1, Math.abs(cosine)));
    const [s, t] = angle < 1e-4 ? [1 - share, share] : [Math.sin((1 - share) * angle), Math.sin(share * angle)].map((v) => v / Math.sin(angle));
    const mixed = p.map((value, k) => s * value + (cosine < 0 ? -t : t) * q[k]);
    const sine = Math.hypot(mixed[1], mixed[2], mixed[3]);
    const scale = sine < 1e-12 ? 0 : (2 * Math.atan2(sine, mixed[0])) / sine;
    return mixed.slice(1).map((value) => value * scale);
  }

  function quaternion(v) {
    const angle = Math.hypot(...v);
    const scale = angle < 1e-12 ? 0.5 : Math.sin(angle / 2) / angle;
    return [Math.cos(angle / 2), v[0] * scale, v[1] * scale, v[2] * scale];
  }

  let serial = 0;
  root.GalleryDialog = GalleryDialog;
  root.GalleryMotion = { mixRotations };
})(window);
