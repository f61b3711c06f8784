"""What of a result is compared: without times, addresses and what else differs from one run to the next."""

import json
import re

# Each with the reason why two runs of one program differ in it.
TEXT_RULES = [
    (re.compile(r"(/[\w.-]+)*/peel-same-results-\w+"), "SCRATCH", "the scratch folder has a name of its own"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT", "the server takes a free port"),
    (re.compile(r"\b\d+(\.\d+)? ?(ms|s|min)\b"), "TIME", "how long it took"),
    (re.compile(r"\b\d+(\.\d+)?(/s| a second)"), "SPEED", "how fast it was"),
    (re.compile(r"\b(decode|preprocess|inference|postprocess|smooth|find|flatten|enhance|encode|total) \d+\.\d+"),
     r"\1 TIME", "how long each stage took"),
    (re.compile(r"\d+ MB for them"), "MEMORY for them", "half of what is free"),
]

# Keys of JSON whose numbers are times, memory as it was just then, or the port that was free.
_VARYING_KEY = re.compile(r"(^port|_ms|^ms|^seconds|_per_second|^(peak|available|free)_?memory(_bytes)?)$")
_TIMES = ("timings_ms", "stages_ms", "time_ms")

# The words around the options change by intention as texts are told in one place; the options themselves do not.
WORDS = ("tell/help", "tell/manual", "tell/completion", "rembg/d-help", "rembg/s-help", "tell/nothing",
         "serve-open/around/page", "serve-open/around/openapi")


def is_about_words(case):
    return case.startswith(WORDS)


def text(content):
    out = content.decode("utf-8", "replace")
    for pattern, word, _ in TEXT_RULES:
        out = pattern.sub(word, out)
    return out


def _value(value, varies=False):
    if isinstance(value, dict):
        return {text(key.encode()): _value(each, varies or key in _TIMES or bool(_VARYING_KEY.search(key)))
                for key, each in value.items()}
    if isinstance(value, list):
        return [_value(each, varies) for each in value]
    if isinstance(value, str):
        return text(value.encode())
    if varies and isinstance(value, (int, float)) and not isinstance(value, bool):
        return "VARIES"
    return value


def parsed(content):
    """A JSON document, or None. The order of its keys is kept, and is compared."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return _value(value) if isinstance(value, (dict, list)) else None


def parsed_lines(content):
    """Objects, one a line: those of `folder` come in the order in which they end, and are sorted."""
    lines = [parsed(line) for line in content.splitlines()]
    return sorted(lines, key=json.dumps) if len(lines) > 1 and None not in lines else None


def headers(content):
    """A response's, sorted: without the date, with the names of the times alone. The body's size is the body's matter,
    and so is its ETag."""
    lines = []
    for line in text(content).splitlines():
        name, _, value = line.partition(": ")
        if name.lower() in ("date", "content-length"):
            continue
        if name.lower() == "etag":
            line = "ETag: HASH"
        if name.lower() == "server-timing":
            line = name + ": " + re.sub(r"dur=[\d.]+", "dur=TIME", value)
        lines.append(line)
    return "\n".join(lines[:1] + sorted(lines[1:])).strip() + "\n"


def log(content):
    """The server's: a line of JSON for each request, known by its id, among lines for people."""
    lines = []
    for line in content.splitlines():
        value = parsed(line)
        lines.append(json.dumps({**value, "time": "TIME"}) if isinstance(value, dict) else text(line))
    return "\n".join(sorted(lines)) + "\n"


def metrics(content):
    """Names and labels; the numbers of what was asked for alone."""
    lines = []
    for line in text(content).splitlines():
        counted = line.startswith(("#", "peel_http_requests_total", "peel_build_info", "peel_model_loads_total"))
        lines.append(line if counted else line.rpartition(" ")[0])
    return "\n".join(lines) + "\n"


def pdf(content):
    """Without the time of its making and the identity that is made of it."""
    content = re.sub(rb"/(CreationDate|ModDate) *\([^)]*\)", rb"/\1 (TIME)", content)
    return re.sub(rb"/ID *\[[^\]]*\]", b"/ID [HASH]", content)


def options_told(content):
    """What a help text, a manual page or a completion script offers: the words that are options, and the left sides of
    their lines in a help text."""
    out = content.decode("utf-8", "replace").replace("\\-", "-")
    return sorted(set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", out)) |
                  set(re.findall(r"^ {2}(-.*?)(?: {2,}.*)?$", out, re.MULTILINE)))


def shape_of_openapi(content):
    """The description without its sentences; neither the order of keys nor that of parameters counts."""
    def bare(value):
        if isinstance(value, dict):
            return {key: bare(each) for key, each in sorted(value.items())
                    if not (key in ("description", "summary", "example") and isinstance(each, str))}
        if isinstance(value, list):
            return sorted((bare(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        return value
    return bare(parsed(content))
