/* Reads a mask record (hands/experiments/mask_record.py), without a page: what a teacher made of masked movements.

   `new MaskClip(clip, record)` has `.truth`, `.blind` (or null) and `.guess(kind, share)`, with `share` a place in
   `record.ratios`. Each is a MaskHand: `fullPose(frame)`, `betas`, `errors` in millimetres by frame, and `hidden`, one for
   each token (frame by frame, 15 joints). Checked against Python by tests/browser/test_mask_lab.py. */
(function (root) {
  "use strict";

  const TOKENS = 15;
  const MM = 1000;

  function bytesOf(text) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }

  class MaskHand {
    constructor({ betas, pose, errors, hidden }, frames, { unit, errorUnit }) {
      this.betas = Float64Array.from(betas);
      this.turns = Float64Array.from(new Int16Array(bytesOf(pose).buffer), (value) => value * unit);
      this.errors = errors ? Float64Array.from(new Uint16Array(bytesOf(errors).buffer), (value) => MM * value * errorUnit) : null;
      this.hidden = hidden ? unpacked(bytesOf(hidden), frames * TOKENS) : new Uint8Array(frames * TOKENS).fill(1);
    }

    /* 16 x 3, the wrist not turned. */
    fullPose(frame) {
      const pose = new Float64Array(3 + 3 * TOKENS);
      pose.set(this.turns.subarray(3 * TOKENS * frame, 3 * TOKENS * (frame + 1)), 3);
      return pose;
    }

    meanError() {
      return mean(this.errors);
    }

    /* The share of tokens that is hidden. */
    hiddenShare() {
      return mean(this.hidden);
    }

    isHidden(frame, token) {
      return this.hidden[TOKENS * frame + token] === 1;
    }
  }

  class MaskClip {
    constructor(clip, record) {
      const { name, frames, seen } = clip;
      const read = (hand) => new MaskHand(hand, frames, record);
      Object.assign(this, { name: name.replaceAll("_", " "), frames, seen, truth: read(clip.truth), blind: clip.blind ? read(clip.blind) : null });
      this.hands = clip.hands.map(read);
      this.fps = record.fps;
      this.duration = (frames - 1) / record.fps;
    }

    guess(kind, share) {
      return this.hands[this.seen[kind][share]];
    }

    largestError() {
      return Math.max(...[...this.hands, ...(this.blind ? [this.blind] : [])].map(({ errors }) => Math.max(...errors)));
    }
  }

  function mean(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /* The highest bit of each byte first. */
  function unpacked(bytes, count) {
    return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1);
  }

  root.MaskRecords = { MaskClip, MaskHand, TOKENS };
})(window);
