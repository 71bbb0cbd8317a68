/* A hand in the reader's own hand: it follows the pointer as if on a soft spring, and every step of it is recorded.

   A pointer jumps in whole pixels, at no fixed rate; twice differentiated, that is noise alone. So pull and turn go through
   three equal low-passes, one after the other, at the fixed rate of the recording: what comes out has a smooth acceleration,
   and lags 3 / SMOOTH seconds behind. Fingers stay as they are; the forearm turns with the hand. */
(function (root) {
  "use strict";

  const { quaternionFromAxisAngle, axisAngleFromQuaternion, productOfQuaternions } = root.ImuRotations;
  const FPS = 120;
  const LONGEST = 8; // seconds
  const SMOOTH = 34; // 1/s
  const STAGES = 3;
  const FARTHEST = 0.25; // metres from where it began
  const NUM_NUMBERS = 7; // a quaternion and a place

  class HeldHand {
    /* From a frame of a motion; `name` is what the new motion will be called. */
    constructor(motion, frame, name) {
      Object.assign(this, { motion, name, steps: 0, begun: false });
      this.startTurns = Float64Array.from(motion.turns.subarray(51 * frame, 51 * frame + 51));
      this.home = Array.from(motion.place(frame));
      this.target = Float64Array.from([1, 0, 0, 0, 0, 0, 0]); // the turn since the start, in the world, and the pull
      this.stages = Array.from({ length: STAGES }, () => Float64Array.from(this.target));
      Object.assign(this, { turns: [], places: [] });
      this.record();
    }

    get seconds() {
      return this.steps / FPS;
    }

    get full() {
      return this.steps >= LONGEST * FPS;
    }

    /* Both in the world: metres, and a rotation vector in radians. */
    pull(metres) {
      this.begun = true;
      const place = metres.map((value, a) => this.target[4 + a] + value);
      const shrink = Math.min(1, FARTHEST / (Math.hypot(...place) || 1));
      place.forEach((value, a) => { this.target[4 + a] = shrink * value; });
    }

    turn(radians) {
      this.begun = true;
      const q = productOfQuaternions(quaternionFromAxisAngle(...radians), Array.from(this.target.subarray(0, 4)));
      q.forEach((value, a) => { this.target[a] = value; });
    }

    /* Time goes on by so many steps of 1 / FPS. */
    advance(steps) {
      const share = 1 - Math.exp(-SMOOTH / FPS);
      for (let step = 0; step < steps && !this.full; step++) {
        let ahead = this.target;
        for (const stage of this.stages) {
          for (let k = 0; k < NUM_NUMBERS; k++) stage[k] += share * (ahead[k] - stage[k]);
          ahead = stage;
        }
        this.steps += 1;
        this.record();
      }
    }

    /* The recording's next frame. */
    record() {
      const now = this.stages[STAGES - 1];
      const length = Math.hypot(now[0], now[1], now[2], now[3]);
      const q = Array.from(now.subarray(0, 4), (value) => value / length);
      const turns = Float64Array.from(this.startTurns);
      for (const j of [0, 16]) turns.set(axisAngleFromQuaternion(productOfQuaternions(q, quaternionFromAxisAngle(...turns.subarray(3 * j, 3 * j + 3)))), 3 * j);
      this.turns.push(...turns);
      this.places.push(...this.home.map((value, a) => value + now[4 + a]));
    }

    /* What has been recorded so far. */
    recorded() {
      const [turns, places] = [Float64Array.from(this.turns), Float64Array.from(this.places)];
      return new root.ImuSensor.LabMotion({ name: this.name, fps: FPS, betas: this.motion.betas, turns, places });
    }
  }

  root.ImuHold = { HeldHand, FPS, LONGEST };
})(window);
