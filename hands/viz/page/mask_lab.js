/* The mask lab of the page: brings each <div class="masklab"> to life from the JSON inside it.

   The reader hides part of the teacher's pose and sees what it makes of the rest. All was recorded (mask_record.js); the
   parts are two hands (mask_stage.js), the table of tokens with the error (mask_tokens.js) and controls (imu_controls.js).
   `element.handsMaskLab` is the lab of an element, for other scripts and for tests: `.state`, `.setState(change)`, `.clip`,
   `.guess`, `.frame`, `.frames` (pictures drawn), `.play()`, `.pause()`. */
(function (root) {
  "use strict";

  const { Lab, model } = root.HandsLab;
  const { make, button } = root.LiveControlParts;
  const { radios, choice, slider, timeline } = root.ImuControls;
  const { MaskClip } = root.MaskRecords;
  const QUIET_MS = 400;
  const TYPICAL = 0.5; // hidden to begin with
  const KINDS = { frames: "whole frames", joints: "single joints", both: "both" };
  const BY = { teacher: "the teacher", blind: "sensors alone" };

  class MaskLab extends Lab {
    constructor(element, payload) {
      super(element, payload);
      this.clips = payload.clips.map((clip) => new MaskClip(clip, payload));
      const { kinds, ratios } = payload;
      this.state = {
        clip: 0, kind: kinds.includes("both") ? "both" : kinds[0], share: nearest(ratios, TYPICAL), by: "teacher", over: false,
        time: 0, playing: false, speed: 0.5,
      };
      this.buildPage();
      this.sync();
      this.watchVisibility(this.element);
    }

    get clip() {
      return this.clips[this.state.clip];
    }

    get guess() {
      const { by, kind, share } = this.state;
      return by === "blind" ? this.clip.blind : this.clip.guess(kind, share);
    }

    get frame() {
      return Math.min(this.clip.frames - 1, Math.floor(this.state.time * this.clip.fps + 1e-6));
    }

    /* ---- the page ---- */

    buildPage() {
      const { colours, alt, height } = this.payload;
      this.stage = new root.MaskStage(model(), { colours, alt, onView: () => this.request() });
      this.tokens = new root.MaskTokens({ names: model().anatomicalNames, onSeek: (frame) => this.seek(frame / this.clip.fps) });
      this.says = make("p", { class: "imulab-says masklab-says", role: "status" });
      const left = make("div", { class: "masklab-left" }, this.stage.element, this.says, this.buildTimeRow(), this.buildHiding());
      const right = make("div", { class: "masklab-right" }, this.buildKey(), this.tokens.canvas, this.buildNumbers());
      this.element.append(make("div", { class: "imulab-card", role: "group", "aria-label": "Mask lab", style: `--il-height:${height}px` },
        make("div", { class: "masklab-top" }, left, right), this.buildChoices(), make("p", { class: "masklab-about" }, this.payload.about)));
    }

    buildTimeRow() {
      this.playButton = button("Play", () => this.toggle(), { class: "imulab-play" });
      this.timeline = timeline({ read: (state) => state.time, duration: () => this.clip.duration, write: (time) => this.seek(time) });
      this.speed = radios({
        legend: "Speed", options: [[1, "1×"], [0.5, "½×"], [0.25, "¼×"]], read: (state) => state.speed, write: (speed) => this.setState({ speed }),
      });
      return make("div", { class: "imulab-time" }, this.playButton, this.timeline.input, this.timeline.output, this.speed.element);
    }

    buildHiding() {
      const { ratios, kinds } = this.payload;
      const percent = (share) => Number((100 * ratios[share]).toFixed(1));
      const hide = (change) => this.change({ ...change, by: "teacher" });
      this.hiding = [
        slider({
          label: "Hidden", scale: { steps: ratios.length - 1, value: (place) => place, position: (share) => share },
          text: (share) => `${percent(share)} % of the pose`, spoken: (share) => `${percent(share)} percent of the pose`,
          read: (state) => state.share, write: (share) => hide({ share }),
        }),
        radios({
          legend: "What is hidden", options: kinds.map((kind) => [kind, KINDS[kind] ?? kind]), read: (state) => state.kind,
          write: (kind) => hide({ kind }),
        }),
      ];
      return make("div", { class: "masklab-hiding" }, ...this.hiding.map(({ element }) => element));
    }

    buildKey() {
      const key = (kind, text) => make("span", { class: "masklab-key" }, make("i", { class: `masklab-${kind}`, "aria-hidden": "true" }), text);
      return make("p", { class: "masklab-keys" }, make("b", {}, "What the teacher is given, frame by frame"),
        key("given", "given"), key("hidden", "hidden"));
    }

    /* Errors as a table: of this frame and of the clip. */
    buildNumbers() {
      const row = (kind) => {
        const name = make("span", {}, BY[kind]), now = make("td"), mean = make("td");
        const head = make("th", { scope: "row" }, make("i", { class: `masklab-line masklab-${kind}`, "aria-hidden": "true" }), name);
        return { element: make("tr", {}, head, now, mean), name, now, mean };
      };
      this.numbers = { teacher: row("teacher"), ...(this.clips.every(({ blind }) => blind) ? { blind: row("blind") } : {}) };
      const head = ["Error of", "this frame", "the clip"].map((text) => make("th", { scope: "col" }, text));
      return make("table", { class: "masklab-numbers" }, make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...Object.values(this.numbers).map(({ element }) => element)));
    }

    buildChoices() {
      this.choices = [
        choice({
          label: "Movement", options: () => this.clips.map(({ name }, k) => [String(k), name]), read: (state) => String(state.clip),
          write: (k) => this.change({ clip: Number(k), time: 0 }),
        }),
        radios({
          legend: "Hands", options: [[false, "side by side"], [true, "one over the other"]], read: (state) => state.over,
          write: (over) => this.setState({ over }),
        }),
      ];
      if (this.numbers.blind)
        this.choices.push(radios({ legend: "Reconstructed by", options: Object.entries(BY), read: (state) => state.by, write: (by) => this.change({ by }) }));
      return make("div", { class: "imulab-controls imulab-row" }, ...this.choices.map(({ element }) => element));
    }

    sync() {
      const { state } = this;
      for (const part of [...this.hiding, ...this.choices, this.timeline, this.speed]) part.sync(state);
      this.playButton.textContent = state.playing ? "Pause" : "Play";
      this.stage.lay(state.over, state.by === "blind" ? "From the sensors alone" : "The teacher’s hand");
      this.syncNumbers();
      if (!state.playing) this.tokens.describe(this.scene());
    }

    syncNumbers() {
      const { kind, share } = this.state, { clip, frame } = this;
      const hands = { teacher: clip.guess(kind, share), blind: clip.blind };
      for (const [by, { now, mean }] of Object.entries(this.numbers)) {
        now.textContent = `${hands[by].errors[frame].toFixed(1)} mm`;
        mean.textContent = `${hands[by].meanError().toFixed(1)} mm`;
      }
    }

    /* Tells a screen reader, and everybody else, what has changed: politely, once the changes pause. */
    tell() {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => {
        const { by, kind } = this.state, share = Math.round(100 * this.guess.hiddenShare());
        const what = by === "blind" ? "Sensors alone" : `${share} % of the pose hidden (${KINDS[kind] ?? kind})`;
        this.says.textContent = `${this.clip.name}. ${what}: ${this.guess.meanError().toFixed(1)} mm off, on average`;
      }, QUIET_MS);
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

    scene() {
      const { clip, guess, frame } = this;
      return { clip, truth: clip.truth, guess, frame, moving: this.moves };
    }

    /* ---- pictures ---- */

    show() {
      const scene = this.scene();
      this.stage.show(scene);
      this.tokens.show(scene);
    }

    readColours() {
      const style = getComputedStyle(this.element);
      const read = (name) => style.getPropertyValue(name).trim();
      this.tokens.colours = {
        text: read("--il-text"), muted: read("--il-muted"), grid: read("--il-grid"), given: read("--ml-given"), hidden: read("--ml-hidden"),
        teacher: read("--ml-teacher"), blind: read("--ml-blind"),
      };
      this.stage.colours = { dot: read("--ml-given"), ink: read("--il-text") };
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

  function nearest(values, wanted) {
    return values.reduce((best, value, k) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);
  }

  const labs = [];

  function adopt(element) {
    const lab = new MaskLab(element, JSON.parse(element.querySelector("script").textContent));
    element.handsMaskLab = lab;
    labs.push(lab);
    root.HandsBook.register(element, { draw: () => lab.draw(), drop: () => lab.drop(), webgl: true });
    return lab;
  }

  root.HandsMaskLab = { MaskLab, adopt, labs };
  document.querySelectorAll(".masklab").forEach(adopt);
  root.HandsBook.onTheme(() => labs.filter((lab) => lab.ready).forEach((lab) => { lab.readColours(); lab.request(); }));
})(window);
