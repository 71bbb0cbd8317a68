/* The sensor lab of the page.

   One plain state, and its parts: what is measured (imu_bench.js), the picture (imu_stage.js), the traces (imu_plot.js), the
   reader's own movements (imu_holding.js), the errors of a real sensor, if the lab has them (imu_real.js), and the controls
   (lab_controls.js). Every change goes through `setState`; pictures are drawn once a frame at most.
   `element.handsImuLab` is the lab of an element, for other scripts and for tests: `.state`, `.setState(change)`, `.signals`,
   `.frames` (pictures drawn), `.play()`, `.pause()`. A movement of the reader's own is told by an event `imulab-recorded`. */
(function (root) {
  "use strict";

  const { Lab, bring, model } = root.HandsLab;
  const { make } = root.LiveControlParts;
  const { LabMotion, SensorRig } = root.ImuSensor;
  const { SensorBench } = root.ImuBench;
  const { Holding } = root.ImuHolding;
  const { FPS } = root.ImuHold;
  const { apply } = root.ImuRotations;
  const { radios, choice, number } = root.LabControls;
  const SPAN = 3; // seconds that the traces show
  const FINEST = 120; // records per second of the reference
  const QUIET_MS = 400;
  const UPRIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const LEAST_ERROR = 0.02; // of the range in which an error is drawn
  const MEASURED = ["motion", "sensor", "rate", "halfWindow", "kind", "errors", "orientation", "seed"];
  const KINDS = { force: "Specific force", motion: "Acceleration", error: "Error of the specific force" };
  const RATES = { force: "Angular rate", motion: "Angular rate", error: "Error of the angular rate" };
  const TOLD = {
    force: "Specific force: acceleration less gravity", motion: "Acceleration alone, without gravity",
    error: "The readings less those of a perfect sensor",
  };

  let sharedRig = null;
  function rig() {
    sharedRig ??= new SensorRig(model(), root.HANDS_IMU);
    return sharedRig;
  }

  class ImuLab extends Lab {
    constructor(element, payload) {
      super(element, payload);
      this.bench = new SensorBench(rig(), root.HANDS_IMU);
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
      this.watchVisibility(this.stage.element);
    }

    get motion() {
      return this.state.held?.live ?? this.motions[this.state.motion];
    }

    /* ---- the page ---- */

    buildPage() {
      const { skin, alt, height } = this.payload;
      const seek = (time) => { this.pause(); this.setState({ time: this.withinTime(time) }); };
      this.holding = new Holding(this);
      this.stage = new root.ImuStage(model(), {
        skin, alt, close: Boolean(this.payload.real), onTap: (vertex) => this.placeAt(vertex), onView: () => this.request(),
        onDrag: (dx, dy) => this.holding.drag(dx, dy), onKey: (event, by) => this.holding.key(event, by),
      });
      this.plots = {
        acc: new root.ImuPlot({ title: KINDS.force, unit: "m/s²", spoken: "metres per second squared", onSeek: seek }),
        gyro: new root.ImuPlot({ title: RATES.force, unit: "rad/s", spoken: "radians per second", onSeek: seek }),
      };
      this.says = make("p", { class: "handslab-says", role: "status" });
      this.stage.element.append(this.says, this.holding.bar);
      const reference = this.payload.real ? "a perfect sensor that sits as it should" : "the same movement";
      this.ghostKey = make("p", { class: "imulab-ghostkey" }, make("i", { "aria-hidden": "true" }), `Broad and pale: ${reference} at ${FINEST} Hz without smoothing`);
      const plots = make("div", { class: "imulab-plots" }, this.plots.acc.element, this.plots.gyro.element, this.ghostKey);
      this.buildReal(plots, seek);
      const card = make("div", { class: "handslab-card", role: "group", "aria-label": "Sensor lab" },
        make("div", { class: "imulab-top", style: `--lab-height:${height}px` }, this.stage.element, plots),
        this.buildTimeRow({ duration: () => this.motion.duration, seek, speeds: [1, 0.25] }), this.buildControls());
      this.element.append(card);
    }

    buildReal(plots, seek) {
      const { real } = this.payload;
      if (!real) return;
      this.real = new root.ImuReal.RealPanel(this, real, seek);
      this.plots.off = this.real.plot;
      plots.append(this.real.plot.element);
      this.stage.element.append(this.real.key);
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
          legend: this.real ? "Curves" : "Gravity", options: [["force", "with gravity"], ["motion", "without"], ...(this.real ? [["error", "errors"]] : [])],
          read: (state) => state.kind, write: (kind) => this.change({ kind }, TOLD[kind]),
        }),
      ];
      const [movement, sensor, vertex, ...signal] = this.controls.map(({ element }) => element);
      const rows = [[movement, this.holding.button, sensor, vertex], signal].map((row) => make("div", { class: "handslab-row" }, ...row));
      if (this.real) rows.splice(1, 0, this.real.element); // near the curves, on a telephone too
      return make("div", { class: "handslab-controls" }, ...rows);
    }

    sync() {
      const { state } = this;
      for (const part of [...this.controls, this.holding, ...(this.real ? [this.real] : [])]) part.sync(state);
      this.syncTimeRow();
      this.playButton.disabled = this.timeline.input.disabled = Boolean(state.held);
    }

    /* Tells a screen reader, and everybody else, what has changed: politely, once the changes pause. */
    say(text) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => this.sayNow(text), QUIET_MS);
    }

    sayNow(text) {
      clearTimeout(this.saying);
      this.says.textContent = text;
    }

    /* ---- the state ---- */

    setState(change) {
      Object.assign(this.state, change);
      if (this.state.held && "sensor" in change) this.holding.restart(this.state.held);
      if (MEASURED.some((key) => key in change)) this.measure();
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
      const { rotations } = this.trajectory(), mean = [0, 0, 0];
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
      const { held, sensor, rate, halfWindow, kind } = this.state;
      const perfect = held ? this.bench.held(held, FPS, rate, halfWindow) : this.bench.perfect(this.motion, sensor, rate, halfWindow);
      this.report = this.bench.reported(perfect, this.real ? this.real.wants(this.state) : {});
      this.signals = this.bench.signals(this.report, perfect, kind);
      if (this.real) this.signals.off = { values: this.report.off, fps: perfect.fps };
      this.plots.acc.rename(KINDS[kind]);
      this.plots.gyro.rename(RATES[kind]);
      const ghost = this.ghost(), growing = held?.steps > 0;
      for (const [name, plot] of Object.entries(this.plots)) {
        const least = kind === "error" && name !== "off" ? LEAST_ERROR : undefined;
        plot.take(this.signals[name], ghost?.[name] ?? null, { growing, least });
      }
      this.ghostKey.style.visibility = ghost ? "visible" : "hidden";
    }

    /* The reference that lies behind; null where it is what is shown, or is not yet known. */
    ghost() {
      const { held, sensor, rate, halfWindow, kind } = this.state;
      const same = !this.real && rate === FINEST && halfWindow === 0;
      if (held || same || kind === "error") return null;
      const finest = this.bench.perfect(this.motion, sensor, FINEST, 0);
      return this.bench.once(this.motion, sensor, `${kind} at ${FINEST} Hz`, () => this.bench.signals(this.bench.reported(finest, {}), finest, kind));
    }

    /* The sensor in the world, as it should sit, at every frame of the picture. */
    trajectory() {
      return this.state.held ?? this.bench.trajectory(this.motion, this.state.sensor, this.motion.fps);
    }

    /* ---- pictures ---- */

    show() {
      const { time, held } = this.state;
      const duration = held ? Math.max(SPAN, held.seconds) : this.motion.duration;
      this.stage.show(this.scene());
      for (const plot of Object.values(this.plots)) plot.show({ time, span: plot === this.plots.off ? duration : SPAN, duration });
    }

    scene() {
      const { motion, state } = this;
      const frame = Math.round(state.time * motion.fps);
      const { positions, rotations } = this.trajectory();
      const position = Array.from(positions.slice(3 * frame, 3 * frame + 3)), intended = Array.from(rotations.slice(9 * frame, 9 * frame + 9));
      const marks = this.real ? this.real.marks(intended, this.report, this.plots.acc.recordAt(state.time)) : { rotation: intended };
      return {
        ...marks, motion, pose: motion.fullPose(frame), place: motion.place(frame), moving: this.moves,
        sensor: { position, rotation: marks.rotation, axis: marks.axis }, force: this.force(marks),
      };
    }

    /* What the accelerometer feels, in the world; without gravity, what one believes that it does. */
    force({ rotation, believed }) {
      const { kind, time } = this.state;
      if (kind === "error") return null;
      const vector = apply((kind === "motion" && believed) || rotation, this.plots.acc.at(time));
      return { vector, name: kind === "force" ? "force" : "acceleration" };
    }

    readColours() {
      const style = getComputedStyle(this.element);
      const read = (name) => style.getPropertyValue(`--lab-${name}`).trim();
      const colours = { axes: ["x", "y", "z"].map(read) };
      for (const name of ["x", "y", "z", "tilt", "heading", "text", "muted", "grid", "zero", "page", "force"]) colours[name] = read(name);
      for (const part of [this.stage, ...Object.values(this.plots)]) part.colours = colours;
    }

    /* ---- playing ---- */

    play() {
      if (this.state.playing || this.state.held) return;
      this.setState({ playing: true, time: this.state.time >= this.motion.duration ? 0 : this.state.time });
      this.run();
    }

    pause() {
      if (this.state.playing) this.setState({ playing: false });
    }

    get moves() {
      return this.state.playing || Boolean(this.state.held);
    }

    advance(seconds) {
      if (this.state.held) this.holding.advance(seconds);
      else this.setState({ time: (this.state.time + this.state.speed * seconds) % this.motion.duration });
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

  root.HandsImuLab = { ImuLab, ...bring("imulab", "handsImuLab", ImuLab) };
})(window);
