/* While the reader moves the hand: what drags and keys do to it, the bar over the stage, and what becomes of the recording.

   `holding.begin()` starts, `holding.end()` stops; in between `lab.state.held` is the hand that is held (imu_hold.js), with
   where the sensor has been so far. A movement that was made is told by an event `imulab-recorded` of the lab's element. */
(function (root) {
  "use strict";

  const { make, button } = root.LiveControlParts;
  const { HeldHand, FPS, LONGEST } = root.ImuHold;
  const { radios } = root.LabControls;
  const FEWEST_STEPS = FPS / 2; // of a movement that is kept
  const KEY_TURN = Math.PI / 12, KEY_PULL = 0.03; // a press of a key
  const DRAG_TURN = Math.PI / 360; // radians a pixel

  const reducedMotion = () => root.matchMedia("(prefers-reduced-motion: reduce)").matches;

  class Holding {
    constructor(lab) {
      Object.assign(this, { lab, made: 0 });
      this.button = button("Move it yourself", () => this.begin(), { class: "imulab-hold" });
      this.dragChoice = radios({
        legend: "A drag", options: [["move", "moves it"], ["turn", "turns it"]], read: (state) => state.drag, write: (drag) => lab.setState({ drag }),
      });
      this.clock = make("span", { class: "imulab-holdclock" });
      this.bar = make("div", { class: "imulab-holdbar", hidden: true }, this.dragChoice.element, this.clock, button("Stop", () => this.end()));
      this.bar.addEventListener("pointerdown", (event) => event.stopPropagation());
      this.bar.addEventListener("keydown", (event) => { if (event.key !== "Escape") event.stopPropagation(); });
    }

    sync(state) {
      this.dragChoice.sync(state);
      this.button.hidden = Boolean(state.held);
      this.bar.hidden = !state.held;
    }

    begin() {
      const { lab } = this;
      lab.pause();
      this.made += 1;
      const frame = Math.round(lab.state.time * lab.motion.fps);
      const held = new HeldHand(lab.motion, frame, `Your movement ${this.made}`);
      Object.assign(held, { positions: [], rotations: [], debt: 0, live: held.recorded() });
      held.live.roam = 0.1;
      lab.stage.hold(true);
      Object.assign(lab.state, { held, time: 0 });
      this.follow(held);
      lab.setState({ motion: lab.state.motion });
      lab.stage.element.focus({ preventScroll: true });
      lab.stage.element.scrollIntoView({ block: "nearest" });
      this.clock.textContent = `0.0 of ${LONGEST} s`;
      const keys = root.matchMedia("(pointer: coarse)").matches ? "" : " Or press arrow keys, with Shift to move it; Escape stops.";
      lab.sayNow(`Take hold of the hand: recording begins when it moves.${keys}`);
      lab.run();
    }

    drag(dx, dy) {
      const { held, drag } = this.lab.state, { right, up } = this.lab.stage.seen;
      const metres = this.lab.stage.metresPerPixel();
      if (drag === "move") held.pull(right.map((value, a) => metres * (dx * value - dy * up[a])));
      else held.turn(up.map((value, a) => DRAG_TURN * (dx * value + dy * right[a])));
    }

    key(event, by) {
      if (event.key === "Escape" || event.key === "Enter") return this.end();
      if (!by) return;
      const { held } = this.lab.state, { right, up } = this.lab.stage.seen;
      if (event.shiftKey) held.pull(right.map((value, a) => KEY_PULL * (by[0] * value + by[1] * up[a])));
      else held.turn(up.map((value, a) => KEY_TURN * (by[0] * value - by[1] * right[a])));
    }

    /* The clock starts when the reader takes hold, and goes on whatever he does until it is full. */
    advance(seconds) {
      const { held } = this.lab.state;
      if (!held.begun) return;
      held.debt += seconds * FPS;
      const steps = Math.floor(held.debt);
      held.debt -= steps;
      held.advance(steps);
      if (held.full) return this.end();
      this.follow(held);
      this.clock.textContent = `${held.seconds.toFixed(1)} of ${LONGEST} s`;
      this.lab.setState({ time: held.seconds });
      this.lab.measure();
    }

    /* Where the sensor has been, so far. */
    follow(held) {
      const { rig } = this.lab.bench;
      held.live.take(held.recorded());
      const frames = held.live.at(FPS);
      for (let t = held.positions.length / 3; t < frames.count; t++) {
        const chain = rig.chain(held.live, (j) => frames.rotation(t, j), held.live.place(t));
        const { position, rotation } = rig.place(chain, this.lab.state.sensor);
        held.positions.push(...position);
        held.rotations.push(...rotation);
      }
    }

    /* Another sensor: it has been there all the time. */
    restart(held) {
      this.follow(Object.assign(held, { positions: [], rotations: [] }));
    }

    end() {
      const { lab } = this, { held } = lab.state;
      if (!held) return;
      lab.stage.hold(false);
      lab.state.held = null;
      if (held.begun && held.steps >= FEWEST_STEPS) {
        const { view } = lab.stage;
        this.keep(held.recorded());
        lab.stage.view = view; // it is played as it was made
        if (!reducedMotion()) lab.play();
      } else lab.change({ motion: lab.state.motion, time: 0 }, "Nothing was recorded");
      lab.playButton.focus({ preventScroll: true });
    }

    keep(motion) {
      const { lab } = this;
      lab.motions.push(motion);
      lab.takeMotion(lab.motions.length - 1);
      const { fps, betas, turns, places } = motion;
      const detail = { fps, betas: Array.from(betas), turns: Array.from(turns), places: Array.from(places) };
      lab.element.dispatchEvent(new CustomEvent("imulab-recorded", { detail }));
    }
  }

  root.ImuHolding = { Holding };
})(window);
