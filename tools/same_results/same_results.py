#!/usr/bin/env python3
"""Are the program's results what they were? Masks, cut-outs, pages, JSON, messages, exit statuses and answers of the
server, on a fixed set of pictures and options, recorded with two programs and compared byte for byte.

    same_results.py record --program build/release/bin/peel --out before
    ...change something, build...
    same_results.py record --program build/release/bin/peel --out after
    same_results.py compare before after

    same_results.py check --program build/release/bin/peel --against before      # the last two in one

Engine and precision are pinned: the CPU, FP32, one thread for the network, u2netp and stand-in networks. Another CPU or
another ONNX Runtime may turn a level here and there, so both recordings have to come from one machine; `compare` says
where they do not. Times, ports and the like are left out (normal.py has each with its reason), as are `bench` and
`quantize` but for their messages: what they print is measured.

What is meant to differ stands in intended.py with its reason. Help, manual, completion and openapi.json are compared by
what they offer; differences in their words are shown, and fail with --strict alone.

Needs Python 3.9 and curl, and the test data (CONTRIBUTING.md). Exit status: 0 the same, 1 differences, 2 usage.
"""

import argparse
import fnmatch
import os
import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left in the checkout

import comparison  # noqa: E402
import recording  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def test_data():
    given = os.environ.get("PEEL_TEST_DATA")
    folder = pathlib.Path(given) if given else SOURCE.parent / "shared"
    if not (folder / "data").is_dir():
        sys.exit(f"same_results: no test data in {folder}: set PEEL_TEST_DATA")
    return folder.resolve()


def wanted(options):
    patterns = options.only or ["*"]
    return lambda name: any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def record(options, out):
    program = pathlib.Path(options.program).resolve()
    if not os.access(program, os.X_OK):
        sys.exit(f"same_results: {program} is no program")
    if out.exists() and not options.resume:
        sys.exit(f"same_results: {out} is there already; go on with it by --resume, name another folder, or remove it")
    begun = time.monotonic()
    recording.record(str(program), test_data(), out, options.jobs, wanted(options))
    print(f"{out}: recorded in {time.monotonic() - begun:.0f} s", file=sys.stderr)


def compare(first, second, options):
    compared = comparison.Comparison(first, second, wanted(options))
    for what in ("cpu", "features", "onnxruntime"):
        if compared.about[0][what] != compared.about[1][what]:
            print(f"warning: recorded with another {what}: {compared.about[0][what]}, {compared.about[1][what]}")
    compared.run()
    kinds = {"differs": [], "intended": [], "other words": []}
    for each in compared.differences:
        kinds["intended" if each.reason else "other words" if each.words else "differs"].append(each)
    for kind in ("other words", "intended", "differs"):
        for each in kinds[kind]:
            print(f"{kind}: {each.part}" + (f" ({each.reason})" if each.reason else ""))
            if not (kind == "intended" and options.brief):
                print("    " + each.what.replace("\n", "\n    "))
    print(f"{compared.same} parts are the same, {len(kinds['intended'])} differ as intended, "
          f"{len(kinds['other words'])} in their words, {len(kinds['differs'])} DIFFER")
    return 1 if kinds["differs"] or (options.strict and kinds["other words"]) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name, text):
        command = commands.add_parser(name, help=text)
        if name != "compare":
            command.add_argument("--program", required=True, help="the program: build/release/bin/peel")
            command.add_argument("--jobs", type=int, default=2, help="cases at a time (2)")
        command.add_argument("--only", action="append", metavar="PATTERN",
                             help="only cases like this (remove/*, serve-open/scan/*); may be given several times")
        if name != "record":
            command.add_argument("--strict", action="store_true", help="other words fail too")
            command.add_argument("--brief", action="store_true", help="intended differences by their names alone")
        return command

    command = add("record", "run the cases and keep their results")
    command.add_argument("--out", required=True, help="a new folder")
    command.add_argument("--resume", action="store_true", help="or one that was begun: what it lacks is done")
    command = add("compare", "compare two recordings")
    command.add_argument("first")
    command.add_argument("second")
    add("check", "record, and compare with what was").add_argument(
        "--against", required=True, help="a recording, or the other program")
    options = parser.parse_args()
    options.resume = options.command == "record" and options.resume

    if options.command == "record":
        return record(options, pathlib.Path(options.out))
    if options.command == "compare":
        return compare(options.first, options.second, options)
    with tempfile.TemporaryDirectory(prefix="peel-same-results-") as scratch:
        first = pathlib.Path(options.against)
        if not first.is_dir():
            options.program, program = options.against, options.program
            first = pathlib.Path(scratch, "before")
            record(options, first)
            options.program = program
        second = pathlib.Path(scratch, "after")
        record(options, second)
        return compare(first, second, options)


if __name__ == "__main__":
    sys.exit(main())
