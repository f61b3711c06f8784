#include "image/png_encoder.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <zlib.h>

#include <random>
#include <string>
#include <string_view>

#include "image/deflate.hpp"
#include "image/fast_deflate.hpp"
#include "image/huffman_code.hpp"
#include "image/png_filter.hpp"
#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::photograph;

constexpr Effort EFFORTS[] = {Effort::fast, Effort::balanced, Effort::small};

std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

/// The chunks in order, each checked against its checksum by zlib, repeats of IDAT left out.
std::string chunk_types(std::span<const std::byte> png) {
  std::string types;
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::uint32_t length = u32(png, at);
    const auto* type = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    EXPECT_EQ(crc32(0, type, length + 4), u32(png, at + 8 + length));
    const std::string name(reinterpret_cast<const char*>(type), 4);
    if (!types.ends_with(name)) types += (types.empty() ? "" : " ") + name;
    at += 12 + length;
  }
  return types;
}

std::span<const std::byte> chunk(std::span<const std::byte> png, std::string_view wanted) {
  for (std::size_t at = 8; at + 12 <= png.size(); at += 12 + u32(png, at)) {
    if (std::string_view(reinterpret_cast<const char*>(png.data() + at + 4), 4) == wanted) {
      return png.subspan(at + 8, u32(png, at));
    }
  }
  return {};
}

std::vector<std::byte> inflated(std::span<const std::byte> raw_deflate, std::size_t expected) {
  std::vector<std::byte> out(expected + 1);
  z_stream stream{};
  inflateInit2(&stream, -15);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(raw_deflate.data()));
  stream.avail_in = static_cast<uInt>(raw_deflate.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  EXPECT_EQ(status, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return out;
}

TEST(PngEncoder, LibpngReadsEveryFormatAndSizeBack) {
  constexpr std::pair<int, int> SIZES[] = {{1, 1},  {1, 37}, {37, 1}, {2, 2},   {3, 5},
                                           {15, 4}, {16, 4}, {17, 4}, {63, 33}, {129, 70}};
  for (const PixelFormat format : test::STORED_FORMATS) {
    for (const auto& [width, height] : SIZES) {
      const Image image(photograph(width, height, format));
      for (const Effort effort : EFFORTS) {
        EXPECT_TRUE(test::same_pixels(decode(encode_png(image, effort, 1)), image))
            << width << " x " << height << " format " << static_cast<int>(format) << " effort "
            << static_cast<int>(effort);
      }
    }
  }
}

TEST(PngEncoder, ManyStripsMakeOneStreamWhateverTheThreads) {
  for (const PixelFormat format : {PixelFormat::rgba8, PixelFormat::rgb16}) {
    const Image image(photograph(700, 800, format));
    for (const Effort effort : EFFORTS) {
      const auto one = encode_png(image, effort, 1);
      EXPECT_EQ(encode_png(image, effort, 3), one);
      EXPECT_EQ(encode_png(image, effort, 16), one);
      EXPECT_TRUE(test::same_pixels(decode(one), image));
    }
  }
}

TEST(PngEncoder, ARowMayBeLongerThanAStrip) {
  const Image image(photograph(300000, 2, PixelFormat::rgba8));
  EXPECT_TRUE(test::same_pixels(decode(encode_png(image, Effort::fast, 2)), image));
}

TEST(PngEncoder, SurvivesWhatDoesNotCompress) {
  auto data = photograph(700, 500, PixelFormat::rgba8);
  std::mt19937 random(7);
  for (std::size_t i = 0; i < data->pixels.size(); ++i) data->pixels.data()[i] = static_cast<std::byte>(random() & 255);
  const Image image(std::move(data));
  for (const Effort effort : EFFORTS) {
    const auto png = encode_png(image, effort, 2);
    EXPECT_LT(png.size(), image.size_bytes() + image.size_bytes() / 100 + 1000);
    EXPECT_TRUE(test::same_pixels(decode(png), image));
  }
}

TEST(PngEncoder, WritesNoChunkThatWasNotAskedFor) {
  auto data = photograph(20, 10, PixelFormat::rgba8);
  EXPECT_EQ(chunk_types(encode_png(Image(data), Effort::balanced, 1)), "IHDR IDAT IEND");
  data->resolution = Resolution{11.811, 5.9055};
  data->icc_profile = test::wide_gamut_profile();
  EXPECT_EQ(chunk_types(encode_png(Image(data), Effort::balanced, 1)), "IHDR iCCP pHYs IDAT IEND");
}

TEST(PngEncoder, WritesProfileAndResolution) {
  auto data = photograph(20, 10, PixelFormat::rgb8);
  data->resolution = Resolution{11.811, 5.9055};
  data->icc_profile = test::wide_gamut_profile();
  const auto png = encode_png(Image(data), Effort::balanced, 1);

  const auto physical = chunk(png, "pHYs");
  ASSERT_EQ(physical.size(), 9u);
  EXPECT_EQ(u32(physical, 0), 11811u);
  EXPECT_EQ(u32(physical, 4), 5906u);
  EXPECT_EQ(std::to_integer<int>(physical[8]), 1);

  const auto profile = chunk(png, "iCCP");
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(profile.data()), 13),
            std::string_view("ICC Profile\0\0", 13));
  const Image back = decode(png);
  EXPECT_TRUE(std::equal(back.icc_profile().begin(), back.icc_profile().end(), data->icc_profile.begin(),
                         data->icc_profile.end()));
  ASSERT_TRUE(back.resolution());
  EXPECT_NEAR(back.resolution()->y, 5.906, 1e-6);
}

TEST(PngEncoder, EffortMakesSmallerFiles) {
  // A drawing, the same few shapes in many places: what one finds who looks longer. In the noise of a photograph's
  // differences there is nothing to find.
  constexpr int SIDE = 500;
  auto data = std::make_shared<Image::Data>(SIDE, SIDE, PixelFormat::rgba8);
  std::fill_n(data->row<std::uint8_t>(0), data->pixels.size(), std::uint8_t{255});
  std::mt19937 random(2);
  std::vector<std::uint8_t> ink(4 * 20 * 4);
  for (auto& value : ink) value = static_cast<std::uint8_t>(random());
  for (int i = 0; i < 3000; ++i) {
    const auto left = static_cast<std::ptrdiff_t>(random() % (SIDE - 20));
    const auto top = static_cast<int>(random() % (SIDE - 4));
    for (int y = 0; y < 4; ++y)
      std::copy_n(&ink[static_cast<std::size_t>(y) * 80], 80, data->row<std::uint8_t>(top + y) + 4 * left);
  }
  const Image image(std::move(data));
  const auto fast = encode_png(image, Effort::fast, 2).size();
  const auto balanced = encode_png(image, Effort::balanced, 2).size();
  const auto small = encode_png(image, Effort::small, 2).size();
  EXPECT_LT(balanced, fast);
  EXPECT_LT(small, balanced);
}

TEST(PngEncoder, NothingToSeeTakesNextToNothing) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    auto data = std::make_shared<Image::Data>(1000, 1100, format);
    std::memset(data->pixels.data(), 0, data->pixels.size());
    const Image image(std::move(data));
    for (const Effort effort : EFFORTS) {
      const auto png = encode_png(image, effort, 2);
      EXPECT_LT(png.size(), 200 + image.size_bytes() / 500);
      EXPECT_TRUE(test::same_pixels(decode(png), image));
    }
  }
}

TEST(PieceCompressor, PiecesMakeOneStreamForZlib) {
  std::mt19937 random(3);
  for (const Effort effort : EFFORTS) {
    PieceCompressor compressor(effort, 1 << 20, 1);
    std::vector<std::byte> text;
    std::vector<std::byte> stream;
    // Lengths around those at which blocks change kind: empty, stored, fixed and dynamic Huffman, several blocks.
    for (const std::size_t length : {1u, 2u, 0u, 5u, 70u, 400u, 70000u, 300u, 500000u, 3u}) {
      std::vector<std::byte> piece(length);
      const auto spread = static_cast<unsigned>(1 + random() % 255);
      for (auto& byte : piece) byte = static_cast<std::byte>(random() % spread);
      text.insert(text.end(), piece.begin(), piece.end());
      const auto part = compressor.compress(piece);
      stream.insert(stream.end(), part.begin(), part.end());
    }
    stream.insert(stream.end(), std::begin(DEFLATE_END), std::end(DEFLATE_END));
    EXPECT_TRUE(inflated(stream, text.size()) == text) << static_cast<int>(effort);
  }
}

// Repetitions of all lengths at all distances, cut at all places by what is no repetition, in rows of all kinds.
TEST(FastDeflate, ZlibReadsItBack) {
  std::mt19937 random(17);
  for (int round = 0; round < 400; ++round) {
    const std::size_t pixel = std::array<std::size_t, 6>{1, 2, 3, 4, 6, 8}[random() % 6];
    const std::size_t row = 1 + pixel * (1 + random() % (round % 2 == 0 ? 5 : 3000));
    const std::size_t size = row * (1 + random() % (1 + (1u << (random() % 18)) / row));
    std::vector<std::uint8_t> text;
    while (text.size() < size) {
      const std::size_t length = 1 + random() % (1u << (random() % 12));
      if (text.empty() || random() % 3 == 0) {
        const unsigned spread = 1 + random() % 256;
        for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<std::uint8_t>(random() % spread));
      } else {
        const std::size_t distance =
            1 + random() % (random() % 2 == 0 ? std::min<std::size_t>(8, text.size()) : text.size());
        for (std::size_t i = 0; i < length; ++i) text.push_back(text[text.size() - distance]);
      }
    }
    text.resize(size);
    FastDeflate deflate(row, pixel);
    for (int again = 0; again < 2; ++again) {  // what is left from one piece must not disturb the next
      const auto out = deflate.compress(text);
      std::vector<std::byte> stream(out.begin(), out.end());
      stream.insert(stream.end(), std::begin(DEFLATE_END), std::end(DEFLATE_END));
      const auto back = inflated(stream, size);
      ASSERT_TRUE(std::ranges::equal(std::as_bytes(std::span(text)), back)) << round;
    }
  }
}

TEST(HuffmanLengths, AreAnOptimalCodeOrTheLimit) {
  const auto kraft = [](std::span<const std::uint8_t> lengths) {
    double sum = 0;
    for (const auto length : lengths) sum += length == 0 ? 0 : std::exp2(-int{length});
    return sum;
  };
  std::vector<std::uint8_t> lengths(5);
  huffman_lengths(std::vector<std::uint32_t>{1, 0, 1, 2, 4}, 14, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{3, 0, 3, 2, 1}));
  // Fibonacci's numbers make the deepest tree there is.
  std::vector<std::uint32_t> counts{1, 1};
  while (counts.size() < 40) counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  lengths.resize(counts.size());
  for (const unsigned longest : {6u, 7u, 14u}) {
    huffman_lengths(counts, longest, lengths);
    EXPECT_EQ(*std::ranges::max_element(lengths), longest);
    EXPECT_EQ(kraft(lengths), 1.0);
    EXPECT_TRUE(std::ranges::is_sorted(lengths, std::greater()));
  }
  // Never fewer than two codes.
  huffman_lengths(std::vector<std::uint32_t>(40), 14, lengths);
  EXPECT_EQ(kraft(lengths), 1.0);
  counts.assign(40, 0);
  counts[7] = 9;
  huffman_lengths(counts, 14, lengths);
  EXPECT_EQ(lengths[7], 1);
  EXPECT_EQ(kraft(lengths), 1.0);
}

TEST(ReopenDeflateStream, RefusesWhatIsNoStream) {
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> junk(random() % 200);
    for (auto& byte : junk) byte = static_cast<std::byte>(random() & 255);
    refused += test::error_code([&] { reopen_deflate_stream(junk); }) == static_cast<int>(ErrorCode::internal);
  }
  EXPECT_GT(refused, 400);  // a few random bytes happen to be a stream
}

TEST(ReopenDeflateStream, DropsWhatFollowsTheEnd) {
  // An empty block of fixed codes takes 10 bits: the other 6, and a byte more, are rubbish.
  std::vector<std::byte> stream{std::byte{0x03}, std::byte{0xfc}, std::byte{0xff}};
  reopen_deflate_stream(stream);
  stream.insert(stream.end(), std::begin(DEFLATE_END), std::end(DEFLATE_END));
  EXPECT_TRUE(inflated(stream, 0).empty());
}

TEST(CombineAdler32, EqualsThatOfTheWhole) {
  std::mt19937 random(9);
  std::vector<Bytef> text(300000);
  for (auto& byte : text) byte = static_cast<Bytef>(random() | 0x80);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{65521}, std::size_t{131042}, text.size()}) {
    const auto first = adler32(1, text.data(), static_cast<uInt>(cut));
    const auto second = adler32(1, text.data() + cut, static_cast<uInt>(text.size() - cut));
    EXPECT_EQ(combine_adler32(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second), text.size() - cut),
              adler32(1, text.data(), static_cast<uInt>(text.size())));
  }
}

void compare_with_specification() {
  std::mt19937 random(11);
  for (const std::size_t pixel : {1u, 2u, 3u, 4u, 6u, 8u}) {
    for (const std::size_t count : {1u, 2u, 7u, 16u, 33u, 200u}) {
      const std::size_t size = pixel * count;
      std::vector<std::uint8_t> row(size), above(size), out(size);
      for (auto& byte : row) byte = static_cast<std::uint8_t>(random());
      for (auto& byte : above) byte = static_cast<std::uint8_t>(random());
      for (const PngFilter filter : PNG_FILTERS) {
        filter_row(filter, row.data(), above.data(), size, pixel, out.data());
        for (std::size_t i = 0; i < size; ++i) {
          const int a = i < pixel ? 0 : row[i - pixel];
          const int b = above[i];
          const int c = i < pixel ? 0 : above[i - pixel];
          const int p = a + b - c;
          const int paeth = std::abs(p - a) <= std::abs(p - b) && std::abs(p - a) <= std::abs(p - c) ? a
                            : std::abs(p - b) <= std::abs(p - c)                                     ? b
                                                                                                     : c;
          const int foretold[] = {0, a, b, (a + b) / 2, paeth};
          EXPECT_EQ(out[i], static_cast<std::uint8_t>(row[i] - foretold[static_cast<int>(filter)]))
              << "filter " << static_cast<int>(filter) << " pixel " << pixel << " at " << i;
        }
      }
    }
  }
}

TEST(FilterRow, EqualsTheSpecificationOnEveryInstructionSet) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    compare_with_specification();
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(SumOfSizes, TakesBytesAsSignedNumbers) {
  std::vector<std::uint8_t> all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(sum_of_sizes(all.data(), 256), 2u * (127 * 128 / 2) + 128);
  EXPECT_EQ(sum_of_sizes(all.data() + 250, 5), 6u + 5 + 4 + 3 + 2);
}

TEST(EntropyBits, KnowsTheSimpleCases) {
  const std::vector<std::uint8_t> same(100, 7);
  EXPECT_NEAR(entropy_bits(same.data(), same.size()), 0, 1e-3);
  std::vector<std::uint8_t> all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_NEAR(entropy_bits(all.data(), all.size()), 256 * 8, 1e-2);
}

}  // namespace
}  // namespace peel
