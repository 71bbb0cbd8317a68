/* What all labs of the page share: time passes while something moves and can be seen, and pictures are drawn once a frame
   at most.

   A lab extends `HandsLab.Lab`. It has a `state` with `playing`, `time` and `speed`, a `stage`, and says `show()`, what is
   drawn; `readColours()`; `moves`, whether time passes; `advance(seconds)`, what time does; `play()` and `pause()`.
   `HandsLab.bring(name, property, Kind)` brings each <div class="name"> of the page to life from the JSON inside it. */
(function (root) {
  "use strict";

  const { make, button } = root.LiveControlParts;
  const { radios, timeline } = root.LabControls;
  const LONGEST_STEP = 0.25; // seconds: after a pause of the browser's, time does not jump
  const SPEEDS = new Map([[1, "1×"], [0.5, "½×"], [0.25, "¼×"]]);

  let sharedModel = null;
  function model() {
    sharedModel ??= new root.HandModel(root.HANDS_MODEL);
    return sharedModel;
  }

  class Lab {
    constructor(element, payload) {
      Object.assign(this, { element, payload, frames: 0 });
      element.classList.add("handslab");
    }

    /* ---- the row of time ---- */

    buildTimeRow({ duration, seek, speeds }) {
      this.playButton = button("Play", () => this.toggle(), { class: "handslab-play" });
      this.timeline = timeline({ read: (state) => state.time, duration, write: seek });
      this.speed = radios({
        legend: "Speed", options: speeds.map((speed) => [speed, SPEEDS.get(speed)]), read: (state) => state.speed,
        write: (speed) => this.setState({ speed }),
      });
      const row = make("div", { class: "handslab-time" }, this.playButton, this.timeline.input, this.timeline.output, this.speed.element);
      return make("div", { class: "handslab-timebox" }, row);
    }

    syncTimeRow() {
      for (const part of [this.timeline, this.speed]) part.sync(this.state);
      this.playButton.textContent = this.state.playing ? "Pause" : "Play";
    }

    /* ---- pictures ---- */

    request() {
      if (this.asked || !this.ready) return;
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        if (this.ready) this.drawNow();
      });
    }

    drawNow() {
      this.show();
      this.frames += 1;
    }

    /* ---- playing ---- */

    toggle() {
      if (this.state.playing) this.pause();
      else this.play();
    }

    /* Runs while something moves and can be seen. Time stands still while it cannot. */
    run() {
      const going = () => this.ready && this.seen && !document.hidden && this.moves;
      if (this.running || !going()) return;
      this.running = true;
      let last = null;
      const step = (now) => {
        this.running = Boolean(going());
        if (!this.running) return;
        const seconds = last === null ? 0 : Math.min(LONGEST_STEP, (now - last) / 1000);
        last = now;
        this.advance(seconds);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }

    /* ---- coming and going with the screen, as HandsBook asks ---- */

    watchVisibility(part) {
      new IntersectionObserver((changes) => {
        this.seen = changes.at(-1).isIntersecting;
        this.run();
      }).observe(part);
      document.addEventListener("visibilitychange", () => this.run());
      new ResizeObserver(() => this.request()).observe(this.element);
    }

    draw() {
      this.stage.usePainter();
      this.readColours();
      this.ready = true;
      this.drawNow();
      this.run();
    }

    drop() {
      this.ready = false;
      this.stage.drop();
    }
  }

  /* `adopt(element)` does the same for one that comes later; an element keeps its lab as a property. */
  function bring(name, property, Kind) {
    const labs = [];
    function adopt(element) {
      const lab = new Kind(element, JSON.parse(element.querySelector("script").textContent));
      element[property] = lab;
      labs.push(lab);
      root.HandsBook.register(element, { draw: () => lab.draw(), drop: () => lab.drop(), webgl: true });
      return lab;
    }
    document.querySelectorAll(`.${name}`).forEach(adopt);
    root.HandsBook.onTheme(() => labs.filter((lab) => lab.ready).forEach((lab) => { lab.readColours(); lab.request(); }));
    return { adopt, labs };
  }

  root.HandsLab = { Lab, bring, model };
})(window);
