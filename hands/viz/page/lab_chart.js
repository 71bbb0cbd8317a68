/* Errors over time, one curve for each hand, in a picture that a reader can pull through time.

   A lab's picture extends `LabChart`: it begins with `prepare(frames)`, which clears the canvas and gives a pen, and calls
   `drawErrors` and `drawMark`. `onSeek(frame)` is called when the reader points at a frame. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const LEFT = 56, RIGHT = 12; // pixels
  const BELOW = 20; // for the clock
  const SHARPEST = 2;

  class LabChart {
    constructor({ className, onSeek }) {
      this.onSeek = onSeek;
      this.canvas = make("canvas", { class: `handslab-chart ${className}`, role: "img" });
      this.watchPointer();
    }

    /* Says what there is to see. */
    describe(text) {
      if (this.canvas.getAttribute("aria-label") !== text) this.canvas.setAttribute("aria-label", text);
    }

    prepare(frames) {
      const sharp = Math.min(root.devicePixelRatio || 1, SHARPEST);
      const { clientWidth, clientHeight } = this.canvas;
      const [wide, high] = [Math.round(sharp * clientWidth), Math.round(sharp * clientHeight)];
      Object.assign(this, { width: clientWidth, height: clientHeight, frames, cell: (clientWidth - LEFT - RIGHT) / frames });
      this.floor = clientHeight - BELOW; // where the error is zero
      if (this.canvas.width !== wide) this.canvas.width = wide;
      if (this.canvas.height !== high) this.canvas.height = high;
      const pen = this.canvas.getContext("2d");
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, wide, high);
      pen.font = `12px ${getComputedStyle(this.canvas).fontFamily}`;
      return pen;
    }

    /* Where a frame's column begins. */
    x(frame) {
      return LEFT + frame * this.cell;
    }

    /* Curves of { errors, colour, dashes } from the floor up to `ceiling`, which is `most` millimetres high. */
    drawErrors(pen, { curves, most, ceiling, duration }) {
      this.y = (error) => this.floor - ((this.floor - ceiling) * error) / most;
      pen.fillStyle = this.colours.muted;
      pen.strokeStyle = this.colours.grid;
      pen.lineWidth = 1;
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const error of [0, most / 2, most]) {
        pen.beginPath();
        pen.moveTo(LEFT, this.y(error));
        pen.lineTo(this.width - RIGHT, this.y(error));
        pen.stroke();
        pen.fillText(error === most ? `${most} mm` : String(error), LEFT - 8, this.y(error));
      }
      pen.textBaseline = "top";
      pen.textAlign = "left";
      pen.fillText("0 s", LEFT, this.floor + 6);
      pen.textAlign = "right";
      pen.fillText(`${duration.toFixed(2)} s`, this.width - RIGHT, this.floor + 6);
      for (const curve of curves) this.drawCurve(pen, curve);
    }

    drawCurve(pen, { errors, colour, dashes }) {
      pen.beginPath();
      errors.forEach((error, frame) => pen.lineTo(this.x(frame + 0.5), this.y(error)));
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.lineJoin = "round";
      pen.setLineDash(dashes);
      pen.stroke();
      pen.setLineDash([]);
    }

    /* A line at a frame, from `ceiling` to the floor, and a dot at each of these errors. */
    drawMark(pen, frame, ceiling, dots) {
      pen.strokeStyle = this.colours.text;
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.moveTo(this.x(frame + 0.5), ceiling);
      pen.lineTo(this.x(frame + 0.5), this.floor);
      pen.stroke();
      for (const { error, colour } of dots) {
        pen.beginPath();
        pen.arc(this.x(frame + 0.5), this.y(error), 4, 0, 2 * Math.PI);
        pen.fillStyle = colour;
        pen.fill();
      }
    }

    watchPointer() {
      const { canvas } = this;
      const seek = ({ clientX }) => {
        const at = (clientX - canvas.getBoundingClientRect().left - LEFT) / this.cell;
        this.onSeek(Math.max(0, Math.min(this.frames - 1, Math.floor(at))));
      };
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !this.frames) return;
        canvas.setPointerCapture(event.pointerId);
        this.held = true;
        seek(event);
      });
      canvas.addEventListener("pointermove", (event) => { if (this.held) seek(event); });
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { this.held = false; });
    }
  }

  /* An even number of millimetres, whose half is a number to read as well. */
  function niceAbove(value) {
    return [2, 4, 6, 10, 20, 30, 40, 60, 80, 100].find((nice) => nice >= value) ?? 100 * Math.ceil(value / 100);
  }

  Object.assign(LabChart, { LEFT, niceAbove });
  root.LabChart = LabChart;
})(window);
