// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/byte_form.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <vector>

#include "harness/program/arbitrary_program.h"
#include "harness/program/mend.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

using Bytes = std::vector<std::uint8_t>;

Program decoded(const Bytes& bytes) {
  Program program;
  decode_bytes(bytes, program);
  return program;
}

Bytes encoded(const Program& program) {
  Bytes bytes;
  encode_bytes(program, bytes);
  return bytes;
}

// Bytes of which many mean something: any, with a record's tag now and then where one stands.
rc::Gen<Bytes> arbitrary_bytes() {
  return rc::gen::exec([] {
    Bytes bytes = *rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, 12 * kByteRecordSize), rc::gen::arbitrary<std::uint8_t>());
    const bool has_small_fields = *rc::gen::arbitrary<bool>();
    for (std::size_t i = kByteHeaderSize; i < bytes.size() && has_small_fields; ++i) {
      if ((i - kByteHeaderSize) % kByteRecordSize != 0) bytes[i] &= *rc::gen::element<std::uint8_t>(0, 7, 0xff);
    }
    return bytes;
  });
}

RC_GTEST_PROP(ByteForm, EveryValidProgramComesBack, ()) {
  const Program program = *arbitrary_program();
  RC_ASSERT(print(decoded(encoded(program))) == print(program));
  RC_ASSERT(decoded(encoded(program)) == program);
}

RC_GTEST_PROP(ByteForm, AnyBytesAreAValidProgram, ()) {
  const Program program = decoded(*arbitrary_bytes());
  const auto invalidity = find_invalidity(program);
  if (invalidity) RC_FAIL(invalidity->cause);
}

RC_GTEST_PROP(ByteForm, EncodingWhatWasDecodedIsAFixedPoint, ()) {
  const Bytes once = encoded(decoded(*arbitrary_bytes()));
  RC_ASSERT(encoded(decoded(once)) == once);
}

// What is decoded depends on the bytes alone, and not on what the object held before.
RC_GTEST_PROP(ByteForm, StorageIsReused, ()) {
  Program program = *arbitrary_program();
  const Bytes bytes = *arbitrary_bytes();
  decode_bytes(bytes, program);
  RC_ASSERT(program == decoded(bytes));
}

RC_GTEST_PROP(Mend, ValidProgramsStayAsTheyAre, ()) {
  Program program = *arbitrary_program();
  const Program before = program;
  std::vector<Op> room;
  mend(program, room);
  RC_ASSERT(program == before);
}

RC_GTEST_PROP(Mend, WhatIsLeftOfAnyOperationsIsValid, ()) {
  Program program = *arbitrary_program();
  const Program other = *arbitrary_program();
  const auto at = *rc::gen::inRange<std::size_t>(0, program.ops.size() + 1);
  program.ops.insert(program.ops.begin() + static_cast<std::ptrdiff_t>(at), other.ops.begin(), other.ops.end());
  std::vector<Op> room;
  mend(program, room);
  RC_ASSERT(validate(program).has_value());
}

TEST(ByteForm, NothingAtAllIsAMemoryOfOneRegion) {
  const Program program = decoded({});
  ASSERT_EQ(program.layouts.size(), 1u);
  EXPECT_EQ(program.layouts[0].regions.size(), 1u);
  EXPECT_TRUE(program.ops.empty());
}

TEST(ByteForm, EmptyMemoryStaysEmpty) {
  Program program;
  program.layouts.emplace_back();
  EXPECT_EQ(decoded(encoded(program)), program);
}

// An engine that knows nothing of the form appends zeros and random bytes: they are to reach memory.
TEST(ByteForm, ZerosAreReadsAtTheLowestAddresses) {
  const Program program = decoded(Bytes(kByteHeaderSize + 3 * kByteRecordSize));
  ASSERT_EQ(program.ops.size(), 3u);
  EXPECT_EQ(program.ops[0].kind, OpKind::kRead);
}

TEST(ByteForm, AddressOfARecordThatIsCutOffIsZero) {
  Bytes bytes(kByteHeaderSize + kByteRecordSize + 1);
  bytes.back() = static_cast<std::uint8_t>(OpKind::kLoad);
  const Program program = decoded(bytes);
  ASSERT_EQ(program.ops.size(), 2u);
  EXPECT_EQ(program.ops[1].kind, OpKind::kLoad);
  EXPECT_EQ(program.ops[1].at, Address{});
}

TEST(ByteForm, SpaceThatIsNotOpenIsTheRoot) {
  Program program = decoded(Bytes(kByteHeaderSize + kByteRecordSize));
  Bytes bytes = encoded(program);
  bytes[bytes.size() - kByteRecordSize + 3] = 5;  // behind the tag and the two bytes of `fail`
  EXPECT_EQ(decoded(bytes), program);
}

TEST(ByteForm, ScopeThatIsNotClosedIsClosed) {
  Program program = decoded({});
  program.ops = {{.kind = OpKind::kSubmitBegin}, {.kind = OpKind::kLastAddress}, {.kind = OpKind::kSubmitEnd}};
  Bytes bytes = encoded(program);
  bytes.resize(bytes.size() - kByteRecordSize);
  EXPECT_EQ(decoded(bytes), program);
}

TEST(ByteForm, NoMoreThanTheLimitsIsTaken) {
  Bytes bytes(kByteHeaderSize + (kOpsMax + 100) * kByteRecordSize);
  EXPECT_EQ(decoded(bytes).ops.size(), kOpsMax);
  bytes[kByteHeaderSize] = static_cast<std::uint8_t>(OpKind::kSubmitBegin);
  const Program program = decoded(bytes);
  EXPECT_TRUE(validate(program).has_value());
  EXPECT_EQ(program.ops.back().kind, OpKind::kSubmitEnd);
}

TEST(ByteForm, NameIsOfTheFormAndTheTable) { EXPECT_TRUE(byte_form_name().starts_with("gmp-bytes-1-")) << byte_form_name(); }

}  // namespace
}  // namespace gmc
