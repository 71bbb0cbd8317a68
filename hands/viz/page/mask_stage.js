/* The true hand and the reconstruction, side by side or one over the other, always seen from the same place.

   `stage.show({ truth, guess, frame, moving })` draws both; they are painted by the gallery's painter, one after the other.
   Dots on the true hand are its joints: filled where the teacher is given the joint, rings where it is hidden. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { cameraFrom } = root.HandPainting;
  const EYE = 1.1; // metres from the eye to the middle of the picture: that of gallery_painter.js
  const HOME = { turn: 30, tilt: 15 }; // a little from the thumb's side, where one sees how far fingers are bent
  const MIDDLE = [-0.088, 0, 0]; // of a hand, from its wrist
  const REACH = { up: 0.112, aside: 0.084 }; // metres around it: no turn about its length changes them much
  const STEP = 8; // degrees a press of an arrow key turns
  const SHARPEST = 2;
  const REST_MS = 200;
  const DEGREES = Math.PI / 180;

  const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const clamped = (value, low, high) => Math.max(low, Math.min(high, value));

  class MaskStage {
    constructor(model, { colours, alt, onView }) {
      Object.assign(this, { model, onView, view: { ...HOME }, frames: 0 });
      this.skins = Object.fromEntries(Object.entries(colours).map(([name, hex]) => [name, squared(hex)]));
      this.panels = { truth: panel("The true hand", colours.truth), guess: panel("", colours.guess) };
      this.element = make("div", {
        class: "imulab-stage masklab-stage", tabindex: "0", role: "group", "aria-roledescription": "two hands in 3D",
        "aria-label": `${alt} Arrow keys turn both hands.`, onkeydown: (event) => this.key(event),
      }, this.panels.truth.element, this.panels.guess.element);
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

    lay(over, name) {
      this.element.classList.toggle("masklab-over", over);
      this.panels.guess.name.textContent = name;
    }

    /* ---- the pictures ---- */

    /* While it moves, one pixel for each of the canvas; once it rests, as fine as can be, with the shade of folds. */
    show(scene, resting = false) {
      this.usePainter();
      this.scene = scene;
      for (const name of ["truth", "guess"]) this.paint(this.panels[name], scene[name].fullPose(scene.frame), scene[name].betas, this.skins[name], resting);
      this.frames += 1;
      clearTimeout(this.resting);
      if (!resting && !scene.moving) this.resting = setTimeout(() => { if (this.painter) this.show(this.scene, true); }, REST_MS);
    }

    paint(panel, pose, betas, skin, resting) {
      const { surface, painter } = this;
      surface.betas = betas;
      surface.pose(pose, resting);
      painter.take(surface);
      painter.gl.uniform3fv(painter.at.skin, skin);
      this.fit(panel);
      const camera = this.camera(panel.hand);
      painter.paint(panel.hand, camera, resting ? undefined : 1);
      this.drawJoints(panel, camera);
    }

    fit({ hand, marks }) {
      this.sharp = Math.min(root.devicePixelRatio || 1, SHARPEST);
      for (const canvas of [hand, marks]) {
        const [wide, high] = [hand.clientWidth, hand.clientHeight].map((size) => Math.max(1, Math.round(this.sharp * size)));
        if (canvas.width !== wide) canvas.width = wide;
        if (canvas.height !== high) canvas.height = high;
      }
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

    drawJoints(panel, camera) {
      const pen = panel.marks.getContext("2d");
      pen.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
      pen.clearRect(0, 0, panel.marks.width, panel.marks.height);
      if (panel !== this.panels.truth) return;
      const { guess, frame } = this.scene, { joints } = this.surface.hand, { dot, ink } = this.colours;
      for (let token = 0; token < joints.length / 3 - 1; token++) {
        const at = this.project(joints.subarray(3 * token + 3, 3 * token + 6), camera, panel.hand);
        pen.beginPath();
        pen.arc(...at, 3.6, 0, 2 * Math.PI);
        pen.fillStyle = guess.isHidden(frame, token) ? "transparent" : dot;
        pen.fill();
        pen.lineWidth = 1.6;
        pen.strokeStyle = ink;
        pen.stroke();
      }
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

  function panel(name, colour) {
    const hand = make("canvas", { "aria-hidden": "true" }), marks = make("canvas", { "aria-hidden": "true" });
    const text = make("span", {}, name);
    const label = make("p", { class: "masklab-name" }, make("i", { "aria-hidden": "true", style: `background:${colour}` }), text);
    return { hand, marks, name: text, element: make("div", { class: "masklab-panel" }, hand, marks, label) };
  }

  /* As the painter wants a colour. */
  function squared(hex) {
    return [1, 3, 5].map((i) => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2);
  }

  root.MaskStage = MaskStage;
})(window);
