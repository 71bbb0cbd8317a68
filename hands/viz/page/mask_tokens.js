/* The table of tokens and, below it on the same axis of time, the error: one picture that a reader can pull through time.

   `tokens.show({ clip, guess, frame })` draws; `onSeek(frame)` is called when the reader points at a frame. A filled cell
   is a token that the teacher is given, an empty one is hidden, so that no colour is needed to tell them apart. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const FINGERS = ["thumb", "index", "middle", "ring", "pinky"]; // as a hand has them; tokens are in MANO's order
  const LEFT = 56, RIGHT = 12, TOP = 2; // pixels
  const GAP = 4; // between fingers
  const BETWEEN = 16, BELOW = 20; // the table and the error, and for the clock
  const SHARE = 0.62; // of the height, for the table
  const SHARPEST = 2;

  class MaskTokens {
    constructor({ names, onSeek }) {
      this.rows = FINGERS.flatMap((finger, f) => namesOf(names, finger).map((joint, k) => ({
        token: joint - 1, finger, first: k === 0, row: 3 * f + k, gaps: f,
      })));
      this.names = names;
      this.onSeek = onSeek;
      this.canvas = make("canvas", { class: "masklab-table", role: "img" });
      this.watchPointer();
    }

    /* What the picture shows, in words; told when nothing moves. */
    describe({ guess, frame }) {
      const given = this.rows.filter(({ token }) => !guess.isHidden(frame, token)).map(({ token }) => this.names[token + 1]);
      const share = Math.round(100 * guess.hiddenShare());
      const here = given.length === this.rows.length ? "all joints" : given.join(", ") || "no joint";
      const text = `Table of tokens, 15 joints by time, and the error below: ${share} percent are hidden. Given in this frame: ${here}. Error: ${guess.errors[frame].toFixed(1)} millimetres.`;
      if (this.canvas.getAttribute("aria-label") !== text) this.canvas.setAttribute("aria-label", text);
    }

    show(scene) {
      this.scene = scene;
      const pen = this.prepare();
      this.cell = (this.width - LEFT - RIGHT) / scene.clip.frames;
      this.drawTokens(pen, scene);
      this.drawErrors(pen, scene);
      this.drawNow(pen, scene);
    }

    prepare() {
      const sharp = Math.min(root.devicePixelRatio || 1, SHARPEST);
      const { clientWidth, clientHeight } = this.canvas;
      const [wide, high] = [Math.round(sharp * clientWidth), Math.round(sharp * clientHeight)];
      this.width = clientWidth;
      this.row = Math.floor((SHARE * clientHeight) / this.rows.length);
      this.low = TOP + this.rows.length * this.row + 4 * GAP; // where the table ends
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

    drawErrors(pen, { clip, guess }) {
      const most = (this.most ??= new Map()).get(clip) ?? niceAbove(clip.largestError());
      this.most.set(clip, most);
      this.y = (error) => this.floor - ((this.floor - this.low - BETWEEN) * error) / most;
      pen.fillStyle = this.colours.muted;
      pen.strokeStyle = this.colours.grid;
      pen.lineWidth = 1;
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
      pen.fillText(`${clip.duration.toFixed(2)} s`, this.width - RIGHT, this.floor + 6);
      if (clip.blind && guess !== clip.blind) this.curve(pen, clip.blind.errors, this.colours.blind, [5, 4]);
      this.curve(pen, guess.errors, guess === clip.blind ? this.colours.blind : this.colours.teacher, guess === clip.blind ? [5, 4] : []);
    }

    curve(pen, errors, colour, dashes) {
      pen.beginPath();
      errors.forEach((error, frame) => pen.lineTo(this.x(frame + 0.5), this.y(error)));
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.lineJoin = "round";
      pen.setLineDash(dashes);
      pen.stroke();
      pen.setLineDash([]);
    }

    drawNow(pen, { guess, frame }) {
      pen.strokeStyle = pen.fillStyle = this.colours.text;
      pen.lineWidth = 1.5;
      pen.strokeRect(this.x(frame) - 1, TOP - 1, this.cell + 2, this.low - TOP + 2);
      pen.beginPath();
      pen.moveTo(this.x(frame + 0.5), this.low + 1);
      pen.lineTo(this.x(frame + 0.5), this.y(0));
      pen.stroke();
      pen.beginPath();
      pen.arc(this.x(frame + 0.5), this.y(guess.errors[frame]), 4, 0, 2 * Math.PI);
      pen.fill();
    }

    watchPointer() {
      const { canvas } = this;
      const seek = ({ clientX }) => {
        const at = (clientX - canvas.getBoundingClientRect().left - LEFT) / this.cell;
        this.onSeek(Math.max(0, Math.min(this.scene.clip.frames - 1, Math.floor(at))));
      };
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !this.scene) return;
        canvas.setPointerCapture(event.pointerId);
        this.held = true;
        seek(event);
      });
      canvas.addEventListener("pointermove", (event) => { if (this.held) seek(event); });
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { this.held = false; });
    }
  }

  /* The joints of a finger, as places in the names of all sixteen. */
  function namesOf(names, finger) {
    return names.map((name, joint) => [name, joint]).filter(([name]) => name.startsWith(`${finger} `)).map(([, joint]) => joint);
  }

  /* An even number of millimetres, whose half is a number to read as well. */
  function niceAbove(value) {
    return [2, 4, 6, 10, 20, 30, 40, 60, 80, 100].find((nice) => nice >= value) ?? 100 * Math.ceil(value / 100);
  }

  root.MaskTokens = MaskTokens;
})(window);
