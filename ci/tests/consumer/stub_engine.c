/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A stub of a fuzzing engine, as LIB_FUZZING_ENGINE hands one to a build: it has main() and calls the target on a few inputs. It fuzzes
 * nothing; it shows that targets link with what is no libFuzzer. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerInitialize(int* argc, char*** argv);
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  enum { kInputs = 64 };
  uint8_t input[256];
  LLVMFuzzerInitialize(&argc, &argv);
  for (unsigned i = 0; i < kInputs; ++i) {
    for (size_t j = 0; j < sizeof input; ++j) input[j] = (uint8_t)((i * 131u + 7u) * (j + 1));
    LLVMFuzzerTestOneInput(input, sizeof input * i / kInputs);
  }
  printf("stub engine: %d inputs\n", kInputs);
  return 0;
}
