"""What is meant to differ between the two recordings, each with its reason.

Patterns are those of fnmatch on CASE/PART, as the report names them: `remove/crop/files/out.png`,
`serve-open/scan/plain/headers`, `value/*/stderr`. A row goes when the recording that it is compared with has the
change.
"""

# (pattern, reason): reported, and no failure.
INTENDED = []

# (regular expression, reason): a line of a text's or a place of a JSON's difference. A part all of whose differing lines are
# here differs as intended.
LINES = [
    (r'^\.(\w+\.|\w+\[\d+\]\.)*engine is new: (null|"onnxruntime")$', "results tell the engine"),
    (r"^[+-].* on cpu \((onnxruntime, )?(fp32|int8)\), ", "the engine is told beside the precision"),
    (r"^\+(onnxruntime would compute on the CPU: |computed by onnxruntime )", "so is why, and its version"),
    (r"^\+X-Peel-Engine: onnxruntime$", "so it is in answers"),
    (r"^[+-]peel: .*; peel reads JPEG, ", "more formats are read"),
    (r"scripts/setup\.sh --gpu", "the hint tells those who have no checkout, too"),
]

# (pattern, reason): an encoder has changed. PNGs with other bytes are the same where their pixels, profile and other
# chunks are.
BY_PIXELS = []
