/* The live hand of the page: brings each <div class="livehand"> to life from the JSON inside it.

   One plain state, four parts: the model (hand_model.js), the picture (live_figure.js), the controls (live_controls.js)
   and what moves it by itself (live_motion.js). Every change goes through `setState`; pictures are drawn
   once a frame at most, one at a time.
   `element.handsLive` is the hand of an element, for other scripts and for tests: `.state`, `.setState(change)`,
   `.frames` (pictures drawn), `.play()`, `.pause()`, `.reset()`. */
(function (root) {
  "use strict";

  const { make, button, slider } = root.LiveControlParts;
  const { MotionPlayer, Tour, decodeMotion, minimumJerk, mix } = root.LiveMotion;
  const HOME = { turn: 22, tilt: 12, distance: 0.52 };
  const EASE_MS = 380; // from one preset to the next, when the reader asks for it
  const QUIET_MS = 500; // after the last change, before the summary is read out
  const SLOW_MS = 30; // where pictures take longer than this, a moving hand is drawn with fewer pixels

  const reducedMotion = () => root.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

  let sharedModel = null;
  function model() {
    sharedModel ??= new root.HandModel(root.HANDS_MODEL);
    return sharedModel;
  }

  class LiveHand {
    constructor(element, payload) {
      Object.assign(this, { element, payload, model: model(), side: payload.side, home: HOME });
      Object.assign(this, { frames: 0, wanted: new Set(), drawing: false, drawnAt: 0, pace: 16, coarse: false });
      this.motion = payload.motion ? decodeMotion(payload.motion, this.model, this.side) : null;
      this.start = this.startState();
      this.state = this.copyOf(this.start);
      this.buildPage();
      this.figure = new root.HandFigure(this.canvas, this.model, this.side);
      this.sync();
      this.watchPointer();
      this.watchVisibility();
    }

    startState() {
      const still = () => this.model.anglesFromPose(this.payload.full_pose.flat(), this.side);
      const angles = this.motion ? this.motion.angles[0] : still();
      const first = this.model.jointNames.indexOf("index1");
      return {
        angles, betas: Float64Array.from(this.payload.betas), pose: this.nameOf(angles),
        view: { ...HOME }, colour: this.payload.colour,
        joints: false, joint: first, segment: "index", frame: 0, playing: false,
      };
    }

    nameOf(angles) {
      const near = (pose) => pose.flat().every((angle, i) => Math.abs(angle - angles[3 + i]) < 0.5);
      return Object.entries(this.model.keyPoses).find(([, pose]) => near(pose))?.[0] ?? null;
    }

    copyOf(state) {
      const { angles, betas, view } = state;
      return { ...state, angles: Float64Array.from(angles), betas: Float64Array.from(betas), view: { ...view } };
    }

    /* ---- the page ---- */

    buildPage() {
      this.canvas = make("div", { class: "livehand-canvas", role: "img", "aria-label": this.payload.alt });
      this.playButton = button("", () => this.toggle(), { class: "livehand-play" });
      const reset = button("Reset", () => this.reset(), { class: "livehand-reset" });
      this.legend = make("div", { class: "livehand-legend", "aria-hidden": "true" });
      this.says = make("p", { class: "livehand-says", role: "status" });
      const stage = make("div", { class: "livehand-stage", style: `--lh-height:${this.payload.height}px` }, this.canvas,
        make("div", { class: "livehand-corner" }, this.playButton, reset), this.legend, this.says);
      this.controls = new root.LiveControls(this);
      const card = make("div", { class: "livehand-card", role: "group", "aria-label": `Live ${this.side} hand` }, stage);
      if (this.motion) card.append((this.scrubber = this.buildScrubber()).element);
      card.append(this.controls.element);
      this.element.append(card);
    }

    buildScrubber() {
      const { fps, angles } = this.motion;
      return slider({
        label: "Time", low: 0, high: (angles.length - 1) / fps, step: 1 / fps, unit: " s", spoken: "seconds",
        read: (state) => state.frame / fps, write: (seconds) => { this.hold(); this.showFrame(Math.round(seconds * fps)); },
      });
    }

    sync() {
      this.controls.sync(this.state);
      this.scrubber?.sync(this.state);
      this.playButton.textContent = this.state.playing ? "Pause" : "Play";
      this.playButton.dataset.playing = this.state.playing;
      this.showLegend();
    }

    showLegend() {
      const { colour, joints, joint } = this.state;
      const key = `${colour} ${joints} ${joint}`;
      if (key === this.legendKey) return;
      this.legendKey = key;
      const name = this.model.anatomicalNames[joint];
      const rows = [colour === "weights" && weightLegend(name), joints && axesLegend(name)];
      this.legend.replaceChildren(...rows.filter(Boolean));
    }

    /* Tells a screen reader, and everybody else, what has changed: politely, once the changes pause. */
    say(text) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => { this.says.textContent = text; }, QUIET_MS);
    }

    /* ---- the state ---- */

    /* `change` may hold any part of the state; what it holds decides how much has to be drawn. */
    setState(change) {
      Object.assign(this.state, change);
      const keys = Object.keys(change);
      const needsAll = ["colour", "joints", "joint"].some((key) => keys.includes(key));
      const moves = keys.includes("angles") || keys.includes("betas");
      if (needsAll) this.request("show");
      if (moves) this.request("move");
      if (keys.includes("view")) this.request("look");
      this.sync();
    }

    /* Asks for a picture: "fit" to a new size, "show" all, or only "move" the points or "look" from elsewhere. */
    request(...ways) {
      ways.forEach((how) => this.wanted.add(how));
      if (!this.wanted.size || this.drawing || !this.figure.gd) return;
      this.drawing = true;
      requestAnimationFrame(() => this.drawNow());
    }

    async drawNow() {
      const ways = this.wanted.has("show") ? ["fit", "show"] : ["fit", "move", "look"];
      const wanted = ways.filter((how) => this.wanted.has(how));
      this.wanted.clear();
      try {
        this.choosePixels();
        for (const how of wanted) if (this.figure.gd) await this.figure[how](this.state);
        this.frames += 1;
      } finally {
        this.drawing = false;
        this.request();
      }
    }

    /* Coarser pixels while it moves on a slow machine; fine ones once it rests. */
    choosePixels() {
      const now = performance.now();
      const interval = now - this.drawnAt;
      this.drawnAt = now;
      if (interval < 500) this.pace = 0.8 * this.pace + 0.2 * interval;
      this.coarse ||= this.pace > SLOW_MS;
      if (this.coarse) this.figure.sharpen(1);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.figure.sharpen(2), 250);
    }

    turnJoint(segment, label, joint, angle, value) {
      this.hold();
      const angles = Float64Array.from(this.state.angles);
      angles[3 * joint + angle] = value;
      const changed = this.state.joint === joint ? {} : { joint };
      this.setState({ angles, pose: null, ...(this.state.joints || this.state.colour === "weights" ? changed : {}) });
      this.say(`${this.model.controls.segments[segment]}, ${label}: ${value} degrees`);
    }

    chooseSegment(segment) {
      this.pause();
      const joint = segment === "wrist" ? 0 : this.model.jointNames.indexOf(`${segment}1`);
      this.setState({ segment, joint });
    }

    chooseJoint(joint) {
      this.pause();
      const segment = joint === 0 ? "wrist" : this.model.jointNames[joint].slice(0, -1);
      this.setState({ joint, segment });
      this.say(`Chosen joint: ${this.model.anatomicalNames[joint]}`);
    }

    setBeta(beta, value, label) {
      this.pause();
      const betas = Float64Array.from(this.state.betas);
      betas[beta] = value;
      this.setState({ betas });
      this.say(`${label}: ${value} standard deviations`);
    }

    takeShape(betas, label) {
      this.pause();
      this.setState({ betas: Float64Array.from(betas) });
      this.say(`Shape: ${label}`);
    }

    takePose(name) {
      this.pause();
      const wrist = Array.from(this.state.angles.slice(0, 3));
      this.easeTo(Float64Array.from([...wrist, ...this.model.keyPoses[name].flat()]));
      this.setState({ pose: name });
      this.say(`Pose: ${name}`);
    }

    lookFrom(view, label) {
      this.setState({ view: { ...this.state.view, ...view } });
      if (label) this.say(`View: ${label}`);
    }

    colourBy(colour) {
      this.pause();
      this.setState({ colour });
      this.say(`Colour: ${this.model.controls.colours[colour]}`);
    }

    showJoints(joints) {
      this.setState({ joints });
      const name = this.model.anatomicalNames[this.state.joint];
      this.say(joints ? `Joints and axes shown; chosen joint: ${name}` : "Joints and axes hidden");
    }

    reset() {
      this.hold();
      this.setState(this.copyOf(this.start));
      this.say("Back to the start");
    }

    /* ---- motion ---- */

    easeTo(angles) {
      cancelAnimationFrame(this.easing);
      if (reducedMotion()) return this.setState({ angles });
      const from = Float64Array.from(this.state.angles);
      const begun = performance.now();
      const step = (now) => {
        const u = Math.min(1, Math.max(0, now - begun) / EASE_MS);
        this.setState({ angles: mix(from, angles, minimumJerk(u)) });
        this.easing = u < 1 ? requestAnimationFrame(step) : null;
      };
      this.easing = requestAnimationFrame(step);
    }

    toggle() {
      if (this.state.playing) this.pause();
      else this.play();
    }

    play() {
      if (this.state.playing) return;
      cancelAnimationFrame(this.easing);
      this.player = this.motion ? new MotionPlayer(this) : new Tour(this);
      this.setState({ playing: true });
      this.run();
    }

    /* Stops and keeps the pose; also what any touched control does. */
    pause() {
      if (this.state.playing) this.setState({ playing: false });
    }

    /* The same for a pose that is still on its way. */
    hold() {
      cancelAnimationFrame(this.easing);
      this.pause();
    }

    /* Runs while it plays and can be seen. Time stands still while it cannot. */
    run() {
      if (this.running || !this.state.playing || !this.seen || document.hidden) return;
      this.running = true;
      let last = null;
      const step = (now) => {
        this.running = this.state.playing && this.seen && !document.hidden;
        if (!this.running) return;
        if (!this.drawing) {
          this.player.advance(last === null ? 0 : Math.min(now - last, 1000));
          last = now;
        }
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }

    showFrame(frame) {
      this.setState({ frame, angles: this.motion.angles[frame], pose: null });
    }

    watchVisibility() {
      const see = (changes) => {
        this.seen = changes.at(-1).isIntersecting;
        this.run();
      };
      new IntersectionObserver(see, { threshold: 0.2 }).observe(this.canvas);
      document.addEventListener("visibilitychange", () => this.run());
      new ResizeObserver(() => this.request("fit", "look")).observe(this.canvas);
      if (this.payload.play && !reducedMotion()) this.play();
    }

    /* ---- mouse and finger: sideways turns the hand; an upright swipe of a finger scrolls the page ---- */

    watchPointer() {
      const stop = (event) => event.stopPropagation(); // Plotly would swallow the swipes that scroll the page
      const first = { capture: true, passive: true };
      for (const type of ["touchstart", "touchmove", "touchend"]) this.canvas.addEventListener(type, stop, first);
      this.canvas.addEventListener("pointerdown", ({ button, clientX: x, clientY: y }) => {
        if (button === 0) this.grip = { x, y, view: this.state.view };
      });
      this.canvas.addEventListener("pointermove", (event) => this.drag(event));
      for (const type of ["pointerup", "pointercancel"]) this.canvas.addEventListener(type, () => { this.grip = null; });
    }

    drag(event) {
      if (!this.grip) return;
      const finger = event.pointerType === "touch";
      const [dx, dy] = [event.clientX - this.grip.x, finger ? 0 : event.clientY - this.grip.y];
      if (!this.canvas.hasPointerCapture(event.pointerId)) {
        if (Math.hypot(dx, dy) < (finger ? 12 : 4)) return;
        this.canvas.setPointerCapture(event.pointerId);
      }
      const { turn, tilt } = this.grip.view;
      const mirror = this.side === "left" ? -1 : 1;
      this.lookFrom({ turn: wrapped(turn - 0.6 * mirror * dx), tilt: Math.max(-80, Math.min(80, tilt + 0.5 * dy)) });
    }

    watchHover() {
      const choose = ({ points: [point] }) => {
        const { curveNumber, pointNumber } = point;
        if (curveNumber === 2 && pointNumber !== this.state.joint) this.chooseJoint(pointNumber);
      };
      this.figure.gd.on("plotly_hover", choose);
      this.figure.gd.on("plotly_click", choose);
    }

    /* ---- WebGL contexts are scarce: the page draws what is near and drops what is far; the state stays ---- */

    async draw() {
      if (!this.figure.gd) {
        await this.figure.draw(this.state);
        this.watchHover();
      }
      this.element.dataset.state = "drawn";
      this.request();
    }

    drop() {
      this.figure.drop();
      this.element.dataset.state = "dropped";
    }

    redraw() {
      if (this.figure.gd) this.request("show");
    }
  }

  function weightLegend(name) {
    const ramp = root.HandFigureStyles.WEIGHT.map(([, colour]) => colour).join(",");
    return make("div", {}, make("span", { class: "livehand-ramp", style: `--ramp:${ramp}` }), `Weight of the ${name}, 0 to 1`);
  }

  function axesLegend(name) {
    const css = { solid: "solid", dash: "dashed", dot: "dotted" };
    const line = ({ dash, color }) => make("i", { style: `border-top: 3px ${css[dash]} ${color}` });
    const keys = root.HandFigureStyles.AXIS_STYLES.map((style) =>
      make("span", { class: "livehand-key" }, line(style), style.name));
    return make("div", {}, `Axes of the ${name}:`, ...keys);
  }

  /* ---- start ---- */

  const hands = [];

  function adopt(element) {
    const hand = new LiveHand(element, JSON.parse(element.querySelector("script").textContent));
    element.handsLive = hand;
    hands.push(hand);
    root.HandsBook.register(element, { draw: () => hand.draw(), drop: () => hand.drop(), webgl: true });
    return hand;
  }

  document.querySelectorAll(".livehand").forEach(adopt);
  root.HandsBook.onTheme(() => hands.forEach((hand) => hand.redraw()));
  root.HandsLive = { LiveHand, adopt, hands };
})(window);
