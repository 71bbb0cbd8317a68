/* The lab's controls: native selects, radio buttons and a number, each with a visible name. They know nothing of the hand:
   each reads the lab's state and calls what it was given. */
(function (root) {
  "use strict";

  const { make } = root.LiveControlParts;
  let serial = 0;

  /* Radio buttons that look like one segmented control; `options` are [value, label]. */
  function radios({ legend, options, read, write }) {
    const name = `handslab-${++serial}`;
    const inputs = options.map(([value, label]) => {
      const input = make("input", { type: "radio", name, value, onchange: () => write(value) });
      return { value, input, label: make("label", {}, input, make("span", {}, label)) };
    });
    const element = make("fieldset", { class: "handslab-radios" }, make("legend", {}, legend), make("div", {}, ...inputs.map(({ label }) => label)));
    const sync = (state) => inputs.forEach(({ value, input }) => { input.checked = value === read(state); });
    return { element, sync };
  }

  /* A select; `options()` are [value, label] and may grow. */
  function choice({ label, options, read, write }) {
    const id = `handslab-${++serial}`;
    const select = make("select", { id, onchange: () => write(select.value) });
    const sync = (state) => {
      const wanted = options();
      if (select.children.length !== wanted.length || wanted.some(([, text], k) => select.children[k].textContent !== text))
        select.replaceChildren(...wanted.map(([value, text]) => make("option", { value }, text)));
      select.value = read(state);
    };
    return { element: make("div", { class: "handslab-field" }, make("label", { for: id }, label), select), sync, select };
  }

  function number({ label, low, high, read, write }) {
    const id = `handslab-${++serial}`;
    const input = make("input", { id, type: "number", inputmode: "numeric", min: low, max: high, step: 1 });
    input.addEventListener("change", () => {
      const value = Math.round(Number(input.value));
      if (input.value !== "" && value >= low && value <= high) write(value);
    });
    const sync = (state) => {
      const value = read(state);
      if (document.activeElement !== input) input.value = value ?? "";
    };
    return { element: make("div", { class: "handslab-field handslab-short" }, make("label", { for: id }, label), input), sync };
  }

  /* A slider whose positions stand for values by way of a `scale`; it catches at `marks`, [value, name], and says their names.
     `text(value)` is what it shows, `spoken(value)` what it says. */
  function slider({ label, scale, marks = [], text, spoken, read, write }) {
    const id = `handslab-${++serial}`;
    const input = make("input", { id, type: "range", min: 0, max: scale.steps, step: 1 });
    const output = make("output", { for: id });
    const caught = (position) => marks.find(([value]) => Math.abs(scale.position(value) - position) <= 0.5);
    input.addEventListener("input", () => {
      const position = Number(input.value);
      write(caught(position)?.[0] ?? scale.value(position));
    });
    const sync = (state) => {
      const value = read(state), names = marks.filter(([marked]) => marked === value).map(([, name]) => name);
      const said = [spoken(value), ...names].join(", ");
      if (input.getAttribute("aria-valuetext") === said) return;
      input.value = scale.position(value);
      output.textContent = [text(value), ...names].join(", ");
      input.setAttribute("aria-valuetext", said);
    };
    const ticks = make("div", { class: "handslab-ticks", "aria-hidden": "true" }, ...marks.map(([value, name]) =>
      make("i", { style: `--at:${scale.position(value) / scale.steps}`, title: name })));
    return { element: make("div", { class: "handslab-slider" }, make("label", { for: id }, label), output, input, ticks), sync };
  }

  function linear(high, step) {
    const steps = Math.round(high / step);
    return { steps, value: (position) => (high * position) / steps, position: (value) => (steps * value) / high };
  }

  /* From low to high, each step as much larger than the last, with two digits; the first position is zero. */
  function logarithmic(low, high, steps = 150) {
    const ratio = Math.log(high / low) / (steps - 1);
    const value = (position) => (position === 0 ? 0 : Number((low * Math.exp(ratio * (position - 1))).toPrecision(2)));
    return { steps, value, position: (given) => (given < low / 2 ? 0 : 1 + Math.log(given / low) / ratio) };
  }

  /* The time, as a slider; `duration(state)` may change. */
  function timeline({ read, duration, write }) {
    const input = make("input", { type: "range", min: 0, step: "any", "aria-label": "Time" });
    const output = make("output", { class: "handslab-clock" });
    input.addEventListener("input", () => write(Number(input.value)));
    input.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!by) return; // a native slider would step by a hundredth of its whole
      event.preventDefault();
      write(Number(input.value) + by / 30);
    });
    const sync = (state) => {
      const [time, end] = [read(state), duration(state)];
      if (Number(input.max) !== end) input.max = end;
      input.value = time;
      input.setAttribute("aria-valuetext", `${time.toFixed(2)} of ${end.toFixed(1)} seconds`);
      output.textContent = `${time.toFixed(2)} / ${end.toFixed(1)} s`;
    };
    return { input, output, sync };
  }

  root.LabControls = { radios, choice, number, slider, linear, logarithmic, timeline };
})(window);
