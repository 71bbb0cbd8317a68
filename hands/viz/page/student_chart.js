/* The mean error of each network over time: one curve for each, told apart by colour and by dashes.

   `chart.show({ clip, frame })` draws; `most` is how many millimetres all clips need, so that they can be compared. */
(function (root) {
  "use strict";

  const { LabChart } = root;
  const CEILING = 10; // pixels above the curves
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

  class StudentChart extends LabChart {
    constructor({ clips, names, onSeek }) {
      super({ className: "studentlab-chart", onSeek });
      const largest = Math.max(...clips.flatMap(({ hands }) => hands.map(({ errors }) => Math.max(...errors))));
      Object.assign(this, { names, most: LabChart.niceAbove(largest) });
    }

    describeScene({ clip, frame }) {
      const told = this.names.map((name, k) => `${name} ${clip.hands[k].errors[frame].toFixed(1)}`);
      this.describe(`Mean error of each hand over time, up to ${this.most} millimetres. In this frame: ${told.join(", ")}.`);
    }

    show({ clip, frame }) {
      const pen = this.prepare(clip.frames), { colours } = this;
      const curves = clip.hands.map(({ errors }, k) => ({ errors, colour: colours.hands[k], dashes: DASHES[k] }));
      this.drawErrors(pen, { curves, most: this.most, ceiling: CEILING, duration: clip.duration });
      this.drawMark(pen, frame, CEILING, curves.map(({ errors, colour }) => ({ error: errors[frame], colour })));
    }
  }

  root.StudentChart = StudentChart;
})(window);
