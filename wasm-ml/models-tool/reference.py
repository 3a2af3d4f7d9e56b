"""Runs an ONNX file with onnxruntime: MODEL OUT NAME:TYPE:1x3x4:FILE..., and writes the outputs behind each other as singles to OUT."""

import sys

import numpy
import onnx
import onnxruntime

model, out, *inputs = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3

# Files of OpenCV's quantiser ask for blocks of what has one scale, which onnxruntime refuses; it works out the rest by itself.
file = onnx.load(model)
scales = {constant.name: constant.dims for constant in file.graph.initializer}
for node in file.graph.node:
    if node.op_type == "DequantizeLinear" and list(scales.get(node.input[1], [2])) in ([], [1]):
        kept = [attribute for attribute in node.attribute if attribute.name != "block_size"]
        del node.attribute[:]
        node.attribute.extend(kept)
# Weights that have become quantised are still named as inputs there.
used = {name for node in file.graph.node for name in node.input}
kept = [one for one in file.graph.input if one.name in used]
del file.graph.input[:]
file.graph.input.extend(kept)
session = onnxruntime.InferenceSession(file.SerializeToString(), options, providers=["CPUExecutionProvider"])
given = {}
for one in inputs:
    name, kind, shape, file = one.rsplit(":", 3)
    given[name] = numpy.fromfile(file, numpy.dtype(kind)).reshape([int(length) for length in shape.split("x")])
# Tokens are given as wide as the file wants them.
kinds = {"tensor(int32)": numpy.int32, "tensor(int64)": numpy.int64, "tensor(float)": numpy.float32}
given = {one.name: given[one.name].astype(kinds[one.type]) for one in session.get_inputs()}
with open(out, "wb") as file:
    for output in session.run(None, given):
        file.write(numpy.ascontiguousarray(output, dtype=numpy.float32).tobytes())
