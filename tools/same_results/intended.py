"""What is meant to differ between the two recordings, each with its reason.

Patterns are those of fnmatch on CASE/PART, as the report names them: `remove/crop/files/out.png`,
`serve-open/scan/plain/headers`, `value/*/stderr`. A row goes when the recording that it is compared with has the
change.
"""

# (pattern, reason): reported, and no failure.
INTENDED = [
    ("scan/flat/*", "a page that is flat already is left as it is"),
    ("scan/whiteboard/*", "corners that cannot be those of a flat page tell no shape: it is a guess, and said to be one"),
    ("scan/receipt2/*", "a guessed shape is told, and the confidence is lower"),
    ("scan/any-confidence/*", "a guessed shape is told, and the confidence is lower"),
    ("scan/corners-outside/*", "a guessed shape is told, and the confidence is lower"),
    ("scan/bw*/files/*", "a filled square stays of one tone"),
    ("scan/contrast*/files/*", "a filled square stays of one tone"),
    ("scan/*/files/*.jp*g", "the paper's size is in the file"),
    ("scan/*/files/out.pdf", "the paper's size is in the file"),
    ("scan/webp/files/out.webp", "the paper's size is in the file"),
    ("scan/*/stdout", "the paper's size is told, and in the file"),
    ("config/scan/*", "the paper's size is told, and a filled square stays of one tone"),
    ("pipe/scan*/stdout", "the paper's size is in the file"),
    ("selection/cloth-*", "a part without a pixel is no subject"),
    ("remove/palette/*", "colours told by gAMA and cHRM get their profile, and what the network sees follows it"),
    ("remove/rgb16/*", "colours told by gAMA and cHRM get their profile, and what the network sees follows it"),
    ("remove/ending-unknown/*", "an ending that stands for no format is refused"),
    ("remove/background-transparent-picture/*", "a transparent background stays one"),
    ("mask/formats*/files/out/*", "PBM, JPEG 2000 and more kinds of TIFF are read"),
    ("mask/formats*/std*", "PBM, JPEG 2000 and more kinds of TIFF are read; pages that are left out are told of"),
    ("folder/odd/*", "pages that are left out are told of; more formats are read"),
    ("serve-closed/models/body", "the formats that are read are told"),
    ("tell/help*", "options are new; OpenVINO is an engine and no device; spellings come in the catalogue's order"),
    ("tell/completion-*", "options are new"),
    ("rembg/?-help/stdout", "options are new; OpenVINO is an engine and no device"),
    ("tell/info*", "engines are told; memory is told in GB"),
    ("tell/models*", "u2net's size is known; that checksums are off is said; the engine is measured; messages for the server, too"),
    ("mistake/model-offline/*", "the message names no option, as it is for the server too"),
    ("mistake/page-unknown/stderr", "--page fit is new"),
    ("mistake/cuda-required/stdout", "the hint tells those who have no checkout, too"),
    ("remove/verbose/stderr", "what is kept of the graph is told elsewhere"),
    ("value/bench_*/stderr", "OpenVINO is an engine; a busy machine is told of"),
    ("value/*/--category/*", "all three parts at a time: --category all"),
    ("value/*/--extras/*", "all three parts at a time: --category all"),
    ("value/*/--bgcolor/*", "the whole value is told, not its part at fault"),
    ("value/*/--device/gpu/stderr", "OpenVINO is an engine and no device"),
    ("value/*/--format/jpg/*", "jpg is jpeg"),
    ("value/*/--input-size/*", "one limit on both ways: 16384; it was 8192 on the command line"),
    ("value/scan*/--background/*", "scan takes a background on both ways"),
    ("value/serve_*/stderr", "one reader of values: the option by its first name, times with their units"),
    ("serve-*/the-program/stderr", "answers are longer by what is told above"),
]

# (regular expression, reason): a line of a text's or a place of a JSON's difference. A part all of whose differing lines are
# here differs as intended.
LINES = [
    (r"^the case is new$", "it came with what it is about"),
    (r'^\.(\w+\.|\w+\[\d+\]\.)*engine is new: (null|"onnxruntime")$', "results tell the engine"),
    (r"^[+-].* on cpu \((onnxruntime, )?(fp32|int8)\), ", "the engine is told beside the precision"),
    (r"^\+(onnxruntime would compute on the CPU: |computed by onnxruntime )", "so is why, and its version"),
    (r"^\+X-Peel-Engine: onnxruntime$", "so it is in answers"),
    (r"^[+-]peel: .*; peel reads JPEG, ", "more formats are read"),
    (r"^\[\d+\]\.summary\.(elsewhere|with_more_pages) is new: 0$", "the summary tells what was left out"),
    (r"^(\[\d+\])?\.size_mm is new: ", "the page's size is told"),
    (r"^[+-]1 pictures? in TIME", "one picture is told of as one"),
    (r"^\+.*: the first of its \d+ pages or frames is taken", "so are pages and frames that are left out"),
    (r"^\+--pages all takes all of them", "and how they are had"),
    (r"^(\[\d+\])?(\.results\[\d+\])?\.notes is new: ..the first of its", "as in JSON"),
    (r"^the pixels are the same, these chunks are not: iCCP$", "colours told by gAMA and cHRM get their profile"),
    (r"^\[\d+\]\.engine is new: ", "results tell the engine"),
    (r"^the pixels are the same, these chunks are not: pHYs$", "the paper's size is in the file"),
    (r"raise --max-pixels", "a client is not told what the operator may do"),
    (r"u2net_custom is a model you bring yourself", "the hint names no option, as it is for the server too"),
    (r"^[+-].*--extras sam_(model|quant) ", "words that are not taken are told of in one way"),
    (r"^[+-]--(admin-port|client-connections|decode-timeout|engine|behind-proxy|model|pages|dc|shard|manifest)\b", "an option is new"),
    (r"scripts/setup\.sh --gpu", "the hint tells those who have no checkout, too"),
]

# (pattern, reason): an encoder has changed. PNGs with other bytes are the same where their pixels, profile and other
# chunks are.
BY_PIXELS = []
