"""EfficientNet-Lite0 up to block 10, built from its training checkpoint.

The attribute heads look at the surroundings of a face through these 112 maps. The layout
follows the published network: MBConv blocks without squeeze-and-excite, ReLU6, "SAME"
padding, BatchNorm with epsilon 1e-3, which is folded into the convolutions here.
"""

import math

import numpy as np

from .graph import Graph, Node

SIZE = 128
EPSILON = 1e-3
# (number of blocks, kernel, first stride, expansion, channels out); blocks 0 to 10.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
]


def fold_batch_norm(weight, gamma, beta, mean, variance):
    """Weight and bias (fp32) of one convolution that does what convolution + BatchNorm did."""
    gamma, beta, mean, variance = (v.astype(np.float64) for v in (gamma, beta, mean, variance))
    scale = gamma / np.sqrt(variance + EPSILON)
    folded = weight.astype(np.float64) * scale[:, None, None, None]
    return folded.astype(np.float32), (beta - mean * scale).astype(np.float32)


def same_padding(size, kernel, stride):
    """Size after the layer and the padding (before, after) that "SAME" means for `size`."""
    out = math.ceil(size / stride)
    missing = max((out - 1) * stride + kernel - size, 0)
    return out, missing // 2, missing - missing // 2


class _Builder:
    """Appends layers and remembers the last tensor, its side length and its channels."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = {"zero": np.float32(0).reshape(()), "six": np.float32(6).reshape(())}
        self.tensor, self.size, self.channels = "input", SIZE, 3

    def conv(self, layer, norm, stride, relu):
        parts = [self.weights[f"{norm}.{p}"] for p in ("weight", "bias", "running_mean", "running_var")]
        weight, bias = fold_batch_norm(self.weights[f"{layer}.weight"], *parts)
        out, depth, kernel = weight.shape[0], weight.shape[1], weight.shape[2]
        size, before, after = same_padding(self.size, kernel, stride)
        self.constants[layer + "_w"], self.constants[layer + "_b"] = weight, bias
        self.nodes.append(
            Node(
                "Conv",
                [self.tensor, layer + "_w", layer + "_b"],
                [layer],
                {
                    "group": self.channels // depth,
                    "kernel_shape": [kernel, kernel],
                    "pads": [before, before, after, after],
                    "strides": [stride, stride],
                },
            )
        )
        self.tensor, self.size, self.channels = layer, size, out
        if relu:
            self.nodes.append(Node("Clip", [layer, "zero", "six"], [layer + "_relu6"]))
            self.tensor = layer + "_relu6"

    def block(self, index, stride, expansion):
        name, entry, channels = f"_blocks.{index}.", self.tensor, self.channels
        if expansion != 1:
            self.conv(name + "_expand_conv", name + "_bn0", 1, True)
        self.conv(name + "_depthwise_conv", name + "_bn1", stride, True)
        self.conv(name + "_project_conv", name + "_bn2", 1, False)
        if stride == 1 and channels == self.channels:
            self.nodes.append(Node("Add", [self.tensor, entry], [name + "add"]))
            self.tensor = name + "add"


def context_graph(weights, batch):
    """`input` [batch,3,128,128] (RGB, (x-127)/128) → `context` [batch,1008].

    `context` is the 8x8x112 map averaged in 4x4 windows at stride 2, at index
    `channel*9 + row*3 + column`.
    """
    net = _Builder(weights)
    net.conv("_conv_stem", "_bn0", 2, True)
    index = 0
    for count, kernel, stride, expansion, channels in STAGES:
        for number in range(count):
            net.block(index, stride if number == 0 else 1, expansion)
            index += 1
        if net.channels != channels or weights[f"_blocks.{index - 1}._depthwise_conv.weight"].shape[2] != kernel:
            raise ValueError(f"block {index - 1} of the checkpoint is not EfficientNet-Lite0")
    net.nodes += [
        Node("AveragePool", [net.tensor], ["context_pool"], {"kernel_shape": [4, 4], "strides": [2, 2]}),
        Node("Flatten", ["context_pool"], ["context"], {"axis": 1}),
    ]
    pooled = (net.size - 4) // 2 + 1
    return Graph(
        "attribute_context",
        net.nodes,
        net.constants,
        [("input", [batch, 3, SIZE, SIZE])],
        [("context", [batch, net.channels * pooled * pooled])],
    )
