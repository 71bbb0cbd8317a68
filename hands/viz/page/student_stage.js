/* The hands of the networks, each over the true hand or all beside it, with the error of every joint in colour.

   A scene is { clip, hands, frame, over, moving }: `hands` are those of the clip, in the order of their places. A dot lies where a network puts a keypoint; over the true hand, a line leads to it
   from where the keypoint is. Colour and size of the dot are those of `ErrorScale`, one for all hands. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  const { HandsStage, panel, skinDot } = root.LabStage;
  const SMALLEST = 2.6, LARGEST = 5.6; // pixels, of a dot
  const NARROW = 160; // pixels: in a picture that is narrower, dots are smaller

  /* From millimetres to a colour: `stops` are [share, #rrggbb], `most` is where the last colour begins. */
  class ErrorScale {
    constructor(stops, most) {
      Object.assign(this, { most, stops: stops.map(([share, hex]) => [share, [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))]) });
      this.gradient = `linear-gradient(to right, ${stops.map(([share, hex]) => `${hex} ${100 * share}%`).join(", ")})`;
    }

    share(error) {
      return Math.min(1, error / this.most);
    }

    colour(error) {
      const share = this.share(error);
      const next = Math.max(1, this.stops.findIndex(([at]) => at >= share));
      const [[low, from], [high, to]] = [this.stops[next - 1], this.stops[next]];
      const part = (share - low) / (high - low);
      return `rgb(${from.map((value, i) => Math.round(value + part * (to[i] - value))).join(",")})`;
    }
  }

  class StudentStage extends HandsStage {
    constructor(model, { colours, alt, names, lines, scale, onView }) {
      super(model, { colours, alt, kind: "hands in 3D", onView });
      this.scale = scale;
      this.truth = panel("The true hand", skinDot(colours.truth));
      this.truth.element.classList.add("studentlab-truth");
      this.hands = names.map((name, k) => panel(name, lines[k](), 3));
      for (const place of this.hands) {
        place.element.setAttribute("role", "img");
        place.error = make("b", {});
        place.name.after(place.error);
      }
      this.element.append(this.truth.element, ...this.hands.map(({ element }) => element));
    }

    lay(over) {
      const { classList, style } = this.element;
      classList.toggle("studentlab-over", over);
      classList.toggle("studentlab-beside", !over);
      style.setProperty("--panels", this.hands.length + (over ? 0 : 1));
    }

    /* Under the hands stand these names, and unless that is to be guessed, how far each is off. */
    rename(names, numbered) {
      this.hands.forEach((place, k) => { place.name.textContent = names[k]; place.error.hidden = !numbered; });
      this.numbered = numbered;
    }

    writeErrors({ hands, frame }) {
      this.hands.forEach(({ error }, k) => { error.textContent = `${hands[k].errors[frame].toFixed(1)} mm`; });
    }

    /* What each picture shows, in words; told when nothing moves. */
    describe({ hands, frame }) {
      this.hands.forEach(({ element, name }, k) => {
        if (!this.numbered) return element.setAttribute("aria-label", `A hand, ${name.textContent}`);
        const errors = hands[k].jointErrors(frame), worst = errors.indexOf(Math.max(...errors));
        const joint = this.model.keypointNames[worst].replaceAll("_", " ");
        element.setAttribute("aria-label", `${name.textContent}: ${hands[k].errors[frame].toFixed(1)} millimetres off in this frame; most at ${joint}, ${errors[worst].toFixed(1)}.`);
      });
    }

    draw({ clip, hands, frame, over }, resting) {
      const { skins, surface } = this;
      const behind = over ? this.hands.map(({ canvases: [ghost] }) => ghost) : [this.truth.hand];
      for (const canvas of behind)
        if (!this.copy(behind[0], canvas)) this.paint(canvas, clip.truth, frame, skins.truth, resting);
      const truth = fromWrist(surface.hand);
      this.hands.forEach((place, k) => {
        const camera = this.paint(place.hand, hands[k], frame, skins.guess, resting);
        this.drawErrors(place, hands[k].jointErrors(frame), over ? truth : null, camera);
      });
    }

    /* True if there is such a picture already, of the same size. */
    copy(from, to) {
      this.fit(to);
      if (from === to || from.width !== to.width || from.height !== to.height) return false;
      const pen = to.getContext("2d");
      pen.clearRect(0, 0, to.width, to.height);
      pen.drawImage(from, 0, 0);
      return true;
    }

    /* The largest last, the wrist not at all: there all hands agree. */
    drawErrors({ hand, marks }, errors, truth, camera) {
      const pen = this.penFor(marks), said = fromWrist(this.surface.hand), { joints } = this.surface.hand;
      const at = (points, k) => this.project([0, 1, 2].map((a) => points[3 * k + a] + joints[a]), camera, hand);
      const size = Math.min(1, marks.clientWidth / NARROW);
      const order = Array.from(errors.keys()).slice(1).sort((a, b) => errors[a] - errors[b]);
      for (const k of order) {
        const share = this.scale.share(errors[k]), place = at(said, k), radius = size * (SMALLEST + share * (LARGEST - SMALLEST));
        if (truth) this.line(pen, at(truth, k), place, this.scale.colour(errors[k]), size);
        pen.beginPath();
        pen.arc(...place, radius, 0, 2 * Math.PI);
        pen.fillStyle = this.scale.colour(errors[k]);
        pen.fill();
        pen.lineWidth = 1;
        pen.strokeStyle = this.colours.ink;
        pen.stroke();
      }
    }

    line(pen, from, to, colour, size) {
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      for (const [style, width] of [[this.colours.ink, 4 * size], [colour, 2.4 * size]]) {
        pen.strokeStyle = style;
        pen.lineWidth = width;
        pen.stroke();
      }
    }
  }

  /* The keypoints as seen from the wrist. */
  function fromWrist({ keypoints, joints }) {
    return keypoints.map((value, i) => value - joints[i % 3]);
  }

  /* What colours, dots and lines mean. */
  function legend(scale, colours) {
    const bar = make("span", { class: "studentlab-bar", style: `background:${scale.gradient}` });
    const ends = make("span", { class: "studentlab-ends" }, make("span", {}, "0"), make("span", {}, String(scale.most / 2)), make("span", {}, `≥ ${scale.most} mm`));
    return make("div", { class: "studentlab-legend" },
      make("p", {}, make("b", {}, "Error of each joint"), make("span", { class: "studentlab-scale", role: "img", "aria-label": `Colours from 0, pale and small, to ${scale.most} millimetres and more, dark and large` }, bar, ends)),
      make("p", {}, skinDot(colours.truth), "the true hand", skinDot(colours.guess), "what a network says"));
  }

  root.StudentHands = { StudentStage, ErrorScale, legend };
})(window);
