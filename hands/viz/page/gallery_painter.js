/* Paints hands for the gallery: one WebGL context for all pictures, each copied to the 2D canvas that it belongs to.

   `painter.take(surface)` sends a posed HandSurface; `painter.paint(canvas, camera)` draws it there, at the canvas's own
   size in pixels, on a transparent ground. A camera is { right, up, towards, frame }: unit vectors in the frame of the
   hand, and what `framing` found. Light comes from over the viewer's left shoulder; the skin lets a little red through
   where light grazes it, as real skin does, and darkens softly towards its outline, as in a printed atlas. */
(function (root) {
  "use strict";

  const DISTANCE = 1.1; // metres from the eye to the middle of the hand: a calm perspective
  const FINER = 2, LARGEST = 2400; // painted at twice the size, up to this many pixels, and scaled down: smooth outlines
  const NAIL = { behind: 0.0085, half: 0.0088, wide: 0.0054, lift: 0.0035, deep: 0.006 }; // metres; the thumb's is larger
  const THUMB_NAIL = 1.22;

  const VERTEX = `
    attribute vec3 point, normal, nail;
    attribute float light, tint, solid;
    uniform vec3 right, up, towards, middle;
    uniform vec2 zoom, shift;
    uniform float far;
    varying vec3 vNormal, vEye, vNail, vShade;
    varying vec3 vPaint;
    void main() {
      vec3 p = point - middle;
      vec3 seen = vec3(dot(p, right), dot(p, up), dot(p, towards));
      vNormal = vec3(dot(normal, right), dot(normal, up), dot(normal, towards));
      vEye = vec3(0.0, 0.0, far) - seen;
      vNail = nail;
      vShade = vec3(pow(light, 0.8), pow(light, 1.15), pow(light, 1.3)); // folds glow red
      vPaint = vec3(light, tint, solid);
      float depth = far - seen.z;
      gl_Position = vec4(seen.xy * far * zoom + shift * depth, -seen.z * 2.0 * depth, depth);
    }`;

  const FRAGMENT = `
    precision highp float;
    varying vec3 vNormal, vEye, vNail, vShade;
    varying vec3 vPaint;
    uniform vec3 skin; // squared: light adds up there, and the square root brings it back to the screen

    /* x: 1 inside a nail, 0 outside; y: 1 on its free edge. */
    vec2 nailHere() {
      vec2 at = abs(vNail.xy);
      if (max(at.x, at.y) > 1.2) return vec2(0.0);
      float edge = pow(at.x, 2.8) + pow(at.y, 2.8);
      return vec2((1.0 - smoothstep(0.82, 1.08, edge)) * smoothstep(0.0, 0.25, vNail.z), smoothstep(0.62, 0.8, vNail.x));
    }

    void main() {
      vec3 n = normalize(vNormal), eye = normalize(vEye);
      float open = vPaint.x, tint = vPaint.y, solid = vPaint.z;
      vec2 nail = nailHere();
      vec3 base = skin * mix(vec3(0.88, 0.82, 0.76), vec3(1.08, 1.04, 1.06), smoothstep(0.1, 0.75, tint));
      base = mix(base, base * vec3(1.05, 0.82, 0.78), smoothstep(0.72, 1.0, tint));
      base = mix(base, mix(vec3(0.84, 0.56, 0.49), vec3(0.9, 0.8, 0.72), nail.y), 0.82 * nail.x);

      vec3 key = vec3(-0.466, 0.671, 0.578);
      vec3 wrap = vec3(0.42, 0.26, 0.2);
      vec3 lit = clamp((dot(n, key) + wrap) / (1.0 + wrap), 0.0, 1.0);
      lit *= lit * (3.0 - 2.0 * lit) * 0.35 + 0.65;
      vec3 sky = mix(vec3(0.30, 0.27, 0.27), vec3(0.46, 0.49, 0.53), 0.5 + 0.5 * n.y);
      vec3 colour = base * (vec3(1.02, 0.984, 0.938) * lit * mix(vShade, vec3(1.0), 0.25) + 0.72 * sky * vShade);

      float shine = max(dot(n, normalize(key + eye)), 0.0);
      colour += mix(0.055, 0.2, nail.x) * pow(shine, mix(22.0, 60.0, nail.x)) * open * vec3(1.0, 0.97, 0.94);
      float graze = 1.0 - clamp(dot(n, eye), 0.0, 1.0);
      colour *= mix(vec3(1.0), vec3(0.62, 0.5, 0.45), smoothstep(0.45, 1.0, graze) * 0.75);
      float rim = graze * graze * graze * smoothstep(-0.1, 0.9, n.y * 0.5 + n.x * 0.6 + 0.2);
      colour += 0.16 * rim * vec3(0.95, 0.97, 1.0) * open;
      gl_FragColor = vec4(sqrt(colour) * solid, solid);
    }`;

  class HandPainter {
    constructor(skin) {
      this.canvas = document.createElement("canvas");
      const wish = { alpha: true, antialias: true, premultipliedAlpha: true, depth: true, powerPreference: "low-power" };
      this.gl = this.canvas.getContext("webgl", wish);
      if (!this.gl) throw new Error("this browser offers no WebGL, with which the hands are painted.");
      this.skin = [1, 3, 5].map((i) => (parseInt(skin.slice(i, i + 2), 16) / 255) ** 2);
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
      for (const name of ["tint", "solid"]) this.fill(name, surface[name], gl.STATIC_DRAW);
      this.fill("nails", nailCoordinates(surface), gl.STATIC_DRAW);
      this.sortFaces();
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

    paint(target, { right, up, towards, frame }, finest = FINER) {
      const { gl, at, canvas } = this;
      const { width, height } = target;
      const finer = Math.min(finest, Math.max(1, LARGEST / Math.max(width, height)));
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
    points: "point", normals: "normal", light: "light", nails: "nail", tint: "tint", solid: "solid",
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

  /* For each point, where it lies on the nail nearest to it: along and across in half lengths, 1 at the edges, and whether
     it faces out of the finger's back. Being linear in the point's place at rest, they hold between points as well. */
  function nailCoordinates(surface) {
    const { rest, restNormals, numPoints, model } = surface;
    const nails = model.tipVertices.map((tip, k) => nailFrame(surface, tip, k));
    const coordinates = new Float32Array(3 * numPoints);
    for (let i = 0; i < coordinates.length; i += 3) {
      const offset = (nail) => nail.at.map((value, a) => rest[i + a] - value);
      const near = nails.reduce((best, nail) => (Math.hypot(...offset(nail)) < Math.hypot(...offset(best)) ? nail : best));
      const q = offset(near);
      const back = dot(restNormals.subarray(i, i + 3), near.back) - (dot(q, near.back) < -NAIL.deep ? 1 : 0);
      coordinates.set([dot(q, near.along) / near.half, dot(q, cross(near.back, near.along)) / near.wide, back], i);
    }
    return coordinates;
  }

  /* A nail lies on the back of the end bone, whose abduction axis points out of that back. */
  function nailFrame({ model, mirror, rest }, tip, k) {
    const last = model.keypointsFromJointsAndTips[4 * k + 3]; // the joint before the tip
    const mirrored = ([x, y, z]) => [mirror * x, y, z];
    const axis = model.axes[last][1];
    const back = mirrored(axis.map((value) => value * Math.sign(axis[1])));
    const joint = mirrored(model.jointTemplate.subarray(3 * last, 3 * last + 3));
    const bone = joint.map((value, a) => rest[3 * tip + a] - value);
    const flat = bone.map((value, a) => value - dot(bone, back) * back[a]);
    const along = unit(flat), grow = k === 0 ? THUMB_NAIL : 1;
    const out = Math.hypot(...flat) - grow * NAIL.behind;
    const at = joint.map((value, a) => value + out * along[a] + NAIL.lift * back[a]);
    return { at, along, back, half: grow * NAIL.half, wide: grow * NAIL.wide };
  }

  /* The axes of a camera that sees a side of the hand (`side.towards`: where the viewer stands, in the frame of the unturned
     right hand) with the world's up at the top; from straight above or below, the top is where the body looks. */
  function uprightCamera({ hand, mirror }, side, steep) {
    const turn = hand.globalRotations[0];
    const [x, y, z] = [mirror * side.towards[0], side.towards[1], side.towards[2]];
    const raw = [0, 3, 6].map((i) => turn[i] * x + turn[i + 1] * y + turn[i + 2] * z);
    const length = Math.hypot(...raw);
    if (Math.abs(raw[2]) > steep * length) return cameraFrom(raw, [-mirror, 0, 0]);
    return cameraFrom([raw[0], raw[1], raw[2] + side.raised * length], [0, 0, 1]);
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
      const nearer = DISTANCE / (DISTANCE - dot(p, towards));
      const x = nearer * dot(p, right), y = nearer * dot(p, up);
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

  function dot(u, v) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  }

  root.HandPainter = HandPainter;
  root.HandPainting = { framing, uprightCamera, cameraFrom, bodyFraming };
})(window);
