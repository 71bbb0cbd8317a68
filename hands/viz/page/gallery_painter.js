/* Paints hands for the gallery: one WebGL context for all pictures, each copied to the 2D canvas that it belongs to.

   `painter.take(surface)` sends a posed HandSurface; `painter.paint(canvas, camera)` draws it there, at the canvas's own
   size in pixels, on a transparent ground. A camera is { right, up, towards, frame }: unit vectors in the frame of the
   hand, and what `framing` found. Light comes from over the viewer's left shoulder; the skin lets a little red through
   where light grazes it, as real skin does, and darkens softly towards its outline, as in a printed atlas. */
(function (root) {
  "use strict";

  const DISTANCE = 1.1; // metres from the eye to the middle of the hand: a calm perspective
  const FINER = 2, LARGEST = 1200; // painted at twice the size, up to this many pixels, and scaled down: smooth outlines
  const NAIL = { back: 0.0085, half: 0.0088, wide: 0.0054, lift: 0.0035 }; // metres; the thumb's is larger
  const THUMB_NAIL = 1.22;

  const VERTEX = `
    attribute vec3 point, normal, rest, restNormal;
    attribute float light, tint, solid;
    uniform vec3 right, up, towards, middle;
    uniform vec2 zoom, shift;
    uniform float far;
    varying vec3 vNormal, vRest, vRestNormal, vEye;
    varying float vLight, vTint, vSolid;
    void main() {
      vec3 p = point - middle;
      vec3 seen = vec3(dot(p, right), dot(p, up), dot(p, towards));
      vNormal = vec3(dot(normal, right), dot(normal, up), dot(normal, towards));
      vEye = vec3(0.0, 0.0, far) - seen;
      vRest = rest; vRestNormal = restNormal; vLight = light; vTint = tint; vSolid = solid;
      float depth = far - seen.z;
      gl_Position = vec4((seen.xy * far * zoom + shift * depth), -seen.z * 2.0 * depth, depth);
    }`;

  const FRAGMENT = `
    precision highp float;
    varying vec3 vNormal, vRest, vRestNormal, vEye;
    varying float vLight, vTint, vSolid;
    uniform vec3 skin;
    uniform vec3 nailAt[5], nailAlong[5], nailUp[5];
    uniform vec2 nailSize[5];
    uniform float wash;

    vec3 linear(vec3 c) { return pow(c, vec3(2.2)); }

    /* 1 inside a nail, 0 outside; y: how near its free edge. */
    vec2 nail() {
      vec2 found = vec2(0.0);
      for (int k = 0; k < 5; k++) {
        vec3 q = vRest - nailAt[k];
        float u = dot(q, nailAlong[k]) / nailSize[k].x;
        float w = dot(q, cross(nailUp[k], nailAlong[k])) / nailSize[k].y;
        float facing = smoothstep(0.0, 0.25, dot(vRestNormal, nailUp[k])) * step(-0.006, dot(q, nailUp[k]));
        float edge = pow(abs(u), 2.8) + pow(abs(w), 2.8);
        float inside = (1.0 - smoothstep(0.82, 1.08, edge)) * facing;
        if (inside > found.x) found = vec2(inside, smoothstep(0.62, 0.8, u));
      }
      return found;
    }

    void main() {
      vec3 n = normalize(vNormal), eye = normalize(vEye);
      vec2 nails = nail();
      vec3 base = linear(skin);
      base *= mix(vec3(0.88, 0.82, 0.76), vec3(1.08, 1.04, 1.06), smoothstep(0.1, 0.75, vTint));
      base = mix(base, base * vec3(1.05, 0.82, 0.78), smoothstep(0.72, 1.0, vTint));
      base = mix(base, mix(vec3(0.84, 0.56, 0.49), vec3(0.9, 0.8, 0.72), nails.y), 0.82 * nails.x);

      vec3 key = normalize(vec3(-0.5, 0.72, 0.62));
      float facing = dot(n, key);
      vec3 wrap = vec3(0.42, 0.26, 0.2);
      vec3 lit = clamp((facing + wrap) / (1.0 + wrap), 0.0, 1.0);
      lit *= lit * (3.0 - 2.0 * lit) * 0.35 + 0.65;
      float open = vLight;
      vec3 shade = vec3(pow(open, 0.8), pow(open, 1.15), pow(open, 1.3)); // folds glow red
      vec3 sky = mix(vec3(0.30, 0.27, 0.27), vec3(0.46, 0.49, 0.53), 0.5 + 0.5 * n.y);
      vec3 colour = base * (1.02 * vec3(1.0, 0.965, 0.92) * lit * mix(shade, vec3(1.0), 0.25) + 0.72 * sky * shade);

      vec3 halfway = normalize(key + eye);
      float gloss = mix(22.0, 60.0, nails.x), strength = mix(0.055, 0.2, nails.x);
      colour += strength * pow(max(dot(n, halfway), 0.0), gloss) * open * vec3(1.0, 0.97, 0.94);
      float graze = 1.0 - clamp(dot(n, eye), 0.0, 1.0);
      colour *= mix(vec3(1.0), vec3(0.62, 0.5, 0.45), smoothstep(0.45, 1.0, graze) * 0.75);
      float rim = pow(graze, 3.0) * smoothstep(-0.1, 0.9, n.y * 0.5 + n.x * 0.6 + 0.2);
      colour += 0.16 * rim * vec3(0.95, 0.97, 1.0) * open;

      gl_FragColor = vec4(pow(colour, vec3(1.0 / 2.2)) * vSolid, vSolid);
    }`;

  class HandPainter {
    constructor(skin) {
      this.canvas = document.createElement("canvas");
      const wish = { alpha: true, antialias: true, premultipliedAlpha: true, depth: true, powerPreference: "low-power" };
      this.gl = this.canvas.getContext("webgl", wish);
      if (!this.gl) throw new Error("this browser offers no WebGL, with which the hands are painted.");
      this.skin = [1, 3, 5].map((i) => parseInt(skin.slice(i, i + 2), 16) / 255);
      this.buffers = {};
    }

    /* Everything that stays: program, triangles, paint. */
    prepare(surface) {
      const { gl } = this;
      this.surface = surface;
      this.program = makeProgram(gl);
      gl.useProgram(this.program);
      const places = gl.getProgramParameter(this.program, gl.ACTIVE_UNIFORMS);
      this.at = {};
      for (let k = 0; k < places; k++) {
        const { name } = gl.getActiveUniform(this.program, k);
        this.at[name.replace("[0]", "")] = gl.getUniformLocation(this.program, name);
      }
      for (const name of ["rest", "restNormals", "tint", "solid"]) this.fill(name, surface[name], gl.STATIC_DRAW);
      this.sortFaces();
      this.placeNails();
      gl.uniform3fv(this.at.skin, this.skin);
      gl.enable(gl.DEPTH_TEST);
      gl.enable(gl.CULL_FACE);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    }

    /* The solid hand first, then the forearm that one can see through. */
    sortFaces() {
      const { gl, surface: { faces, solid } } = this;
      const clear = (f) => Math.min(solid[faces[f]], solid[faces[f + 1]], solid[faces[f + 2]]) < 1;
      const hand = [], arm = [];
      for (let f = 0; f < faces.length; f += 3) (clear(f) ? arm : hand).push(faces[f], faces[f + 1], faces[f + 2]);
      this.numCorners = faces.length;
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, Uint16Array.from([...hand, ...arm]), gl.STATIC_DRAW);
    }

    /* Nails lie on the backs of the end bones; a bone's abduction axis points out of its back. */
    placeNails() {
      const { gl, surface } = this;
      const nails = surface.model.tipVertices.map((tip, k) => nail(surface, tip, k));
      const all = (key) => Float32Array.from(nails.flatMap((entry) => entry[key]));
      gl.uniform3fv(this.at.nailAt, all("at"));
      gl.uniform3fv(this.at.nailAlong, all("along"));
      gl.uniform3fv(this.at.nailUp, all("up"));
      gl.uniform2fv(this.at.nailSize, all("size"));
    }

    fill(name, values, usage) {
      const { gl } = this;
      this.buffers[name] ??= gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, usage);
      const attribute = gl.getAttribLocation(this.program, ATTRIBUTES[name]);
      gl.enableVertexAttribArray(attribute);
      gl.vertexAttribPointer(attribute, values.length / this.surface.numPoints, gl.FLOAT, false, 0, 0);
    }

    /* Sends the pose that the surface has taken. */
    take(surface) {
      if (this.surface !== surface) this.prepare(surface);
      for (const name of ["points", "normals", "light"]) this.fill(name, surface[name], this.gl.DYNAMIC_DRAW);
    }

    paint(target, { right, up, towards, frame }) {
      const { gl, at, canvas } = this;
      const { width, height } = target;
      const finer = Math.max(1, Math.min(FINER, LARGEST / Math.max(width, height)));
      const [wide, high] = [Math.round(finer * width), Math.round(finer * height)];
      if (canvas.width < wide) canvas.width = wide;
      if (canvas.height < high) canvas.height = high;
      gl.viewport(0, canvas.height - high, wide, high); // the top left corner, from where it is copied
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.uniform3fv(at.right, right);
      gl.uniform3fv(at.up, up);
      gl.uniform3fv(at.towards, towards);
      gl.uniform3fv(at.middle, frame.middle);
      gl.uniform2fv(at.zoom, [(frame.zoom * height) / width, frame.zoom]);
      gl.uniform2fv(at.shift, frame.shift);
      gl.uniform1f(at.far, DISTANCE);
      gl.drawElements(gl.TRIANGLES, this.numCorners, gl.UNSIGNED_SHORT, 0);
      const pen = target.getContext("2d");
      pen.clearRect(0, 0, width, height);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(canvas, 0, 0, wide, high, 0, 0, width, height);
    }

    /* Gives the context back to the browser. */
    free() {
      this.gl.getExtension("WEBGL_lose_context")?.loseContext();
    }
  }

  const ATTRIBUTES = {
    points: "point", normals: "normal", light: "light", rest: "rest", restNormals: "restNormal", tint: "tint", solid: "solid",
  };

  function makeProgram(gl) {
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    return program;
  }

  function nail({ model, mirror, rest }, tip, k) {
    const last = model.keypointsFromJointsAndTips[4 * k + 3]; // the joint before the tip
    const mirrored = ([x, y, z]) => [mirror * x, y, z];
    const back = mirrored(model.axes[last][1].map((v) => v * Math.sign(model.axes[last][1][1] || 1)));
    const joint = mirrored(Array.from(model.jointTemplate.slice(3 * last, 3 * last + 3)));
    const end = Array.from(rest.slice(3 * tip, 3 * tip + 3));
    const raw = end.map((value, a) => value - joint[a]);
    const rise = raw.reduce((sum, value, a) => sum + value * back[a], 0);
    const flat = raw.map((value, a) => value - rise * back[a]);
    const length = Math.hypot(...flat);
    const along = flat.map((value) => value / length);
    const grow = k === 0 ? THUMB_NAIL : 1;
    const at = joint.map((value, a) => value + (length - grow * NAIL.back) * along[a] + NAIL.lift * back[a]);
    return { at, along, up: back, size: [grow * NAIL.half, grow * NAIL.wide] };
  }

  /* The axes of a camera that sees a side of the hand (`side`: towards the viewer, in the frame of the unturned right
     hand) with the world's up at the top; from straight above or below, the top is where the body looks. */
  function uprightCamera({ hand, mirror }, side, { raised, steep }) {
    const turn = hand.globalRotations[0];
    const [x, y, z] = [mirror * side[0], side[1], side[2]];
    const raw = [0, 3, 6].map((i) => turn[i] * x + turn[i + 1] * y + turn[i + 2] * z);
    const length = Math.hypot(...raw);
    if (Math.abs(raw[2]) > steep * length) return cameraFrom(raw, [-mirror, 0, 0]);
    return cameraFrom([raw[0], raw[1], raw[2] + raised * length], [0, 0, 1]);
  }

  function cameraFrom(direction, top) {
    const towards = unit(direction), right = unit(cross(top, towards));
    return { right, up: cross(towards, right), towards };
  }

  function unit(v) {
    const length = Math.hypot(...v);
    return v.map((value) => value / length);
  }

  function cross(u, v) {
    return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  }

  /* Middle, zoom and shift with which a hand fills a picture of this shape (width over height), with some room around it.
     Zoom is in picture heights a metre, halved; never more than `most`, so that a fist stays smaller than a spread hand. */
  function framing({ points, model, numCoarse }, { right, up, towards }, shape, { room = 0.92, most = Infinity } = {}) {
    const seen = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
    const middle = [0, 1, 2].map((a) => points[3 * model.rim[0] + a]);
    for (let i = 0; i < 3 * numCoarse; i += 3) {
      const p = [points[i] - middle[0], points[i + 1] - middle[1], points[i + 2] - middle[2]];
      const nearer = DISTANCE / (DISTANCE - along(p, towards));
      const x = nearer * along(p, right), y = nearer * along(p, up);
      if (x < seen.left) seen.left = x;
      if (x > seen.right) seen.right = x;
      if (y < seen.low) seen.low = y;
      if (y > seen.high) seen.high = y;
    }
    const zoom = Math.min(most, (2 * room) / (seen.high - seen.low), (2 * room * shape) / (seen.right - seen.left));
    const shift = [-(zoom / shape) * (seen.left + seen.right) / 2, -zoom * (seen.low + seen.high) / 2];
    return { middle, zoom, shift };
  }

  /* The same for a hand that is turned: it fits whichever way it is looked at. */
  function bodyFraming({ points, numCoarse }, shape, room = 1.02) {
    const count = 3 * numCoarse;
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      const a = i % 3;
      if (points[i] < low[a]) low[a] = points[i];
      if (points[i] > high[a]) high[a] = points[i];
    }
    const middle = low.map((value, a) => (value + high[a]) / 2);
    let reach = 0;
    for (let i = 0; i < count; i += 3) reach = Math.max(reach, Math.hypot(...middle.map((value, a) => points[i + a] - value)));
    return { middle, zoom: (room * Math.min(1, shape)) / reach, shift: [0, 0] };
  }

  function along(p, axis) {
    return p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
  }

  root.HandPainter = HandPainter;
  root.HandPainting = { framing, uprightCamera, cameraFrom, bodyFraming };
})(window);
