// A shared library that only has to be there.
extern "C" __attribute__((visibility("default"))) int peel_fake_library() {
  return 0;
}
