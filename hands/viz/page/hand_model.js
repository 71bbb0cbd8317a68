/* The forward pass of a MANO-layout hand in plain JavaScript, without a page: the twin of `hands.mano.Hand`.

   Reads the record that `hands.viz.page_model` writes. Same conventions as in Python: metres, axis-angle in radians,
   `fullPose` is 16 x 3 (wrist first, relative to the flat hand). A left hand is the mirror image of a right one.
   Checked against Python, both sides, by tests/browser/test_live_hand.py. */
(function (root) {
  "use strict";

  const TYPES = { float32: Float32Array, int16: Int16Array, uint16: Uint16Array, uint8: Uint8Array };
  const DEGREES = Math.PI / 180;
  const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

  function decode({ dtype, data }) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new TYPES[dtype](bytes.buffer);
  }

  /* ---- rotations: row-major arrays of nine ---- */

  function rotationFromAxisAngle(x, y, z) {
    const angle = Math.hypot(x, y, z);
    const small = angle < 1e-6; // series, so that the flat hand is exact
    const s = small ? 1 - (angle * angle) / 6 : Math.sin(angle) / angle;
    const c = small ? 0.5 : (1 - Math.cos(angle)) / (angle * angle);
    const k = 1 - c * angle * angle;
    return [
      k + c * x * x, c * x * y - s * z, c * x * z + s * y,
      c * x * y + s * z, k + c * y * y, c * y * z - s * x,
      c * x * z - s * y, c * y * z + s * x, k + c * z * z,
    ];
  }

  function rotationAbout(axis, degrees) {
    return rotationFromAxisAngle(...axis.map((component) => component * degrees * DEGREES));
  }

  function axisAngleFromRotation(m) {
    // by way of the quaternion's largest component: stable at every angle
    const squares = [1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8], 1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8]];
    const largest = squares.indexOf(Math.max(...squares));
    const rows = [
      [squares[0], m[7] - m[5], m[2] - m[6], m[3] - m[1]],
      [m[7] - m[5], squares[1], m[1] + m[3], m[2] + m[6]],
      [m[2] - m[6], m[1] + m[3], squares[2], m[5] + m[7]],
      [m[3] - m[1], m[2] + m[6], m[5] + m[7], squares[3]],
    ];
    const [w, x, y, z] = rows[largest][0] < 0 ? rows[largest].map((q) => -q) : rows[largest];
    const sine = Math.hypot(x, y, z);
    const scale = sine < 1e-12 ? 0 : (2 * Math.atan2(sine, w)) / sine;
    return [x * scale, y * scale, z * scale];
  }

  function multiply(a, b) {
    const product = new Array(9);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        product[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    return product;
  }

  function transpose(m) {
    return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
  }

  function apply(m, v) {
    return [0, 3, 6].map((i) => m[i] * v[0] + m[i + 1] * v[1] + m[i + 2] * v[2]);
  }

  function mirroredPose(fullPose) {
    return fullPose.map((value, i) => (i % 3 === 0 ? value : -value));
  }

  class HandModel {
    constructor(record) {
      Object.assign(this, record);
      for (const [name, array] of Object.entries(record.arrays)) this[name] = decode(array);
      this.keptBetas = null;
    }

    /* The posed hand: vertices (V x 3), joints (16 x 3), keypoints (21 x 3), and each joint's global rotation. */
    forward(fullPose, betas, side = "right") {
      const left = side === "left";
      const rotations = this.localRotations(left ? mirroredPose(Array.from(fullPose)) : fullPose);
      const rest = this.shaped(betas);
      const chain = this.kinematics(rotations, rest.joints);
      const vertices = this.skin(this.corrected(rest.vertices, rotations), chain, rest.joints);
      const hand = { vertices, joints: chain.positions, globalRotations: chain.rotations };
      hand.keypoints = this.keypoints(hand);
      return left ? mirroredHand(hand) : hand;
    }

    localRotations(fullPose) {
      return this.parents.map((_, j) => rotationFromAxisAngle(fullPose[3 * j], fullPose[3 * j + 1], fullPose[3 * j + 2]));
    }

    /* The unposed hand of this shape; kept until another shape is asked for. */
    shaped(betas) {
      if (!this.keptBetas || this.keptBetas.some((beta, k) => beta !== betas[k])) {
        this.keptBetas = Array.from(betas);
        this.kept = {
          vertices: blend(this.vTemplate, this.shapedirs, betas),
          joints: blend(this.jointTemplate, this.jointShapedirs, betas),
        };
      }
      return this.kept;
    }

    /* Adds the pose correctives: one column of displacements for each entry of R - I of the 15 finger joints. */
    corrected(restVertices, rotations) {
      const vertices = Float64Array.from(restVertices);
      for (let column = 0; column < this.posedirsStart.length - 1; column++) {
        const entry = column % 9;
        const feature = rotations[1 + (column - entry) / 9][entry] - IDENTITY[entry];
        if (feature !== 0) this.addCorrective(vertices, column, feature * this.posedirsScale);
      }
      return vertices;
    }

    addCorrective(vertices, column, amount) {
      const { posedirsStart: start, posedirsVertex: vertex, posedirsValue: value } = this;
      for (let row = start[column]; row < start[column + 1]; row++) {
        const v = 3 * vertex[row];
        vertices[v] += amount * value[3 * row];
        vertices[v + 1] += amount * value[3 * row + 1];
        vertices[v + 2] += amount * value[3 * row + 2];
      }
    }

    /* Each joint's global rotation and position, parents first. */
    kinematics(rotations, restJoints) {
      const chain = { rotations: [], positions: new Float64Array(48) };
      this.parents.forEach((parent, j) => {
        const root = parent < 0;
        const bone = [0, 1, 2].map((a) => restJoints[3 * j + a] - (root ? 0 : restJoints[3 * parent + a]));
        const offset = root ? bone : apply(chain.rotations[parent], bone);
        chain.rotations.push(root ? rotations[j] : multiply(chain.rotations[parent], rotations[j]));
        for (let a = 0; a < 3; a++) chain.positions[3 * j + a] = offset[a] + (root ? 0 : chain.positions[3 * parent + a]);
      });
      return chain;
    }

    /* Linear blend skinning: every vertex moves with the weighted mean of its joints' transforms. */
    skin(vertices, chain, restJoints) {
      const transforms = chain.rotations.map((rotation, j) => skinningTransform(rotation, chain.positions, restJoints, j));
      const influences = this.weights.length / this.numVertices;
      const posed = new Float32Array(3 * this.numVertices);
      const mean = new Float64Array(12);
      for (let v = 0; v < this.numVertices; v++) {
        mean.fill(0);
        for (let k = influences * v; k < influences * (v + 1); k++)
          addScaled(mean, transforms[this.weightJoints[k]], this.weights[k]);
        transformPoint(mean, vertices, posed, 3 * v);
      }
      return posed;
    }

    keypoints({ vertices, joints }) {
      const points = new Float64Array(3 * this.keypointsFromJointsAndTips.length);
      this.keypointsFromJointsAndTips.forEach((source, k) => {
        const [from, i] = source < 16 ? [joints, source] : [vertices, this.tipVertices[source - 16]];
        for (let a = 0; a < 3; a++) points[3 * k + a] = from[3 * i + a];
      });
      return points;
    }

    /* ---- anatomical angles in degrees, 16 x 3 (flexion, abduction, twist), the same for both sides ---- */

    poseFromAngles(angles, side = "right") {
      const pose = new Float64Array(48);
      for (let j = 0; j < 16; j++) pose.set(axisAngleFromRotation(this.rotationFromAngles(angles, j)), 3 * j);
      return side === "left" ? mirroredPose(pose) : pose;
    }

    rotationFromAngles(angles, j) {
      const [flexion, abduction, twist] = this.axes[j].map((axis, a) => rotationAbout(axis, angles[3 * j + a]));
      return multiply(multiply(flexion, abduction), twist);
    }

    anglesFromPose(fullPose, side = "right") {
      const pose = side === "left" ? mirroredPose(Array.from(fullPose)) : fullPose;
      const rotations = this.localRotations(pose);
      return Float64Array.from(rotations.flatMap((rotation, j) => anglesInFrame(rotation, this.axes[j])));
    }

    /* The three axes of a joint as the posed hand carries them: flexion with the parent, twist with the bone. */
    posedAxes(angles, globalRotations, j, side = "right") {
      const mirror = side === "left" ? [1, -1, -1] : [1, 1, 1];
      const axes = this.axes[j].map((axis) => axis.map((component, a) => component * mirror[a]));
      const turn = axes.map((axis, a) => rotationAbout(axis, angles[3 * j + a]));
      const parent = this.parents[j] < 0 ? IDENTITY : globalRotations[this.parents[j]];
      const afterFlexion = multiply(parent, turn[0]);
      return [apply(parent, axes[0]), apply(afterFlexion, axes[1]), apply(multiply(afterFlexion, turn[1]), axes[2])];
    }
  }

  function mirroredHand(hand) {
    for (const points of [hand.vertices, hand.joints, hand.keypoints])
      for (let i = 0; i < points.length; i += 3) points[i] = -points[i];
    const signs = [1, -1, -1, -1, 1, 1, -1, 1, 1];
    hand.globalRotations = hand.globalRotations.map((rotation) => rotation.map((entry, i) => entry * signs[i]));
    return hand;
  }

  function blend(template, directions, betas) {
    const points = Float64Array.from(template);
    for (let k = 0; k < betas.length; k++) {
      if (betas[k] === 0) continue;
      for (let i = 0, d = k * points.length; i < points.length; i++, d++) points[i] += betas[k] * directions[d];
    }
    return points;
  }

  /* [R | t] with t = posed joint - R rest joint, as twelve numbers. */
  function skinningTransform(rotation, positions, restJoints, j) {
    const turned = apply(rotation, restJoints.subarray(3 * j, 3 * j + 3));
    return [0, 1, 2].flatMap((a) => [...rotation.slice(3 * a, 3 * a + 3), positions[3 * j + a] - turned[a]]);
  }

  function addScaled(sum, matrix, weight) {
    for (let i = 0; i < 12; i++) sum[i] += weight * matrix[i];
  }

  function transformPoint(matrix, points, out, i) {
    const x = points[i], y = points[i + 1], z = points[i + 2];
    out[i] = matrix[0] * x + matrix[1] * y + matrix[2] * z + matrix[3];
    out[i + 1] = matrix[4] * x + matrix[5] * y + matrix[6] * z + matrix[7];
    out[i + 2] = matrix[8] * x + matrix[9] * y + matrix[10] * z + matrix[11];
  }

  /* Inverse of flexion * abduction * twist: Euler angles in the joint's own frame. */
  function anglesInFrame(rotation, axes) {
    const frame = axes.flat(); // rows are the axes, so frame * v has their coordinates
    const m = multiply(multiply(frame, rotation), transpose(frame));
    const flexion = Math.atan2(-m[5], m[8]);
    const abduction = Math.atan2(m[2], Math.hypot(m[5], m[8]));
    return [flexion, abduction, Math.atan2(-m[1], m[0])].map((angle) => angle / DEGREES);
  }

  root.HandModel = HandModel;
  if (typeof module === "object" && module.exports) module.exports = { HandModel };
})(typeof window === "object" ? window : globalThis);
