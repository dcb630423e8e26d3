"""Turns weight-only quantised graphs into plain fp32 ones.

The package ships YuNet and SFace with int8 weights and one scale per block of 64 values
(opset 21). ONNX Runtime refuses SFace in this form, and the arithmetic is fp32 anyway, so
the weights are expanded once, here, and not at every start.
"""

import numpy as np


def dequantise(values, scale, zero, axis, block):
    """`(values - zero) * scale` in fp32.

    With `block` > 0 one scale serves `block` neighbours along `axis` (the last block may be
    shorter); with `block` = 0 a vector of scales runs along `axis`, and a scalar serves all.
    """
    values = values.astype(np.float32)
    scale = scale.astype(np.float32)
    zero = np.zeros_like(scale) if zero is None else zero.astype(np.float32)
    if block:
        picked = np.arange(values.shape[axis]) // block
        scale, zero = np.take(scale, picked, axis=axis), np.take(zero, picked, axis=axis)
    elif scale.size > 1:
        shape = [1] * values.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return (values - zero) * scale


def fold(graph):
    """Folds `DequantizeLinear` and `Reshape` of constants and removes `Dropout`, in place."""
    constants, alias, kept = graph.constants, {}, []
    for node in graph.nodes:
        node.inputs = [alias.get(name, name) for name in node.inputs]
        source, result = node.inputs[0], node.outputs[0]
        if node.op == "Dropout":
            # It does nothing when a network is only run.
            alias[result] = source
        elif node.op == "DequantizeLinear" and source in constants:
            zero = node.inputs[2] if len(node.inputs) > 2 else ""
            constants[result] = dequantise(
                constants[source],
                constants[node.inputs[1]],
                constants[zero] if zero else None,
                node.attributes.get("axis", 1),
                node.attributes.get("block_size", 0),
            )
        elif node.op == "Reshape" and source in constants:
            constants[result] = constants[source].reshape(constants[node.inputs[1]])
        else:
            kept.append(node)
    graph.nodes = kept
    graph.outputs = [(alias.get(name, name), shape) for name, shape in graph.outputs]
    return graph
