/* The picture of a live hand: one Plotly 3D scene drawn from a plain state.

   `figure.show(state)` draws everything; `figure.move(state)` draws only new positions, as fast as Plotly can. Plot
   coordinates are millimetres with the fingers up: (x, y, z) = 1000 (z, y, -x) of the model for a right hand and
   1000 (-z, y, x) for a left one, both rotations. */
(function (root) {
  "use strict";

  const RANGE = 300; // mm from the middle knuckle to each side of the scene; never changes, so that nothing jumps
  const CENTRE = { x: 0, y: 0, z: -0.012 };
  const UP = { x: 0, y: 0, z: 1 };
  const DEGREES = Math.PI / 180;
  const AXIS_LENGTH = 34; // mm
  const CONFIG = {
    displayModeBar: false, responsive: false, scrollZoom: false, displaylogo: false, showSendToCloud: false, doubleClick: false,
  };
  const LIGHT = {
    lighting: {
      ambient: 0.44, diffuse: 0.68, specular: 0.24, roughness: 0.4, fresnel: 0.05,
      vertexnormalsepsilon: 0, facenormalsepsilon: 0,
    },
    lightposition: { x: -2, y: 3.2, z: 0.9 }, // in clip space: over the viewer's left shoulder, wherever the viewer goes
  };

  /* Colours that stay apart for the colour-blind (Okabe and Ito). */
  const AXIS_STYLES = [
    { name: "flexion", color: "#e0662a", dash: "solid", labelGap: 15 },
    { name: "abduction", color: "#2f8fd0", dash: "dash", labelGap: 12 },
    { name: "twist", color: "#12a37c", dash: "dot", labelGap: 7 },
  ];
  const FINGER_COLOURS = {
    wrist: ["#b8bcc4"],
    thumb: ["#f0a37c", "#e37842", "#d55e00"],
    index: ["#f7d58c", "#efb93f", "#e69f00"],
    middle: ["#8fd6be", "#3fb893", "#009e73"],
    ring: ["#a9d8f3", "#7ac4ec", "#56b4e9"],
    pinky: ["#e6bcd3", "#d99abf", "#cc79a7"],
  };
  const SKIN = [[0, "#9c6b52"], [0.08, "#bd886b"], [0.45, "#d6a284"], [0.75, "#e6b599"], [1, "#f0b8a4"]];
  const WEIGHT = [[0, "#d0d3d9"], [0.15, "#b5d2de"], [0.5, "#4fa9c9"], [0.85, "#0f74aa"], [1, "#0a5c94"]];
  const LID_INTENSITY = -22;

  class HandFigure {
    constructor(container, model, side) {
      Object.assign(this, { container, model, side, gd: null });
      this.faces = closedFaces(model, side);
      this.influences = model.weights.length / model.numVertices;
      this.jointColours = Array.from(model.tint, (_, v) => jointColour(model, model.weightJoints[v * this.influences]));
    }

    async draw(state) {
      this.gd = document.createElement("div");
      this.gd.className = "livehand-plot";
      this.container.append(this.gd);
      await root.Plotly.newPlot(this.gd, this.traces(state), this.layout(state), CONFIG);
      this.letPointerThrough();
    }

    async show(state) {
      await root.Plotly.react(this.gd, this.traces(state), this.layout(state), CONFIG);
      this.letPointerThrough();
    }

    /* Only positions change. Plotly's own update of the scene's objects skips its checks of the whole figure and takes
       a third of the time; should a later Plotly hide them, the public `react` does. */
    async move(state) {
      const points = this.points(state);
      const objects = points.map((_, k) => this.scene()?.traces?.[this.gd._fullData?.[k]?.uid]);
      if (!objects.every((object) => object?.update)) return this.show(state);
      objects.forEach((object, k) => object.update({ ...this.gd._fullData[k], ...points[k] }));
    }

    /* ---- what Plotly does not offer in public; each does nothing should a later Plotly hide it ---- */

    scene() {
      return this.gd?._fullLayout?.scene?._scene;
    }

    /* The surface is no target of the pointer: else it would hide the joints inside, and cost a second drawing. */
    letPointerThrough() {
      for (const trace of Object.values(this.scene()?.traces ?? {})) if (trace.mesh) trace.mesh.drawPick = null;
    }

    /* Pixels drawn for each pixel of the page: two for a still, one where two would make the motion stutter. */
    sharpen(ratio) {
      const plot = this.scene()?.glplot;
      if (!plot || plot.pixelRatio === ratio) return;
      plot.pixelRatio = ratio;
      plot.redraw?.();
    }

    async look(state) {
      if (state.joints) await this.move(state);
      await root.Plotly.relayout(this.gd, { "scene.camera": this.camera(state) });
    }

    async fit() {
      await root.Plotly.Plots.resize(this.gd);
    }

    drop() {
      if (!this.gd) return;
      root.Plotly.purge(this.gd);
      this.gd.remove();
      this.gd = null;
    }

    /* ---- from the state to Plotly's traces ---- */

    traces(state) {
      const points = this.points(state);
      const traces = [{ ...this.surface(state), ...points[0] }];
      if (!state.joints) return traces;
      const marks = [this.boneTrace(), this.jointTrace(state), ...AXIS_STYLES.map(axisTrace)];
      return [...traces, ...marks.map((mark, k) => ({ ...mark, ...points[1 + k] }))];
    }

    points(state) {
      const hand = this.model.forward(this.model.poseFromAngles(state.angles, this.side), state.betas, this.side);
      const surface = this.columns(hand.vertices, this.model.rim);
      if (!state.joints) return [surface];
      Object.assign(surface, this.nearestFirst(surface, state));
      return [surface, this.bones(hand), this.columns(hand.joints), ...this.axes(state, hand)];
    }

    surface(state) {
      const { i, j, k } = this.faces;
      const uid = `surface-${state.colour}`; // a new one for each colouring, or Plotly multiplies the new by the old
      const style = { flatshading: false, hoverinfo: "skip", showscale: false, opacity: state.joints ? 0.35 : 1, ...LIGHT };
      return { type: "mesh3d", uid, i, j, k, ...style, ...this.colouring(state) };
    }

    colouring(state) {
      const lid = Array(this.model.rim.length).fill(FINGER_COLOURS.wrist[0]);
      if (state.colour === "joints") return { vertexcolor: [...this.jointColours, ...lid] };
      if (state.colour === "weights") return { intensity: this.weightsOf(state.joint), colorscale: WEIGHT, cmin: 0, cmax: 1 };
      return { intensity: this.tint(), colorscale: SKIN, cmin: LID_INTENSITY, cmax: 255 };
    }

    tint() {
      const { tint, rim } = this.model;
      return Float32Array.from({ length: tint.length + rim.length }, (_, v) => (v < tint.length ? tint[v] : LID_INTENSITY));
    }

    weightsOf(joint) {
      const { weights, weightJoints, numVertices, rim } = this.model;
      const values = new Float32Array(numVertices + rim.length);
      weights.forEach((weight, k) => { if (weightJoints[k] === joint) values[Math.floor(k / this.influences)] += weight; });
      return values;
    }

    bones(hand) {
      const { parents, jointNames, keypointsFromJointsAndTips: sources } = this.model;
      const joint = (j) => Array.from(hand.joints.slice(3 * j, 3 * j + 3));
      const gap = [NaN, NaN, NaN];
      const path = parents.flatMap((parent, j) => (parent < 0 ? [] : [...joint(parent), ...joint(j), ...gap]));
      sources.forEach((source, k) => {
        if (source >= 16) path.push(...joint(sources[k - 1]), ...hand.keypoints.slice(3 * k, 3 * k + 3), ...gap);
      });
      return this.columns(path);
    }

    boneTrace() {
      const line = { color: cssColour("--pst-color-text-muted", "#667"), width: 3 };
      return { type: "scatter3d", mode: "lines", connectgaps: false, hoverinfo: "skip", line };
    }

    jointTrace(state) {
      const { anatomicalNames } = this.model;
      const marker = {
        size: anatomicalNames.map((_, j) => (j === state.joint ? 13 : 8)),
        color: anatomicalNames.map((_, j) => jointColour(this.model, j)),
        line: { color: "#333", width: 1 },
      };
      return { type: "scatter3d", mode: "markers", text: anatomicalNames.map(capitalised), hoverinfo: "text", marker };
    }

    /* A name stands beyond the end of its axis, and beyond the finger that the axis runs in; the wrist's twist, whose axis
       runs in the palm, is named at the other end. */
    axes(state, hand) {
      const from = Array.from(hand.joints.slice(3 * state.joint, 3 * state.joint + 3));
      const directions = this.model.posedAxes(state.angles, hand.globalRotations, state.joint, this.side);
      const gap = [NaN, NaN, NaN];
      return directions.map((direction, k) => {
        const at = (mm) => from.map((value, a) => value + (mm * direction[a]) / 1000);
        const low = -0.45 * AXIS_LENGTH, high = AXIS_LENGTH, { name, labelGap } = AXIS_STYLES[k];
        const backwards = state.joint === 0 && name === "twist";
        const [least, most] = this.extent(state, hand, from, direction);
        const label = backwards ? Math.min(low, least) - 2 * labelGap : Math.max(high, most) + labelGap;
        return this.columns([...gap, ...at(label), ...gap, ...at(low), ...at(high)]);
      });
    }

    /* From where to where, in mm from the joint, its own finger has skin near an axis. */
    extent(state, hand, from, direction) {
      const { weights, weightJoints, jointNames } = this.model;
      const own = (joint) => jointNames[joint].slice(0, -1) === jointNames[state.joint].slice(0, -1);
      const [nearby, alongs] = [state.joint === 0 ? 40 : 14, [0]];
      weights.forEach((weight, k) => {
        if (weight < 0.5 || !own(weightJoints[k])) return;
        const v = 3 * Math.floor(k / this.influences);
        const offset = from.map((value, a) => 1000 * (hand.vertices[v + a] - value));
        const along = offset[0] * direction[0] + offset[1] * direction[1] + offset[2] * direction[2];
        if (Math.hypot(...offset.map((value, a) => value - along * direction[a])) < nearby) alongs.push(along);
      });
      return [Math.min(...alongs), Math.max(...alongs)];
    }

    /* A see-through surface hides what lies behind its nearest sheet, if the nearest triangles are drawn first: then one
       clean layer of skin lies over the joints, where any other order shows a patchwork. */
    nearestFirst({ x, y, z }, state) {
      const { eye, center } = this.camera(state);
      const towards = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
      const near = (v) => towards[0] * x[v] + towards[1] * y[v] + towards[2] * z[v];
      const { i, j, k } = this.faces;
      const nearness = Float32Array.from(i, (_, f) => near(i[f]) + near(j[f]) + near(k[f]));
      const order = Uint16Array.from(i.keys()).sort((a, b) => nearness[b] - nearness[a]);
      const sorted = (corner) => Uint16Array.from(order, (f) => corner[f]);
      return { i: sorted(i), j: sorted(j), k: sorted(k) };
    }

    /* Interleaved model coordinates to Plotly's columns, in millimetres; the vertices of `extra` once more at the end. */
    columns(points, extra = []) {
      const count = points.length / 3;
      const sign = this.side === "left" ? -1000 : 1000;
      const x = new Float32Array(count + extra.length), y = new Float32Array(x.length), z = new Float32Array(x.length);
      for (let v = 0; v < x.length; v++) {
        const i = 3 * (v < count ? v : extra[v - count]);
        x[v] = sign * points[i + 2];
        y[v] = 1000 * points[i + 1];
        z[v] = -sign * points[i];
      }
      return { x, y, z };
    }

    layout(state) {
      const axis = { range: [-RANGE, RANGE], visible: false, showspikes: false, autorange: false };
      const clear = "rgba(0,0,0,0)";
      return {
        autosize: true, margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: clear, showlegend: false,
        hoverlabel: {
          bgcolor: cssColour("--pst-color-surface", "#fff"),
          font: { color: cssColour("--pst-color-text-base", "#222"), size: 14 },
        },
        scene: {
          xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", bgcolor: clear, dragmode: false,
          camera: this.camera(state),
        },
      };
    }

    camera({ view }) {
      const turn = view.turn * DEGREES * (this.side === "left" ? -1 : 1);
      const tilt = view.tilt * DEGREES;
      const far = view.distance * Math.max(1, this.narrowness());
      const eye = {
        x: CENTRE.x + far * Math.cos(tilt) * Math.sin(turn),
        y: CENTRE.y - far * Math.cos(tilt) * Math.cos(turn),
        z: CENTRE.z + far * Math.sin(tilt),
      };
      return { eye, up: UP, center: CENTRE };
    }

    /* Above one where the stage is so narrow that the hand, seen from as near, would not fit its width. */
    narrowness() {
      return (0.92 * this.container.clientHeight) / (this.container.clientWidth || 1);
    }
  }

  function closedFaces(model, side) {
    const { faces, rim, numVertices } = model;
    const corners = Array.from(faces);
    for (let k = 1; k < rim.length - 1; k++) corners.push(numVertices, numVertices + k, numVertices + k + 1);
    const pick = (corner) => Uint16Array.from({ length: corners.length / 3 }, (_, f) => corners[3 * f + corner]);
    const [i, j, k] = [pick(0), pick(1), pick(2)];
    return side === "left" ? { i, j: k, k: j } : { i, j, k };
  }

  function axisTrace({ name, color, dash }) {
    const textfont = { color: cssColour("--pst-color-text-base", "#222"), size: 13 };
    const label = { text: ["", name, "", "", ""], textposition: "middle center", textfont, connectgaps: false };
    return { type: "scatter3d", mode: "lines+text", hoverinfo: "skip", line: { color, dash, width: 7 }, ...label };
  }

  function jointColour(model, joint) {
    const name = model.jointNames[joint];
    return joint === 0 ? FINGER_COLOURS.wrist[0] : FINGER_COLOURS[name.slice(0, -1)][Number(name.slice(-1)) - 1];
  }

  function capitalised(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  function cssColour(variable, fallback) {
    return getComputedStyle(document.documentElement).getPropertyValue(variable).trim() || fallback;
  }

  root.HandFigure = HandFigure;
  root.HandFigureStyles = { AXIS_STYLES, WEIGHT, FINGER_COLOURS };
})(window);
