"""What is run: the program's command lines. A new option gets a line here before it is built into something else.

Words in braces stand for: {net} the real model on one thread of the CPU in FP32, {fast} a stand-in for it that takes no
time, {fixed} another with an input of one size, {cpu} all three without the model's name, {none} the same for a scan by
edges alone, {here} the case's own folder, {networks} and {store} those of the stand-ins. Where the mask is not what a
case is about, it takes {fast}: the whole run has to stay a matter of minutes.
"""

import json

from case import Case
from told import MISTAKES, config_cases, information
from values import VALUES

ABBREVIATIONS = {
    "net": "-m u2netp --device cpu --precision fp32 --threads 1",
    "fast": "-m {networks}/brightness.onnx --device cpu --precision fp32 --threads 1",
    "fixed": "-m {networks}/fixed.onnx --device cpu --precision fp32 --threads 1",
    "cpu": "--device cpu --precision fp32 --threads 1",
    "none": "-m none --threads 1",
}


def _removals():
    """{name: arguments}."""
    dog = "remove dog.jpg {fast} "
    real = "remove dog.jpg {net} "
    one = {
        "plain": real + "-o out.png",
        "json": dog + "--json",
        "verbose": dog + "-o out.png -v",
        "quiet": dog + "-o out.png -q",
        "to-stdout": dog + "-o -",
        "only-mask": real + "-o out.png --only-mask --json",
        "putalpha": dog + "-o out.png --putalpha",
        "putalpha-extras": dog + """-o out.png -x '{"putalpha": true}'""",
        "crop": dog + "-o out.png --crop --json",
        "crop-margin": dog + "-o out.png --crop=15 --json",
        "crop-mask": dog + "-o out.png --crop=7 -om --json",
        "bgcolor": dog + "-o out.png --bgcolor 255 120 0 255",
        "bgcolor-half": dog + "-o out.png -bgc 10 20 30 128",
        "background-name": dog + "-o out.png --background teal",
        "background-hex": dog + "-o out.png --background '#0080ff80'",
        "background-numbers": dog + "-o out.png --background 255,136,0",
        "background-picture": dog + "-o out.png --background bird.jpg",
        "background-transparent-picture": dog + "-o out.png --background ghost.png",
        "background-crop-jpeg": dog + "-o out.jpg --background white --crop=20 --json",
        "background-mask": dog + "-o out.png --background red --only-mask",
        "post-process": dog + "-o out.png --post-process-mask",
        "post-process-mask": real + "-o out.png -ppm -om",
        "threshold": dog + "-o out.png --threshold 100 -om",
        "min-area": dog + "-o out.png --min-area 500 -om",
        "min-area-percent": dog + "-o out.png --min-area 2% -om",
        "largest": dog + "-o out.png --largest -om",
        "fill-holes": dog + "-o out.png --fill-holes -om",
        "fill-holes-area": dog + "-o out.png --fill-holes=1% -om",
        "grow": dog + "-o out.png --offset 3.5 -om",
        "shrink": dog + "-o out.png --offset -2 -om",
        "feather": dog + "-o out.png --feather 4 -om",
        "invert": dog + "-o out.png --invert",
        "cleaned-in-order": dog + "-o out.png --threshold 60 --min-area 100 --largest --fill-holes --offset -1 "
                                  "--feather 2 --invert --json",
        "refine": real + "-o out.png --refine --json",
        "refine-mask": dog + "-o out.png --refine -om",
        "matting": "remove hair.png {net} -o out.png --alpha-matting --json",
        "matting-letters": "remove bird.jpg {net} -o out.png -a -af 220 -ab 30 -ae 6 --json",
        "matting-auto": "remove bird.jpg {net} -o out.png -a --erode auto -v",
        "matting-exact": "remove bird.jpg {net} -o out.png -a --alpha-matting-exact",
        "matting-mask": "remove bird.jpg {net} -o out.png -a -om",
        "matting-putalpha": "remove bird.jpg {net} -o out.png -a --putalpha",
        "matting-background": "remove bird.jpg {net} -o out.jpg -a --background navy --crop=4",
        "matting-refine-clean": "remove bird.jpg {net} -o out.png -a --refine --largest --offset 1",
        "matting-nothing-certain": "remove dog.jpg {net} -o out.png -a -af 255 -ab 0 -ae 1000 --json",
        "decontaminate": dog + "-o out.png --decontaminate",
        "decontaminate-refine": "remove hair.png {net} -o out.png --decontaminate --refine",
        "quality": dog + "-o out.webp --quality 40",
        "lossless": dog + "-o out.webp --quality 100",
        "jpeg-quality": dog + "-o out.jpg --quality 60",
        "format-over-ending": dog + "-o out.dat --format webp",
        "ending-unknown": dog + "-o out.dat --json",
        "turned": "remove turned.jpg {net} -o out.jpg --json",
        "person": "remove person.jpg {net} -o out.webp --json",
        "large-jpeg": "remove large.jpg {fast} -o out.jpg --background white --json",
        "large-mask": "remove large.jpg {net} -o out.png -om --refine",
        "rgb16": "remove rgb16.png {fast} --json",
        "palette": "remove palette.png {fast} --json",
        "cmyk": "remove cmyk.jpg {fast} --json",
        "tiff": "remove grey.tif {fast} -o out.tiff --json",
        "bmp": "remove screen.bmp {fast} --json",
        "webp": "remove flower.webp {fast} -o out.webp",
        "transparent-input": "remove ghost.png {fast} --json",
        "blank": "remove blank.png {fast} --json",
        "one-pixel": "remove one.png {fast} --json",
        "several": "remove dog.jpg bird.jpg none.jpg broken.jpg {fast} -o out/ --json",
        "several-words": "remove dog.jpg bird.jpg text.jpg {fast} -o out/ --crop=3",
        "same-names": "remove dog.jpg ./dog.jpg {fast} -o out/ --json",
        "folder": "remove photos {fast} -o out/ --format jpeg --json",
        "batch": "remove photos {fixed} --batch 2 -o out/ --json",
        "beside": "remove bird.jpg {fast}",
        "max-size": dog + "-o out.png --max-size 320 -om",
    }
    for kind in ("png", "webp", "jpeg", "tiff", "avif", "jxl"):
        one["format-" + kind] = dog + f"-o out.{kind} --json"
    for effort in ("fast", "balanced", "small"):
        for kind in ("png", "webp", "jxl"):
            one[f"effort-{effort}-{kind}"] = "remove bird.jpg {fast} " + f"-o out.{kind} --effort {effort}"
    for name, more in {"plain": "", "mask": "-om", "ppm": "-ppm", "matting": "-a", "matting-letters":
                       "-a -af 230 -ab 20 -ae 15", "putalpha": "--putalpha", "bgcolor": "-bgc 255 255 255 255",
                       "bgcolor-half": "-bgc 200 100 0 100", "crop": "--crop=5", "refine": "--refine",
                       "clean": "--largest --fill-holes --offset 2", "decontaminate": "--decontaminate",
                       "background": "--background olive", "jpeg": "--format jpeg"}.items():
        model = "{net}" if name in ("plain", "mask", "matting", "matting-letters") else "{fast}"
        one["compat-" + name] = f"remove bird.jpg {model} --compat -o out.png --json " + more
    one["compat-mask-ppm"] = real + "--compat -om -ppm -o out.png"
    one["compat-turned"] = "remove turned.jpg {net} --compat -om -o out.png"
    one["compat-rgb16"] = "remove rgb16.png {fast} --compat -o out.png"
    one["compat-given-mask"] = "remove dog.jpg --mask islands.png --compat -o out.png --threads 1"
    return one


def _given_masks():
    dog = "remove dog.jpg --mask islands.png --threads 1 "
    one = {
        "plain": dog + "-o out.png --json",
        "words": dog + "-o out.png",
        "of-a-cutout": "remove dog.jpg --mask ghost.png --threads 1 -o out.png --json",
        "white": "remove dog.jpg --mask white.png --threads 1 -o out.png --json",
        "black": "remove dog.jpg --mask black.png --threads 1 -o out.png --json --crop",
        "only-mask": dog + "-o out.png -om",
        "crop": dog + "-o out.png --crop=2 --json",
        "crop-invert": dog + "-o out.png --crop=2 --invert --json",
        "refine": dog + "-o out.png --refine",
        "matting": "remove bird.jpg --mask islands.png --threads 1 -o out.png -a --json",
        "decontaminate": dog + "-o out.png --decontaminate",
        "background": dog + "-o out.png --background bird.jpg",
        "several": "remove dog.jpg bird.jpg --mask islands.png --threads 1 -o out/ --json",
        "with-model": dog + "-m u2netp -o out.png",
        "missing": "remove dog.jpg --mask none.png -o out.png",
        "no-picture": "remove dog.jpg --mask text.jpg -o out.png",
        "trimap": "remove hair.png --trimap hair_trimap.png --threads 1 -o out.png --json",
        "trimap-mask": "remove hair.png --trimap hair_trimap.png --threads 1 -o out.png -om",
        "trimap-exact": "remove hair.png --trimap hair_trimap.png --threads 1 -o out.png --alpha-matting-exact -om",
        "trimap-compat": "remove hair.png --trimap hair_trimap.png --threads 1 -o out.png --compat",
        "trimap-other-size": "remove bird.jpg --trimap islands.png --threads 1 -o out.png --json",
        "trimap-and-mask": "remove dog.jpg --trimap white.png --mask white.png -o out.png",
        "trimap-and-matting": "remove dog.jpg --trimap white.png -a -o out.png",
        # What every reader makes of its file, as it is written again.
        "formats": "remove formats --mask white.png --putalpha --effort fast --max-pixels 1M --threads 1 -o out/ "
                   "--json",
        "formats-compat": "remove formats --mask white.png --compat --format tiff --max-pixels 100K --threads 1 "
                          "-o out/ --json",
    }
    for name, more in {"threshold": "--threshold 128", "min-area": "--min-area 100", "min-area-percent":
                       "--min-area 0.5%", "largest": "--largest", "fill-holes": "--fill-holes", "fill-holes-area":
                       "--fill-holes=20", "grow": "--offset 2.5", "shrink": "--offset=-1.5", "feather": "--feather 6",
                       "invert": "--invert", "ppm": "-ppm", "all": "-ppm --threshold 50 --min-area 10 --largest "
                       "--fill-holes --offset 1 --feather 3 --invert"}.items():
        one["clean-" + name] = dog + "-o out.png -om " + more
    return one


def _selections():
    """Stand-ins for models that are told what is to stay."""
    cloth = "remove clothes.png -m u2net_cloth_seg {cpu} -o out.png "
    sam = "remove clothes.png -m sam {cpu} -o out.png "
    point = json.dumps({"sam_prompt": [{"type": "point", "data": [20, 15], "label": 1}]})
    marks = json.dumps({"sam_prompt": [{"type": "rectangle", "data": [10, 10, 50, 40]},
                                       {"type": "point", "data": [60, 30], "label": 0}]})
    return {
        "cloth": cloth + "--json",
        "cloth-mask": cloth + "-om",
        "cloth-upper": cloth + "--category upper",
        "cloth-lower-mask": cloth + "-om --category lower",
        "cloth-full-letters": cloth + """-om -x '{"cc": "full"}'""",
        "cloth-category-word": cloth + """-om -x '{"cloth_category": "lower"}'""",
        "cloth-compat": cloth + "--compat --json",
        "cloth-compat-mask": cloth + "--compat -om",
        "cloth-compat-ppm": cloth + "--compat -ppm",
        "cloth-compat-putalpha": cloth + "--compat --putalpha",
        "cloth-compat-background": cloth + "--compat -bgc 1 2 3 255",
        "cloth-compat-matting": cloth + "--compat -a -ae 3",
        "cloth-compat-upper": cloth + "--compat --category upper --json",
        "cloth-crop": cloth + "--category upper --crop=3 --json",
        "cloth-person": "remove person.jpg -m u2net_cloth_seg {cpu} -o out.png -om --json",
        "cloth-folder": "folder photos out -m u2net_cloth_seg {cpu} -om --jobs 1 --json",
        "cloth-folder-compat": "folder photos out -m u2net_cloth_seg {cpu} -om --compat --jobs 1 --json",
        "cloth-stream": "stream 64 48 -m u2net_cloth_seg {cpu} --jobs 1 -om --category lower",
        "sam": sam + "--json",
        "sam-point": sam + "-om --prompt point:20,15",
        "sam-points": sam + "-om --prompt point:20,15 --prompt background:60,40",
        "sam-box": sam + "-om --prompt box:10,10,50,40 --json",
        "sam-extras": sam + f"-om -x '{point}'",
        "sam-extras-box": sam + f"-om -x '{marks}'",
        "sam-json-prompt": sam + """-om --prompt '[{"type":"point","data":[70,45],"label":1}]'""",
        "sam-compat": sam + "--compat --prompt point:20,15 --json",
        "sam-model-named": sam + """-om -x '{"sam_model": "sam_vit_b_01ec64", "sam_quant": false}'""",
        "sam-by-path": "remove clothes.png -m {store}/sam_vit_b_01ec64.encoder.onnx {cpu} -o out.png -om --json",
        "sam-cuda": "remove clothes.png -m sam --device cuda --threads 1 -o out.png --json",
        "sam-folder": "folder photos out -m sam {cpu} -om --jobs 1 --prompt point:20,15 --json",
        "sam-refuses-category": sam + "--category upper",
        "sam-outside": sam + "--prompt point:91,2",
        "sam-only-background": sam + "--prompt background:1,2",
        "sam-other-model": sam + """-x '{"sam_model": "sam_vit_h"}'""",
        "sam-quantised": sam + """-x '{"sam_quant": true}'""",
        "prompt-without-sam": "remove clothes.png {net} -o out.png --prompt point:1,2",
        "category-without-clothes": "remove clothes.png {net} -o out.png --category upper",
        "extras-unknown": "remove clothes.png {net} -o out.png -x '{\"putalfa\": true}'",
        "extras-no-json": "remove clothes.png {net} -o out.png -x putalpha",
        "extras-path-elsewhere": """remove clothes.png {net} -o out.png -x '{"model_path": "mine.onnx"}'""",
        "custom": "remove disc.png -m {networks}/brightness.onnx {cpu} -o out.png --json",
        "custom-layout": "remove disc.png -m {networks}/brightness.onnx {cpu} -o out.png -om --input-size 48x32 "
                         "--mean 0.5,0.5,0.5 --std 1,1,1 --output-kind logits --json",
        "custom-max-size": "remove bird.jpg -m {networks}/brightness.onnx {cpu} -o out.png -om --max-size 100 --json",
        "custom-compat": "remove disc.png -m {networks}/brightness.onnx {cpu} -o out.png -om --compat --json",
        "custom-u2net": """remove disc.png -m u2net_custom {cpu} -o out.png -om """
                        """-x '{"model_path": "{networks}/brightness.onnx"}' --json""",
        "custom-dis": """remove disc.png -m dis_custom {cpu} -o out.png -om """
                      """-x '{"model_path": "{networks}/brightness.onnx"}' --json""",
        "custom-ben": """remove disc.png -m ben_custom {cpu} -o out.png -om """
                      """-x '{"model_path": "{networks}/brightness.onnx"}' --json""",
        "custom-not-there": "remove disc.png -m u2net_custom {cpu} -o out.png",
        "auto": "remove bird.jpg {cpu} -o out.png --json -v",
    }


def _rembg():
    return {
        "i": "i {net} dog.jpg out.png",
        "i-mask": "i {net} -om dog.jpg out.png",
        "i-matting": "i {net} -a -af 240 -ab 10 -ae 10 bird.jpg out.png",
        "i-ppm-bgc": "i {fast} -ppm -bgc 255 0 0 255 dog.jpg out.png",
        "p": "p {fast} --jobs 1 photos out",
        "p-delete": "p {fast} --jobs 1 -d photos out",
        "p-no-watch": "p {fast} --jobs 1 -om photos out --json",
        "d-help": "d --help",
        "d-unknown": "d u2nett",
        "s-help": "s -h",
    }


def _folders():
    start = "folder photos out {fast} --jobs 1 "
    real = "folder photos out {net} --jobs 1 "
    return {
        "plain": start,
        "json": real + "--json",
        "recursive": start + "--recursive --json --format webp",
        "include": start + "--include '*.jpg' --exclude 'b*' --json",
        "two-at-a-time": "folder photos out {fast} --jobs 2 --json",
        "batch": "folder photos out {fixed} --jobs 1 --batch 2 --json",
        "crop-background": start + "--crop=5 --background white --format jpeg --json",
        "matting": real + "-a --include bird.jpg --json",
        "clean": start + "-om --largest --feather 2 --json",
        "compat": start + "--compat -ppm --json",
        "delete": start + "--delete-input --json",
        "odd": "folder formats out {fast} --jobs 1 --include '*.jpg' --include '*.gif' --max-pixels 1M -om --json",
        "too-large": start + "--max-bytes 20K --json",
        "missing": "folder none out {net}",
        "into-itself": "folder photos photos {fast} --jobs 1 --format jpeg --json",
        "one-name": "folder photos",
        "bad-pattern": start + "--include '['",
    }


def _streams():
    start = "stream 64 48 {fast} --jobs 1 "
    one = {
        "plain": start,
        "quiet": start + "-q",
        "smooth": start + "--smooth",
        "model": "stream 64 48 {fixed} --jobs 1 --smooth",
        "smooth-much": start + "--smooth=0.9 -om",
        "mask": start + "-om",
        "background": start + "--background '#00b140'",
        "background-half": start + "--background '#00b14080'",
        "background-picture": start + "--background bird.jpg",
        "putalpha": start + "--putalpha",
        "clean": start + "--largest --fill-holes --offset 1 --feather 2 -om",
        "refine": start + "--refine",
        "matting": start + "-a -ae 4",
        "decontaminate": start + "--decontaminate",
        "two-at-a-time": "stream 64 48 {fast} --jobs 2 --smooth",
        "batch": "stream 64 48 {fixed} --jobs 1 --batch 2",
        "numbered": start + "-o out/%03u.png --json",
        "numbered-jpeg": start + "-o out/f%u.jpg --quality 80 --json",
        "json-needs-files": start + "--json",
        "no-place": start + "-o out.png",
    }
    return one


def _scans():
    """By edges alone but where it says otherwise: a scan with the model is what `remove` does and then this."""
    return {
        "plain": "scan desk.jpg {none} --json",
        "words": "scan desk.jpg {none} -o out.jpg",
        "verbose": "scan desk.jpg {none} -o out.jpg -v",
        "to-stdout": "scan desk.jpg {none} -o -",
        "model": "scan desk.jpg {net} -o out.png --json",
        "model-letter": "scan letter.jpg {net} -o out.jpg --json",
        "model-auto": "scan small_page.jpg {cpu} -o out.jpg --json",
        "letter": "scan letter.jpg {none} -o out.png --json",
        "receipt": "scan receipt.jpg {none} -o out.png --json",
        "receipt2": "scan receipt2.jpg {net} -o out.jpg --json",
        "small": "scan small_page.jpg {none} -o out.png --json",
        "whiteboard": "scan whiteboard.jpg {net} -o out.jpg --json",
        "book": "scan book.jpg {net} -o out.jpg --json",
        "flat": "scan flat.png {none} -o out.png --json",
        "large": "scan large_page.jpg {net} -o out.jpg --json",
        "likeliest": "scan bedroom.jpg {none} -o out.jpg --json",
        "nothing-words": "scan bedroom.jpg {net} -o out.jpg",
        "blank": "scan blank.png {none} -o out.jpg --json",
        "contrast": "scan desk.jpg {none} -o out.png --enhance contrast --json",
        "contrast-colours": "scan colours.jpg {none} -o out.jpg --enhance contrast --corners "
                            "0,0,1654,0,1654,2339,0,2339",
        "bw": "scan desk.jpg {none} -o out.png --enhance bw --json",
        "bw-tiff": "scan letter.jpg {none} -o out.tiff --enhance bw",
        "bw-beside": "scan desk.jpg {none} --enhance bw --json",
        "page-none": "scan desk.jpg {none} -o out.png --page none --json",
        "page-a4": "scan letter.jpg {none} -o out.png --page a4 --json",
        "page-letter": "scan letter.jpg {none} -o out.png --page letter --json",
        "page-legal": "scan letter.jpg {none} -o out.jpg --page legal --json",
        "page-card": "scan desk.jpg {none} -o out.jpg --page card --json",
        "page-size": "scan receipt.jpg {none} -o out.jpg --page 80x200 --json",
        "corners": "scan bedroom.jpg {none} -o out.png --corners 100,50,500,80,520,400,90,380 --json",
        "corners-crossed": "scan bedroom.jpg {none} -o out.png --corners 0,0,500,300,500,0,0,300 --json",
        "corners-outside": "scan bedroom.jpg {none} -o out.png --corners=-10,-10,700,0,640,426,0,426 --json",
        "min-confidence": "scan desk.jpg {none} -o out.png --min-confidence 0.999 --json",
        "any-confidence": "scan bedroom.jpg {none} -o out.jpg --min-confidence 0 --json",
        "turned": "scan turned.jpg {none} -o out.jpg --json --min-confidence 0",
        "transparent-jpeg": "scan ghost.png {none} -o out.jpg --corners 10,10,90,10,90,90,10,90",
        "transparent-png": "scan ghost.png {none} -o out.png --corners 10,10,90,10,90,90,10,90",
        "rgb16": "scan rgb16.png {none} -o out.png --corners 0,0,32,0,32,32,0,32",
        "webp": "scan desk.jpg {none} -o out.webp --quality 50",
        "folder": "scan pages {none} -o out/ --json",
        "folder-words": "scan pages {none} -o out/ --enhance bw",
        "pdf": "scan desk.jpg letter.jpg {none} -o out.pdf --json",
        "pdf-bw": "scan desk.jpg {none} -o out.pdf --enhance bw --page a4 --json",
        "pdf-folder": "scan pages {none} -o out.pdf --page a4 --enhance contrast --json",
        "pdf-stdout": "scan desk.jpg {none} --format pdf -o -",
        "pdf-no-page": "scan blank.png {none} -o out.pdf",
        "debug": "scan desk.jpg {none} -o out.jpg --debug seen --json",
        "debug-model": "scan desk.jpg {net} -o out.jpg --debug seen",
        "missing": "scan none.jpg {none} -o out.jpg",
        "broken": "scan broken.jpg {none} -o out.jpg --json",
        "onto-itself": "scan desk.jpg {none} -o desk.jpg",
    }


def _piped():
    yield Case("pipe/remove", "remove {net}", stdin="bird.jpg")
    yield Case("pipe/remove-format", "remove - {fast} -o - --format webp", stdin="bird.jpg")
    yield Case("pipe/remove-nothing", "remove - {net} -o out.png", stdin="empty.png")
    yield Case("pipe/rembg", "i {fast} -om", stdin="bird.jpg")
    yield Case("pipe/scan", "scan {none}", stdin="desk.jpg")
    yield Case("pipe/scan-pdf", "scan - {none} --format pdf -o -", stdin="desk.jpg")
    yield Case("pipe/stream-cut-short", "stream 64 48 {fast} --jobs 1", stdin="cut_short.rgb")
    yield Case("pipe/stream-empty", "stream 64 48 {net} --jobs 1", stdin="empty.png")


def _word(value):
    return "".join(c if c.isalnum() or c in "-.%" else "_" for c in value).strip("_") or "alone"


def all_cases():
    groups = {"remove": _removals(), "mask": _given_masks(), "selection": _selections(), "rembg": _rembg(),
              "folder": _folders(), "scan": _scans(), "tell": information(), "mistake": MISTAKES}
    for group, cases in groups.items():
        for name, arguments in cases.items():
            yield Case(f"{group}/{name}", arguments, stdin="frames.rgb" if " stream " in f" {arguments}" else "")
    for name, arguments in _streams().items():
        yield Case("stream/" + name, arguments, stdin="frames.rgb")
    yield from config_cases()
    yield from _piped()
    for command, options in VALUES.items():
        for option, values in options.items():
            for value in values:
                name = f"value/{_word(command)}/{_word(option)}/{_word(value)}"
                yield Case(name, f"{command} {option}{value}")
