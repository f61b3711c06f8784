"""What is asked of the server: three APIs and what stands around them, each request by curl."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    name: str
    path: str
    arguments: str = ""  # curl's, as in a shell


# Options of the servers, one after the other. An address of this machine is never fetched from, so none is.
SERVERS = {
    "open": "serve --port 0 --json -m {networks}/brightness.onnx,u2netp --device cpu --precision fp32 --threads 1 "
            "--jobs 1 --timeout 10m --allow-url-fetch",
    "closed": "serve --port 0 --json -m {networks}/brightness.onnx,u2netp --device cpu --precision fp32 --threads 1 "
              "--jobs 1 --no-ui --api-keys keys.txt --cors https://shop.example --max-bytes 300K --max-pixels 200K "
              "--offline --timeout 10m",
}
KEYS = "shop = 0123456789abcdef\n"

_DOG = "-F file=@dog.jpg "


def _remove():
    """Fields of /api/remove: {name: curl's arguments}."""
    one = {
        "plain": "", "model": "-F model=u2netp", "model-auto": "-F model=auto", "a": "-F a=true -F model=u2netp",
        "a-letters": "-F model=u2netp -F a=1 -F af=220 -F ab=30 -F ae=6",
        "ae-auto": "-F model=u2netp -F a=true -F ae=auto",
        "om": "-F om=true",
        "ppm": "-F ppm=yes", "bgc": "-F bgc=255,0,0,255", "bgc-none": "-F bgc=0,0,0,0",
        "background": "-F background=teal", "background-hex": "-F 'background=#00ff0080'",
        "background-over-bgc": "-F background=white -F bgc=1,2,3,255", "background-transparent":
        "-F background=transparent", "putalpha": "-F putalpha=on", "extras-putalpha":
        """-F 'extras={"putalpha": true}'""", "crop": "-F crop=true", "crop-empty": "-F crop=", "crop-margin":
        "-F crop=12", "crop-false": "-F crop=false", "refine": "-F refine=true", "decontaminate":
        "-F decontaminate=t", "threshold": "-F threshold=100 -F om=true", "min_area": "-F min_area=2% -F om=true",
        "min_area-pixels": "-F min_area=500 -F om=true", "largest": "-F largest=y -F om=true",
        "fill_holes": "-F fill_holes=true -F om=true", "fill_holes-area": "-F fill_holes=1% -F om=true",
        "offset": "-F offset=-2 -F om=true", "feather": "-F feather=4 -F om=true", "invert": "-F invert=true",
        "all-cleaning": "-F ppm=1 -F threshold=60 -F min_area=100 -F largest=1 -F fill_holes=1 -F offset=-1 "
                        "-F feather=2 -F invert=1", "compat": "-F compat=true -F model=u2netp", "compat-om-ppm":
        "-F compat=true -F om=true -F ppm=true", "compat-a": "-F compat=true -F a=true -F model=u2netp", "quality":
        "-F format=webp -F quality=40", "effort-fast": "-F effort=fast", "effort-small": "-F effort=small",
        "jpeg-crop-background": "-F format=jpeg -F crop=5 -F background=navy",
        "empty-values": "-F a= -F om= -F model= -F quality=", "unknown-field": "-F sharpen=true",
        "twice": "-F om=true -F om=false", "accept-webp": "-H 'Accept: image/webp,image/png;q=0.5'",
        "accept-any": "-H 'Accept: image/*'", "accept-none": "-H 'Accept: text/html'",
    }
    for kind in ("png", "webp", "jpeg", "jpg", "tiff", "avif", "jxl", "auto"):
        one["format-" + kind] = "-F format=" + kind
    for name, fields in one.items():
        yield Request("remove/" + name, "/api/remove", _DOG + fields)
    raw = "--data-binary @bird.jpg -H 'Content-Type: image/jpeg'"
    yield Request("remove/raw", "/api/remove", raw)
    yield Request("remove/raw-query", "/api/remove?om=true&threshold=90", raw)
    yield Request("remove/query-and-form", "/api/remove?om=true&format=webp", _DOG + "-F om=false")
    yield Request("remove/png", "/api/remove", "-F file=@ghost.png")
    yield Request("remove/turned", "/api/remove", "-F file=@turned.jpg -F format=jpeg")
    yield Request("remove/blank", "/api/remove", "-F file=@blank.png")
    yield Request("remove/cloth", "/api/remove", "-F file=@clothes.png -F model=u2net_cloth_seg")
    yield Request("remove/cloth-upper", "/api/remove",
                  "-F file=@clothes.png -F model=u2net_cloth_seg -F category=upper -F om=true")
    yield Request("remove/cloth-extras", "/api/remove",
                  """-F file=@clothes.png -F model=u2net_cloth_seg -F om=1 -F 'extras={"cc": "lower"}'""")
    yield Request("remove/cloth-compat", "/api/remove",
                  "-F file=@clothes.png -F model=u2net_cloth_seg -F compat=1 -F om=1")
    prompt = """[{"type": "point", "data": [20, 15], "label": 1}]"""
    yield Request("remove/sam", "/api/remove", f"""-F file=@clothes.png -F model=sam -F om=1 """
                                               f"""-F 'extras={{"sam_prompt": {prompt}}}'""")
    yield Request("remove/sam-model", "/api/remove", """-F file=@clothes.png -F model=sam """
                                                     """-F 'extras={"sam_model": "sam_vit_b_01ec64"}'""")
    wrong = {
        "a": ["maybe"], "om": ["2"], "af": ["-1", "256", "x"], "ab": ["256"], "ae": ["1001", "-1", "2.5", "x"],
        "ppm": ["x"], "bgc": ["blurple", "1,2"], "background": ["#12345"], "crop": ["-1", "100000", "100001", "1000001",
        "x"], "threshold": ["256", "x"], "min_area": ["101%", "x"], "fill_holes": ["101%", "x", "maybe"],
        "offset": ["501", "nan", "-500"], "feather": ["-1", "501"], "category": ["none", "all"], "format": ["bmp"],
        "quality": ["0", "101"], "effort": ["slow"], "compat": ["x"], "model": ["u2nett", "../x.onnx", "u2net"],
        "extras": ["x", "[]", """{"putalpha": 1}""", """{"cc": "x"}""", """{"model_path": "x"}""", """{"y": 1}""",
                   """{"sam_prompt": [{}]}""", """{"sam_quant": true}"""],
        "url": ["http://127.0.0.1/x.png", "ftp://example.org/x.png", "http://user@example.org/", "x"],
    }
    for field, values in wrong.items():
        source = "" if field == "url" else _DOG
        for number, value in enumerate(values):
            yield Request(f"remove/value-{field}-{number}", "/api/remove", f"{source}-F '{field}={value}'")
    yield Request("remove/no-file", "/api/remove", "-F om=true")
    yield Request("remove/no-body", "/api/remove", "-X POST")
    yield Request("remove/json", "/api/remove", """-H 'Content-Type: application/json' -d '{"om": true}'""")
    yield Request("remove/json-url", "/api/remove",
                  """-H 'Content-Type: application/json' -d '{"url": "http://10.0.0.1/x.png", "om": true}'""")
    yield Request("remove/json-broken", "/api/remove", "-H 'Content-Type: application/json' -d '{'")
    yield Request("remove/urlencoded", "/api/remove", "-d url=http://192.168.0.1/x.png -d om=true")
    yield Request("remove/get-url", "/api/remove?url=http://169.254.169.254/x")
    yield Request("remove/get-nothing", "/api/remove")
    yield Request("remove/text", "/api/remove", "-F file=@text.jpg")
    yield Request("remove/broken", "/api/remove", "-F file=@broken.jpg")
    yield Request("remove/empty", "/api/remove", "-F file=@empty.png")
    yield Request("remove/other-type", "/api/remove", "--data-binary @bird.jpg -H 'Content-Type: text/plain'")


def _removebg():
    picture = "-F image_file=@dog.jpg "
    one = {
        "plain": "", "auto": "-F size=auto", "jpg": "-F size=auto -F format=jpg", "webp": "-F size=auto -F format=webp",
        "alpha": "-F size=auto -F channels=alpha", "crop": "-F size=auto -F crop=true", "crop-margin":
        "-F size=auto -F crop=true -F 'crop_margin=10% 5px'", "scale": "-F size=auto -F scale=60%", "position":
        "-F size=auto -F 'position=20% 80%'", "center": "-F size=auto -F position=center", "scale-position":
        "-F size=auto -F scale=40% -F position=10%", "roi": "-F size=auto -F 'roi=10% 10% 300px 90%'",
        "bg_color": "-F size=auto -F bg_color=81d4fa", "bg_color-short": "-F bg_color=#f00c", "bg_color-name":
        "-F bg_color=teal", "bg_image": "-F size=auto -F bg_image_file=@bird.jpg", "json":
        "-F size=auto -F crop=1 -H 'Accept: application/json'", "ignored":
        "-F type=person -F add_shadow=true -F shadow_type=drop -F shadow_opacity=50 -F semitransparency=false",
        "type_level": "-F type_level=none", "regular": "-F size=regular", "4k": "-F size=4K", "50MP": "-F size=50mp",
    }
    for name, fields in one.items():
        yield Request("removebg/" + name, "/v1.0/removebg", picture + fields)
    yield Request("removebg/base64", "/v1.0/removebg", "-F image_file_b64=<disc.b64")
    yield Request("removebg/urlencoded", "/v1.0/removebg", "--data-urlencode image_file_b64@disc.b64 -d crop=true")
    yield Request("removebg/blank", "/v1.0/removebg", "-F image_file=@blank.png")
    yield Request("removebg/text", "/v1.0/removebg", "-F image_file=@text.jpg")
    yield Request("removebg/no-source", "/v1.0/removebg", "-F size=auto")
    yield Request("removebg/two-sources", "/v1.0/removebg", picture + "-F image_url=http://example.org/x.png")
    yield Request("removebg/address", "/v1.0/removebg", "-F image_url=http://127.0.0.1/x.png")
    yield Request("removebg/address-bad", "/v1.0/removebg", "-F image_url=nonsense")
    wrong = {
        "size": ["huge"], "type": ["plant"], "type_level": ["3"], "format": ["zip", "bmp"], "roi":
        ["1 2 3", "0 0 9000px 1px", "10 10 10 10"], "crop": ["maybe", "y"], "crop_margin": ["51%", "501px", "1 2 3 4 5",
        "x"], "scale": ["5%", "101%", "x"], "position": ["120%", "1 2 3"], "channels": ["rgb"], "bg_color":
        ["blurple", "#12345", "1,2,3"], "image_file_b64": ["***"], "bg_image_url": ["http://127.0.0.1/x.png"],
        "semitransparency": ["x"], "add_shadow": ["x"],
    }
    for field, values in wrong.items():
        source = "" if field == "image_file_b64" else picture
        for number, value in enumerate(values):
            yield Request(f"removebg/value-{field}-{number}", "/v1.0/removebg", f"{source}-F '{field}={value}'")
    yield Request("removebg/two-backgrounds", "/v1.0/removebg",
                  picture + "-F bg_color=red -F bg_image_file=@bird.jpg")
    yield Request("removebg/account", "/v1.0/account")


def _scan():
    page = "-F file=@desk.jpg -F model=none "
    one = {
        "plain": "", "contrast": "-F enhance=contrast", "bw": "-F enhance=bw -F format=png", "a4":
        "-F page=a4 -F format=webp", "size": "-F page=80x200 -F format=jpeg", "page-none": "-F page=none", "corners":
        "-F 'corners=[[100,50],[500,80],[520,400],[90,380]]'", "confidence": "-F confidence=0.999", "only":
        "-F only=corners", "quality": "-F format=jpeg -F quality=30", "effort": "-F effort=fast", "background":
        "-F background=red",
    }
    for name, fields in one.items():
        yield Request("scan/" + name, "/api/scan", page + fields)
    yield Request("scan/model", "/api/scan", "-F file=@small_page.jpg -F model=u2netp -F format=jpeg")
    yield Request("scan/usual-model", "/api/scan", "-F file=@small_page.jpg")
    yield Request("scan/nothing", "/api/scan", "-F file=@blank.png -F model=none")
    yield Request("scan/only-nothing", "/api/scan", "-F file=@blank.png -F model=none -F only=corners")
    yield Request("scan/transparent", "/api/scan",
                  "-F file=@ghost.png -F 'corners=[[10,10],[90,10],[90,90],[10,90]]' -F background=blue -F format=png")
    yield Request("scan/raw", "/api/scan?model=none&format=jpeg",
                  "--data-binary @desk.jpg -H 'Content-Type: application/octet-stream'")
    wrong = {
        "page": ["a5", "0x1"], "enhance": ["grey"], "corners": ["[]", "[[1,2],[3,4],[5,6],[7]]", "x"], "confidence":
        ["1.1", "x"], "only": ["x"], "background": ["blurple"], "format": ["pdf"], "quality": ["0"],
        "model": ["u2nett"], "batch": ["2"],
    }
    for field, values in wrong.items():
        for number, value in enumerate(values):
            yield Request(f"scan/value-{field}-{number}", "/api/scan",
                          f"-F file=@desk.jpg{'' if field == 'model' else ' -F model=none'} -F '{field}={value}'")
    yield Request("scan/no-file", "/api/scan", "-F model=none")


def _around():
    yield Request("around/models", "/api/models")
    yield Request("around/healthz", "/healthz")
    yield Request("around/readyz", "/readyz")
    yield Request("around/openapi", "/openapi.json")
    yield Request("around/page", "/")
    yield Request("around/page-part", "/page/main.js")
    yield Request("around/not-found", "/api/nothing")
    yield Request("around/method", "/api/scan", "-X DELETE")
    yield Request("around/head", "/healthz", "-I")
    yield Request("around/preflight", "/api/remove", "-X OPTIONS -H 'Origin: https://shop.example' "
                                                     "-H 'Access-Control-Request-Method: POST'")
    yield Request("around/compressed", "/api/remove", _DOG + "-H 'Content-Encoding: gzip'")
    # The last: what it counted.
    yield Request("around/metrics", "/metrics")


def _closed():
    key = "-H 'X-Api-Key: 0123456789abcdef' "
    yield Request("no-key", "/api/remove", _DOG)
    yield Request("wrong-key", "/api/remove", _DOG + "-H 'X-Api-Key: fedcba9876543210'")
    yield Request("key", "/api/remove", key + _DOG + "-H 'Origin: https://shop.example'")
    yield Request("bearer", "/api/remove", "-H 'Authorization: Bearer 0123456789abcdef' -F file=@bird.jpg -F om=1")
    yield Request("custom-model", "/api/remove", key + "-F file=@disc.png -F model=brightness -F om=1")
    yield Request("custom-model-by-file", "/api/remove", key + "-F file=@disc.png -F model=brightness.onnx -F om=1")
    yield Request("too-large", "/api/remove", key + "-F file=@large.jpg")
    yield Request("too-many-pixels", "/api/remove", key + "-F file=@person.jpg")
    yield Request("removebg-too-many-pixels", "/v1.0/removebg", key + "-F image_file=@person.jpg")
    yield Request("removebg-no-key", "/v1.0/removebg", "-F image_file=@dog.jpg")
    yield Request("removebg-url", "/v1.0/removebg", key + "-F image_url=http://example.org/x.png")
    yield Request("scan-no-key", "/api/scan", "-F file=@desk.jpg")
    yield Request("url", "/api/remove", key + "-F url=http://example.org/x.png")
    yield Request("metrics-no-key", "/metrics")
    yield Request("account", "/v1.0/account", key)
    yield Request("models", "/api/models")
    yield Request("no-page", "/")
    yield Request("preflight", "/api/remove", "-X OPTIONS -H 'Origin: https://shop.example' "
                                              "-H 'Access-Control-Request-Method: POST'")
    yield Request("other-origin", "/healthz", "-H 'Origin: https://other.example'")


def all_requests():
    """{server: its requests}."""
    return {"open": [*_remove(), *_removebg(), *_scan(), *_around()], "closed": list(_closed())}
