"""One recipe per converted network: source bytes in, ONNX bytes out.

Each changes only what the server needs (free sizes, extra outputs); the weights and the
order of the arithmetic stay as they came.
"""

import numpy as np

from . import graph as graphs
from .checkpoint import read_checkpoint
from .efficientnet import context_graph
from .fold import fold
from .graph import Node

BATCH = "N"


def yunet(data):
    """YuNet in fp32; input `[N,3,H,W]`, H and W any multiples of 32."""
    graph = fold(graphs.read(data))
    graph.name = "yunet"
    _free_first_size_of_reshapes(graph)
    graph.inputs = [("input", [BATCH, 3, "H", "W"])]
    graph.outputs = [
        (name, [BATCH, "cells_" + name.rsplit("_", 1)[1], shape[2]]) for name, shape in graph.outputs
    ]
    return graphs.write(graph)


def sface(data):
    """SFace in fp32 with its inner feature maps as two more outputs.

    `fc1` [N,128] is the template as before. `attr_global` [N,1024] is the last 7x7x1024
    map averaged over space, `attr_grid` [N,2048] the 14x14x512 map of `conv_12` averaged
    over its four quarters, at index `channel*4 + row*2 + column`.
    """
    graph = fold(graphs.read(data))
    graph.name = "sface"
    late, early = _settled(graph, "conv_14_conv2d"), _settled(graph, "conv_12_conv2d")
    graph.nodes += [
        Node("GlobalAveragePool", [late], ["attr_global_pool"]),
        Node("Flatten", ["attr_global_pool"], ["attr_global"], {"axis": 1}),
        Node("AveragePool", [early], ["attr_grid_pool"], {"kernel_shape": [7, 7], "strides": [7, 7]}),
        Node("Flatten", ["attr_grid_pool"], ["attr_grid"], {"axis": 1}),
    ]
    graph.inputs = [("data", [BATCH, 3, 112, 112])]
    graph.outputs = [
        ("fc1", [BATCH, 128]),
        ("attr_global", [BATCH, 1024]),
        ("attr_grid", [BATCH, 2048]),
    ]
    return graphs.write(graph)


def fr_feature(data):
    """The second embedding with a free batch size; `input` [N,3,112,112] → `output` [N,512]."""
    graph = graphs.read(data)
    graph.name = "fr_feature"
    _free_first_size_of_reshapes(graph)
    graph.inputs = [("input", [BATCH, 3, 112, 112])]
    graph.outputs = [("output", [BATCH, 512])]
    return graphs.write(graph)


def fr_liveness(data):
    """The liveness network with a free batch size; `input` [N,3,128,128] → `output` [N,3]."""
    graph = graphs.read(data)
    graph.name = "fr_liveness"
    # The exporter wrote "flatten" as Shape, Gather, Unsqueeze, Concat and Reshape.
    for node in graph.nodes:
        if node.op == "Reshape":
            node.op, node.inputs, node.attributes = "Flatten", node.inputs[:1], {"axis": 1}
    graph.inputs = [("input", [BATCH, 3, 128, 128])]
    graph.outputs = [("output", [BATCH, 3])]
    return graphs.write(graph)


def attribute_context(data):
    """EfficientNet-Lite0 up to block 10, pooled; `input` [N,3,128,128] → `context` [N,1008]."""
    return graphs.write(context_graph(read_checkpoint(data), BATCH))


RECIPES = {
    "yunet": yunet,
    "sface": sface,
    "fr_liveness": fr_liveness,
    "fr_feature": fr_feature,
    "attribute_context": attribute_context,
}


def _free_first_size_of_reshapes(graph):
    # 0 means "as in the input", so a fixed batch of one becomes any batch.
    for node in graph.nodes:
        if node.op == "Reshape":
            target = graph.constants[node.inputs[1]].copy()
            target[0] = 0
            name = node.outputs[0] + "_shape"
            graph.constants[name] = target.astype(np.int64)
            node.inputs = [node.inputs[0], name]


def _settled(graph, tensor):
    """The tensor after the BatchNorm and PReLU nodes that alone follow `tensor`."""
    while True:
        readers = graph.consumers(tensor)
        if len(readers) != 1 or readers[0].op not in ("BatchNormalization", "PRelu"):
            return tensor
        tensor = readers[0].outputs[0]
