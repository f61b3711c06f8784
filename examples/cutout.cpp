// Cuts the subject out of pictures: cutout PICTURE... writes PICTURE.cutout.png beside each.
//
// Shows the three ways in: a file, a picture kept in memory for several results, and a program's own pixels.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <peel/peel.hpp>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: cutout PICTURE...\n");
    return 2;
  }
  try {
    // Made once: it loads the model. It may be used from several threads.
    const peel::BackgroundRemover remover;
    const peel::SessionInfo& session = remover.session();
    std::printf("%s on %s, %d threads\n", session.model.c_str(), session.provider.c_str(), session.threads);
    for (const auto& [provider, reason] : session.fallbacks) {
      std::printf("  not %s: %s\n", provider.c_str(), reason.c_str());
    }

    for (int i = 1; i < argc; ++i) {
      const std::filesystem::path file = argv[i];
      const peel::Result cutout = remover.remove(file);
      peel::write_file(file.string() + ".cutout.png", peel::encode(cutout.image));
      std::printf("%s: %d x %d, %s, network %.0f ms of %.0f\n", file.c_str(), cutout.image.width(),
                  cutout.image.height(), cutout.subject ? "a subject" : "no subject", cutout.timings.inference,
                  cutout.timings.total);

      // The same picture over white, as a JPEG without alpha.
      const peel::Image picture = peel::load_image(file);
      peel::RemoveOptions white;
      white.background = peel::parse_color("white");
      peel::EncodeOptions jpeg;
      jpeg.format = peel::FileFormat::jpeg;
      peel::write_file(file.string() + ".white.jpg", peel::encode(remover.remove(picture, white).image, jpeg));
    }

    // Pixels a program has anyway, here OpenCV's order: blue, green, red, rows one after another.
    const int side = 64;
    const std::vector<std::uint8_t> bgr(3 * side * side, 128);
    peel::RemoveOptions only_mask;
    only_mask.kind = peel::RemoveOptions::Kind::mask;
    const peel::Result mask =
        remover.remove(peel::PixelView{bgr.data(), side, side, 3 * side, peel::PixelFormat::bgr8}, only_mask);
    std::printf("a grey square: %s\n", mask.subject ? "a subject" : "no subject");
    return 0;
  } catch (const peel::Error& error) {
    std::fprintf(stderr, "cutout: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cutout: %s\n", error.what());
    return 7;
  }
}
