"""python3 -m benches.peers.one_output SOURCE TARGET OUTPUT: a network cut down to what one of its outputs needs."""

import sys

from setup import tools

from ..places import ROOT


def main() -> None:
    source, target, output = sys.argv[1:]
    if not tools.activate(ROOT):
        tools.install(ROOT)
    import onnx.utils

    inputs = [value.name for value in onnx.load(source, load_external_data=False).graph.input]
    onnx.utils.extract_model(source, target, inputs, [output])


main()
