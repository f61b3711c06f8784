"""Of each command: what the values of an option may be, at their ends and beyond. What is taken ends at the picture,
which is not there."""

_CUTOUT_VALUES = {
    "--bgcolor": [" 0 0 0 255", " 0 0 0 256", " 1 2 3", " a b c d"],
    "--background": ["=blurple", "=#12345", "=1,2", "=#ff8800", "="],
    "--threshold": ["=0", "=255", "=256", "=-1", "=1.5"],
    "--min-area": ["=0", "=100%", "=101%", "=-1", "=many", "=1e12"],
    "--fill-holes": ["", "=0", "=100%", "=101%", "=many"],
    "--offset": ["=500", "=-500", "=501", "=-501", "=nan"],
    "--feather": ["=500", "=501", "=-1"],
    "--alpha-matting-foreground-threshold": ["=0", "=255", "=256"],
    "--alpha-matting-background-threshold": ["=0", "=255", "=-1"],
    "--alpha-matting-erode-size": ["=0", "=1000", "=1001", "=-3", "=auto", "=automatic"],
    "--erode": ["=15", "=2.5"],
    "--only-mask": [" --putalpha"],
    "--category": ["=upper", "=all", "=upperr"],
    "--prompt": ["=point:1", "=point:1,2", "=box:1,2,3,4", "=circle:1,2", "=[1]", "=[{]"],
    "--extras": ["=1", """='{"putalpha": 1}'""", """='{"cc": "none"}'""", """='{"sam_prompt": 1}'"""],
}
_OUTPUT_VALUES = {
    "--format": ["=png", "=jpg", "=jpeg", "=bmp", "=pdf"],
    "--quality": ["=1", "=100", "=0", "=101"],
    "--effort": ["=fast", "=slow"],
    "-o": [" ''", " nowhere/out.png", " /dev/full"],
}
_LIMIT_VALUES = {
    "--max-pixels": ["=1K", "=2.5M", "=0", "=-1", "=1T", "=many"],
    "--max-bytes": ["=1K", "=1.5M", "=0", "=x"],
}
_NETWORK_VALUES = {
    "--device": ["=cpu", "=gpu", "=cuda --require"],
    "--precision": ["=fp32", "=fp64", "=fp16", "=int8"],
    "--threads": ["=0", "=1024", "=1025", "=-1"],
    "--max-size": ["=1", "=16384", "=16385", "=0"],
    "--input-size": ["=1", "=8192", "=8193", "=16384", "=16385", "=64x32", "=0x1", "=x"],
    "--mean": ["=0.5,0.5,0.5", "=1,2", "=a,b,c"],
    "--std": ["=1,1,1", "=0,0,0", "=-1,1,1"],
    "--output-kind": ["=logits", "=classes"],
    "-m": [" u2net", " u2nett", " none", " none.onnx", " text.jpg", " ''"],
    "--offline": [""],
}
_BATCH_VALUES = {"--batch": ["=1", "=64", "=65", "=0"]}
_CROP_VALUES = {"--crop": ["", "=0", "=100000", "=100001", "=1000000", "=1000001", "=-1", "=x"]}
_MESSAGE_VALUES = {"--json": [" --verbose", " --quiet"], "--quiet": [" --verbose"]}


def _last(values):
    """Of each option one: that the command has it, and to the same limits."""
    return {option: each[-1:] for option, each in values.items()}


VALUES = {
    "remove none.jpg": {**_CUTOUT_VALUES, **_OUTPUT_VALUES, **_LIMIT_VALUES, **_NETWORK_VALUES, **_BATCH_VALUES,
                        **_CROP_VALUES, **_MESSAGE_VALUES, "--mask": ["=none.png", "=", "=white.png -m u2netp"]},
    "folder none out": {**_last(_CUTOUT_VALUES), **_last(_NETWORK_VALUES), **_BATCH_VALUES, **_last(_CROP_VALUES),
                        "--jobs": ["=0", "=1024", "=1025"], "--memory": ["=1G", "=0", "=x"],
                        "--format": ["=webp", "=pdf"]},
    "scan none.jpg": {**_OUTPUT_VALUES, **_LIMIT_VALUES, **_NETWORK_VALUES, **_MESSAGE_VALUES,
                      "--page": ["=auto", "=a4", "=A4", "=a5", "=80x200", "=0x1", "=1x"],
                      "--enhance": ["=bw", "=grey"],
                      "--corners": ["=1,2,3,4,5,6,7,8", "=1,2", "=a"],
                      "--min-confidence": ["=0", "=1", "=1.1", "=-0.1"],
                      "--debug": ["=''"], "--background": ["=white"], "--batch": ["=2"]},
    "stream 0": {"": [""]},
    "stream 0 48": {"": [""]},
    "stream 16384 16385": {"": [""]},
    "stream 64 48": {**_last(_CUTOUT_VALUES), **_last(_OUTPUT_VALUES), **_last(_NETWORK_VALUES), **_BATCH_VALUES,
                     "--smooth": ["=1", "=0.99", "=-1"], "--jobs": ["=1025"], "--mask": ["=white.png"]},
    # A server with a sound command line goes on: these end at a certificate that is not there.
    "serve --tls-cert none --tls-key none -m u2netp -p 0": {
        "--max-bytes": ["=1M", "=x"], "--max-pixels": ["=1M", "=x"], "--upload-memory": ["=1M", "=x"],
        "--picture-memory": ["=1G", "=x"], "--model-memory": ["=1G", "=x"], "--queue": ["=1", "=0", "=100001"],
        "--connections": ["=1", "=0", "=100001"], "--timeout": ["=30", "=30s", "=500ms", "=2m", "=2h", "=x"],
        "--drain": ["=0", "=-1"], "--port": ["=65536", "=7000"], "--log-level": ["=error", "=loud"],
        "--threads": ["=1025"], "--jobs": ["=1025"], "--batch": ["=65"], "--device": ["=gpu"],
        "--api-keys": ["=none.txt"], "--api-keys-env": ["=NOT_SET"], "--cors": ["=https://a.example,nonsense"],
        "--model": ["=u2nett"], "--mask": ["=x"],
    },
    "serve --tls-cert none": {"": [""]},
    "bench -i photos -o out": {"--num-samples": ["=0", "=x"], "--rounds": ["=-1", "=x"], "--threads": ["=x"],
                               "--configs": ["=cpu-fp3"], "--batch": ["=65"], "--models": ["=u2nett"]},
    "bench": {"": [""], "-i": [" photos"]},
    "quantize u2netp": {"": [""], "--samples": ["=7 --calibration photos", "=x"], "--method": ["=best"],
                        "--target": ["=gpu"], "--calibration": ["=none", "=photos"],
                        "-o": [" '' --calibration photos"]},
    "quantize": {"": [""]},
    "models warm": {"--batch": ["=65"], "--device": ["=gpu"]},
    "models": {"": [" lst", " list extra", " download"]},
    "info": {"": [" extra", " --jsn"]},
    "completion": {"": [""]},
}
