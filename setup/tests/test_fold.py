"""Weights come out of the quantised form with the right numbers, and files come out the same every time."""

import unittest

from . import HAVE_LIBRARIES, needs_libraries

if HAVE_LIBRARIES:
    import numpy as np

    from setup import graph as graphs
    from setup.fold import dequantise, fold
    from setup.graph import Graph, Node


@needs_libraries
class Dequantise(unittest.TestCase):
    def test_one_scale_serves_a_block_and_the_last_block_may_be_short(self):
        values = np.array([[10, 20, 30, 40, 50]], np.int8)
        scale = np.array([[1.0, 0.5, 2.0]], np.float32)
        zero = np.array([[0, 10, 20]], np.int8)
        result = dequantise(values, scale, zero, axis=1, block=2)
        np.testing.assert_array_equal(result, [[10, 20, 10, 15, 60]])
        self.assertEqual(result.dtype, np.float32)

    def test_a_vector_of_scales_runs_along_the_axis(self):
        values = np.array([[1, 2], [3, 4]], np.int8)
        scale = np.array([10, 100], np.float32)
        np.testing.assert_array_equal(dequantise(values, scale, None, 0, 0), [[10, 20], [300, 400]])
        np.testing.assert_array_equal(dequantise(values, scale, None, 1, 0), [[10, 200], [30, 400]])

    def test_a_single_scale_serves_all(self):
        values = np.array([-128, 127], np.int8)
        result = dequantise(values, np.array(0.5, np.float32), np.array(-1, np.int8), 1, 0)
        np.testing.assert_array_equal(result, [-63.5, 64])


def quantised_graph():
    """y = Dropout(x·w), with w stored as int8 in one row and reshaped to 2x2."""
    constants = {
        "q": np.array([2, 4, 6, 8], np.int8),
        "s": np.array([0.5, 2], np.float32),
        "z": np.array([0, 1], np.int8),
        "shape": np.array([2, 2], np.int64),
    }
    nodes = [
        Node("DequantizeLinear", ["q", "s", "z"], ["w_flat"], {"axis": 0, "block_size": 2}),
        Node("Reshape", ["w_flat", "shape"], ["w"]),
        Node("MatMul", ["x", "w"], ["product"]),
        Node("Dropout", ["product"], ["dropped"]),
        Node("Relu", ["dropped"], ["y"]),
    ]
    return Graph("tiny", nodes, constants, [("x", ["N", 2])], [("y", ["N", 2])])


@needs_libraries
class Fold(unittest.TestCase):
    def test_only_the_arithmetic_stays(self):
        folded = fold(quantised_graph())
        self.assertEqual([node.op for node in folded.nodes], ["MatMul", "Relu"])
        self.assertEqual(folded.nodes[1].inputs, ["product"])
        np.testing.assert_array_equal(folded.constants["w"], [[1, 2], [10, 14]])

    def test_a_dropout_at_the_end_hands_its_input_out(self):
        graph = quantised_graph()
        graph.nodes.pop()
        graph.outputs = [("dropped", ["N", 2])]
        self.assertEqual(fold(graph).outputs, [("product", ["N", 2])])

    def test_a_file_reads_back_without_the_quantised_parts(self):
        back = graphs.read(graphs.write(fold(quantised_graph())))
        self.assertEqual(list(back.constants), ["w"])
        self.assertEqual((back.inputs, back.outputs), ([("x", ["N", 2])], [("y", ["N", 2])]))
        np.testing.assert_array_equal(back.constants["w"], [[1, 2], [10, 14]])

    def test_equal_graphs_give_equal_bytes_whatever_the_order_of_constants(self):
        one, other = fold(quantised_graph()), fold(quantised_graph())
        other.constants = dict(reversed(list(other.constants.items())))
        self.assertEqual(graphs.write(one), graphs.write(other))
