"""Stand-in networks for models whose weights are not at hand, as ONNX files written without the onnx package.

The same as tests/support writes in C++: clothes told apart by colour, and Segment Anything's two graphs, whose subject
is what is bright or near a point. Here they are written once more because this tool must not change with the house
that it watches.
"""

import struct

FLOAT, INT64 = 1, 7  # TensorProto.DataType


def _varint(value):
    value &= (1 << 64) - 1  # negative numbers in two's complement, as protobuf has them
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _float(field, value):
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _tensor(shape, values):
    packed = struct.pack(f"<{len(values)}f", *values)
    return b"".join(_number(1, size) for size in shape) + _number(2, FLOAT) + _bytes(9, packed)


def _attribute(name, value):
    """The type is that of the value: 1.0, 1, [1.0], [1], or (shape, values) of a tensor."""
    out = _bytes(1, name)
    if isinstance(value, tuple):
        return out + _bytes(5, _tensor(*value)) + _number(20, 4)
    if isinstance(value, float):
        return out + _float(2, value) + _number(20, 1)
    if isinstance(value, int):
        return out + _number(3, value) + _number(20, 2)
    if isinstance(value[0], float):
        return out + b"".join(_float(7, one) for one in value) + _number(20, 6)
    return out + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _node(output, kind, inputs, attributes):
    return (b"".join(_bytes(1, one) for one in inputs) + _bytes(2, output) + _bytes(4, kind) +
            b"".join(_bytes(5, _attribute(*one)) for one in attributes.items()))


def _value(name, shape):
    """A size that is a word is left open under that name."""
    sizes = b"".join(_bytes(1, _bytes(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, sizes)))


def _model(name, inputs, outputs, nodes):
    """`inputs` and `outputs`: {name: shape}; `nodes`: (output, kind, inputs separated by spaces, attributes)."""
    graph = b"".join(_bytes(1, _node(output, kind, wanted.split(), attributes))
                     for output, kind, wanted, attributes in nodes)
    graph += _bytes(2, name)
    graph += b"".join(_bytes(11, _value(*one)) for one in inputs.items())
    graph += b"".join(_bytes(12, _value(*one)) for one in outputs.items())
    return _number(1, 7) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def brightness(size=("H", "W")):
    """A custom model, of open size unless one is given, that takes next to no time: what is bright is the subject, with
    soft edges, islands and holes."""
    return _model("brightness", {"picture": [1, 3, *size]}, {"map": [1, 1, *size]}, [
        ("mean", "ReduceMean", "picture", {"axes": [1], "keepdims": 1}),
        ("contrast", "Constant", "", {"value_float": 4.0}),
        ("clearer", "Mul", "mean contrast", {}),
        ("map", "Sigmoid", "clearer", {}),
    ])


def clothes():
    """Classes by colour: green `upper`, red `lower`, blue `full`, black none of them."""
    weights = [0, 0, 0, -3, 3, -3, 3, -3, -3, -3, -3, 3]
    return _model("clothes", {"picture": [1, 3, "H", "W"]}, {"classes": [1, 4, "H", "W"]}, [
        ("weights", "Constant", "", {"value": ([4, 3, 1, 1], weights)}),
        ("least", "Constant", "", {"value_floats": [0.0, -10.0, -10.0, -10.0]}),
        ("classes", "Conv", "picture weights least", {}),
    ])


def segment_anything_encoder(width, height):
    return _model("encoder", {"input_image": [height, width, 3]}, {"image_embeddings": [1, 3, height, width]}, [
        ("planes", "Transpose", "input_image", {"perm": [2, 0, 1]}),
        ("front", "Constant", "", {"value_ints": [0]}),
        ("image_embeddings", "Unsqueeze", "planes front", {}),
    ])


def segment_anything_decoder(width, height, reach=12):
    """Logits: brightness / 255 * 8 - 4 + for each point sign * min(8, max(0, reach - |dx| - |dy|)); far below 0
    everywhere where the sizes or the first mask are not what the real decoder needs."""
    size = [height, width]
    inputs = {"image_embeddings": [1, 3, *size], "point_coords": [1, "N", 2], "point_labels": [1, "N"],
              "mask_input": [1, 1, 256, 256], "has_mask_input": [1], "orig_im_size": [2]}
    outputs = {"masks": [1, 1, *size], "iou_predictions": [1, 1], "low_res_masks": [1, 1, *size]}
    constants = {"zero": 0.0, "one": 1.0, "most": 8.0, "minus": -1.0, "width": float(width), "height": float(height),
                 "reach": float(reach), "first": 0, "second": 1, "last": [1], "on_places": [2, 3],
                 "part": 8 / 255, "middle": 4.0, "thousand": 1000.0, "right_size": [float(height), float(width)]}
    kinds = {float: "value_float", int: "value_int", list: "value_ints"}
    nodes = []
    for name, value in constants.items():
        kind = "value_floats" if name == "right_size" else kinds[type(value)]
        nodes.append((name, "Constant", "", {kind: value}))
    nodes += [
        ("columns", "Range", "zero width one", {}),
        ("row_numbers", "Range", "zero height one", {}),
        ("rows", "Unsqueeze", "row_numbers last", {}),
        ("x_flat", "Gather", "point_coords first", {"axis": 2}),
        ("y_flat", "Gather", "point_coords second", {"axis": 2}),
        ("x", "Unsqueeze", "x_flat on_places", {}),
        ("y", "Unsqueeze", "y_flat on_places", {}),
        ("across_signed", "Sub", "columns x", {}),
        ("down_signed", "Sub", "rows y", {}),
        ("across", "Abs", "across_signed", {}),
        ("down", "Abs", "down_signed", {}),
        ("distance", "Add", "across down", {}),
        ("near", "Sub", "reach distance", {}),
        ("weight", "Clip", "near zero most", {}),
        ("is_ground", "Equal", "point_labels zero", {}),
        ("positive", "Clip", "point_labels zero one", {}),
        ("signs", "Where", "is_ground minus positive", {}),
        ("sign", "Unsqueeze", "signs on_places", {}),
        ("signed", "Mul", "sign weight", {}),
        ("prompted", "ReduceSum", "signed last", {"keepdims": 1}),
        ("brightness", "ReduceMean", "image_embeddings", {"axes": [1], "keepdims": 1}),
        ("scaled", "Mul", "brightness part", {}),
        ("seen", "Sub", "scaled middle", {}),
        ("plain", "Add", "seen prompted", {}),
        ("size_off", "Sub", "orig_im_size right_size", {}),
        ("size_wrong_each", "Abs", "size_off", {}),
        ("size_wrong", "ReduceSum", "size_wrong_each", {"keepdims": 0}),
        ("mask_abs", "Abs", "mask_input", {}),
        ("mask_wrong", "ReduceSum", "mask_abs", {"keepdims": 0}),
        ("has_wrong", "ReduceSum", "has_mask_input", {"keepdims": 0}),
        ("wrong_two", "Add", "size_wrong mask_wrong", {}),
        ("wrong", "Add", "wrong_two has_wrong", {}),
        ("penalty", "Mul", "wrong thousand", {}),
        ("masks", "Sub", "plain penalty", {}),
        ("low_res_masks", "Identity", "masks", {}),
        ("iou_predictions", "Constant", "", {"value": ([1, 1], [0.9])}),
    ]
    return _model("decoder", inputs, outputs, nodes)


def write_store(folder, u2netp, size):
    """The models' folder of the program under test: the one real model, and the stand-ins. `size`: width, height of the
    pictures that Segment Anything's stand-in takes."""
    folder.mkdir()
    (folder / "u2netp.onnx").write_bytes(u2netp.read_bytes())
    (folder / "u2net_cloth_seg.onnx").write_bytes(clothes())
    (folder / "sam_vit_b_01ec64.encoder.onnx").write_bytes(segment_anything_encoder(*size))
    (folder / "sam_vit_b_01ec64.decoder.onnx").write_bytes(segment_anything_decoder(*size))
