/* The controls of a live hand: native inputs and buttons, built from the tables that Python sends.

   `new LiveControls(hand).element` is the panel; `controls.sync(state)` makes every control show the state. The controls
   know nothing of Plotly: they call the hand's methods. */
(function (root) {
  "use strict";

  const UNITS = { degrees: "°", deviations: " sd" };
  let serial = 0;

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function button(text, onclick, attributes = {}) {
    return make("button", { type: "button", onclick, ...attributes }, text);
  }

  function shown(value, unit, step) {
    const rounded = step < 1 ? value.toFixed(1) : String(Math.round(value));
    return (Number(rounded) === 0 ? rounded.replace("-", "") : rounded.replace("-", "−")) + unit;
  }

  /* A labelled native slider; `read(state)` is the value that it shows, `write(value)` what moving it does. */
  function slider({ label, low, high, step = 1, unit = UNITS.degrees, read, write, spoken = "degrees" }) {
    const id = `livehand-${++serial}`;
    const input = make("input", { id, type: "range", min: low, max: high, step });
    const output = make("output", { for: id });
    let last = null;
    const display = (value) => {
      last = value;
      output.textContent = shown(value, unit, step);
      input.setAttribute("aria-valuetext", `${shown(value, "", step)} ${spoken}`);
      input.style.setProperty("--filled", `${(100 * (Number(input.value) - low)) / (high - low)}%`);
    };
    input.addEventListener("input", () => {
      if (document.activeElement !== input) input.focus({ preventScroll: true }); // else a preset would keep its ring
      write(Number(input.value));
      display(Number(input.value));
    });
    const sync = (state) => {
      const value = read(state);
      if (value === last) return;
      if (Number(input.value) !== value) input.value = value;
      display(value);
    };
    const element = make("div", { class: "livehand-slider" }, make("label", { for: id }, label), output, input);
    return { element, sync };
  }

  /* Radio buttons that look like one segmented control. */
  function segments({ legend, options, read, write }) {
    const name = `livehand-${++serial}`;
    const inputs = Object.entries(options).map(([value, label]) => {
      const input = make("input", { type: "radio", name, value, onchange: () => write(value) });
      return { input, label: make("label", {}, input, make("span", {}, label)) };
    });
    const labels = make("div", {}, ...inputs.map(({ label }) => label));
    const element = make("fieldset", { class: "livehand-segments" }, make("legend", {}, legend), labels);
    const sync = (state) => inputs.forEach(({ input }) => { input.checked = input.value === read(state); });
    return { element, sync };
  }

  function sliderGrid(sliders, label) {
    const attributes = { class: "livehand-sliders", role: "group", "aria-label": label };
    const element = make("div", attributes, ...sliders.map((part) => part.element));
    return { element, sync: (state) => sliders.forEach((part) => part.sync(state)) };
  }

  function row(label, buttons, name = "livehand-buttons") {
    return make("div", { class: name, role: "group", "aria-label": label }, ...buttons);
  }

  function capitalised(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  class LiveControls {
    constructor(hand) {
      this.hand = hand;
      this.tables = hand.model.controls;
      this.parts = [this.presets(), this.tabs(hand.payload.panels)];
      this.element = make("div", { class: "livehand-controls" }, ...this.parts.map((part) => part.element));
    }

    sync(state) {
      this.parts.forEach((part) => part.sync(state));
    }

    presets() {
      const buttons = Object.keys(this.hand.model.keyPoses).map((name) => {
        const face = capitalised(name.replace("-", " "));
        return { name, element: button(face, () => this.hand.takePose(name), { "aria-pressed": "false" }) };
      });
      const sync = (state) =>
        buttons.forEach(({ name, element }) => element.setAttribute("aria-pressed", String(name === state.pose)));
      return { element: row("Key poses", buttons.map((b) => b.element), "livehand-presets"), sync };
    }

    /* ---- panels, one shown at a time ---- */

    tabs(names) {
      const panels = names.map((name) => ({ name, ...this[`${name}Panel`]() }));
      const tabs = panels.map((panel) => this.tab(panel));
      const choose = (chosen, focus = false) => panels.forEach((panel, k) => {
        panel.element.hidden = k !== chosen;
        tabs[k].setAttribute("aria-selected", String(k === chosen));
        tabs[k].tabIndex = k === chosen ? 0 : -1;
        if (focus && k === chosen) tabs[k].focus();
      });
      tabs.forEach((tab, k) => {
        tab.addEventListener("click", () => choose(k));
        tab.addEventListener("keydown", (event) => {
          const next = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[event.key];
          if (next === undefined) return;
          event.preventDefault();
          choose((next + tabs.length) % tabs.length, true);
        });
      });
      choose(0);
      const list = make("div", { class: "livehand-tabs", role: "tablist", "aria-label": "Controls" }, ...tabs);
      const element = make("div", {}, ...(panels.length > 1 ? [list] : []), ...panels.map((panel) => panel.element));
      return { element, sync: (state) => panels.forEach((panel) => panel.sync(state)) };
    }

    tab(panel) {
      const id = `livehand-${++serial}`;
      Object.assign(panel.element, { id: `${id}-panel`, className: `livehand-panel livehand-panel-${panel.name}` });
      panel.element.setAttribute("role", "tabpanel");
      panel.element.setAttribute("aria-labelledby", id);
      return make("button", { id, type: "button", role: "tab", "aria-controls": `${id}-panel` }, this.tables.panels[panel.name]);
    }

    fingersPanel() {
      const choice = segments({
        legend: "Move", options: this.tables.segments,
        read: (state) => state.segment, write: (segment) => this.hand.chooseSegment(segment),
      });
      const groups = Object.entries(this.tables.fingers).map(([name, sliders]) => ({
        name, ...sliderGrid(sliders.map((entry) => this.angleSlider(name, entry)), this.tables.segments[name]),
      }));
      const element = make("div", {}, choice.element, ...groups.map((g) => g.element));
      const sync = (state) => {
        choice.sync(state);
        groups.forEach((g) => { g.element.hidden = g.name !== state.segment; if (!g.element.hidden) g.sync(state); });
      };
      return { element, sync };
    }

    angleSlider(segment, { label, joint, angle, low, high }) {
      const at = 3 * joint + angle;
      const write = (value) => this.hand.turnJoint(segment, label, joint, angle, value);
      return slider({ label, low, high, read: (state) => state.angles[at], write });
    }

    shapePanel() {
      const sliders = this.tables.shape.map((entry) => this.shapeSlider(entry));
      const [main, fine] = [sliderGrid(sliders.slice(0, 3), "Shape"), sliderGrid(sliders.slice(3), "Finer components")];
      const people = { mean: this.tables.shape.map(() => 0), ...this.hand.model.shapes };
      const faces = { mean: "Mean adult", man: "Mean man", woman: "Mean woman" };
      const buttons = Object.entries(people).map(([name, betas]) =>
        button(faces[name], () => this.hand.takeShape(betas, faces[name])));
      const details = make("details", {}, make("summary", {}, "Seven finer components"), fine.element);
      const element = make("div", {}, row("Typical shapes", buttons), main.element, details);
      return { element, sync: (state) => [main, fine].forEach((part) => part.sync(state)) };
    }

    shapeSlider({ label, beta, low, high, step }) {
      const write = (value) => this.hand.setBeta(beta, value, label);
      const units = { unit: UNITS.deviations, spoken: "standard deviations" };
      return slider({ label, low, high, step, ...units, read: (state) => state.betas[beta], write });
    }

    viewPanel() {
      const views = this.tables.views.map(({ label, turn, tilt }) =>
        button(label, () => this.hand.lookFrom({ turn, tilt }, label)));
      const angles = [this.viewSlider("Turn", "turn", 180), this.viewSlider("Height", "tilt", 80)];
      const sliders = sliderGrid([...angles, this.zoomSlider()], "View");
      const colour = segments({
        legend: "Colour by", options: this.tables.colours,
        read: (state) => state.colour, write: (value) => this.hand.colourBy(value),
      });
      const joints = this.jointChoice();
      const element = make("div", {}, row("Look at", views), ...[sliders, colour, joints].map((part) => part.element));
      return { element, sync: (state) => [sliders, colour, joints].forEach((part) => part.sync(state)) };
    }

    viewSlider(label, key, reach) {
      const write = (value) => this.hand.lookFrom({ [key]: value });
      return slider({ label, low: -reach, high: reach, read: (state) => state.view[key], write });
    }

    zoomSlider() {
      const near = 100 * this.hand.home.distance;
      const read = (state) => Math.round(near / state.view.distance);
      const write = (percent) => this.hand.lookFrom({ distance: near / percent });
      return slider({ label: "Zoom", low: 50, high: 250, step: 5, unit: " %", spoken: "percent", read, write });
    }

    jointChoice() {
      const id = `livehand-${++serial}`;
      const box = make("input", { type: "checkbox", onchange: () => this.hand.showJoints(box.checked) });
      const names = this.hand.model.anatomicalNames.map((name, j) => make("option", { value: j }, capitalised(name)));
      const select = make("select", { id, onchange: () => this.hand.chooseJoint(Number(select.value)) }, ...names);
      const check = make("label", { class: "livehand-check" }, box, make("span", {}, "Joints and axes"));
      const element = make("div", { class: "livehand-joints" }, check, make("label", { for: id }, "Joint"), select);
      return { element, sync: (state) => { box.checked = state.joints; select.value = state.joint; } };
    }
  }

  root.LiveControls = LiveControls;
  root.LiveControlParts = { make, button, slider };
})(window);
