/* Reads hands as the records of labs hold them (hands/experiments/recorded.py), without a page.

   A RecordedHand has `fullPose(frame)` and `betas`; a RecordedClip its name, its number of frames and how long it lasts. */
(function (root) {
  "use strict";

  const TOKENS = 15;
  const MM = 1000;

  class RecordedHand {
    constructor({ betas, pose }, { unit }) {
      this.betas = Float64Array.from(betas);
      this.turns = Float64Array.from(new Int16Array(bytesOf(pose).buffer), (value) => value * unit);
    }

    /* 16 x 3, the wrist not turned. */
    fullPose(frame) {
      const pose = new Float64Array(3 + 3 * TOKENS);
      pose.set(this.turns.subarray(3 * TOKENS * frame, 3 * TOKENS * (frame + 1)), 3);
      return pose;
    }
  }

  class RecordedClip {
    constructor({ name, frames }, { fps }) {
      Object.assign(this, { name: name.replaceAll("_", " "), frames, fps, duration: (frames - 1) / fps });
    }
  }

  function bytesOf(text) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }

  /* Millimetres. */
  function errorsOf(text, { errorUnit }) {
    return Float64Array.from(new Uint16Array(bytesOf(text).buffer), (value) => MM * value * errorUnit);
  }

  function mean(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  root.LabRecords = { RecordedHand, RecordedClip, bytesOf, errorsOf, mean, TOKENS };
})(window);
