"""Runs the cases with a program and keeps what came of them.

A recording is a folder with a folder for each case: `status`, `stdout`, `stderr`, `gone` (names of inputs, where some
are not there any more) and `files/` with what was made or changed; for each request `status`, `headers` and `body`.
Everything is kept as it was: what may differ is taken out when two recordings are compared.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

import cases
import networks
import pictures
import web_cases

SECONDS_FOR_A_CASE = 600  # on a busy machine, too


class Workshop:
    """A scratch folder with pictures, models and an empty home, so that nothing of the user's is read or changed."""

    def __init__(self, program, test_data, folder):
        self.program, self.folder = program, folder
        self.pictures = pictures.Pictures(folder / "pictures", test_data)
        self.networks = folder / "networks"
        self.networks.mkdir()
        (self.networks / "brightness.onnx").write_bytes(networks.brightness())
        (self.networks / "fixed.onnx").write_bytes(networks.brightness((96, 96)))
        self.store = folder / "store"
        networks.write_store(self.store, test_data / "models/u2netp.onnx", pictures.CLOTHES_SIZE)

    def environment(self, here, more):
        names = ("PATH", "PEEL_ONNXRUNTIME", "LD_LIBRARY_PATH")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        return {**kept, "HOME": str(self.folder / "home"), "U2NET_HOME": str(self.store), "LC_ALL": "C.UTF-8",
                "XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_CONFIG_HOME": str(self.folder / "config"),
                "TMPDIR": "/tmp", "PEEL_OFFLINE": "1", "MODEL_CHECKSUM_DISABLED": "1",
                **{name: value.replace("{here}", str(here)) for name, value in more.items()}}

    def words(self, arguments):
        for name, text in cases.ABBREVIATIONS.items():
            arguments = arguments.replace("{" + name + "}", text)
        arguments = arguments.replace("{networks}", str(self.networks)).replace("{store}", str(self.store))
        return shlex.split(arguments)


def _contents(folder):
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def _done(place):
    return (place / "status").exists()


def _keep(place, results):
    """The status comes last: a case that has one is complete."""
    shutil.rmtree(place, ignore_errors=True)
    for name, content in sorted(results.items(), key=lambda each: each[0] == "status"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content if isinstance(content, bytes) else str(content).encode())


def _run_case(workshop, case, out):
    here = workshop.folder / "cases" / case.name
    here.mkdir(parents=True)
    workshop.pictures.put(f"{case.arguments} {case.stdin}", here)
    for name, text in case.files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    before = _contents(here)
    with open(here / case.stdin if case.stdin else "/dev/null", "rb") as stdin:
        try:
            done = subprocess.run([workshop.program, *workshop.words(case.arguments)], cwd=here, stdin=stdin,
                                  env=workshop.environment(here, case.environment), capture_output=True,
                                  timeout=SECONDS_FOR_A_CASE, check=False)
            results = {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        except subprocess.TimeoutExpired as late:
            results = {"status": f"no end after {late.timeout} s", "stdout": late.stdout or b"",
                       "stderr": late.stderr or b""}
    after = _contents(here)
    if before.keys() - after.keys():
        results["gone"] = "".join(f"{name}\n" for name in sorted(before.keys() - after.keys()))
    for name, content in after.items():
        if before.get(name) != content:
            results["files/" + name] = content
    _keep(out / case.name, results)
    shutil.rmtree(here)


def _run_request(here, request, address, out):
    with tempfile.TemporaryDirectory() as scratch:
        headers, body = pathlib.Path(scratch, "headers"), pathlib.Path(scratch, "body")
        done = subprocess.run(["curl", "-s", "-S", "--noproxy", "*", "--max-time", str(SECONDS_FOR_A_CASE),
                               "-D", headers, "-o", body, "-w", "%{http_code}",
                               "-H", f"X-Request-Id: {request.name.replace('/', '.')}",
                               *shlex.split(request.arguments), address + request.path],
                              cwd=here, capture_output=True, check=False)
        _keep(out, {"status": done.stdout + b" " + str(done.returncode).encode() + done.stderr,
                    "headers": headers.read_bytes() if headers.exists() else b"",
                    "body": body.read_bytes() if body.exists() else b""})


def _run_server(workshop, name, requests, out):
    here = workshop.folder / "cases" / f"serve-{name}"
    here.mkdir(parents=True)
    workshop.pictures.put(" ".join(request.arguments for request in requests), here)
    (here / "disc.b64").write_bytes(base64.b64encode((workshop.pictures.folder / "disc.png").read_bytes()))
    (here / "keys.txt").write_text(web_cases.KEYS)
    (here / "keys.txt").chmod(0o600)
    log, said = workshop.folder / f"{name}.err", workshop.folder / f"{name}.out"
    with open(said, "wb") as stdout, open(log, "wb") as stderr:
        server = subprocess.Popen([workshop.program, *workshop.words(web_cases.SERVERS[name])], cwd=here, stdout=stdout,
                                  stderr=stderr, stdin=subprocess.DEVNULL, env=workshop.environment(here, {}))
    try:
        last = time.monotonic() + SECONDS_FOR_A_CASE
        while not said.read_bytes().endswith(b"\n") and server.poll() is None and time.monotonic() < last:
            time.sleep(0.02)  # the line comes when it listens
        if said.read_bytes().strip():
            address = f"http://127.0.0.1:{json.loads(said.read_bytes())['port']}"
            for request in requests:
                _run_request(here, request, address, out / f"serve-{name}" / request.name)
    finally:
        server.send_signal(signal.SIGTERM)
        status = server.wait(SECONDS_FOR_A_CASE)
    _keep(out / f"serve-{name}" / "the-program",
          {"status": status, "stdout": said.read_bytes(), "stderr": log.read_bytes()})


def record(program, test_data, out, jobs, wanted):
    """`wanted`: tells of a case's name whether it is run. What `out` has already is not done again, but for the
    requests to a server: those are done together, as the last of them asks what was counted."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="peel-same-results-") as scratch:
        workshop = Workshop(program, test_data, pathlib.Path(scratch))
        # The optimised graph is made once, ahead of all that would make it at the same time.
        prepared = subprocess.run([program, *workshop.words("models warm u2netp --device cpu --json")], check=False,
                                  env=workshop.environment(scratch, {}), capture_output=True)
        info = subprocess.run([program, "info", "--json"], env=workshop.environment(scratch, {}), capture_output=True,
                              check=False)
        machine = json.loads(info.stdout or b"{}")
        about = {"version": machine.get("version"), "prepared": prepared.returncode,
                 "cpu": machine.get("cpu", {}).get("name"), "features": machine.get("cpu", {}).get("features"),
                 "onnxruntime": machine.get("onnxruntime", {}).get("version")}
        (out / "about.json").write_text(json.dumps(about, indent=2) + "\n")
        chosen = [case for case in cases.all_cases() if wanted(case.name) and not _done(out / case.name)]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            work = [pool.submit(_run_server, workshop, name,
                                [each for each in requests if wanted(f"serve-{name}/{each.name}")], out)
                    for name, requests in web_cases.all_requests().items()
                    if not _done(out / f"serve-{name}" / "the-program")
                    and any(wanted(f"serve-{name}/{each.name}") for each in requests)]
            work += [pool.submit(_run_case, workshop, case, out) for case in chosen]
            for each in work:
                each.result()
