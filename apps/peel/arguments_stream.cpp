#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Take the background off a video, frame by frame.
Frames of WIDTH x HEIGHT pixels come in on standard input as raw rgb24, as ffmpeg writes them. They go out on standard output as raw rgba in the same order: rgb24 over an opaque background, gray with --only-mask. With -o each becomes a file.
No frame is left out. A last one that is cut short ends with an error, after those before it are written.)";

constexpr const char* FOOTER = R"(Examples:
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

With --json (and -o) the object holds output, frames, width, height, model, provider, precision, batch, fallbacks and shares
as with remove, jobs, threads (for each of them), seconds, frames_per_second and timings_ms: read, preprocess, inference,
smooth, postprocess, encode and write, the mean for a frame. They add up to more than the time there was, as frames are worked
on side by side; read and write have the waiting for other programs in them.)";

constexpr double USUAL_SMOOTHING = 0.6;
constexpr double MOST_SMOOTHING = 0.99;
// Of a side: 0.8 GB for a frame of that size both ways.
constexpr int LARGEST_SIDE = 16384;

void define_smooth(CLI::App& app, StreamArguments& target) {
  add_optional_value(
      app, "--smooth", fmt::format("{}", USUAL_SMOOTHING), "AMOUNT",
      [&target](const std::string& text) { target.smooth = parse_real("--smooth", text, 0, MOST_SMOOTHING); },
      fmt::format("steady the masks from frame to frame: how much of the one before is kept where both are much the "
                  "same, 0 to {} ({})",
                  MOST_SMOOTHING, USUAL_SMOOTHING))
      ->group("What to make");
}

}  // namespace

CLI::App& define_stream(CLI::App& root, StreamArguments& target) {
  CLI::App& app = *root.add_subcommand("stream", DESCRIPTION);
  app.alias("b");
  app.footer(FOOTER);
  add_int(app, "WIDTH", target.width, 1, LARGEST_SIDE, "of a frame in pixels")->required();
  add_int(app, "HEIGHT", target.height, 1, LARGEST_SIDE, "of a frame in pixels")->required();
  define_output(app, target,
                "a file for each frame: a name with a place for its number, which begins at 0 (out-%05u.png)", "png");
  define_cutout(app, target,
                "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out: frames are rgb24 where it is "
                "opaque; JPEG gets white without it");
  define_smooth(app, target);
  define_network(
      app, target,
      "a name (peel models list), an .onnx file, or auto: the first of silueta, isnet-general-use and u2netp "
      "that is installed, else silueta is fetched",
      "for each frame; 0: one, or with --jobs as many as there are cores for it");
  add_int(app, "--jobs", target.jobs, 0, 1024,
          "frames in the network at a time; 0: as many as there are cores for the threads of each")
      ->group(NETWORK_GROUP);
  define_batch(app, target, NETWORK_GROUP);
  define_selection(app, target, target);
  return app;
}

}  // namespace peel::cli
