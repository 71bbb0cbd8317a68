/* Where a sensor on a moving hand is, and how it is turned, without a page: the twin of `hands.imu.trajectories`.

   A `LabMotion` is a motion as it travels in a page; a `SensorRig` poses just the vertex under a sensor, in double
   precision and with the model's exact pose correctives (hands.viz.imu_lab_model), since a second derivative at 120 Hz turns
   a micrometre into 0.03 metres per second squared. A sensor is { on: { bone } or { vertex }, offset, mounting }.
   Checked against Python by tests/browser/imu_lab/test_signals.py. */
(function (root) {
  "use strict";

  const { resampled, resampledCount, continuousQuaternions } = root.ImuPhysics;
  const { rotationFromQuaternion, rotationFromVector, dot, cross, unit, columns, apply, multiply } = root.ImuRotations;
  const TYPES = { float32: Float32Array, int32: Int32Array, uint16: Uint16Array };
  const NUM_TURNS = 17; // MANO's sixteen joints, then the forearm
  const PARALLEL = 0.9; // cosine beyond which a normal is too near to the bone's direction for that to show where y points

  function decode({ dtype, data, scale = 1 }) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return Float64Array.from(new TYPES[dtype](bytes.buffer), (value) => value * scale);
  }

  /* One hand over time: `turns` are axis-angle vectors, 17 a frame; `places` where the wrist went, in metres. */
  class LabMotion {
    constructor({ name, fps, betas, turns, places }) {
      Object.assign(this, { name, fps, betas: Float64Array.from(betas) });
      this.take({ turns, places });
    }

    /* Other frames of the same hand, in place of those it had. */
    take({ turns, places }) {
      Object.assign(this, { turns, places, quaternions: null, chains: new Map() });
      this.count = places.length / 3;
      this.duration = (this.count - 1) / this.fps;
    }

    static decoded(record) {
      return new LabMotion({ ...record, turns: decode(record.turns), places: decode(record.places) });
    }

    fullPose(frame) {
      return this.turns.subarray(3 * NUM_TURNS * frame, 3 * NUM_TURNS * frame + 48);
    }

    place(frame) {
      return this.places.subarray(3 * frame, 3 * frame + 3);
    }

    /* Every frame's rotations (of the 17) and place at some rate. */
    at(fps) {
      if (fps === this.fps) return { count: this.count, places: this.places, rotation: (t, j) => rotationOf(this.turns, NUM_TURNS * t + j) };
      this.quaternions ??= continuousQuaternions(this.turns, NUM_TURNS);
      const quaternions = resampled(this.quaternions, 4 * NUM_TURNS, this.fps, fps);
      const rotation = (t, j) => rotationFromQuaternion(quaternions.subarray(4 * (NUM_TURNS * t + j), 4 * (NUM_TURNS * t + j) + 4));
      return { count: resampledCount(this.count, this.fps, fps), places: resampled(this.places, 3, this.fps, fps), rotation };
    }
  }

  function rotationOf(axisAngles, i) {
    return rotationFromVector(axisAngles.subarray(3 * i, 3 * i + 3));
  }

  class SensorRig {
    /* `model` is a HandModel, `exact` the record of hands.viz.imu_lab_model. */
    constructor(model, exact) {
      Object.assign(this, { model, boneFrames: exact.boneFrames, mounts: new Map() });
      this.correctives = byVertex(model.numVertices, exact);
      this.rest = Float64Array.from(model.vTemplate);
      this.normals = vertexNormals(this.rest, model.faces);
    }

    /* ---- motions ---- */

    /* The bones of every frame at some rate; kept, since each sensor needs them. */
    chains(motion, fps) {
      if (!motion.chains.has(fps)) {
        const frames = motion.at(fps);
        const chains = Array.from({ length: frames.count }, (_, t) => this.chain(motion, (j) => frames.rotation(t, j), frames.places.subarray(3 * t, 3 * t + 3)));
        motion.chains.set(fps, chains);
      }
      return motion.chains.get(fps);
    }

    /* One frame's bones: what `SensorRig.place` needs of it. */
    chain(motion, rotation, place) {
      const local = Array.from({ length: NUM_TURNS - 1 }, (_, j) => rotation(j));
      const rest = this.model.shaped(motion.betas);
      const { rotations, positions } = this.model.kinematics(local, rest.joints);
      const features = new Float64Array(135);
      for (let k = 0; k < 135; k++) features[k] = local[1 + Math.floor(k / 9)][k % 9] - (k % 9 % 4 === 0 ? 1 : 0);
      return { rotations, positions, features, rest, place, forearm: rotation(NUM_TURNS - 1) };
    }

    /* Positions (p_ws) and rotations (R_ws) of a sensor in the world, at every frame. */
    trajectory(motion, sensor, fps) {
      const chains = this.chains(motion, fps);
      const positions = new Float64Array(3 * chains.length), rotations = new Float64Array(9 * chains.length);
      chains.forEach((chain, t) => {
        const { position, rotation } = this.place(chain, sensor);
        positions.set(position, 3 * t);
        rotations.set(rotation, 9 * t);
      });
      return { positions, rotations };
    }

    /* ---- one frame ---- */

    place(chain, { on, offset, mounting }) {
      const { origin, axes } = on.vertex === undefined ? this.onBone(chain, on.bone) : this.onSkin(chain, on.vertex);
      const shift = apply(axes, offset);
      return { position: origin.map((value, a) => value + shift[a] + chain.place[a]), rotation: multiply(axes, mounting) };
    }

    onBone({ positions, rotations, forearm }, bone) {
      const j = bone === "forearm" ? 0 : this.model.jointNames.indexOf(bone);
      const turned = bone === "forearm" ? forearm : rotations[j];
      return { origin: Array.from(positions.subarray(3 * j, 3 * j + 3)), axes: multiply(turned, this.boneFrames[j]) };
    }

    /* The skin's moving frame: its axes in the flat hand, turned as the joints turn that move the vertex. */
    onSkin(chain, vertex) {
      const { weights, weightJoints, numVertices } = this.model, influences = weights.length / numVertices;
      const blended = new Array(9).fill(0);
      for (let k = influences * vertex; k < influences * (vertex + 1); k++)
        for (let i = 0; i < 9; i++) blended[i] += weights[k] * chain.rotations[weightJoints[k]][i];
      const turned = multiply(blended, this.mount(vertex));
      const [x, y] = [0, 1].map((axis) => [turned[axis], turned[3 + axis], turned[6 + axis]]);
      return { origin: this.vertex(chain, vertex), axes: columns(unit(y), unit(cross(x, y))) };
    }

    vertex({ rotations, positions, features, rest }, v) {
      const { columns: moved, values } = this.correctives[v];
      const p = [rest.vertices[3 * v], rest.vertices[3 * v + 1], rest.vertices[3 * v + 2]];
      moved.forEach((column, k) => {
        for (let a = 0; a < 3; a++) p[a] += features[column] * values[3 * k + a];
      });
      const { weights, weightJoints } = this.model, influences = weights.length / this.model.numVertices;
      const posed = [0, 0, 0];
      for (let k = influences * v; k < influences * (v + 1); k++) {
        const j = weightJoints[k];
        const turned = apply(rotations[j], p.map((value, a) => value - rest.joints[3 * j + a]));
        for (let a = 0; a < 3; a++) posed[a] += weights[k] * (turned[a] + positions[3 * j + a]);
      }
      return posed;
    }

    /* ---- the frame of a vertex at rest ---- */

    mount(vertex) {
      if (!this.mounts.has(vertex)) this.mounts.set(vertex, this.skinFrame(vertex));
      return this.mounts.get(vertex);
    }

    /* z is the normal, y points towards the fingertips along the skin; over a fingertip, on towards the palm. */
    skinFrame(vertex) {
      const { weights, weightJoints, numVertices } = this.model, influences = weights.length / numVertices;
      const normal = Array.from(this.normals.subarray(3 * vertex, 3 * vertex + 3));
      const bone = this.boneFrames[weightJoints[influences * vertex]]; // strongest first
      const [distal, back] = [1, 2].map((axis) => [bone[axis], bone[3 + axis], bone[6 + axis]]);
      const facing = dot(normal, distal);
      const wanted = Math.abs(facing) < PARALLEL ? distal : back.map((value) => -Math.sign(facing) * value);
      const flat = dot(wanted, normal);
      return columns(unit(wanted.map((value, a) => value - flat * normal[a])), normal);
    }
  }

  /* The pose correctives of each vertex: which of the 135 columns move it, and by how much. */
  function byVertex(numVertices, { start, vertex, value }) {
    const [starts, vertices, values] = [start, vertex, value].map(decode);
    const lists = Array.from({ length: numVertices }, () => ({ columns: [], values: [] }));
    for (let column = 0; column < starts.length - 1; column++)
      for (let row = starts[column]; row < starts[column + 1]; row++) {
        lists[vertices[row]].columns.push(column);
        lists[vertices[row]].values.push(values[3 * row], values[3 * row + 1], values[3 * row + 2]);
      }
    return lists;
  }

  function vertexNormals(points, faces) {
    const normals = new Float64Array(points.length);
    const edge = (from, to) => [0, 1, 2].map((a) => points[3 * to + a] - points[3 * from + a]);
    for (let f = 0; f < faces.length; f += 3) {
      const normal = cross(edge(faces[f], faces[f + 1]), edge(faces[f], faces[f + 2]));
      for (let c = f; c < f + 3; c++) for (let a = 0; a < 3; a++) normals[3 * faces[c] + a] += normal[a];
    }
    for (let i = 0; i < normals.length; i += 3) normals.set(unit(Array.from(normals.subarray(i, i + 3))), i);
    return normals;
  }

  root.ImuSensor = { LabMotion, SensorRig, NUM_TURNS };
  if (typeof module === "object" && module.exports) module.exports = root.ImuSensor;
})(typeof window === "object" ? window : globalThis);
