#include "command_texts.hpp"

#include <array>

namespace peel::cli {
namespace {

using namespace options;  // NOLINT(google-build-using-namespace): the names of places

constexpr const char* REMOVE_TEXT =
    R"(Take the background off pictures.
IN is a picture, a folder (the pictures in it, not in its subfolders) or - for standard input, which is also read where no IN is given and standard input is not a terminal. Pictures are JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL, JPEG 2000, BMP or Netpbm, told by their content.
The result keeps the picture's own pixels, bit depth, colour profile and resolution. Without -o it goes to standard output where that is not a terminal, else (and with --json) to IN's name with .out.png beside it. An output that exists is replaced; an input never is.)";

constexpr const char* REMOVE_EXAMPLES = R"(Examples:
  peel remove photo.jpg -o cutout.png
      a transparent PNG; the model is fetched the first time
  peel remove photo.jpg -o page.jpg --background white --crop=20
      on white, cut to the subject with 20 pixels around it
  peel remove *.jpg -o cutouts/ --format webp
      many pictures into a folder, the model loaded once
  peel remove photo.jpg -o mask.png -om -m isnet-general-use
      the mask alone, by the model for general use
  peel remove photo.jpg -o cutout.png --largest --fill-holes --offset -1
      one piece without holes, its outline a pixel further in
  peel remove photo.jpg -o cutout.png --mask mask.png --feather 3
      by a mask of your own, softened; no model is used
  peel remove person.jpg -o shirt.png -m u2net_cloth_seg --category upper
      clothes alone; without --category all of them
  peel remove photo.jpg -o cup.png -m sam --prompt point:640,410
      what is at a place of the picture; box:X,Y,X,Y for what is in a rectangle
  curl -s https://example.org/photo.jpg | peel remove > cutout.png
      from standard input to standard output
  peel remove photo.jpg --json | jq .timings_ms
      how long each stage took

With --json the object holds input, output, width, height (of the output), subject (false: nothing stands out in the
picture), mask (with --mask: its name; model is "none" then), model, provider, engine, precision, batch, fallbacks (what was wanted and did not run, and why), shares (how many of the
model's operators run where; empty: all on the CPU), crop (the box kept, where --crop was given) and timings_ms. There, total is the time from opening the input to the finished output; session, the
start of the model, runs beside the first decoding and is not part of it. Several inputs give {"results": [...],
"failed": N}, where a picture that failed has "error" in place of the rest.)";

constexpr const char* FOLDER_TEXT =
    R"(Take the background off all pictures of a folder, with every core busy.
Outputs go into OUT_DIR under the pictures' names; subfolders (with --recursive) are kept. Pictures whose outputs would have the same name (cat.jpg, cat.png) get their whole name: cat.jpg.png, cat.png.png. Files whose names do not end as a picture's, and hidden ones, are left alone.
A picture that fails is reported and does not stop the others. Ctrl-C finishes the pictures in hand. No output is ever half written; with --skip-existing a second run does what is left.)";

constexpr const char* FOLDER_EXAMPLES = R"(Examples:
  peel folder photos cutouts
      every picture in photos, not in its subfolders
  peel folder photos cutouts --recursive --skip-existing
      subfolders too; what is there already is not done again
  peel folder photos cutouts --include '*.jpg' --exclude 'thumbs/*'
      by name; a pattern with a / is for the whole way from IN_DIR
  peel folder inbox done --watch --delete-input
      wait for pictures; each is deleted when its cut-out is safely on the disk
  peel folder photos cutouts --json | jq -r 'select(.error) | .input'
      which failed, by name

--watch takes pictures that are there and those that come, when they are completely written. It ends by Ctrl-C, or when
a file stop.txt comes into IN_DIR: then what came before it is still done.

How many pictures go through the network at a time, and with how many threads each, is planned from the cores: for a
folder of 50 pictures and more it is tried once for each model, and remembered. --jobs and --threads say it. --memory
bounds what the process takes; half of what is free is the default.

With --json every picture is one line, in the order in which they end: the object of peel remove --json without
"session", or {"input", "error"}; the last line is {"summary": {...}}.)";

constexpr const char* SCAN_TEXT =
    R"(Flatten the page on a photograph: found, straightened, in its true shape.
IN is a picture, a folder (the pictures in it, not in its subfolders) or - for standard input, which is also read where no IN is given and standard input is not a terminal. Pictures are JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL, JPEG 2000, BMP or Netpbm, told by their content. A page is anything flat with four straight sides: paper, a card, a receipt, a whiteboard.
The page is taken from the picture's own pixels in one step and keeps their bit depth and colour profile. Without -o it goes to standard output where that is not a terminal, else (and with --json) to IN's name with .scan.jpg beside it, .scan.png for a page in black and white. A picture in which no page is surely seen gives none: the exit status is 3 for a single picture and 1 for several.)";

constexpr const char* SCAN_EXAMPLES = R"(Examples:
  peel scan photo.jpg -o page.jpg
      the page, in the shape that its perspective tells
  peel scan photos -o pages.pdf --enhance bw
      every photograph of a folder, one PDF in black on white
  peel scan *.jpg -o pages/ --page a4 --enhance contrast
      known to be A4; light evened out, paper white
  peel scan photo.jpg -o page.jpg --debug why
      what was seen, as pictures in the folder why
  peel scan photo.jpg -o page.jpg --corners 310,120,1650,140,1700,2020,260,1990
      the corners by hand; no model is run
  cat photo.jpg | peel scan --format pdf > page.pdf
      from standard input to standard output

With --json the object holds input, output, status, corners ([[x, y], ...], clockwise from the page's top left, in pixels
of the upright picture), confidence (0 to 1), clipped (a side lies outside the picture), aspect_ratio (width by height, as
used), aspect_measured, aspect_uncertainty, aspect_method, page_format, width, height (of the page), others (further pages
in the picture), reason, the model and what it ran on as with remove, and timings_ms. The statuses are found, partial (a
page that is not whole in the picture), already_cropped (the page fills the picture, which is written as it is) and
not_found, which has "error" too. Several inputs give {"results": [...], "failed": N}.)";

constexpr const char* STREAM_TEXT =
    R"(Take the background off a video, frame by frame.
Frames of WIDTH x HEIGHT pixels come in on standard input as raw rgb24, as ffmpeg writes them. They go out on standard output as raw rgba in the same order: rgb24 over an opaque background, gray with --only-mask. With -o each becomes a file.
No frame is left out. A last one that is cut short ends with an error, after those before it are written.)";

constexpr const char* STREAM_EXAMPLES = R"(Examples:
  ffmpeg -v error -i in.mp4 -f rawvideo -pix_fmt rgb24 - |
    peel stream 1280 720 --background '#00b140' |
    ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 1280x720 -r 25 -i - -pix_fmt yuv420p out.mp4
      on green; the sizes and the frame rate are those of in.mp4 (ffprobe in.mp4)
  ffmpeg -v error -i in.mp4 -f rawvideo -pix_fmt rgb24 - |
    peel stream 1280 720 --smooth |
    ffmpeg -v error -f rawvideo -pix_fmt rgba -s 1280x720 -r 25 -i - -c:v libvpx-vp9 -pix_fmt yuva420p out.webm
      transparent, its masks steadied
  ffmpeg -v error -i in.mp4 -f rawvideo -pix_fmt rgb24 - | peel stream 1280 720 -o frames/out-%05u.png
      numbered files: frames/out-00000.png and so on

docs/video.md has more: sound, rotation, other backgrounds, transparent formats.

With --json (and -o) the object holds output, frames, width, height, model, provider, engine, precision, batch, fallbacks and shares
as with remove, jobs, threads (for each of them), seconds, frames_per_second and timings_ms: read, preprocess, inference,
smooth, postprocess, encode and write, the mean for a frame. They add up to more than the time there was, as frames are worked
on side by side; read and write have the waiting for other programs in them.)";

constexpr const char* BENCH_TEXT =
    R"(Find the fastest settings for this machine.
Takes pictures out of a folder (not its subfolders) through every configuration that can run here - model, device, precision, threads, batch - in turns, and measures time, memory and how alike the masks are to those of CPU FP32. A configuration that cannot run is listed with the reason.
Into the output folder: report.html, summary.json, summary.csv, peel.toml (the recommendation, for --config) and the cut-outs in a folder for each configuration. Ctrl-C ends it after the picture at hand, with a report of what was measured; the program then ends by that signal (130 in a shell).)";

constexpr const char* BENCH_EXAMPLES = R"(Examples:
  peel bench --input-dir photos --output-dir bench
      ten pictures, every usual configuration of the model that is used where none is named; where
      only one can run, one thread and the installed models beside it
  peel bench -i photos -o bench --models u2netp,isnet-general-use --threads 1,2
      two models, each with one thread and with two
  peel bench -i photos -o bench --configs cuda,tensorrt --batch 1,8
      GPU configurations alone, beside the baseline, picture by picture and in batches
  peel bench -i sod/images -o bench --masks sod/masks --num-samples 100
      against ground truth too: masks named as their pictures
  peel bench -i photos -o bench --save
      the recommendation becomes this user's setting
  peel remove photo.jpg -o cutout.png --config bench/peel.toml
      use it once

A time is that of one picture from file to PNG, the model loaded. The usual configurations are CPU FP32 (the baseline),
CPU INT8, CUDA FP32 and FP16, TensorRT FP16 and INT8. Recommended is the fastest of the first model whose speed-up lies
above 1.05 with its whole 95 % interval and whose masks have a mean IoU of at least 0.98 with the baseline's.)";

constexpr const char* SERVE_TEXT =
    R"(Answer HTTP requests: rembg's /api/remove, remove.bg's /v1.0/removebg, /api/scan, and a page for people at /.
Ends by Ctrl-C or SIGTERM: whoever is connected is answered first. Each request is one line of JSON on standard error.)";

constexpr const char* SERVE_EXAMPLES = R"(Examples:
  peel serve
      for this machine alone, at http://127.0.0.1:7000
  peel serve --host 0.0.0.0 --api-keys keys.txt --tls-cert cert.pem --tls-key key.pem
      for others: who has a key, over TLS
  peel serve -m silueta,isnet-general-use --warm
      two models, loaded before the first request; requests without a name get silueta
  curl -F file=@photo.jpg http://127.0.0.1:7000/api/remove -o cutout.png
      what a client does

Requests may name the models of -m and every one that is installed (peel models list), never a file. What each limit
says to a client, and how to run it behind a proxy, as a service and in a container: docs/server.md.)";

constexpr const char* QUANTIZE_TEXT =
    R"(Make the INT8 form of a model, where that pays.
Calibrates the model on the pictures of a folder (not its subfolders), writes it in INT8, and judges it against FP32 on other pictures of that folder. Layers that INT8 harms most stay in float. What is not faster than FP32, or whose masks differ too much, is not kept: the exit status is 1 then, and an INT8 form that was there before stays as it was.
The result stands beside the model as NAME_int8.onnx, with NAME_int8.json about how it was made; --precision int8 takes it. It is a derived work of the model, under the model's licence.)";

constexpr const char* QUANTIZE_EXAMPLES = R"(Examples:
  peel quantize isnet-general-use --calibration photos
      beside the model, for this machine's CPU
  peel quantize isnet-general-use --calibration sod/images --truth sod/masks --samples 200
      judged against ground truth too: masks named as their pictures
  peel quantize ./mine.onnx --calibration photos --method entropy --keep-float Resize --keep-float 'head*'
      one method alone; every Resize and what is named head... stays in float
  peel quantize u2net --calibration photos --target tensorrt -o u2net_trt_int8.onnx
      for TensorRT, under another name
  peel remove photo.jpg -o cutout.png -m isnet-general-use --precision int8
      use it

Take pictures of the kind that the model will see. Three quarters of them, 64 at the most, are for calibration, the rest
to judge by. The table has, for FP32 and each form tried: ms, the median time of a run; the speed-up of that; mean IoU with
FP32's masks, and least IoU, the worst of the pictures that FP32 itself is sure about; difference, the mean from FP32's
masks in levels of 255; MAE and max F, against ground truth.

With --json the object holds accepted, reason (why it was not), file (null where none was kept), seconds, notes and model:
how the INT8 form was made and what was measured, as in NAME_int8.json.)";

constexpr const char* PROGRAM_EXAMPLES = R"(Examples:
  peel remove photo.jpg -o cutout.png      a transparent PNG
  peel folder photos cutouts               a folder of pictures, every core busy
  peel i photo.jpg cutout.png              the same as rembg's command
  peel scan photo.jpg -o page.jpg          the page on the photograph, as if lying flat under a scanner
  peel scan photos -o pages.pdf            a folder of photographs into one PDF
  ffmpeg ... | peel stream 1280 720 | ffmpeg ...
                                           a video, frame by frame
  peel models list                         what models there are, and their licences
  peel info                                what this machine runs them on
  peel serve                               an HTTP server, and a page at http://127.0.0.1:7000
  peel bench -i photos -o bench            which settings are the fastest here
  peel quantize u2net --calibration pics   an INT8 form of a model, where that pays

Exit status:
  0  done
  1  some inputs of several failed, the others are done; quantize: no INT8 form was worth keeping
  2  the arguments make no sense
  3  an input cannot be read, or is over a limit; scan: no page was found
  4  a model is missing or damaged
  5  a device that was required cannot be used
  6  an output could not be written
  7  an internal error

Environment:
  U2NET_HOME               folder of the models; else $XDG_DATA_HOME/.u2net, else ~/.u2net
  MODEL_CHECKSUM_DISABLED  set: models are taken as they are, without a check
  PEEL_MODEL_MIRROR        address that models are fetched from instead of their own
  PEEL_OFFLINE             1: the network is never used
  PEEL_ONNXRUNTIME         file of the ONNX Runtime library to use instead of the one peel was built with
  https_proxy, no_proxy    the proxy for downloads, as for curl

peel help COMMAND explains a command.)";

constexpr const char* MODELS_EXAMPLES =
    R"~(Examples:
  peel models list --commercial-only       those whose licence allows commercial use
  peel models download isnet-general-use   fetch and check one
  peel d u2netp                            the same as rembg's command
  peel models verify                       hash what is installed again
  peel models licence birefnet-general     whose it is, and what it may be used for
  peel models warm u2netp --device tensorrt  make its first start as fast as the others
  ls -l "$(peel models path silueta)"      where the file is)~";

constexpr std::array COMMANDS{
    Command{0, "", "peel", "",
            "Takes the background off pictures and flattens photographed pages, on this machine, with the models of "
            "rembg.",
            PROGRAM_EXAMPLES},
    Command{REMOVE, "", "remove", "i", REMOVE_TEXT, REMOVE_EXAMPLES},
    Command{FOLDER, "", "folder", "p", FOLDER_TEXT, FOLDER_EXAMPLES},
    Command{SCAN, "", "scan", "", SCAN_TEXT, SCAN_EXAMPLES},
    Command{STREAM, "", "stream", "b", STREAM_TEXT, STREAM_EXAMPLES},
    Command{BENCH, "", "bench", "", BENCH_TEXT, BENCH_EXAMPLES},
    Command{SERVE, "", "serve", "s", SERVE_TEXT, SERVE_EXAMPLES},
    Command{QUANTIZE, "", "quantize", "", QUANTIZE_TEXT, QUANTIZE_EXAMPLES},
    Command{0, "", "models", "d",
            "List, fetch and check the models.\n"
            "Models live in the folder rembg uses ($U2NET_HOME, else $XDG_DATA_HOME/.u2net, else ~/.u2net), so what "
            "one of the two has fetched the other finds. peel d NAME fetches, as rembg's d does.",
            MODELS_EXAMPLES},
    Command{MODELS_LIST, "models", "list", "", "List every known model.",
            "Examples:\n"
            "  peel models list\n"
            "  peel models list --json | jq -r '.models[] | select(.installed) | .name'"},
    Command{MODELS_DOWNLOAD, "models", "download", "", "Fetch models that are missing or damaged, and check them.",
            "Examples:\n"
            "  peel models download silueta isnet-general-use\n"
            "  PEEL_MODEL_MIRROR=https://mirror.example.org/models peel models download silueta"},
    Command{MODELS_VERIFY, "models", "verify", "",
            "Hash installed models again. The exit status is 4 where one is damaged.",
            "Examples:\n  peel models verify\n  peel models verify silueta --json"},
    Command{MODELS_PATH, "models", "path", "", "Print where a model's file is, or would be.",
            "Examples:\n  peel models path\n  cp my-own.onnx \"$(peel models path u2net_custom)\""},
    Command{MODELS_LICENCE, "models", "licence", "", "Show who made a model and what its licence allows.",
            "Examples:\n  peel models licence bria-rmbg"},
    Command{MODELS_WARM, "models", "warm", "",
            "Get models ready for a device, ahead of their first use there.\n"
            "For TensorRT that builds the engine, which takes minutes; for the CPU the optimised graph. Both are kept "
            "beside the model. For other devices nothing is kept, and it shows whether the model runs there. The exit "
            "status is 5 where the device cannot be used.",
            "Examples:\n"
            "  peel models warm u2netp --device tensorrt\n"
            "  peel models warm isnet-general-use --device tensorrt --precision int8 --batch 8\n"
            "  peel models warm ./mine.onnx --device cpu --json"},
    Command{INFO, "", "info", "",
            "Show what pictures are processed on: machine, ONNX Runtime, devices, models.\n"
            "Every device is tried; where one cannot be used, the reason is shown.",
            "Examples:\n  peel info\n  peel info --json\n  peel info --json | jq '.providers[] | select(.usable)'"},
    Command{COMPLETION, "", "completion", "", "Print the completion script of a shell.",
            "Examples:\n"
            "  source <(peel completion bash)\n"
            "  peel completion bash > ~/.local/share/bash-completion/completions/peel\n"
            "  peel completion zsh > \"${fpath[1]}/_peel\"\n"
            "  peel completion fish > ~/.config/fish/completions/peel.fish"},
};

}  // namespace

std::span<const Command> commands() {
  return COMMANDS;
}

}  // namespace peel::cli
