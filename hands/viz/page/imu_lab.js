/* The sensor lab of the page: brings each <div class="imulab"> to life from the JSON inside it.

   One plain state, and five parts: the physics (imu_physics.js, imu_sensor.js), the picture (imu_stage.js), the traces
   (imu_plot.js), the reader's own movements (imu_hold.js) and the controls (imu_controls.js). Every change goes through
   `setState`; pictures are drawn once a frame at most.
   `element.handsImuLab` is the lab of an element, for other scripts and for tests: `.state`, `.setState(change)`, `.signals`,
   `.frames` (pictures drawn), `.play()`, `.pause()`. A movement of the reader's own is told by an event `imulab-recorded`. */
(function (root) {
  "use strict";

  const { make, button } = root.LiveControlParts;
  const { sense, physicsGrid, decimated } = root.ImuPhysics;
  const { LabMotion, SensorRig } = root.ImuSensor;
  const { HeldHand, FPS, LONGEST } = root.ImuHold;
  const { radios, choice, number, timeline } = root.ImuControls;
  const SPAN = 3; // seconds that the traces show
  const FINEST = 120; // records per second of the reference
  const QUIET_MS = 400;
  const UPRIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const FEWEST_STEPS = FPS / 2; // of a movement that is kept
  const KEY_TURN = Math.PI / 12, KEY_PULL = 0.03; // a press of a key
  const DRAG_TURN = Math.PI / 360; // radians a pixel
  const KINDS = { force: "Specific force", motion: "Acceleration" };
  const BOTH = { force: "with gravity", motion: "without" };

  const reducedMotion = () => root.matchMedia("(prefers-reduced-motion: reduce)").matches;

  let sharedModel = null, sharedRig = null;
  function model() {
    sharedModel ??= new root.HandModel(root.HANDS_MODEL);
    return sharedModel;
  }
  function rig() {
    sharedRig ??= new SensorRig(model(), root.HANDS_IMU);
    return sharedRig;
  }

  class ImuLab {
    constructor(element, payload) {
      Object.assign(this, { element, payload, frames: 0, mine: 0, kept: new Map() });
      this.motions = payload.motions.map((record) => LabMotion.decoded(record));
      const { start, sensors, ours, halfWindows } = payload;
      const sensor = sensors.find(({ name }) => name === start) ?? atVertex(start);
      this.state = {
        motion: 0, sensor, rate: FINEST, halfWindow: halfWindows[ours], kind: "force", time: 0, playing: false, speed: 1,
        held: null, drag: "move",
      };
      this.buildPage();
      this.measure();
      this.faceSensor();
      this.sync();
      this.watchVisibility();
    }

    get motion() {
      return this.state.held?.live ?? this.motions[this.state.motion];
    }

    /* ---- the page ---- */

    buildPage() {
      const { skin, alt, height } = this.payload;
      const seek = (time) => { this.pause(); this.setState({ time: this.withinTime(time) }); };
      this.stage = new root.ImuStage(model(), {
        skin, alt, onTap: (vertex) => this.placeAt(vertex), onView: () => this.request(),
        onDrag: (dx, dy) => this.dragHand(dx, dy), onKey: (event, by) => this.keyHand(event, by),
      });
      this.plots = {
        acc: new root.ImuPlot({ title: KINDS.force, unit: "m/s²", spoken: "metres per second squared", onSeek: seek }),
        gyro: new root.ImuPlot({ title: "Angular rate", unit: "rad/s", spoken: "radians per second", onSeek: seek }),
      };
      this.says = make("p", { class: "imulab-says", role: "status" });
      this.stage.element.append(this.says, this.buildHoldBar());
      this.ghostKey = make("p", { class: "imulab-ghostkey" }, make("i", { "aria-hidden": "true" }), `Broad and pale: the same movement at ${FINEST} Hz without smoothing`);
      const plots = make("div", { class: "imulab-plots" }, this.plots.acc.element, this.plots.gyro.element, this.ghostKey);
      const card = make("div", { class: "imulab-card", role: "group", "aria-label": "Sensor lab" },
        make("div", { class: "imulab-top", style: `--il-height:${height}px` }, this.stage.element, plots),
        this.buildTimeRow(seek), this.buildControls());
      this.element.append(card);
    }

    buildTimeRow(seek) {
      this.playButton = button("Play", () => this.toggle(), { class: "imulab-play" });
      this.timeline = timeline({ read: (state) => state.time, duration: () => this.motion.duration, write: seek });
      this.speed = radios({
        legend: "Speed", options: [[1, "1×"], [0.25, "¼×"]], read: (state) => state.speed, write: (speed) => this.setState({ speed }),
      });
      return make("div", { class: "imulab-time" }, this.playButton, this.timeline.input, this.timeline.output, this.speed.element);
    }

    buildControls() {
      const { sensors, rates, halfWindows } = this.payload;
      const named = sensors.map(({ name }) => [name, labelOf(name)]);
      const onSkin = (state) => state.sensor.on.vertex;
      this.controls = [
        choice({
          label: "Movement", options: () => this.motions.map(({ name }, k) => [String(k), name]),
          read: (state) => String(state.motion), write: (k) => this.takeMotion(Number(k)),
        }),
        choice({
          label: "Sensor", options: () => (sensors.includes(this.state.sensor) ? named : [...named, ["", `vertex ${onSkin(this.state)}`]]),
          read: (state) => (sensors.includes(state.sensor) ? state.sensor.name : ""), write: (name) => this.takeSensor(name),
        }),
        number({ label: "Vertex", low: 0, high: model().numVertices - 1, read: onSkin, write: (vertex) => this.placeAt(vertex) }),
        radios({
          legend: "Records per second (Hz)", options: rates.map((rate) => [rate, String(rate)]), read: (state) => state.rate,
          write: (rate) => this.change({ rate }, `${rate} records per second`),
        }),
        radios({
          legend: "Half-window of the acceleration", options: shortestFirst(halfWindows),
          read: (state) => state.halfWindow, write: (halfWindow) => this.change({ halfWindow }, `Half-window: ${nameOf(halfWindows, halfWindow)}`),
        }),
        radios({
          legend: "Gravity", options: Object.entries(BOTH), read: (state) => state.kind,
          write: (kind) => this.change({ kind }, kind === "force" ? "Specific force: acceleration less gravity" : "Acceleration alone, without gravity"),
        }),
      ];
      const [movement, sensor, vertex, ...signal] = this.controls.map(({ element }) => element);
      this.holdButton = button("Move it yourself", () => this.startHold(), { class: "imulab-hold" });
      return make("div", { class: "imulab-controls" },
        make("div", { class: "imulab-row" }, movement, this.holdButton, sensor, vertex), make("div", { class: "imulab-row" }, ...signal));
    }

    /* Over the stage, while the reader moves the hand. */
    buildHoldBar() {
      this.dragChoice = radios({
        legend: "A drag", options: [["move", "moves it"], ["turn", "turns it"]], read: (state) => state.drag, write: (drag) => this.setState({ drag }),
      });
      this.stopButton = button("Stop", () => this.stopHold());
      this.holdClock = make("span", { class: "imulab-holdclock" });
      this.holdBar = make("div", { class: "imulab-holdbar", hidden: true }, this.dragChoice.element, this.holdClock, this.stopButton);
      this.holdBar.addEventListener("pointerdown", (event) => event.stopPropagation());
      this.holdBar.addEventListener("keydown", (event) => { if (event.key !== "Escape") event.stopPropagation(); });
      return this.holdBar;
    }

    sync() {
      const { state } = this;
      for (const part of [...this.controls, this.timeline, this.speed, this.dragChoice]) part.sync(state);
      this.playButton.textContent = state.playing ? "Pause" : "Play";
      this.playButton.disabled = this.timeline.input.disabled = Boolean(state.held);
      this.holdButton.hidden = Boolean(state.held);
      this.holdBar.hidden = !state.held;
    }

    /* Tells a screen reader, and everybody else, what has changed: politely, once the changes pause. */
    say(text) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => { this.says.textContent = text; }, QUIET_MS);
    }

    /* ---- the state ---- */

    setState(change) {
      Object.assign(this.state, change);
      if (this.state.held && "sensor" in change) this.follow(Object.assign(this.state.held, { positions: [], rotations: [] }));
      if (["motion", "sensor", "rate", "halfWindow", "kind"].some((key) => key in change)) this.measure();
      this.sync();
      this.request();
    }

    change(change, told) {
      this.setState(change);
      this.say(told);
    }

    takeMotion(motion) {
      this.change({ motion, time: 0 }, `Movement: ${this.motions[motion].name}`);
      this.faceSensor();
    }

    takeSensor(name) {
      const sensor = this.payload.sensors.find((candidate) => candidate.name === name);
      if (!sensor) return;
      this.change({ sensor }, `Sensor: ${labelOf(name)}`);
      this.faceSensor();
    }

    /* A sensor chosen by name is seen from its outside, on the whole of the movement. */
    faceSensor() {
      if (this.state.held) return;
      const { rotations } = this.trajectory(this.motion.fps), mean = [0, 0, 0];
      for (let t = 0; t < this.motion.count; t++) for (let a = 0; a < 3; a++) mean[a] += rotations[9 * t + 3 * a + 2];
      this.stage.lookFrom(mean.map((value) => value / this.motion.count));
      this.request();
    }

    placeAt(vertex) {
      this.change({ sensor: atVertex(vertex) }, `Sensor at vertex ${vertex}, near the ${this.nearestName(vertex)}`);
    }

    nearestName(vertex) {
      const { weights, weightJoints, numVertices, anatomicalNames } = model();
      return anatomicalNames[weightJoints[(weights.length / numVertices) * vertex]];
    }

    withinTime(time) {
      return Math.max(0, Math.min(this.motion.duration, time));
    }

    /* ---- what is measured ---- */

    measure() {
      if (this.state.held) return this.measureHeld();
      const { rate, halfWindow } = this.state;
      const signals = this.signalsAt(rate, halfWindow), ghost = this.signalsAt(FINEST, 0);
      const same = rate === FINEST && halfWindow === 0;
      this.take(signals, same ? null : ghost);
    }

    /* The two traces of the sensor at so many records per second. */
    signalsAt(rate, halfWindow) {
      const { grid, every } = physicsGrid(this.motion.fps, rate, halfWindow, root.HANDS_IMU.physicsFps);
      const { positions, rotations } = this.trajectory(grid);
      const gravity = this.state.kind === "force" ? root.HANDS_IMU.gravity : [0, 0, 0];
      const { acc, gyro } = sense(positions, rotations, grid, { halfWindow, gravity });
      return { acc: { values: decimated(acc, 3, every), fps: rate }, gyro: { values: decimated(gyro, 3, every), fps: rate } };
    }

    trajectory(fps) {
      const { sensor } = this.state;
      if (this.kept.get("motion") !== this.motion || this.kept.get("sensor") !== sensor) this.kept = new Map([["motion", this.motion], ["sensor", sensor]]);
      if (!this.kept.has(fps)) this.kept.set(fps, rig().trajectory(this.motion, sensor, fps));
      return this.kept.get(fps);
    }

    take(signals, ghost, growing = false) {
      this.signals = signals;
      this.plots.acc.rename(KINDS[this.state.kind]);
      for (const [name, plot] of Object.entries(this.plots)) plot.take(signals[name], ghost?.[name] ?? null, growing);
      this.ghostKey.style.visibility = ghost ? "visible" : "hidden";
    }

    /* ---- pictures ---- */

    request() {
      if (this.asked || !this.ready) return;
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        if (this.ready) this.drawNow();
      });
    }

    drawNow() {
      const { time, held } = this.state;
      const duration = held ? Math.max(SPAN, held.seconds) : this.motion.duration;
      this.stage.show(this.scene());
      for (const plot of Object.values(this.plots)) plot.show({ time, span: SPAN, duration });
      this.frames += 1;
    }

    scene() {
      const { motion, state } = this;
      const frame = Math.round(state.time * motion.fps);
      const { positions, rotations } = state.held ?? this.trajectory(motion.fps);
      const sensor = { position: Array.from(positions.slice(3 * frame, 3 * frame + 3)), rotation: Array.from(rotations.slice(9 * frame, 9 * frame + 9)) };
      const felt = this.plots.acc.at(state.time);
      const vector = [0, 3, 6].map((i) => sensor.rotation[i] * felt[0] + sensor.rotation[i + 1] * felt[1] + sensor.rotation[i + 2] * felt[2]);
      const force = { vector, name: state.kind === "force" ? "force" : "acceleration" };
      const moving = state.playing || Boolean(state.held);
      return { motion, pose: motion.fullPose(frame), place: motion.place(frame), sensor, force, moving };
    }

    readColours() {
      const style = getComputedStyle(this.element);
      const read = (name) => style.getPropertyValue(`--il-${name}`).trim();
      const colours = { axes: ["x", "y", "z"].map(read) };
      for (const name of ["text", "muted", "grid", "zero", "page", "force"]) colours[name] = read(name);
      for (const part of [this.stage, this.plots.acc, this.plots.gyro]) part.colours = colours;
    }

    /* ---- playing ---- */

    toggle() {
      if (this.state.playing) this.pause();
      else this.play();
    }

    play() {
      if (this.state.playing || this.state.held) return;
      this.setState({ playing: true, time: this.state.time >= this.motion.duration ? 0 : this.state.time });
      this.run();
    }

    pause() {
      if (this.state.playing) this.setState({ playing: false });
    }

    /* Runs while something moves and can be seen. Time stands still while it cannot. */
    run() {
      const going = () => this.ready && this.seen && !document.hidden && (this.state.playing || this.state.held);
      if (this.running || !going()) return;
      this.running = true;
      let last = null;
      const step = (now) => {
        this.running = Boolean(going());
        if (!this.running) return;
        const seconds = last === null ? 0 : Math.min(0.25, (now - last) / 1000);
        last = now;
        if (this.state.held) this.advanceHold(seconds);
        else this.setState({ time: (this.state.time + this.state.speed * seconds) % this.motion.duration });
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }

    /* ---- the reader's own movement ---- */

    startHold() {
      this.pause();
      this.mine += 1;
      const frame = Math.round(this.state.time * this.motion.fps);
      const held = new HeldHand(this.motion, frame, `Your movement ${this.mine}`);
      Object.assign(held, { positions: [], rotations: [], debt: 0, live: held.recorded() });
      held.live.roam = 0.1;
      this.stage.hold(true);
      Object.assign(this.state, { held, time: 0 });
      this.follow(held);
      this.setState({ motion: this.state.motion });
      this.stage.element.focus({ preventScroll: true });
      this.stage.element.scrollIntoView({ block: "nearest" });
      this.holdClock.textContent = `0.0 of ${LONGEST} s`;
      const keys = root.matchMedia("(pointer: coarse)").matches ? "" : " Or press arrow keys, with Shift to move it; Escape stops.";
      this.says.textContent = `Take hold of the hand: recording begins when it moves.${keys}`;
      clearTimeout(this.saying);
      this.run();
    }

    dragHand(dx, dy) {
      const { held, drag } = this.state, { right, up } = this.stage.seen;
      const metres = this.stage.metresPerPixel();
      if (drag === "move") held.pull(right.map((value, a) => metres * (dx * value - dy * up[a])));
      else held.turn(up.map((value, a) => DRAG_TURN * (dx * value + dy * right[a])));
    }

    keyHand(event, by) {
      if (event.key === "Escape" || event.key === "Enter") return this.stopHold();
      if (!by) return;
      const { held } = this.state, { right, up } = this.stage.seen;
      if (event.shiftKey) held.pull(right.map((value, a) => KEY_PULL * (by[0] * value + by[1] * up[a])));
      else held.turn(up.map((value, a) => KEY_TURN * (by[0] * value - by[1] * right[a])));
    }

    /* The clock starts when the reader takes hold, and goes on whatever he does until it is full. */
    advanceHold(seconds) {
      const { held } = this.state;
      if (!held.begun) return;
      held.debt += seconds * FPS;
      const steps = Math.floor(held.debt);
      held.debt -= steps;
      held.advance(steps);
      if (held.full) return this.stopHold();
      this.follow(held);
      this.holdClock.textContent = `${held.seconds.toFixed(1)} of ${LONGEST} s`;
      this.setState({ time: held.seconds });
      this.measure();
    }

    /* Where the sensor has been, so far. */
    follow(held) {
      held.live.take(held.recorded());
      const frames = held.live.at(FPS);
      for (let t = held.positions.length / 3; t < frames.count; t++) {
        const chain = rig().chain(held.live, (j) => frames.rotation(t, j), held.live.place(t));
        const { position, rotation } = rig().place(chain, this.state.sensor);
        held.positions.push(...position);
        held.rotations.push(...rotation);
      }
    }

    /* While the hand is held, as many records as there are. */
    measureHeld() {
      const { held, rate, halfWindow, kind } = this.state;
      const needed = 4 * root.ImuPhysics.lookAhead(FPS, halfWindow);
      const pad = (list, width) => {
        const series = Float64Array.from(list), missing = Math.max(0, needed - list.length / width);
        const first = series.subarray(0, width), padded = new Float64Array(width * missing + series.length);
        for (let t = 0; t < missing; t++) padded.set(first, width * t);
        padded.set(series, width * missing);
        return { padded, missing };
      };
      const { padded: positions, missing } = pad(held.positions, 3);
      const gravity = kind === "force" ? root.HANDS_IMU.gravity : [0, 0, 0];
      const every = Math.max(1, Math.round(FPS / rate));
      const { acc, gyro } = sense(positions, pad(held.rotations, 9).padded, FPS, { halfWindow, gravity });
      const trace = (series) => ({ values: decimated(series.subarray(3 * missing), 3, every), fps: FPS / every });
      this.take({ acc: trace(acc), gyro: trace(gyro) }, null, held.steps > 0);
    }

    stopHold() {
      const { held } = this.state;
      if (!held) return;
      this.stage.hold(false);
      this.state.held = null;
      if (held.begun && held.steps >= FEWEST_STEPS) {
        const { view } = this.stage;
        this.keep(held.recorded());
        this.stage.view = view; // it is played as it was made
        if (!reducedMotion()) this.play();
      } else this.change({ motion: this.state.motion, time: 0 }, "Nothing was recorded");
      this.playButton.focus({ preventScroll: true });
    }

    keep(motion) {
      this.motions.push(motion);
      this.takeMotion(this.motions.length - 1);
      const { fps, betas, turns, places } = motion;
      const detail = { fps, betas: Array.from(betas), turns: Array.from(turns), places: Array.from(places) };
      this.element.dispatchEvent(new CustomEvent("imulab-recorded", { detail }));
    }

    /* ---- coming and going with the screen, as HandsBook asks ---- */

    watchVisibility() {
      new IntersectionObserver((changes) => {
        this.seen = changes.at(-1).isIntersecting;
        this.run();
      }).observe(this.stage.element);
      document.addEventListener("visibilitychange", () => this.run());
      new ResizeObserver(() => this.request()).observe(this.element);
    }

    draw() {
      this.stage.usePainter();
      this.readColours();
      this.ready = true;
      this.drawNow();
      this.run();
    }

    drop() {
      this.ready = false;
      this.stage.drop();
    }
  }

  function atVertex(vertex) {
    return { name: "", on: { vertex }, offset: [0, 0, 0], mounting: UPRIGHT };
  }

  function labelOf(name) {
    const where = { wrist: "wrist strap", palm: "back of the hand", thumb: "thumb nail" };
    return where[name] ?? (["index", "middle", "ring", "pinky"].includes(name) ? `${name} nail` : name);
  }

  /* A notebook keeps the entries of a table in the order of its letters. */
  function shortestFirst(halfWindows) {
    return Object.entries(halfWindows).map(([label, seconds]) => [seconds, label]).sort(([a], [b]) => a - b);
  }

  function nameOf(table, value) {
    return Object.keys(table).find((key) => table[key] === value);
  }

  const labs = [];

  function adopt(element) {
    const lab = new ImuLab(element, JSON.parse(element.querySelector("script").textContent));
    element.handsImuLab = lab;
    labs.push(lab);
    root.HandsBook.register(element, { draw: () => lab.draw(), drop: () => lab.drop(), webgl: true });
    return lab;
  }

  root.HandsImuLab = { ImuLab, adopt, labs };
  document.querySelectorAll(".imulab").forEach(adopt);
  root.HandsBook.onTheme(() => labs.filter((lab) => lab.ready).forEach((lab) => { lab.readColours(); lab.request(); }));
})(window);
