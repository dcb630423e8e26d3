"""A network as plain lists and arrays, written out the same way by every library version.

The converted files are pinned by SHA-256. So nothing here depends on defaults of
``onnx`` or ``protobuf``: names, opset, IR version and the order of everything are set
explicitly, and doc strings, shape hints and tool names of the source are dropped.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx

# Opset 13 has every operator used here and is read by any current runtime.
OPSET = 13
# IR version 8 is the oldest one that tools still write for opset 13.
IR_VERSION = 8
PRODUCER = "facegate-setup"

_FLOAT = onnx.TensorProto.FLOAT
_TYPES = {
    onnx.TensorProto.FLOAT: "<f4",
    onnx.TensorProto.INT64: "<i8",
    onnx.TensorProto.INT8: "|i1",
    onnx.TensorProto.UINT8: "|u1",
}
_CODES = {np.dtype(code): number for number, code in _TYPES.items()}


@dataclass
class Node:
    """One operator: its type, tensor names and attributes (int, float, list of int, bytes)."""

    op: str
    inputs: list
    outputs: list
    attributes: dict = field(default_factory=dict)


@dataclass
class Graph:
    """A network: nodes in running order, constants by name, inputs and outputs with shapes.

    A shape is a list of sizes; a string stands for a size that is free.
    """

    name: str
    nodes: list
    constants: dict
    inputs: list
    outputs: list

    def consumers(self, tensor):
        """The nodes that read `tensor`."""
        return [node for node in self.nodes if tensor in node.inputs]

    def drop_unused(self):
        """Removes nodes and constants that no output needs."""
        needed = {name for name, _ in self.outputs}
        kept = []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                kept.append(node)
                needed.update(node.inputs)
        self.nodes = kept[::-1]
        self.constants = {k: v for k, v in self.constants.items() if k in needed}


def array_of(tensor):
    """The values of an ONNX tensor as an array; only the types used by our sources."""
    code = _TYPES.get(tensor.data_type)
    if code is None:
        raise ValueError(f"tensor {tensor.name} has the unknown type {tensor.data_type}")
    if tensor.raw_data:
        values = np.frombuffer(tensor.raw_data, dtype=code)
    elif tensor.data_type == _FLOAT:
        values = np.array(tensor.float_data, dtype=code)
    elif tensor.data_type == onnx.TensorProto.INT64:
        values = np.array(tensor.int64_data, dtype=code)
    else:
        values = np.array(tensor.int32_data, dtype=code)
    return values.reshape(list(tensor.dims))


def read(data):
    """Parses the bytes of an ONNX file; `Constant` nodes become constants."""
    source = onnx.load_model_from_string(data).graph
    constants = {t.name: array_of(t) for t in source.initializer}
    nodes = []
    for proto in source.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}
        if proto.op_type == "Constant":
            constants[proto.output[0]] = array_of(attributes["value"])
        else:
            nodes.append(Node(proto.op_type, list(proto.input), list(proto.output), attributes))
    inputs = [(i.name, _shape(i)) for i in source.input if i.name not in constants]
    return Graph("", nodes, constants, inputs, [(o.name, _shape(o)) for o in source.output])


def write(graph):
    """The bytes of an ONNX file: equal graphs give equal bytes."""
    graph.drop_unused()
    model = onnx.ModelProto()
    model.ir_version = IR_VERSION
    model.producer_name = PRODUCER
    model.opset_import.add().version = OPSET
    model.graph.name = graph.name
    for node in graph.nodes:
        proto = model.graph.node.add()
        proto.op_type = node.op
        proto.name = node.outputs[0]
        proto.input.extend(node.inputs)
        proto.output.extend(node.outputs)
        for name in sorted(node.attributes):
            _set_attribute(proto.attribute.add(), name, node.attributes[name])
    for name in sorted(graph.constants):
        _set_tensor(model.graph.initializer.add(), name, graph.constants[name])
    for name, shape in graph.inputs:
        _set_value(model.graph.input.add(), name, shape)
    for name, shape in graph.outputs:
        _set_value(model.graph.output.add(), name, shape)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _shape(value):
    dims = value.type.tensor_type.shape.dim
    return [d.dim_param if d.WhichOneof("value") == "dim_param" else d.dim_value for d in dims]


def _set_attribute(proto, name, value):
    proto.name = name
    if isinstance(value, int):
        proto.type, proto.i = onnx.AttributeProto.INT, value
    elif isinstance(value, float):
        proto.type, proto.f = onnx.AttributeProto.FLOAT, value
    elif isinstance(value, bytes):
        proto.type, proto.s = onnx.AttributeProto.STRING, value
    else:
        proto.type = onnx.AttributeProto.INTS
        proto.ints.extend(int(v) for v in value)


def _set_tensor(proto, name, array):
    dtype = array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype
    proto.name = name
    proto.data_type = _CODES[dtype]
    proto.dims.extend(array.shape)
    proto.raw_data = np.ascontiguousarray(array, dtype=dtype).tobytes()


def _set_value(proto, name, shape):
    proto.name = name
    proto.type.tensor_type.elem_type = _FLOAT
    for size in shape:
        dim = proto.type.tensor_type.shape.dim.add()
        if isinstance(size, str):
            dim.dim_param = size
        else:
            dim.dim_value = size
