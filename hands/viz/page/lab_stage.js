/* Hands in 3D, in panels beside each other, always seen from the same place, with their wrists standing still.

   A lab's stage extends `HandsStage`: `draw(scene, resting)` paints what its panels show, by `paint(panel, hand, frame, skin,
   resting)` for each hand, one after the other by the gallery's painter. `stage.show(scene)` asks for it, and again in all
   its beauty once `scene.moving` has ended. Mouse, finger and arrow keys turn all hands together. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { cameraFrom } = root.HandPainting;
  const EYE = 1.1; // metres from the eye to the middle of the picture: that of gallery_painter.js
  const HOME = { turn: 30, tilt: 15 }; // a little from the thumb's side, where one sees how far fingers are bent
  const MIDDLE = [-0.088, 0, 0.012]; // of a hand, from its wrist: a little towards the thumb
  const REACH = { up: 0.112, aside: 0.09 }; // metres around it: no turn about its length changes them much
  const STEP = 8; // degrees a press of an arrow key turns
  const SHARPEST = 2;
  const REST_MS = 200;
  const DEGREES = Math.PI / 180;

  const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const clamped = (value, low, high) => Math.max(low, Math.min(high, value));

  class HandsStage {
    constructor(model, { colours, alt, kind, onView }) {
      Object.assign(this, { model, onView, view: { ...HOME }, frames: 0 });
      this.skins = Object.fromEntries(Object.entries(colours).map(([name, hex]) => [name, squared(hex)]));
      this.element = make("div", {
        class: "handslab-stage", tabindex: "0", role: "group", "aria-roledescription": kind,
        "aria-label": `${alt} Arrow keys turn all hands.`, onkeydown: (event) => this.key(event),
      });
      this.watchPointer();
    }

    get surface() {
      this.keptSurface ??= new root.HandSurface(this.model, "right", 1);
      return this.keptSurface;
    }

    usePainter() {
      if (!this.painter || this.painter.gl.isContextLost()) this.painter = new root.HandPainter("#000000");
      return this.painter;
    }

    drop() {
      clearTimeout(this.resting);
      this.painter?.free();
      this.painter = null;
    }

    /* ---- the pictures ---- */

    /* While it moves, one pixel for each of the canvas; once it rests, as fine as can be, with the shade of folds. */
    show(scene, resting = false) {
      this.usePainter();
      this.scene = scene;
      this.draw(scene, resting);
      this.frames += 1;
      clearTimeout(this.resting);
      if (!resting && !scene.moving) this.resting = setTimeout(() => { if (this.painter) this.show(this.scene, true); }, REST_MS);
    }

    /* Gives the camera, for what is drawn above the hand. */
    paint(canvas, hand, frame, skin, resting) {
      const { surface, painter } = this;
      surface.betas = hand.betas;
      surface.pose(hand.fullPose(frame), resting);
      painter.take(surface);
      painter.gl.uniform3fv(painter.at.skin, skin);
      this.fit(canvas);
      const camera = this.camera(canvas);
      painter.paint(canvas, camera, resting ? undefined : 1);
      return camera;
    }

    fit(canvas) {
      this.sharp = Math.min(root.devicePixelRatio || 1, SHARPEST);
      const [wide, high] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.max(1, Math.round(this.sharp * size)));
      if (canvas.width !== wide) canvas.width = wide;
      if (canvas.height !== high) canvas.height = high;
    }

    /* A pen for what lies above a hand, in pixels of the page, on an empty canvas. */
    penFor(canvas) {
      this.fit(canvas);
      const pen = canvas.getContext("2d");
      pen.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      return pen;
    }

    /* Wrists stand still in the picture, as they do in the error. */
    camera({ width, height }) {
      const turn = this.view.turn * DEGREES, tilt = this.view.tilt * DEGREES;
      const towards = [-Math.sin(tilt), -Math.cos(tilt) * Math.cos(turn), Math.cos(tilt) * Math.sin(turn)];
      const top = [-Math.cos(tilt), Math.sin(tilt) * Math.cos(turn), -Math.sin(tilt) * Math.sin(turn)];
      const wrist = this.surface.hand.joints;
      const middle = MIDDLE.map((value, a) => value + wrist[a]);
      return { ...cameraFrom(towards, top), frame: { middle, zoom: Math.min(1 / REACH.up, width / height / REACH.aside), shift: [0, 0] } };
    }

    /* A point in pixels of the page, from the picture's corner. */
    project(point, { right, up, towards, frame }, { width, height }) {
      const offset = [0, 1, 2].map((a) => point[a] - frame.middle[a]);
      const along = (axis) => axis.reduce((sum, value, a) => sum + value * offset[a], 0);
      const scale = ((EYE / (EYE - along(towards))) * frame.zoom * height) / this.sharp / 2;
      return [width / this.sharp / 2 + scale * along(right), height / this.sharp / 2 - scale * along(up)];
    }

    /* ---- mouse, finger, keys ---- */

    look(turn, tilt) {
      this.view = { turn: wrapped(this.view.turn + turn), tilt: clamped(this.view.tilt + tilt, -80, 80) };
      this.onView();
    }

    key(event) {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by) return;
      event.preventDefault();
      this.look(STEP * by[0], STEP * by[1]);
    }

    /* A finger turns sideways only; upright, it scrolls the page. */
    watchPointer() {
      const { element } = this;
      let last = null;
      element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        last = event;
        element.setPointerCapture(event.pointerId);
      });
      element.addEventListener("pointermove", (event) => {
        if (!last) return;
        const finger = event.pointerType === "touch";
        this.look(-0.5 * (event.clientX - last.clientX), finger ? 0 : 0.4 * (event.clientY - last.clientY));
        last = event;
      });
      for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { last = null; });
    }
  }

  /* A place for a hand, with `swatch` and its name below; `layers` are how many canvases lie one over the other, marks on top. */
  function panel(name, swatch, layers = 2) {
    const canvases = Array.from({ length: layers }, () => make("canvas", { "aria-hidden": "true" }));
    const text = make("span", {}, name);
    const element = make("div", { class: "handslab-panel" }, ...canvases, make("p", { class: "handslab-name" }, swatch, text));
    return { canvases, hand: canvases.at(-2), marks: canvases.at(-1), name: text, element };
  }

  /* The skin of a hand, for legends. */
  function skinDot(colour) {
    return make("i", { class: "handslab-skin", "aria-hidden": "true", style: `background:${colour}` });
  }

  /* As the painter wants a colour. */
  function squared(hex) {
    return [1, 3, 5].map((i) => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2);
  }

  root.LabStage = { HandsStage, panel, skinDot };
})(window);
