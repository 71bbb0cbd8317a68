/* The picture of the lab: the hand in the world, the sensor's axes on it, and which vertex a reader points at.

   `stage.show(scene)` draws one frame: { motion, pose, place, moving } and the marks of imu_marks.js. The hand is painted by
   the gallery's painter; everything thin lies on a second canvas above it. The stage knows nothing of time: it reports
   taps on the skin (`onTap(vertex)`), turns of the view and, while `holding`, how far the hand is dragged (`onDrag`). */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { cameraFrom } = root.HandPainting;
  const { dot, rotationFromVector } = root.ImuRotations;
  const EYE = 1.1; // metres from the eye to the middle of the picture: that of gallery_painter.js
  const HOME = { turn: 108, tilt: 20 }; // the back of a hand that is held out to be shaken: there the glove has its sensors
  const LENGTH = 0.17; // metres from the wrist to the fingertips, about
  const ROOM = 0.035; // metres around them
  const FARTHEST = 0.4; // metres; what moves further is followed
  const NEARBY = 0.2; // what is shown around a wrist that is followed
  const CLOSE = 0.14; // around the middle of a hand that is seen from near by
  const LEVEL = 0.2; // of a direction of length one: less of it lies in the horizontal, and it points up or down
  const ASIDE = 25; // degrees
  const SHARPEST = 2;
  const STEP = 8; // degrees a press of an arrow key turns
  const NEAR_TAP = 26; // pixels
  const REST_MS = 200;
  const DEGREES = Math.PI / 180;

  const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const clamped = (value, low, high) => Math.max(low, Math.min(high, value));

  class ImuStage {
    constructor(model, { skin, alt, close, onTap, onView, onDrag, onKey }) {
      Object.assign(this, { model, skin, close, onTap, onView, onDrag, onKey, view: { ...HOME }, holding: false, frames: 0, drawing: new root.ImuMarks() });
      this.hand = make("canvas", { class: "imulab-hand", "aria-hidden": "true" });
      this.marks = make("canvas", { class: "imulab-marks", "aria-hidden": "true" });
      this.element = make("div", {
        class: "handslab-stage", tabindex: "0", role: "group", "aria-roledescription": "hand in 3D",
        "aria-label": `${alt} Arrow keys turn the view; the sensor can also be chosen below.`,
        onkeydown: (event) => this.key(event),
      }, this.hand, this.marks);
      this.watchPointer();
    }

    get surface() {
      this.keptSurface ??= new root.HandSurface(this.model, "right", 1);
      return this.keptSurface;
    }

    usePainter() {
      if (!this.painter || this.painter.gl.isContextLost()) this.painter = new root.HandPainter(this.skin);
      return this.painter;
    }

    drop() {
      clearTimeout(this.resting);
      this.painter?.free();
      this.painter = null;
    }

    /* ---- the picture ---- */

    /* Where wrist and fingertips go in a motion decides what the picture shows. */
    frameMotion(motion) {
      const wrist = motion.wristAtRest ??= Array.from(this.model.shaped(motion.betas).joints.subarray(0, 3));
      const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
      for (let frame = 0; frame < motion.count; frame += 3) {
        const at = motion.place(frame).map((value, a) => value + wrist[a]), fingers = fingersOf(motion.fullPose(frame));
        for (const share of [0, 1])
          for (let a = 0; a < 3; a++) {
            low[a] = Math.min(low[a], at[a] + share * fingers[a]);
            high[a] = Math.max(high[a], at[a] + share * fingers[a]);
          }
      }
      const reach = Math.hypot(...low.map((value, a) => high[a] - value)) / 2;
      const follows = reach > FARTHEST;
      const middle = low.map((value, a) => (value + high[a]) / 2);
      this.framed = { motion, follows, wrist, middle, reach: follows ? NEARBY : reach + ROOM + (motion.roam ?? 0) };
    }

    /* `close` to the hand, or on the whole of the movement. */
    camera(scene) {
      if (this.framed?.motion !== scene.motion) this.frameMotion(scene.motion);
      const { follows, wrist } = this.framed, reach = this.close ? CLOSE : this.framed.reach;
      const [turn, tilt] = [this.view.turn * DEGREES, this.view.tilt * DEGREES];
      const axes = cameraFrom([Math.cos(tilt) * Math.cos(turn), Math.cos(tilt) * Math.sin(turn), Math.sin(tilt)], [0, 0, 1]);
      const ahead = this.close ? fingersOf(scene.pose).map((value) => value / 2) : [0, 0, 0];
      const middle = follows || this.close ? wrist.map((value, a) => value + scene.place[a] + ahead[a]) : this.framed.middle;
      const shape = this.hand.width / this.hand.height;
      return { ...axes, frame: { middle, zoom: Math.min(1, shape) / reach, shift: [0, 0] } };
    }

    /* Turns the view to a direction of the world, a little from the side. */
    lookFrom([x, y, z]) {
      const level = Math.hypot(x, y), height = Math.atan2(z, level) / DEGREES;
      const turn = level < LEVEL ? HOME.turn : Math.atan2(y, x) / DEGREES + ASIDE;
      this.view = { turn: wrapped(turn), tilt: clamped(0.6 * height + 10, -40, 60) };
    }

    /* While it moves, one pixel for each of the canvas, and the shade of folds as it was; once it rests, as fine as can be. */
    show(scene, resting = false) {
      const painter = this.usePainter();
      this.scene = scene;
      this.fit();
      this.pose(scene, resting);
      const camera = this.camera(scene);
      this.seen = camera;
      // The painter knows no places: where the hand went, the camera's middle comes from the other way.
      const middle = camera.frame.middle.map((value, a) => value - scene.place[a]);
      painter.paint(this.hand, { ...camera, frame: { ...camera.frame, middle } }, resting ? undefined : 1);
      this.drawMarks(scene);
      this.frames += 1;
      clearTimeout(this.resting);
      if (!resting && !scene.moving) this.resting = setTimeout(() => { if (this.painter) this.show(this.scene, true); }, REST_MS);
    }

    pose(scene, shaded) {
      this.surface.betas = scene.motion.betas;
      this.surface.pose(scene.pose, shaded);
      this.painter.take(this.surface);
    }

    fit() {
      const { clientWidth, clientHeight } = this.element;
      const sharp = Math.min(root.devicePixelRatio || 1, SHARPEST);
      for (const canvas of [this.hand, this.marks]) {
        const [wide, high] = [Math.max(1, Math.round(sharp * clientWidth)), Math.max(1, Math.round(sharp * clientHeight))];
        if (canvas.width !== wide) canvas.width = wide;
        if (canvas.height !== high) canvas.height = high;
      }
      this.sharp = sharp;
    }

    /* A point of the world in pixels of the page, from the stage's corner, and how far towards the viewer it lies. */
    project(point) {
      const { right, up, towards, frame } = this.seen;
      const offset = point.map((value, a) => value - frame.middle[a]);
      const near = dot(offset, towards);
      const height = this.hand.height / this.sharp, width = this.hand.width / this.sharp;
      const scale = ((EYE / (EYE - near)) * frame.zoom * height) / 2;
      return { x: width / 2 + scale * dot(offset, right), y: height / 2 - scale * dot(offset, up), near };
    }

    metresPerPixel() {
      return (2 * this.sharp) / (this.seen.frame.zoom * this.hand.height);
    }

    drawMarks(scene) {
      const pen = this.marks.getContext("2d", { willReadFrequently: true });
      pen.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
      pen.clearRect(0, 0, this.marks.width, this.marks.height);
      const { towards } = this.seen;
      this.drawing.draw(pen, scene, { project: (point) => this.project(point), towards, colours: this.colours });
    }

    /* ---- picking ---- */

    /* The vertex that a reader means: the nearest corner of the foremost triangle under the point; just beside the hand, the
       nearest vertex that faces the viewer. */
    pick(x, y) {
      const { points, normals } = this.surface, { faces, numVertices } = this.model, { place } = this.scene;
      const seen = Array.from({ length: numVertices }, (_, v) => this.project([0, 1, 2].map((a) => points[3 * v + a] + place[a])));
      const hit = { vertex: null, near: -Infinity };
      for (let f = 0; f < faces.length; f += 3) {
        const corners = [faces[f], faces[f + 1], faces[f + 2]];
        const shares = sharesOf(x, y, ...corners.map((v) => seen[v]));
        if (!shares) continue;
        const near = shares.reduce((sum, share, k) => sum + share * seen[corners[k]].near, 0);
        if (near > hit.near) Object.assign(hit, { near, vertex: corners[shares.indexOf(Math.max(...shares))] });
      }
      if (hit.vertex !== null) return hit.vertex;
      const away = (v) => Math.hypot(seen[v].x - x, seen[v].y - y);
      const facing = (v) => dot(normals.subarray(3 * v, 3 * v + 3), this.seen.towards) > 0;
      const beside = seen.map((_, v) => v).filter((v) => away(v) < NEAR_TAP && facing(v));
      return beside.length ? beside.reduce((best, v) => (away(v) < away(best) ? v : best)) : null;
    }

    /* ---- mouse, finger, keys ---- */

    hold(holding) {
      this.holding = holding;
      this.element.classList.toggle("imulab-holding", holding);
    }

    look(change) {
      this.view = { turn: wrapped(this.view.turn + change.turn), tilt: clamped(this.view.tilt + change.tilt, -80, 80) };
      this.onView();
    }

    key(event) {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (by) event.preventDefault();
      if (this.holding) return this.onKey(event, by);
      if (by) this.look({ turn: STEP * by[0], tilt: STEP * by[1] });
    }

    watchPointer() {
      const { element } = this;
      element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        this.grip = { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY], held: false };
        if (this.holding) this.take(event);
      });
      element.addEventListener("pointermove", (event) => this.move(event));
      element.addEventListener("pointerup", (event) => {
        if (this.grip && !this.grip.held && !this.holding) this.tap(event);
        this.grip = null;
      });
      element.addEventListener("pointercancel", () => { this.grip = null; });
    }

    take({ pointerId }) {
      this.grip.held = true;
      this.element.setPointerCapture(pointerId);
    }

    tap({ clientX, clientY }) {
      const box = this.element.getBoundingClientRect();
      const vertex = this.seen ? this.pick(clientX - box.left, clientY - box.top) : null;
      if (vertex !== null) this.onTap(vertex);
    }

    /* A finger turns sideways only, until it holds the hand: upright, it scrolls the page. */
    move(event) {
      if (!this.grip) return;
      const finger = event.pointerType === "touch";
      if (!this.grip.held) {
        const [x, y] = this.grip.from;
        if (Math.hypot(event.clientX - x, event.clientY - y) < (finger ? 12 : 4)) return;
        this.take(event);
      }
      const [dx, dy] = [event.clientX - this.grip.x, event.clientY - this.grip.y];
      Object.assign(this.grip, { x: event.clientX, y: event.clientY });
      if (this.holding) this.onDrag(dx, dy);
      else this.look({ turn: -0.5 * dx, tilt: finger ? 0 : 0.4 * dy });
    }
  }

  /* From the wrist to about the fingertips. */
  function fingersOf(pose) {
    const turned = rotationFromVector(pose.subarray(0, 3));
    return [0, 3, 6].map((i) => -LENGTH * turned[i]);
  }

  /* Barycentric coordinates of a point in a triangle on the screen; null outside of it. */
  function sharesOf(x, y, a, b, c) {
    const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
    const v = ((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) / area;
    const w = ((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) / area;
    const shares = [1 - v - w, v, w];
    return shares.every((share) => share >= -1e-9) ? shares : null;
  }

  root.ImuStage = ImuStage;
})(window);
