// TensorRT, as far as it is asked for its version: 10.11.
extern "C" __attribute__((visibility("default"))) int getInferLibVersion() {
  return 101100;
}
