/* The table of tokens and, below it on the same axis of time, the error: one picture that a reader can pull through time.

   `tokens.show({ clip, guess, frame })` draws; `onSeek(frame)` is called when the reader points at a frame. A filled cell
   is a token that the teacher is given, an empty one is hidden, so that no colour is needed to tell them apart. */
(function (root) {
  "use strict";

  const { LEFT, niceAbove } = root.LabChart;
  const FINGERS = ["thumb", "index", "middle", "ring", "pinky"]; // as a hand has them; tokens are in MANO's order
  const TOP = 2; // pixels
  const GAP = 4; // between fingers
  const BETWEEN = 16; // the table and the error
  const SHARE = 0.62; // of the height, for the table

  class MaskTokens extends root.LabChart {
    constructor({ names, onSeek }) {
      super({ className: "masklab-table", onSeek });
      this.rows = FINGERS.flatMap((finger, f) => namesOf(names, finger).map((joint, k) => ({
        token: joint - 1, finger, first: k === 0, row: 3 * f + k, gaps: f,
      })));
      this.names = names;
    }

    /* What the picture shows, in words; told when nothing moves. */
    describeScene({ guess, frame }) {
      const given = this.rows.filter(({ token }) => !guess.isHidden(frame, token)).map(({ token }) => this.names[token + 1]);
      const share = Math.round(100 * guess.hiddenShare());
      const here = given.length === this.rows.length ? "all joints" : given.join(", ") || "no joint";
      this.describe(`Table of tokens, 15 joints by time, and the error below: ${share} percent are hidden. Given in this frame: ${here}. Error: ${guess.errors[frame].toFixed(1)} millimetres.`);
    }

    show(scene) {
      const { clip, guess, frame } = scene, pen = this.prepare(clip.frames);
      this.row = Math.floor((SHARE * this.height) / this.rows.length);
      this.low = TOP + this.rows.length * this.row + 4 * GAP; // where the table ends
      this.drawTokens(pen, scene);
      this.drawErrors(pen, { curves: this.curves(scene), most: this.most(clip), ceiling: this.low + BETWEEN, duration: clip.duration });
      this.drawMark(pen, frame, this.low + 1, [{ error: guess.errors[frame], colour: this.colours.text }]);
      pen.strokeRect(this.x(frame) - 1, TOP - 1, this.cell + 2, this.low - TOP + 2);
    }

    drawTokens(pen, { clip, guess }) {
      const { given, hidden, muted } = this.colours, gap = this.cell > 6 ? 1 : 0.5;
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const { token, finger, first, row, gaps } of this.rows) {
        const y = TOP + row * this.row + gaps * GAP;
        if (first) {
          pen.fillStyle = muted;
          pen.fillText(finger, LEFT - 8, y + 1.5 * this.row);
        }
        for (let frame = 0; frame < clip.frames; frame++) {
          const box = [this.x(frame) + gap / 2, y + 0.5, this.cell - gap, this.row - 1];
          const away = guess.isHidden(frame, token);
          pen.fillStyle = away ? hidden : given;
          if (away) pen.fillRect(box[0], box[1] + box[3] / 2 - 0.5, box[2], 1);
          else pen.fillRect(...box);
        }
      }
    }

    curves({ clip, guess }) {
      const { teacher, blind } = this.colours;
      const alone = clip.blind && { errors: clip.blind.errors, colour: blind, dashes: [5, 4] };
      if (guess === clip.blind) return [alone];
      return [...(alone ? [alone] : []), { errors: guess.errors, colour: teacher, dashes: [] }];
    }

    /* Millimetres that the curves of a clip need. */
    most(clip) {
      this.ranges ??= new Map();
      if (!this.ranges.has(clip)) this.ranges.set(clip, niceAbove(clip.largestError()));
      return this.ranges.get(clip);
    }
  }

  /* The joints of a finger, as places in the names of all sixteen. */
  function namesOf(names, finger) {
    return names.map((name, joint) => [name, joint]).filter(([name]) => name.startsWith(`${finger} `)).map(([, joint]) => joint);
  }

  root.MaskTokens = MaskTokens;
})(window);
