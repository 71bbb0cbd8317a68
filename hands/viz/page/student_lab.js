/* The student lab of the page: what networks make of the same movement, side by side.

   All was recorded (student_record.js); the parts are hands with the errors of their joints (student_stage.js), the mean error
   over time (student_chart.js), a table of numbers and controls (lab_controls.js). `element.handsStudentLab` is the lab of an
   element, for other scripts and for tests: `.state`, `.setState(change)`, `.clip`, `.frame`, `.frames` (pictures drawn),
   `.play()`, `.pause()`. */
(function (root) {
  "use strict";

  const { ClipLab, bring, model } = root.HandsLab;
  const { make } = root.LiveControlParts;
  const { radios } = root.LabControls;
  const { StudentClip } = root.StudentRecords;
  const { StudentStage, ErrorScale, legend } = root.StudentHands;
  const NEARLY_ALL = 0.98; // of all errors have a colour of their own, the largest share the last one
  const LETTERS = "ABCD"; // in place of names

  class StudentLab extends ClipLab {
    constructor(element, payload) {
      super(element, payload);
      this.clips = payload.clips.map((clip) => new StudentClip(clip, payload));
      this.state = { clip: 0, over: true, named: true, time: 0, playing: false, speed: 1 };
      this.order = payload.names.map((_, k) => k); // which network stands where
      this.buildPage();
      this.sync();
      this.watchVisibility(this.element);
    }

    /* ---- the page ---- */

    buildPage() {
      const { colours, alt, height, names, about } = this.payload;
      const scale = new ErrorScale(this.payload.scale, this.mostError());
      const lines = names.map((_, k) => () => make("i", { class: `handslab-line studentlab-${k}`, "aria-hidden": "true" }));
      this.stage = new StudentStage(model(), { colours, alt, names, lines, scale, onView: () => this.request() });
      this.chart = new root.StudentChart({ clips: this.clips, names, onSeek: (frame) => this.seek(frame / this.clip.fps) });
      this.says = make("p", { class: "handslab-says", role: "status" });
      const numbers = this.buildNumbers(names.map((name, k) => [name, `studentlab-${k}`]));
      this.errors = make("div", { class: "studentlab-errors" }, make("div", {}, this.chart.canvas), make("div", {}, numbers));
      this.element.append(make("div", { class: "handslab-card", role: "group", "aria-label": "Student lab", style: `--lab-height:${height}px` },
        this.stage.element, legend(scale, colours), this.buildTimeRow(), this.errors, this.says,
        this.buildChoices(), make("p", { class: "handslab-about" }, about)));
    }

    buildChoices() {
      this.choices = [
        this.chooseClip(),
        radios({
          legend: "Hands", options: [[true, "over the true hand"], [false, "beside it"]], read: (state) => state.over,
          write: (over) => this.setState({ over }),
        }),
        radios({
          legend: "Names and numbers", options: [[true, "shown"], [false, "hidden, to guess"]], read: (state) => state.named,
          write: (named) => this.name(named),
        }),
      ];
      return make("div", { class: "handslab-controls handslab-row" }, ...this.choices.map(({ element }) => element));
    }

    /* Hidden, the networks change places, so that where a hand stands does not tell whose it is. */
    name(named) {
      const places = this.payload.names.map((_, k) => k);
      this.order = named ? places : places.map((k) => [Math.random(), k]).sort(([a], [b]) => a - b).map(([, k]) => k);
      this.change({ named });
    }

    mostError() {
      const errors = this.clips.flatMap(({ hands }) => hands.flatMap(({ allErrors }) => Array.from(allErrors))).sort((a, b) => a - b);
      return root.LabChart.niceAbove(errors[Math.floor(NEARLY_ALL * (errors.length - 1))]);
    }

    sync() {
      const { state, clip } = this;
      for (const part of this.choices) part.sync(state);
      this.syncTimeRow();
      this.stage.lay(state.over);
      this.stage.rename(state.named ? this.payload.names : Array.from(LETTERS), state.named);
      this.errors.hidden = !state.named;
      this.writeNumbers(clip.hands);
      this.stage.writeErrors(this.scene());
      if (state.playing) return;
      this.stage.describe(this.scene());
      this.chart.describeScene(this.scene());
    }

    told() {
      if (!this.state.named) return `${this.clip.name}. Names and numbers are hidden`;
      const means = this.payload.names.map((name, k) => `${name} ${this.clip.hands[k].meanError().toFixed(1)} mm`);
      return `${this.clip.name}. Off on average: ${means.join(", ")}`;
    }

    /* ---- pictures ---- */

    scene() {
      const { clip, frame, order, state: { over } } = this;
      return { clip, hands: order.map((k) => clip.hands[k]), frame, over, moving: this.moves };
    }

    show() {
      const scene = this.scene();
      this.stage.show(scene);
      if (this.state.named) this.chart.show(scene);
    }

    readColours() {
      const style = getComputedStyle(this.element);
      const read = (name) => style.getPropertyValue(name).trim();
      const hands = this.payload.names.map((_, k) => read(`--sl-${k}`));
      this.chart.colours = { text: read("--lab-text"), muted: read("--lab-muted"), grid: read("--lab-grid"), hands };
      this.stage.colours = { ink: read("--lab-text") };
    }
  }

  root.HandsStudentLab = { StudentLab, ...bring("studentlab", "handsStudentLab", StudentLab) };
})(window);
