/* What is drawn over the hand: the sensor, its axes, and what its accelerometer feels, as arrows in the world.

   `marks.draw(pen, scene, view)`: a scene is { sensor: { position, rotation, axis }, believed, intended, force }, of which
   the last three may be missing: how the sensor is believed to be turned, how it should sit, and { vector, name }. An axis is
   so many metres long. A view is { project, towards, colours }. */
(function (root) {
  "use strict";

  const { dot } = root.ImuRotations;
  const NAMES = ["x", "y", "z"];
  const AXIS = 0.03; // metres
  const METRES_PER_G = 0.05;
  const STANDARD_GRAVITY = 9.81;
  const BEHIND = 0.55; // opacity of a sensor on the far side
  const FONT = "600 12px -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";
  const SOLID = { width: 3, dash: [], named: true }, DASHED = { width: 2.2, dash: [4, 3.5] }, GREY = { width: 2, dash: [], hue: "muted" };

  class ImuMarks {
    draw(pen, { sensor, believed, intended, force }, view) {
      Object.assign(this, view, { pen });
      pen.font = FONT;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      const { position, rotation, axis = AXIS } = sensor;
      this.axis = axis;
      if (force) this.drawForce(position, force);
      pen.globalAlpha = dot(columnOf(rotation, 2), this.towards) < 0 ? BEHIND : 1; // the skin between it and the viewer shows
      if (intended) this.drawAxes(position, intended, GREY);
      if (believed) this.drawAxes(position, believed, DASHED);
      this.drawAxes(position, rotation, SOLID); // the truth hides an estimate that agrees with it
      const { x, y } = this.project(position);
      pen.fillStyle = this.colours.text;
      pen.strokeStyle = this.colours.page;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.roundRect(x - 5, y - 5, 10, 10, 2.5);
      pen.stroke();
      pen.fill();
      pen.globalAlpha = 1;
    }

    /* The nearest last. */
    drawAxes(origin, rotation, style) {
      const axes = [0, 1, 2].map((a) => columnOf(rotation, a));
      const order = [0, 1, 2].sort((a, b) => dot(axes[a], this.towards) - dot(axes[b], this.towards));
      for (const a of order) this.drawAxis(origin, axes[a], a, style);
    }

    drawAxis(origin, direction, a, { width, dash, named, hue }) {
      const at = (length) => this.project(origin.map((value, i) => value + length * direction[i]));
      const colour = hue ? this.colours[hue] : this.colours.axes[a];
      this.arrow(at(0), at(this.axis), colour, width, dash);
      if (named) this.write(NAMES[a], at(this.axis + 0.007), colour);
    }

    /* What the accelerometer feels, as an arrow in the world. */
    drawForce(origin, { vector, name }) {
      const length = Math.hypot(...vector);
      const shown = (METRES_PER_G / STANDARD_GRAVITY) * Math.min(1, (3 * STANDARD_GRAVITY) / (length || 1));
      const at = (share) => this.project(origin.map((value, a) => value + share * shown * vector[a]));
      const from = at(0), to = at(1);
      if (Math.hypot(to.x - from.x, to.y - from.y) < 6) return;
      this.arrow(from, to, this.colours.force, 5);
      const away = Math.hypot(to.x - from.x, to.y - from.y) / 14;
      this.write(name, { x: to.x + (to.x - from.x) / away, y: to.y + (to.y - from.y) / away }, this.colours.force);
    }

    /* Lines have a pale rim, so that they stand out from skin of any colour. */
    arrow(from, to, colour, width, dash = []) {
      const { pen } = this;
      const angle = Math.atan2(to.y - from.y, to.x - from.x), length = Math.hypot(to.x - from.x, to.y - from.y);
      const head = Math.min(2.6 * width, length);
      pen.save();
      pen.translate(from.x, from.y);
      pen.rotate(angle);
      pen.lineCap = dash.length ? "butt" : "round";
      for (const [style, extra] of [[this.colours.page, 2.5], [colour, 0]]) {
        pen.strokeStyle = pen.fillStyle = style;
        pen.lineWidth = width + extra;
        pen.setLineDash(extra ? [] : dash);
        pen.beginPath();
        pen.moveTo(0, 0);
        pen.lineTo(Math.max(0, length - head), 0);
        pen.stroke();
        pen.setLineDash([]);
        pen.lineWidth = extra;
        pen.beginPath();
        pen.moveTo(length, 0);
        pen.lineTo(length - head, 0.62 * head);
        pen.lineTo(length - head, -0.62 * head);
        pen.closePath();
        if (extra) pen.stroke();
        pen.fill();
      }
      pen.restore();
    }

    write(text, { x, y }, colour) {
      const { pen } = this;
      pen.lineWidth = 3;
      pen.strokeStyle = this.colours.page;
      pen.fillStyle = colour;
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  }

  function columnOf(rotation, a) {
    return [rotation[a], rotation[3 + a], rotation[6 + a]];
  }

  root.ImuMarks = ImuMarks;
})(window);
