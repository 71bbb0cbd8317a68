/* The part of the lab in which a sensor is real: its errors, how one finds its orientation, and how far off that is.

   `panel.element` are the controls, `panel.plot` the trace of the orientation's error; `panel.wants(state)` is what the bench
   needs to know. Errors are kept in m/s^2, rad/s and radians, and shown in the units of datasheets. */
(function (root) {
  "use strict";

  const { make, button } = root.LiveControlParts;
  const { radios, choice, slider, linear, logarithmic } = root.LabControls;
  const { askew } = root.ImuErrors;
  const { multiply, transposed } = root.ImuRotations;
  const G = 9.80665, DEGREES = Math.PI / 180;
  const OF_PART = ["accNoise", "accBias", "gyroNoise", "gyroBias"];
  const ORIENTATIONS = { true: "true", gyro: "gyroscope alone", gravity: "with gravity" };
  const AXIS = 0.045; // metres, long enough to see two degrees
  const OWN = "your own";

  /* A `unit` in SI; `record` is the unit of one record, whose noise is told as well. */
  const SLIDERS = {
    accNoise: { label: "Accelerometer: noise", unit: 1e-6 * G, sign: "µg/√Hz", spoken: "micro-g per root hertz", scale: logarithmic(10, 30000), record: "m/s²" },
    accBias: { label: "Accelerometer: bias", unit: 1e-3 * G, sign: "mg", spoken: "milli-g on each axis", scale: linear(200, 1) },
    gyroNoise: { label: "Gyroscope: noise", unit: 1e-3 * DEGREES, sign: "mdps/√Hz", spoken: "millidegrees per second per root hertz", scale: logarithmic(1, 1000), record: "rad/s" },
    gyroBias: { label: "Gyroscope: bias", unit: 1e-3 * DEGREES, sign: "mdps", spoken: "millidegrees per second on each axis", scale: logarithmic(10, 10000) },
    mounting: { label: "Mounting error", unit: DEGREES, sign: "°", spoken: "degrees", scale: linear(30, 0.5) },
  };

  class RealPanel {
    constructor(lab, { parts, start, patience }, onSeek) {
      Object.assign(this, { lab, parts, patience, plot: errorPlot(onSeek) });
      const { name, ...errors } = start;
      Object.assign(lab.state, { errors: { ...errors, mounting: 0 }, orientation: "gyro", seed: 1 });
      this.controls = [this.partChoice(), ...Object.keys(SLIDERS).map((key) => this.errorSlider(key)), this.orientationChoice()];
      const [part, ...rest] = this.controls.map(({ element }) => element), orientation = rest.pop();
      const again = button("Other noise", () => lab.change({ seed: lab.state.seed + 1 }, "The same sensor with other noise"));
      this.element = make("div", { class: "imulab-real", role: "group", "aria-label": "A real sensor" },
        make("div", { class: "handslab-row" }, part, again, orientation), make("div", { class: "imulab-sliders" }, ...rest));
      this.key = make("p", { class: "imulab-markskey", "aria-hidden": "true" });
    }

    partChoice() {
      const faces = ["perfect", ...this.parts.map(({ name }) => name)];
      return choice({
        label: "Part", options: () => [...faces, ...(this.partName(this.lab.state) === OWN ? [OWN] : [])].map((face) => [face, face]),
        read: (state) => this.partName(state), write: (name) => this.takePart(name),
      });
    }

    partName({ errors }) {
      if (OF_PART.every((key) => errors[key] === 0)) return "perfect";
      return this.parts.find((part) => OF_PART.every((key) => part[key] === errors[key]))?.name ?? OWN;
    }

    takePart(name) {
      const part = this.parts.find((candidate) => candidate.name === name);
      if (!part && name !== "perfect") return;
      const errors = Object.fromEntries(OF_PART.map((key) => [key, part?.[key] ?? 0]));
      this.lab.change({ errors: { ...this.lab.state.errors, ...errors } }, `Part: ${name}`);
    }

    errorSlider(key) {
      const { label, unit, sign, spoken, scale, record } = SLIDERS[key], { lab } = this;
      const oneRecord = (value) => (record && value ? `, ${rounded(value * Math.sqrt(lab.signals.acc.fps / 2))} ${record} a record` : "");
      return slider({
        label, scale: inUnits(scale, unit), marks: this.parts.filter((part) => part[key]).map((part) => [part[key], part.name]),
        text: (value) => `${rounded(value / unit)} ${sign}`, spoken: (value) => `${rounded(value / unit)} ${spoken}${oneRecord(value)}`,
        read: ({ errors }) => errors[key], write: (value) => lab.setState({ errors: { ...lab.state.errors, [key]: value } }),
      });
    }

    orientationChoice() {
      return radios({
        legend: "Orientation", options: Object.entries(ORIENTATIONS), read: (state) => state.orientation,
        write: (orientation) => this.lab.change({ orientation }, `Orientation: ${ORIENTATIONS[orientation]}`),
      });
    }

    sync(state) {
      this.controls.forEach((control) => control.sync(state));
      const parts = ["Solid: the sensor's axes"];
      if (state.orientation !== "true") parts.push("dashed: where one believes them to be");
      if (state.errors.mounting) parts.push("grey: how it should sit");
      this.key.textContent = parts.length > 1 ? `${parts.join("; ")}.` : "";
    }

    /* Noise has a name: the same sensor on the same movement has the same. */
    wants({ errors, orientation, seed, sensor }) {
      const name = `${seed} ${this.lab.motion.name} ${sensor.name || sensor.on.vertex}`;
      return { errors, orientation, patience: this.patience, name };
    }

    /* The axes over the hand, from how the sensor should be turned; `report` is what it said, at one record. */
    marks(intended, report, record) {
      const { errors, orientation } = this.lab.state;
      const rotation = multiply(intended, askew(errors.mounting));
      const at = (series) => series.subarray(9 * record, 9 * record + 9);
      const off = multiply(at(report.believed), transposed(at(report.rotations))); // pictures and records have each their own times
      return { rotation, axis: AXIS, intended: errors.mounting ? intended : null, believed: orientation === "true" ? null : multiply(off, rotation) };
    }
  }

  function errorPlot(onSeek) {
    return new root.ImuPlot({ title: "Error of the orientation", unit: "°", spoken: "degrees", names: ["tilt", "heading"], onSeek });
  }

  /* The same scale for values in SI. */
  function inUnits({ steps, value, position }, unit) {
    return { steps, value: (at) => unit * value(at), position: (given) => position(given / unit) };
  }

  function rounded(value) {
    return String(Number(value.toPrecision(3)));
  }

  root.ImuReal = { RealPanel };
})(window);
