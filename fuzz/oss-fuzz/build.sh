#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# What OSS-Fuzz and ClusterFuzzLite run in their image, with SRC, WORK, OUT, CC, CXX, CFLAGS, CXXFLAGS and LIB_FUZZING_ENGINE set: every target into
# $OUT, each with its seeds, its options and, where one is made, its dictionary. The sources are $SRC/gmcheck. ci/oss-fuzz runs it as they do.

source=$SRC/gmcheck
build=$WORK/gmcheck
targets=(lockstep differential bytes messages minimiser profile text waivers)

# Their flags say how code is made; none of CMake's own is put behind them. fmt is taken from its headers: the image's has another C++ library.
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CXXFLAGS -DFMT_HEADER_ONLY" -DGMC_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
  -DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed -DCMAKE_SKIP_RPATH=ON \
  -DGMC_BUILD_TESTS=OFF -DGMC_BUILD_BENCH=OFF -DGMC_BUILD_RUST=OFF
ninja -C "$build" fuzz_bytes_replay dictionaries "${targets[@]/#/fuzz_}"

# Seeds lie flat in a folder. Programs are bytes for those targets that take bytes, and text for the one that takes text.
seeds=$WORK/seeds
rm -rf "$seeds"
mkdir -p "$seeds"/{bytes,messages,text,profile,waivers}
"$build/bin/fuzz_bytes_replay" --bytes-to "$seeds/bytes" "$source/corpora/bland" "$source/corpora/seeds" "$source/corpora/findings"
cp "$source"/corpora/{bland,seeds,malformed}/*.gmp "$seeds/text"
printf 'cross_region = span\npartial = yes\n' >"$seeds/profile/plain"
printf 'region.cross_region = reject\ntyped_sizes = 0 1 2 3 4 8\nerror_detail = denied|out_of_range\n' >"$seeds/profile/kinds"
printf '{"is":"close","what":null}' >"$seeds/messages/close"
printf '{"is":"trace","what":{"program":"gmp 1\\nmemory {\\n  region 0x0 0x1000 own\\n}\\nread m 0x0 8\\n","in_detail":true}}' >"$seeds/messages/trace"
printf '[GM-RW-001 read bytes]\nbackend = *\nreason = known\nexpires = 2030-01-31\n' >"$seeds/waivers/one"
printf 'backends = libmine.so\n[GM-RW-007]\nbackend = libmine.so\nreason = known\nlink = https://example.org\nexpires = 2030-01-31\n' >"$seeds/waivers/named"
declare -A seeds_of=([lockstep]=bytes [differential]=bytes [bytes]=bytes [minimiser]=bytes [messages]=messages [text]=text [profile]=profile [waivers]=waivers)

for target in "${targets[@]}"; do
  name=fuzz_$target
  cp "$build/bin/$name" "$OUT/$name"
  rm -f "$OUT/${name}_seed_corpus.zip"
  python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" "$seeds/${seeds_of[$target]}"/*
  # A program of 30 operations has some two thousand bytes.
  printf '[libfuzzer]\nmax_len = 4096\ntimeout = 25\n' >"$OUT/$name.options"
  if [[ -f $build/bin/$name.dict ]]; then cp "$build/bin/$name.dict" "$OUT/$name.dict"; fi
done
