"""The slow twin of DSTFormer: MotionBERT's parameters by MotionBERT's names, one frame, joint, head at a time."""

import math

import torch


def random_state(generator, *, dim_in, dim, depth, mlp_ratio, num_joints, max_len, dim_rep=None):
    """Made-up parameters with the names and shapes of MotionBERT's, large enough that each matters."""
    shapes = {"pos_embed": (1, num_joints, dim), "temp_embed": (1, max_len, 1, dim)}
    linear = {"joints_embed": (dim, dim_in)}
    norms = ["norm"]
    if dim_rep:
        linear["pre_logits.fc"] = (dim_rep, dim)
    for level in range(depth):
        linear[f"ts_attn.{level}"] = (2, 2 * dim)
        for block in (f"blocks_st.{level}", f"blocks_ts.{level}"):
            for axis in "st":
                linear[f"{block}.attn_{axis}.qkv"] = (3 * dim, dim)
                linear[f"{block}.attn_{axis}.proj"] = (dim, dim)
                linear[f"{block}.mlp_{axis}.fc1"] = (mlp_ratio * dim, dim)
                linear[f"{block}.mlp_{axis}.fc2"] = (dim, mlp_ratio * dim)
                norms += [f"{block}.norm1_{axis}", f"{block}.norm2_{axis}"]
    for name, (rows, columns) in linear.items():
        shapes |= {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}
    for name in norms:
        shapes |= {f"{name}.weight": (dim,), f"{name}.bias": (dim,)}
    return {name: torch.randn(s, dtype=torch.float64, generator=generator) / 2 for name, s in shapes.items()}


def dstformer(state, x, num_heads):
    """(B, T, J, C) to (B, T, J, D)."""
    T = x.shape[1]
    depth = sum(name.startswith("ts_attn.") for name in state) // 2
    x = linear(state, "joints_embed", x) + state["pos_embed"] + state["temp_embed"][:, :T]
    for level in range(depth):
        st = spatial(state, f"blocks_st.{level}", x, num_heads)
        st = temporal(state, f"blocks_st.{level}", st, num_heads)
        ts = temporal(state, f"blocks_ts.{level}", x, num_heads)
        ts = spatial(state, f"blocks_ts.{level}", ts, num_heads)
        share = softmax(linear(state, f"ts_attn.{level}", torch.cat([st, ts], -1)))
        x = share[..., [0]] * st + share[..., [1]] * ts
    x = norm(state, "norm", x)
    return torch.tanh(linear(state, "pre_logits.fc", x)) if "pre_logits.fc.weight" in state else x


def spatial(state, block, x, num_heads):
    y = norm(state, f"{block}.norm1_s", x)
    frames = [attend(state, f"{block}.attn_s", y[:, t], num_heads) for t in range(x.shape[1])]
    x = x + torch.stack(frames, 1)
    return x + mlp(state, f"{block}.mlp_s", norm(state, f"{block}.norm2_s", x))


def temporal(state, block, x, num_heads):
    y = norm(state, f"{block}.norm1_t", x)
    joints = [attend(state, f"{block}.attn_t", y[:, :, j], num_heads) for j in range(x.shape[2])]
    x = x + torch.stack(joints, 2)
    return x + mlp(state, f"{block}.mlp_t", norm(state, f"{block}.norm2_t", x))


def attend(state, name, x, num_heads):
    """(B, N, D) to (B, N, D)."""
    dim = x.shape[-1]
    size = dim // num_heads
    heads = []
    qkv = linear(state, f"{name}.qkv", x)
    for h in range(num_heads):
        q, k, v = (qkv[..., part * dim + h * size : part * dim + (h + 1) * size] for part in range(3))
        heads.append(softmax(q @ k.transpose(1, 2) / math.sqrt(size)) @ v)
    return linear(state, f"{name}.proj", torch.cat(heads, -1))


def mlp(state, name, x):
    x = linear(state, f"{name}.fc1", x)
    x = x * (1 + torch.erf(x / math.sqrt(2))) / 2
    return linear(state, f"{name}.fc2", x)


def linear(state, name, x):
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def norm(state, name, x):
    centred = x - x.mean(-1, keepdim=True)
    sd = (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()
    return centred / sd * state[f"{name}.weight"] + state[f"{name}.bias"]


def softmax(x):
    e = torch.exp(x)
    return e / e.sum(-1, keepdim=True)
