/* The mask lab of the page: the reader hides part of the teacher's pose and sees what it makes of the rest.

   All was recorded (mask_record.js); the parts are two hands (mask_stage.js), the table of tokens with the error
   (mask_tokens.js) and controls (lab_controls.js). `element.handsMaskLab` is the lab of an element, for other scripts and for
   tests: `.state`, `.setState(change)`, `.clip`, `.guess`, `.frame`, `.frames` (pictures drawn), `.play()`, `.pause()`. */
(function (root) {
  "use strict";

  const { ClipLab, bring, model } = root.HandsLab;
  const { make } = root.LiveControlParts;
  const { radios, slider } = root.LabControls;
  const { MaskClip } = root.MaskRecords;
  const TYPICAL = 0.5; // hidden to begin with
  const KINDS = { frames: "whole frames", joints: "single joints", both: "both" };
  const BY = { teacher: "the teacher", blind: "sensors alone" };

  class MaskLab extends ClipLab {
    constructor(element, payload) {
      super(element, payload);
      this.clips = payload.clips.map((clip) => new MaskClip(clip, payload));
      const { kinds, ratios } = payload;
      this.state = {
        clip: 0, kind: kinds.includes("both") ? "both" : kinds[0], share: nearest(ratios, TYPICAL), by: "teacher", over: false,
        time: 0, playing: false, speed: 0.5,
      };
      this.hasBlind = this.clips.every(({ blind }) => blind);
      this.buildPage();
      this.sync();
      this.watchVisibility(this.element);
    }

    get guess() {
      const { by, kind, share } = this.state;
      return by === "blind" ? this.clip.blind : this.clip.guess(kind, share);
    }

    /* ---- the page ---- */

    buildPage() {
      const { colours, alt, height } = this.payload;
      this.stage = new root.MaskStage(model(), { colours, alt, onView: () => this.request() });
      this.tokens = new root.MaskTokens({ names: model().anatomicalNames, onSeek: (frame) => this.seek(frame / this.clip.fps) });
      this.says = make("p", { class: "handslab-says", role: "status" });
      const rows = Object.entries(BY).filter(([by]) => by !== "blind" || this.hasBlind).map(([by, name]) => [name, `masklab-${by}`]);
      const left = make("div", { class: "masklab-left" }, this.stage.element, this.says, this.buildTimeRow(), this.buildHiding());
      const right = make("div", { class: "masklab-right" }, this.buildKey(), this.tokens.canvas, this.buildNumbers(rows));
      this.element.append(make("div", { class: "handslab-card", role: "group", "aria-label": "Mask lab", style: `--lab-height:${height}px` },
        make("div", { class: "masklab-top" }, left, right), this.buildChoices(), make("p", { class: "handslab-about" }, this.payload.about)));
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

    buildChoices() {
      this.choices = [
        this.chooseClip(),
        radios({
          legend: "Hands", options: [[false, "side by side"], [true, "one over the other"]], read: (state) => state.over,
          write: (over) => this.setState({ over }),
        }),
      ];
      if (this.hasBlind)
        this.choices.push(radios({ legend: "Reconstructed by", options: Object.entries(BY), read: (state) => state.by, write: (by) => this.change({ by }) }));
      return make("div", { class: "handslab-controls handslab-row" }, ...this.choices.map(({ element }) => element));
    }

    sync() {
      const { state, clip } = this;
      for (const part of [...this.hiding, ...this.choices]) part.sync(state);
      this.syncTimeRow();
      this.stage.lay(state.over, state.by === "blind" ? "From the sensors alone" : "The teacher’s hand");
      this.writeNumbers([clip.guess(state.kind, state.share), clip.blind]);
      if (!state.playing) this.tokens.describeScene(this.scene());
    }

    told() {
      const { by, kind } = this.state, share = Math.round(100 * this.guess.hiddenShare());
      const what = by === "blind" ? "Sensors alone" : `${share} % of the pose hidden (${KINDS[kind] ?? kind})`;
      return `${this.clip.name}. ${what}: ${this.guess.meanError().toFixed(1)} mm off, on average`;
    }

    /* ---- pictures ---- */

    scene() {
      const { clip, guess, frame } = this;
      return { clip, truth: clip.truth, guess, frame, moving: this.moves };
    }

    show() {
      const scene = this.scene();
      this.stage.show(scene);
      this.tokens.show(scene);
    }

    readColours() {
      const style = getComputedStyle(this.element);
      const read = (name) => style.getPropertyValue(name).trim();
      this.tokens.colours = {
        text: read("--lab-text"), muted: read("--lab-muted"), grid: read("--lab-grid"), given: read("--ml-given"), hidden: read("--ml-hidden"),
        teacher: read("--ml-teacher"), blind: read("--ml-blind"),
      };
      this.stage.colours = { dot: read("--ml-given"), ink: read("--lab-text") };
    }
  }

  function nearest(values, wanted) {
    return values.reduce((best, value, k) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);
  }

  root.HandsMaskLab = { MaskLab, ...bring("masklab", "handsMaskLab", MaskLab) };
})(window);
