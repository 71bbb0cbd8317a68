/* What all labs of the page share: time passes while something moves and can be seen, and pictures are drawn once a frame
   at most.

   A lab extends `HandsLab.Lab`. It has a `state` with `playing`, a `stage`, and says `show()`, what is drawn;
   `readColours()`; `moves`, whether time passes; `advance(seconds)`, what time does; `play()` and `pause()`. */
(function (root) {
  "use strict";

  const LONGEST_STEP = 0.25; // seconds: after a pause of the browser's, time does not jump

  let sharedModel = null;
  function model() {
    sharedModel ??= new root.HandModel(root.HANDS_MODEL);
    return sharedModel;
  }

  class Lab {
    constructor(element, payload) {
      Object.assign(this, { element, payload, frames: 0 });
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

  root.HandsLab = { Lab, model };
})(window);
