"""The slow twin of HRNet: public weights by their public names, a convolution as a sum over its kernel."""

import torch

BRANCHES = 4


def random_state(generator, *, width, blocks, modules, stem, bottlenecks, narrow, head, dim, classes=0):
    """Made-up weights with the names and shapes of the published ones, large enough that each matters."""
    made = {}

    def conv(name, outputs, inputs, size, bias=False):
        made[f"{name}.weight"] = random(outputs, inputs, size, size) / (inputs * size * size) ** 0.5
        if bias:
            made[f"{name}.bias"] = random(outputs)

    def norm(name, channels):
        made[f"{name}.weight"] = 1 + random(channels) / 4
        made[f"{name}.bias"] = random(channels) / 4
        made[f"{name}.running_mean"] = random(channels) / 4
        made[f"{name}.running_var"] = 1 + torch.rand(channels, dtype=torch.float64, generator=generator)
        made[f"{name}.num_batches_tracked"] = torch.tensor(7)

    def random(*shape):
        return torch.randn(shape, dtype=torch.float64, generator=generator)

    def bottleneck(name, inputs, few):
        for k, (i, o, size) in enumerate(((inputs, few, 1), (few, few, 3), (few, 4 * few, 1)), 1):
            conv(f"{name}.conv{k}", o, i, size)
            norm(f"{name}.bn{k}", o)
        if inputs != 4 * few:
            conv(f"{name}.downsample.0", 4 * few, inputs, 1)
            norm(f"{name}.downsample.1", 4 * few)

    def pair(name, outputs, inputs, size, bias=False):
        conv(f"{name}.0", outputs, inputs, size, bias)
        norm(f"{name}.1", outputs)

    widths = [width * 2**b for b in range(BRANCHES)]
    for k, inputs in ((1, 3), (2, stem)):
        conv(f"conv{k}", stem, inputs, 3)
        norm(f"bn{k}", stem)
    for k in range(bottlenecks):
        bottleneck(f"layer1.{k}", 4 * narrow if k else stem, narrow)
    pair("transition1.0", widths[0], 4 * narrow, 3)
    for stage in range(2, BRANCHES + 1):
        pair(
            f"transition{stage - 1}.{stage - 1}.0", widths[stage - 1], widths[stage - 2] if stage > 2 else 4 * narrow, 3
        )
        for m in range(modules[stage - 2]):
            for b in range(stage):
                for n in range(blocks):
                    for k in (1, 2):
                        conv(f"stage{stage}.{m}.branches.{b}.{n}.conv{k}", widths[b], widths[b], 3)
                        norm(f"stage{stage}.{m}.branches.{b}.{n}.bn{k}", widths[b])
            for to in range(stage):
                for of in range(stage):
                    name = f"stage{stage}.{m}.fuse_layers.{to}.{of}"
                    if of > to:
                        pair(name, widths[to], widths[of], 1)
                    for step in range(to - of):
                        pair(f"{name}.{step}", widths[to if step == to - of - 1 else of], widths[of], 3)
    for b in range(BRANCHES):
        bottleneck(f"incre_modules.{b}.0", widths[b], head // 4 * 2**b)
        if b:
            pair(f"downsamp_modules.{b - 1}", head * 2**b, head * 2 ** (b - 1), 3, bias=True)
    pair("final_layer", dim, head * 2 ** (BRANCHES - 1), 1, bias=True)
    if classes:
        made |= {"classifier.weight": random(classes, dim), "classifier.bias": random(classes)}
    return made


def hrnet(state, pictures, training=False):
    """Four widened maps, the finest first, and the pooled vector."""
    s = Named(state, training)
    mean, sd = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[..., None, None].double()  # float32's
    x = (pictures - mean) / sd
    x = relu(s.norm("bn1", s.conv("conv1", x, 2)))
    x = relu(s.norm("bn2", s.conv("conv2", x, 2)))
    for k in range(s.length("layer1")):
        x = s.bottleneck(f"layer1.{k}", x)
    branches = [relu(s.pair("transition1.0", x)), relu(s.pair("transition1.1.0", x, 2))]
    for stage in range(2, BRANCHES + 1):
        if stage > 2:
            branches.append(relu(s.pair(f"transition{stage - 1}.{stage - 1}.0", branches[-1], 2)))
        for m in range(s.length(f"stage{stage}")):
            branches = s.module(f"stage{stage}.{m}", branches)
    maps = [s.bottleneck(f"incre_modules.{b}.0", x) for b, x in enumerate(branches)]
    x = maps[0]
    for b in range(BRANCHES - 1):
        x = maps[b + 1] + relu(s.pair(f"downsamp_modules.{b}", x, 2))
    x = relu(s.pair("final_layer", x))
    return (*maps, x.sum((2, 3)) / (x.shape[2] * x.shape[3]))


class Named:
    """Layers by the names of their weights."""

    def __init__(self, state, training):
        self.state, self.training = state, training

    def length(self, name):
        return 1 + max(int(key.split(".")[1]) for key in self.state if key.startswith(f"{name}."))

    def module(self, name, branches):
        for b in range(len(branches)):
            n = 0
            while f"{name}.branches.{b}.{n}.conv1.weight" in self.state:
                branches[b] = self.basic(f"{name}.branches.{b}.{n}", branches[b])
                n += 1
        return [
            relu(sum(self.told(f"{name}.fuse_layers.{to}.{of}", x, of - to) for of, x in enumerate(branches)))
            for to in range(len(branches))
        ]

    def told(self, name, x, finer):
        """What a branch is told by one that is `finer` times halved against it; negative: by a finer one."""
        if finer > 0:
            x = self.pair(name, x)
            rows, columns = (torch.arange(side * 2**finer) // 2**finer for side in x.shape[2:])
            return x[:, :, rows][..., columns]
        for step in range(-finer):
            x = self.pair(f"{name}.{step}", x, 2)
            x = x if step == -finer - 1 else relu(x)
        return x

    def basic(self, name, x):
        y = relu(self.norm(f"{name}.bn1", self.conv(f"{name}.conv1", x)))
        return relu(x + self.norm(f"{name}.bn2", self.conv(f"{name}.conv2", y)))

    def bottleneck(self, name, x):
        y = relu(self.norm(f"{name}.bn1", self.conv(f"{name}.conv1", x)))
        y = relu(self.norm(f"{name}.bn2", self.conv(f"{name}.conv2", y)))
        y = self.norm(f"{name}.bn3", self.conv(f"{name}.conv3", y))
        return relu(y + (self.pair(f"{name}.downsample", x) if f"{name}.downsample.0.weight" in self.state else x))

    def pair(self, name, x, stride=1):
        return self.norm(f"{name}.1", self.conv(f"{name}.0", x, stride))

    def conv(self, name, x, stride=1):
        kernel = self.state[f"{name}.weight"]
        size, (rows, columns) = kernel.shape[-1], x.shape[2:]
        around = x.new_zeros(*x.shape[:2], rows + size - 1, columns + size - 1)
        around[..., size // 2 : size // 2 + rows, size // 2 : size // 2 + columns] = x
        y = 0
        for a in range(size):
            for b in range(size):
                part = around[..., a : a + rows : stride, b : b + columns : stride]
                y = y + torch.einsum("oi,nihw->nohw", kernel[..., a, b], part)
        return y + self.state[f"{name}.bias"][:, None, None] if f"{name}.bias" in self.state else y

    def norm(self, name, x):
        weight, bias, mean, var = (
            self.state[f"{name}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
        )
        if self.training:
            mean = x.mean((0, 2, 3), keepdim=True)
            var = (x - mean).square().mean((0, 2, 3), keepdim=True)
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias


def relu(x):
    return x * (x > 0)
