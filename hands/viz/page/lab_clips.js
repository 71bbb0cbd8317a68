/* What labs of recorded clips share: which clip is shown and which frame of it, playing, and a sentence on what has changed.

   A lab extends `HandsLab.ClipLab`. It has `clips` (lab_record.js) and a `state` with `clip`, `time`, `playing` and `speed`, and
   says `sync()`, how its controls show the state, and `told()`, the sentence. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { choice } = root.LabControls;
  const QUIET_MS = 400;

  class ClipLab extends root.HandsLab.Lab {
    get clip() {
      return this.clips[this.state.clip];
    }

    get frame() {
      return Math.min(this.clip.frames - 1, Math.floor(this.state.time * this.clip.fps + 1e-6));
    }

    /* ---- parts of the page ---- */

    buildTimeRow() {
      return super.buildTimeRow({ duration: () => this.clip.duration, seek: (time) => this.seek(time), speeds: [1, 0.5, 0.25] });
    }

    chooseClip() {
      return choice({
        label: "Movement", options: () => this.clips.map(({ name }, k) => [String(k), name]), read: (state) => String(state.clip),
        write: (k) => this.change({ clip: Number(k), time: 0 }),
      });
    }

    /* A table of errors: a row for each of [name, class of its line], with `now` and `mean` to be written by `writeNumbers`. */
    buildNumbers(hands) {
      this.numbers = hands.map(([name, line]) => {
        const now = make("td"), mean = make("td");
        const head = make("th", { scope: "row" }, make("i", { class: `handslab-line ${line}`, "aria-hidden": "true" }), name);
        return { element: make("tr", {}, head, now, mean), now, mean };
      });
      const head = ["Error of", "this frame", "the clip"].map((text) => make("th", { scope: "col" }, text));
      return make("table", { class: "handslab-numbers" }, make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...this.numbers.map(({ element }) => element)));
    }

    /* Of hands in the order of the rows. */
    writeNumbers(hands) {
      this.numbers.forEach(({ now, mean }, k) => {
        now.textContent = `${hands[k].errors[this.frame].toFixed(1)} mm`;
        mean.textContent = `${hands[k].meanError().toFixed(1)} mm`;
      });
    }

    /* Tells a screen reader, and everybody else, what has changed: politely, once the changes pause. */
    tell() {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => { this.says.textContent = this.told(); }, QUIET_MS);
    }

    /* ---- the state ---- */

    setState(change) {
      Object.assign(this.state, change);
      this.sync();
      this.request();
    }

    change(change) {
      this.setState(change);
      this.tell();
    }

    /* To the nearest frame. */
    seek(time) {
      const { clip } = this;
      this.setState({ playing: false, time: Math.max(0, Math.min(clip.frames - 1, Math.round(time * clip.fps))) / clip.fps });
    }

    /* ---- playing ---- */

    play() {
      if (this.state.playing) return;
      this.setState({ playing: true });
      this.run();
    }

    pause() {
      if (this.state.playing) this.seek(this.frame / this.clip.fps);
    }

    get moves() {
      return this.state.playing;
    }

    advance(seconds) {
      const before = this.frame;
      this.state.time = (this.state.time + this.state.speed * seconds) % (this.clip.frames / this.clip.fps);
      if (this.frame !== before) this.setState({});
    }
  }

  root.HandsLab.ClipLab = ClipLab;
})(window);
