/* A plot of a few lines over time, drawn on a plain canvas: the lab draws it anew with every picture of the hand.

   `plot.take(trace, ghost)`: a trace is { values, fps }, one number for each of `names` a record; the ghost, which may be null,
   lies behind it. `plot.show({ time, span, duration })`: the window of `span` seconds scrolls with the time, whose cursor stays
   in its middle but near the ends. Colours come from the page's style, and dashes tell the lines apart as well. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const AXES = ["x", "y", "z"];
  const DASHES = [[], [7, 3], [2, 2.5]];
  const ROOM = { left: 38, right: 16, top: 8, bottom: 18 };
  const FONT = "11.5px -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";
  const STEPS = [1, 2, 5];
  const LEAST = 2; // the range is seldom smaller, so that a hand at rest does not look busy
  const FINE = 0.5; // a range below which numbers have a decimal more
  const DOTS_PER_PIXEL = 0.24; // where records are sparser, each is marked by a dot

  class ImuPlot {
    constructor({ title, unit, spoken, onSeek, names = AXES }) {
      Object.assign(this, { title, unit, spoken, onSeek, names });
      this.canvas = make("canvas", { class: "handslab-chart imulab-trace", role: "img" });
      this.numbers = names.map((name) => make("output", { class: `imulab-number imulab-${name}` }));
      const keys = names.map((name, k) => make("span", { class: "imulab-key" }, sample(name, k), name, this.numbers[k]));
      const head = make("div", { class: "imulab-plothead", "aria-hidden": "true" },
        make("span", { class: "imulab-plottitle" }, this.name = make("b", {}, title), ` ${unit}`), make("span", { class: "imulab-keys" }, ...keys));
      this.element = make("div", { class: "imulab-plot" }, head, this.canvas);
      this.watchPointer();
    }

    rename(title) {
      this.title = title;
      this.name.textContent = title;
    }

    /* Takes new traces: their range holds until the next ones, so that nothing jumps while they play; `growing` ones keep it. */
    take(trace, ghost, { growing = false, least = LEAST } = {}) {
      const before = growing ? [this.low, this.high] : [0, 0];
      Object.assign(this, { trace, ghost });
      const extremes = this.extremes(trace), all = ghost ? [...extremes, ...this.extremes(ghost)] : extremes;
      this.low = Math.min(-least, before[0], ...all.map(([low]) => low));
      this.high = Math.max(least, before[1], ...all.map(([, high]) => high));
      this.decimals = this.high - this.low < FINE ? 2 : 1;
      const told = this.names.map((name, k) => `${name} from ${extremes[k].map((end) => rounded(end, this.decimals)).join(" to ")}`);
      this.canvas.setAttribute("aria-label", `${this.title} over time, in ${this.spoken}: ${told.join(", ")}`);
    }

    extremes({ values }) {
      return this.names.map((_, k) => extent(values, this.names.length, k));
    }

    /* The trace's numbers at a time: those of the last record. */
    at(time) {
      const width = this.names.length, record = this.recordAt(time);
      return Array.from(this.trace.values.subarray(width * record, width * (record + 1)));
    }

    recordAt(time) {
      const { values, fps } = this.trace;
      return Math.max(0, Math.min(values.length / this.names.length - 1, Math.floor(time * fps + 1e-6)));
    }

    show({ time, span, duration }) {
      if (!this.trace || !this.canvas.clientWidth) return;
      this.time = time;
      this.at(time).forEach((value, a) => { this.numbers[a].textContent = fixed(value, this.decimals + 1); });
      const begin = Math.max(0, Math.min(time - span / 2, duration - span));
      this.window = { begin, span: Math.min(span, Math.max(duration, 0.5)) };
      const pen = this.prepare();
      this.drawGrid(pen);
      pen.save();
      pen.beginPath();
      pen.rect(ROOM.left, 0, this.width - ROOM.left - ROOM.right, this.height);
      pen.clip();
      if (this.ghost) this.names.forEach((_, k) => this.drawTrace(pen, this.ghost, k, true));
      this.names.forEach((_, k) => this.drawTrace(pen, this.trace, k, false));
      this.drawCursor(pen, time);
      pen.restore();
      if (this.names === AXES) this.drawNames(pen); // for longer ones there is no room
    }

    prepare() {
      const { canvas } = this;
      const sharp = Math.min(root.devicePixelRatio || 1, 3);
      [this.width, this.height] = [canvas.clientWidth, canvas.clientHeight];
      const [wide, high] = [Math.round(sharp * this.width), Math.round(sharp * this.height)];
      if (canvas.width !== wide) canvas.width = wide;
      if (canvas.height !== high) canvas.height = high;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, this.width, this.height);
      pen.font = FONT;
      pen.lineJoin = "round";
      return pen;
    }

    x(time) {
      const { begin, span } = this.window;
      return ROOM.left + ((time - begin) / span) * (this.width - ROOM.left - ROOM.right);
    }

    y(value) {
      const { low, high } = this;
      return ROOM.top + ((high - value) / (high - low)) * (this.height - ROOM.top - ROOM.bottom);
    }

    drawGrid(pen) {
      const colour = this.colours;
      const right = this.width - ROOM.right, floor = this.height - ROOM.bottom;
      pen.lineWidth = 1;
      pen.fillStyle = colour.muted;
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const value of ticks(this.low, this.high, (floor - ROOM.top) / 21)) {
        const y = Math.round(this.y(value)) + 0.5;
        pen.strokeStyle = value === 0 ? colour.zero : colour.grid;
        line(pen, [ROOM.left, y, right, y]);
        pen.fillText(String(value).replace("-", "−"), ROOM.left - 6, y, ROOM.left - 8);
      }
      pen.textAlign = "center";
      pen.textBaseline = "alphabetic";
      const { begin, span } = this.window;
      for (const time of ticks(begin, begin + span, (right - ROOM.left) / 70)) {
        const x = this.x(time);
        pen.strokeStyle = colour.grid;
        line(pen, [x, floor, x, floor + 4]);
        if (x < right - 12) pen.fillText(`${time} s`, x, this.height - 3);
      }
    }

    drawTrace(pen, { values, fps }, k, faint) {
      const { begin, span } = this.window, width = this.names.length;
      const first = Math.max(0, Math.floor(begin * fps)), last = Math.min(values.length / width - 1, Math.ceil((begin + span) * fps));
      pen.strokeStyle = pen.fillStyle = this.colours[this.names[k]];
      pen.globalAlpha = faint ? 0.33 : 1;
      pen.lineWidth = faint ? 4 : 1.7;
      pen.setLineDash(faint ? [] : DASHES[k]);
      pen.lineDashOffset = this.x(0); // dashes stay with the trace
      pen.beginPath();
      for (let t = first; t <= last; t++) pen.lineTo(this.x(t / fps), this.y(values[width * t + k]));
      pen.stroke();
      pen.setLineDash([]);
      if (!faint && (span * fps) / (this.width - ROOM.left) < DOTS_PER_PIXEL)
        for (let t = first; t <= last; t++) dot(pen, this.x(t / fps), this.y(values[width * t + k]), 2);
      pen.globalAlpha = 1;
    }

    drawCursor(pen, time) {
      const x = this.x(time);
      pen.strokeStyle = this.colours.text;
      pen.lineWidth = 1.2;
      line(pen, [x, ROOM.top - 4, x, this.height - ROOM.bottom]);
      this.at(time).forEach((value, k) => {
        pen.fillStyle = this.colours[this.names[k]];
        dot(pen, x, this.y(value), 4);
      });
    }

    /* Each trace's name at its right end, moved apart where they would lie on each other. */
    drawNames(pen) {
      const { begin, span } = this.window;
      const names = this.at(begin + span).map((value, a) => ({ a, y: this.y(value) })).sort((p, q) => p.y - q.y);
      for (let k = 1; k < 3; k++) names[k].y = Math.max(names[k].y, names[k - 1].y + 11);
      const over = Math.max(0, names[2].y - (this.height - ROOM.bottom));
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      for (const { a, y } of names) {
        pen.fillStyle = this.colours.axes[a];
        pen.fillText(AXES[a], this.width - ROOM.right + 5, y - over);
      }
    }

    /* A tap goes to a time; dragging pulls the traces past the cursor. An upright swipe of a finger scrolls the page. */
    watchPointer() {
      const { canvas } = this;
      canvas.addEventListener("pointerdown", ({ button, clientX: x }) => {
        if (button === 0 && this.window) this.grip = { x, time: this.time, held: false };
      });
      canvas.addEventListener("pointermove", ({ clientX, pointerId }) => {
        if (!this.grip || (!this.grip.held && Math.abs(clientX - this.grip.x) < 5)) return;
        if (!this.grip.held) canvas.setPointerCapture(pointerId);
        this.grip.held = true;
        this.onSeek(this.grip.time - (clientX - this.grip.x) * this.secondsPerPixel());
      });
      canvas.addEventListener("pointerup", ({ clientX }) => {
        const left = canvas.getBoundingClientRect().left + ROOM.left;
        if (this.grip && !this.grip.held) this.onSeek(this.window.begin + (clientX - left) * this.secondsPerPixel());
        this.grip = null;
      });
      canvas.addEventListener("pointercancel", () => { this.grip = null; });
    }

    secondsPerPixel() {
      return this.window.span / (this.width - ROOM.left - ROOM.right);
    }
  }

  function extent(values, width, k) {
    let low = Infinity, high = -Infinity;
    for (let i = k; i < values.length; i += width) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    return [low, high];
  }

  /* Round numbers within a range, at most so many. */
  function ticks(low, high, most) {
    const least = (high - low) / Math.max(1, most);
    const power = 10 ** Math.floor(Math.log10(least));
    const step = (STEPS.find((candidate) => candidate * power >= least) ?? 10) * power;
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(6)));
    return found;
  }

  function line(pen, [x0, y0, x1, y1]) {
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  }

  function dot(pen, x, y, radius) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
  }

  /* A piece of a trace, for the legend. */
  function sample(name, k) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 20 4");
    svg.setAttribute("class", `imulab-sample imulab-${name}`);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M0 2H20");
    path.setAttribute("stroke-dasharray", DASHES[k].join(" "));
    svg.append(path);
    return svg;
  }

  function fixed(value, decimals) {
    const text = value.toFixed(Math.abs(value) < 99.5 ? decimals : 1);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  }

  function rounded(value, decimals) {
    return String(Number(value.toFixed(decimals)) || 0);
  }

  root.ImuPlot = ImuPlot;
})(window);
