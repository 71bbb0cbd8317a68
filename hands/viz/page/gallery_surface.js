/* The surface that the gallery paints, without a page: the hand's own vertices and, between them, what makes it look alive.

   A HandSurface holds what never changes (triangles, how fine points lie between coarse ones, where the skin is rosy or a
   nail); `surface.pose(fullPose)` fills `points`, `normals` and `light` for one pose. The first `model.numVertices` points
   are exactly the model's, checked against Python by tests/browser/test_gallery.py. What is added:
   - a forearm that fades away, so that one sees how the hand is held (the model ends at the wrist);
   - points between the model's, on the curved patch that its normals suggest (Phong tessellation), for smooth outlines;
   - how much light reaches each vertex past the rest of the hand (discs as occluders, after Bunnell 2005). */
(function (root) {
  "use strict";

  const LEVELS = 2; // each cuts every triangle into four; one looks as smooth in a small picture, and is three times as fast
  const BULGE = 0.5; // a mid-edge point of a circle's chord comes to lie on the circle, to second order
  const FOREARM = [ // along the arm in metres, width, how solid
    { along: 0.005, width: 1.0, solid: 0.92 },
    { along: 0.013, width: 1.02, solid: 0.66 },
    { along: 0.023, width: 1.05, solid: 0.3 },
    { along: 0.034, width: 1.08, solid: 0 },
  ];
  const SHADE = 1.5; // strength of the occlusion

  class HandSurface {
    constructor(model, side = "right", levels = LEVELS) {
      Object.assign(this, { model, side, levels, mirror: side === "left" ? -1 : 1 });
      this.betas = new Float64Array(model.controls.shape.length);
      this.numCoarse = model.numVertices + FOREARM.length * model.rim.length;
      this.coarse = this.coarseFaces();
      this.refine();
      this.points = new Float32Array(3 * this.numPoints);
      this.normals = new Float32Array(3 * this.numPoints);
      this.light = new Float32Array(this.numPoints).fill(1);
      this.pose(new Float64Array(48));
      this.rest = this.points.slice(); // where on the skin a point lies, whatever the pose
      this.restNormals = this.normals.slice();
      this.solid = this.spread(this.solidity());
      this.tint = this.spread(Float32Array.from({ length: this.numCoarse }, (_, v) => (model.tint[v] ?? 60) / 255));
    }

    /* Takes a pose, 16 x 3 axis-angle, wrist first. `shaded` false leaves the light as it was: for hands in motion. */
    pose(fullPose, shaded = true) {
      this.hand = this.model.forward(fullPose, this.betas, this.side);
      this.points.set(this.hand.vertices);
      this.layForearm();
      this.layNormals();
      this.bend(this.points, this.normals);
      if (shaded) this.shine();
    }

    /* ---- what never changes ---- */

    coarseFaces() {
      const { faces, rim, numVertices } = this.model;
      const corners = Array.from(faces);
      const ring = (level, k) => (level === 0 ? rim[k] : numVertices + (level - 1) * rim.length + k);
      FOREARM.forEach((_, level) => {
        for (let k = 0; k < rim.length; k++) {
          const [a, b] = [ring(level, k), ring(level, (k + 1) % rim.length)];
          const [c, d] = [ring(level + 1, k), ring(level + 1, (k + 1) % rim.length)];
          corners.push(a, b, d, a, d, c);
        }
      });
      if (this.side === "left") for (let f = 0; f < corners.length; f += 3) corners.splice(f, 2, corners[f + 1], corners[f]);
      return corners;
    }

    /* Finds the mid-edge points of every level, each as the pair of points that it lies between. */
    refine() {
      let faces = this.coarse;
      this.parents = [];
      for (let level = 0; level < this.levels; level++) faces = this.cut(faces);
      this.numPoints = this.numCoarse + this.parents.length / 2;
      this.faces = Uint16Array.from(faces);
    }

    cut(faces) {
      const known = new Map();
      const middle = (a, b) => {
        const key = a < b ? a * 65536 + b : b * 65536 + a;
        if (!known.has(key)) known.set(key, this.numCoarse + this.parents.push(a, b) / 2 - 1);
        return known.get(key);
      };
      const finer = [];
      for (let f = 0; f < faces.length; f += 3) {
        const [a, b, c] = [faces[f], faces[f + 1], faces[f + 2]];
        const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
        finer.push(a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca);
      }
      return finer;
    }

    solidity() {
      const { numVertices, rim } = this.model;
      const ringOf = (v) => FOREARM[Math.floor((v - numVertices) / rim.length)];
      return Float32Array.from({ length: this.numCoarse }, (_, v) => (v < numVertices ? 1 : ringOf(v).solid));
    }

    /* Values of the coarse points, and half-way values between them. */
    spread(coarse) {
      const values = new Float32Array(this.numPoints);
      values.set(coarse);
      this.parents.forEach((_, i) => {
        if (i % 2 === 0) values[this.numCoarse + i / 2] = (values[this.parents[i]] + values[this.parents[i + 1]]) / 2;
      });
      return values;
    }

    /* ---- one pose ---- */

    /* Rings behind the wrist, in the direction from which a straight arm would come. */
    layForearm() {
      const { points, model, mirror } = this;
      const turn = this.hand.globalRotations[0];
      const arm = [mirror * turn[0], mirror * turn[3], mirror * turn[6]];
      const middle = [0, 1, 2].map((a) => model.rim.reduce((sum, v) => sum + points[3 * v + a], 0) / model.rim.length);
      model.rim.forEach((v, k) => {
        const out = [0, 1, 2].map((a) => points[3 * v + a] - middle[a]);
        const lean = dot(out, arm);
        FOREARM.forEach(({ along, width }, level) => {
          const i = 3 * (model.numVertices + level * model.rim.length + k);
          const level_off = 1 - level / (FOREARM.length - 1); // the last ring is a flat cut
          for (let a = 0; a < 3; a++)
            points[i + a] = middle[a] + width * (out[a] - lean * arm[a]) + (along + level_off * lean) * arm[a];
        });
      });
    }

    /* Of the coarse points: the mean of their faces' normals, larger faces counting more; and a third of their area. */
    layNormals() {
      const { coarse, points, normals } = this;
      this.areas ??= new Float32Array(this.numCoarse);
      normals.fill(0, 0, 3 * this.numCoarse);
      this.areas.fill(0);
      for (let f = 0; f < coarse.length; f += 3) {
        const normal = faceNormal(points, 3 * coarse[f], 3 * coarse[f + 1], 3 * coarse[f + 2]);
        const area = Math.hypot(...normal) / 6;
        for (let c = f; c < f + 3; c++) {
          for (let a = 0; a < 3; a++) normals[3 * coarse[c] + a] += normal[a];
          this.areas[coarse[c]] += area;
        }
      }
      for (let i = 0; i < 3 * this.numCoarse; i += 3) normalise(normals, i);
    }

    /* Puts each fine point half-way between its parents, out to the curve that their normals suggest. */
    bend(points, normals) {
      const { parents, numCoarse } = this;
      for (let k = 0, i = 3 * numCoarse; k < parents.length; k += 2, i += 3) {
        const a = 3 * parents[k], b = 3 * parents[k + 1];
        const h0 = (points[b] - points[a]) / 2, h1 = (points[b + 1] - points[a + 1]) / 2, h2 = (points[b + 2] - points[a + 2]) / 2;
        const ha = (BULGE / 2) * (h0 * normals[a] + h1 * normals[a + 1] + h2 * normals[a + 2]);
        const hb = (BULGE / 2) * (h0 * normals[b] + h1 * normals[b + 1] + h2 * normals[b + 2]);
        for (let c = 0; c < 3; c++) {
          points[i + c] = (points[a + c] + points[b + c]) / 2 - ha * normals[a + c] + hb * normals[b + c];
          normals[i + c] = normals[a + c] + normals[b + c];
        }
        normalise(normals, i);
      }
    }

    /* The share of the sky that each vertex sees. An occluder counts where it turns its back: once for each body in the way. */
    shine() {
      const { points, normals, light, areas, parents, numCoarse } = this;
      const count = this.model.numVertices;
      for (let i = 0; i < count; i++) light[i] = Math.exp(-SHADE * occlusion(points, normals, areas, count, 3 * i));
      light.fill(1, count, numCoarse);
      for (let k = 0, i = numCoarse; k < parents.length; k += 2, i++) light[i] = (light[parents[k]] + light[parents[k + 1]]) / 2;
    }
  }

  function occlusion(points, normals, areas, count, i) {
    const x = points[i], y = points[i + 1], z = points[i + 2];
    const nx = normals[i], ny = normals[i + 1], nz = normals[i + 2];
    let sum = 0;
    for (let v = 0, j = 0; v < count; v++, j += 3) {
      const dx = points[j] - x, dy = points[j + 1] - y, dz = points[j + 2] - z;
      const above = dx * nx + dy * ny + dz * nz;
      if (above <= 0) continue;
      const back = dx * normals[j] + dy * normals[j + 1] + dz * normals[j + 2];
      if (back <= 0) continue;
      const square = dx * dx + dy * dy + dz * dz;
      sum += (above * back * areas[v]) / (square * (Math.PI * square + areas[v]));
    }
    return sum;
  }

  function faceNormal(p, a, b, c) {
    const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
    return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  }

  function normalise(values, i) {
    const length = Math.hypot(values[i], values[i + 1], values[i + 2]) || 1;
    for (let a = 0; a < 3; a++) values[i + a] /= length;
  }

  function dot(u, v) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  }

  root.HandSurface = HandSurface;
  if (typeof module === "object" && module.exports) module.exports = { HandSurface };
})(typeof window === "object" ? window : globalThis);
