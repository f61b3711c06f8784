"""What the program tells: of itself, of mistakes, of what a config file says."""

from case import Case


def information():
    one = {
        "info": "info",
        "info-json": "info --json",
        "models": "models",
        "models-list": "models list",
        "models-list-json": "models list --json",
        "models-commercial": "models list --commercial-only --json",
        "models-path": "models path",
        "models-path-one": "models path u2netp sam --json",
        "models-path-unknown": "models path u2nett",
        "models-verify": "models verify",
        "models-verify-json": "models verify u2netp sam --json",
        "models-verify-missing": "models verify u2net --json",
        "models-licence": "models licence",
        "models-licence-json": "models licence bria-rmbg u2netp --json",
        "models-download-offline": "models download silueta --json",
        "models-download-there": "models download u2netp",
        "models-warm": "models warm u2netp --device cpu --json",
        "models-warm-cuda": "models warm u2netp --device cuda --json",
        "version": "--version",
        "manual": "manual",
        "nothing": "",
    }
    for shell in ("bash", "zsh", "fish", "tcsh"):
        one["completion-" + shell] = "completion " + shell
    one["help"] = "--help"
    for command in ("remove", "folder", "scan", "stream", "serve", "bench", "quantize", "models", "info", "completion",
                    "help", "models list", "models download", "models verify", "models path", "models licence",
                    "models warm", "i", "p", "s", "b", "d"):
        one["help-" + command.replace(" ", "-")] = "help " + command
    one["help-by-option"] = "remove --help"
    one["help-unknown"] = "help remov"
    return one


MISTAKES = {
    "unknown-command": "remov dog.jpg",
    "picture-as-command": "dog.jpg",
    "unknown-option": "remove dog.jpg --blur",
    "nearly-an-option": "remove dog.jpg --treshold 5",
    "nearly-an-option-with-value": "remove dog.jpg --cropp=5",
    "value-missing": "remove dog.jpg --model",
    "input-missing": "remove",
    "input-not-there": "remove none.jpg {fast} -o out.png --json",
    "input-is-text": "remove text.jpg {fast} -o out.png",
    "input-is-broken": "remove broken.jpg {fast} -o out.png --json",
    "input-is-empty": "remove empty.png {fast} -o out.png",
    "too-many-pixels": "remove dog.jpg {fast} -o out.png --max-pixels 1K --json",
    "too-many-bytes": "remove dog.jpg {fast} -o out.png --max-bytes 1K",
    "onto-itself": "remove dog.jpg {fast} -o ./dog.jpg",
    "into-itself": "remove dog.jpg {fast} -o . --format jpeg",
    "nowhere": "remove dog.jpg {fast} -o none/out.png --json",
    "background-unknown": "remove bird.jpg {fast} -o out.png --background blurple",
    "background-hex": "remove bird.jpg {fast} -o out.png --background '#12345'",
    "background-text": "remove bird.jpg {fast} -o out.png --background text.jpg",
    "background-unknown-folder": "folder photos out {fast} --jobs 1 --background blurple",
    "background-unknown-stream": "stream 64 48 {fast} --jobs 1 --background blurple",
    "deviation-zero": "remove bird.jpg -m {networks}/brightness.onnx {cpu} --std 0,1,1 -o out.png",
    "layout-of-a-known-model": "remove bird.jpg {net} --mean 0.5,0.5,0.5 -o out.png",
    "size-of-a-fixed-model": "remove bird.jpg {net} --input-size 64 -o out.png",
    "batch-of-an-open-model": "remove photos -m {networks}/brightness.onnx {cpu} --batch 2 -o out/",
    "page-unknown": "scan desk.jpg {none} --page a5 -o out.jpg",
    "device-full": "remove bird.jpg {fast} -o /dev/full",
    "several-into-a-file": "remove dog.jpg bird.jpg {fast} -o out.png",
    "model-damaged": "remove bird.jpg -m text.jpg {cpu} -o out.png --json",
    "model-is-none": "remove bird.jpg -m damaged.onnx {cpu} -o out.png --json",
    "model-not-there": "remove bird.jpg -m none.onnx {cpu} -o out.png --json",
    "model-offline": "remove bird.jpg -m u2net {cpu} -o out.png --json",
    "model-unknown": "remove bird.jpg -m u2nett {cpu} -o out.png",
    "int8-missing": "remove bird.jpg -m u2netp --precision int8 --device cpu --threads 1 -o out.png --json",
    "fp16-on-cpu": "remove bird.jpg -m u2netp --precision fp16 --device cpu --threads 1 -o out.png --json",
    "cuda-required": "remove bird.jpg -m u2netp --device cuda --require --threads 1 -o out.png --json",
    "cuda-wanted": "remove bird.jpg -m u2netp --device cuda --threads 1 -o out.png --json",
}


def config_cases():
    config = {"config.toml": "[remove]\nmodel = \"u2netp\"\ndevice = \"cpu\"\nthreads = 1\ncrop = 5\n"
                             "background = \"white\"\nlargest = true\nmin-area = \"1%\"\n\n"
                             "[folder]\njobs = 1\nonly-mask = true\n\n[scan]\nenhance = \"bw\"\nmodel = \"none\"\n"}
    bad = {
        "number": "[remove]\nthreads = \"many\"\n",
        "unknown": "[remove]\ntreshold = 5\n",
        "section": "[remov]\nthreads = 5\n",
        "syntax": "[remove]\nmodel = u2netp\n",
        "excluded": "[remove]\nbackground = \"white\"\nbgcolor = [1, 2, 3, 4]\n",
        "no-section": "threads = 1\n",
        "range": "[remove]\nfeather = 501\n",
        "count": "[remove]\nbgcolor = [1, 2, 3]\n",
        "switch": "[remove]\nlargest = \"perhaps\"\n",
        "positional": "[remove]\nhelp = true\n",
        "table": "[remove]\nmodel = { name = \"u2netp\" }\n",
    }
    yield Case("config/remove", "remove dog.jpg --config config.toml -o out.png --json", files=config)
    yield Case("config/overridden", "remove bird.jpg --config config.toml -o out.png --crop=50 --background red "
                                    "--json -v", files=config)
    yield Case("config/folder", "folder photos out {fast} --config config.toml --json", files=config)
    yield Case("config/scan", "scan desk.jpg --config config.toml --json", files=config)
    yield Case("config/of-the-user", "remove bird.jpg -o out.png --json -v",
               files={"home/peel/config.toml": config["config.toml"]}, environment={"XDG_CONFIG_HOME": "{here}/home"})
    yield Case("config/none", "remove bird.jpg {fast} --no-config -o out.png --json",
               files={"home/peel/config.toml": bad["number"]}, environment={"XDG_CONFIG_HOME": "{here}/home"})
    yield Case("config/not-there", "remove bird.jpg --config none.toml -o out.png")
    yield Case("config/serve-bad", "serve --config config.toml", files={"config.toml": "[serve]\nqueue = 0\n"})
    yield Case("config/bench-bad", "bench --config config.toml", files={"config.toml": "[bench]\nrounds = \"x\"\n"})
    for name, text in bad.items():
        yield Case("config/bad-" + name, "remove bird.jpg --config config.toml -o out.png", files={"config.toml": text})
