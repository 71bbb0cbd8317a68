/* What moves a live hand by itself: a recorded motion, or a tour of the key poses. Both are told how many milliseconds
   have passed and set the hand's state; when to call them is the hand's business (live_hand.js). */
(function (root) {
  "use strict";

  const TOUR = {
    poses: ["relaxed", "spread", "fist", "thumb-up", "point", "pinch", "rock", "flat"],
    moveMs: 1000,
    holdMs: 750,
  };
  const WRIST_TWIST = 2, WRIST_FLEXION = 0;

  const minimumJerk = (u) => u * u * u * (10 - 15 * u + 6 * u * u);
  const mix = (from, to, share) => from.map((value, i) => value + share * (to[i] - value));

  /* Plays recorded poses at their own rate, over and over. */
  class MotionPlayer {
    constructor(hand) {
      Object.assign(this, { hand, ms: (1000 * hand.state.frame) / hand.motion.fps });
    }

    advance(elapsed) {
      const { fps, angles } = this.hand.motion;
      this.ms += elapsed;
      const frame = Math.floor((this.ms * fps) / 1000 + 1e-6) % angles.length;
      if (frame !== this.hand.state.frame) this.hand.showFrame(frame);
    }
  }

  /* Wanders from key pose to key pose with a gentle sway, beginning where the hand is. */
  class Tour {
    constructor(hand) {
      Object.assign(this, { hand, ms: 0, leg: -1, clock: 0 });
      this.nextLeg();
    }

    nextLeg() {
      const { state, model } = this.hand;
      this.leg += 1;
      this.ms = 0;
      this.name = TOUR.poses[this.leg % TOUR.poses.length];
      this.from = Float64Array.from(state.angles);
      this.to = Float64Array.from([0, 0, 0, ...model.keyPoses[this.name].flat()]);
    }

    advance(elapsed) {
      this.ms += elapsed;
      this.clock += elapsed / 1000;
      const eased = minimumJerk(Math.min(1, this.ms / TOUR.moveMs));
      const angles = mix(this.from, this.to, eased);
      angles[WRIST_TWIST] += eased * 9 * Math.sin(1.1 * this.clock);
      angles[WRIST_FLEXION] += eased * 4 * Math.sin(0.7 * this.clock + 1);
      this.hand.setState({ angles, pose: this.name });
      if (this.ms > TOUR.moveMs + TOUR.holdMs) this.nextLeg();
    }
  }

  function decodeMotion({ fps, scale, data }, handModel, side) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const values = Array.from(new Int16Array(bytes.buffer), (value) => value * scale);
    const angles = [];
    for (let i = 0; i < values.length; i += 48) angles.push(handModel.anglesFromPose(values.slice(i, i + 48), side));
    return { fps, angles };
  }

  root.LiveMotion = { MotionPlayer, Tour, decodeMotion, minimumJerk, mix };
})(window);
