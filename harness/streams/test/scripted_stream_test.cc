// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/streams/scripted_stream.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <numeric>

namespace gmc {
namespace {

constexpr StreamKind kKinds[] = {StreamKind::kFile, StreamKind::kPipe, StreamKind::kSocket};

std::vector<std::uint8_t> content_of(std::size_t size) {
  std::vector<std::uint8_t> content(size);
  std::iota(content.begin(), content.end(), std::uint8_t{1});
  return content;
}

// The bytes of a source of 10, by system calls that ask for `asked`, and how much each moved; -1 for an interrupted one, -2 for another
// failure, and up to the first that moves nothing.
std::vector<int> drained(ScriptedStream& stream, std::size_t asked) {
  std::vector<int> moved;
  std::array<std::uint8_t, 64> buffer;
  while (moved.size() < 32) {
    const ssize_t count = ::read(stream.descriptor(), buffer.data(), asked);
    moved.push_back(count < 0 && errno == EINTR ? -1 : count < 0 ? -2 : static_cast<int>(count));
    if (count == 0 || moved.back() == -2) break;
  }
  return moved;
}

TEST(ScriptedStream, ASourceHasItsBytesAndEnds) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = kind, .end = StreamEnd::kEnds, .limit = 10}, true, content_of(10)).has_value());
    EXPECT_EQ(drained(stream, 8), (std::vector{8, 2, 0}));
    const auto seen = stream.finish();
    EXPECT_TRUE(seen.is_scripted);
    EXPECT_EQ(seen.moved, 10u);
    EXPECT_TRUE(seen.script.was_short);
  }
}

TEST(ScriptedStream, CallsAreCutInterruptedAndFail) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    const Stream script{.kind = kind, .end = StreamEnd::kFails, .interrupted = 2, .limit = 7, .at_most = 3};
    ASSERT_TRUE(stream.open(script, true, content_of(7)).has_value());
    EXPECT_EQ(drained(stream, 8), (std::vector{3, -1, 3, 1, -2}));
    const auto seen = stream.finish();
    EXPECT_TRUE(seen.is_scripted && seen.script.was_short && seen.script.went_on && seen.script.was_interrupted);
    EXPECT_EQ(seen.script.moved_before_going_on, 3u);
  }
}

TEST(ScriptedStream, WhatIsLeftIsCounted) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = kind}, true, content_of(20)).has_value());
    std::array<std::uint8_t, 6> buffer{};
    ASSERT_EQ(::read(stream.descriptor(), buffer.data(), buffer.size()), 6);
    EXPECT_EQ(buffer[5], 6);
    EXPECT_EQ(stream.finish().moved, 6u);
  }
}

TEST(ScriptedStream, ASinkKeepsWhatArrives) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = kind, .end = StreamEnd::kFails, .limit = 5, .at_most = 4}, false, {}).has_value());
    const auto bytes = content_of(10);
    EXPECT_EQ(::write(stream.descriptor(), bytes.data(), 10), 4);
    EXPECT_EQ(::write(stream.descriptor(), bytes.data() + 4, 6), 1);
    EXPECT_EQ(::write(stream.descriptor(), bytes.data() + 5, 5), -1);
    EXPECT_EQ(errno, ENOSPC);
    const auto seen = stream.finish();
    EXPECT_TRUE(seen.is_scripted);
    EXPECT_EQ(seen.moved, 5u);
    EXPECT_EQ(std::vector(stream.arrived().begin(), stream.arrived().end()), content_of(5));
  }
}

// Byte by byte a socket would be full after a few hundred of them.
TEST(ScriptedStream, ASinkIsNeverFullByItself) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = kind, .at_most = 1}, false, {}).has_value());
    const auto bytes = content_of(kStreamMax);
    for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(::write(stream.descriptor(), bytes.data() + i, 2), 1);
    EXPECT_EQ(stream.finish().moved, bytes.size());
  }
}

TEST(ScriptedStream, EveryPipeAndSocketHoldsTheLongestContent) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    EXPECT_TRUE(stream.open({.kind = kind}, true, content_of(kStreamMax + kStreamBeyond)).has_value());
  }
}

TEST(ScriptedStream, PiecesAndMessagesAreCutToo) {
  ScriptedStream stream;
  ASSERT_TRUE(stream.open({.kind = StreamKind::kSocket, .at_most = 5}, true, content_of(20)).has_value());
  std::array<std::uint8_t, 4> one{}, two{};
  std::array pieces = {iovec{one.data(), one.size()}, iovec{two.data(), two.size()}};
  EXPECT_EQ(::readv(stream.descriptor(), pieces.data(), 2), 5);
  EXPECT_EQ(two[0], 5);
  EXPECT_EQ(two[1], 0);
  msghdr message = {};
  message.msg_iov = pieces.data();
  message.msg_iovlen = 2;
  std::array<char, 64> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  message.msg_flags = -1;
  EXPECT_EQ(::recvmsg(stream.descriptor(), &message, 0), 5);
  EXPECT_EQ(message.msg_iovlen, 2u);
  EXPECT_EQ(message.msg_controllen, 0u) << "nothing came with it";
  EXPECT_EQ(message.msg_flags, 0);
  EXPECT_EQ(::recv(stream.descriptor(), one.data(), 4, MSG_PEEK), 4);
  EXPECT_EQ(::recv(stream.descriptor(), one.data(), 4, 0), 4);
  EXPECT_EQ(one[0], 11);
  const auto seen = stream.finish();
  EXPECT_EQ(seen.moved, 14u);
  EXPECT_TRUE(seen.is_scripted);
}

TEST(ScriptedStream, ADuplicateFollowsTheSameScript) {
  ScriptedStream stream;
  ASSERT_TRUE(stream.open({.kind = StreamKind::kFile, .at_most = 2}, true, content_of(9)).has_value());
  const int duplicate = ::dup(stream.descriptor());
  std::array<std::uint8_t, 9> buffer;
  EXPECT_EQ(::read(duplicate, buffer.data(), buffer.size()), 2);
  ::close(duplicate);
  EXPECT_TRUE(stream.finish().is_scripted);
}

TEST(ScriptedStream, WhoeverAsksTheKernelIsNoticed) {
  ScriptedStream stream;
  ASSERT_TRUE(
      stream.open({.kind = StreamKind::kFile, .end = StreamEnd::kFails, .limit = 9, .at_most = 2}, true, content_of(9)).has_value());
  std::array<std::uint8_t, 9> buffer;
  EXPECT_EQ(::syscall(SYS_read, stream.descriptor(), buffer.data(), buffer.size()), 9);
  const auto seen = stream.finish();
  EXPECT_FALSE(seen.is_scripted);
  EXPECT_EQ(seen.moved, 9u);
}

TEST(ScriptedStream, ADescriptorThatWasClosedIsNoticed) {
  for (const StreamKind kind : {StreamKind::kFile, StreamKind::kPipe, StreamKind::kSocket, StreamKind::kDirectory}) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = kind}, true, {}).has_value());
    ::close(stream.descriptor());
    EXPECT_EQ(stream.finish().moved, UINT64_MAX);
  }
}

// One descriptor serves many transfers: what one left must not be seen by the next.
TEST(ScriptedStream, ATransferSeesNothingOfTheOneBefore) {
  for (const StreamKind kind : kKinds) {
    ScriptedStream stream;
    std::array<std::uint8_t, 64> buffer{};
    for (const std::size_t size : {20u, 12u, 0u, 5u, 30u}) {
      const auto content = content_of(size);
      ASSERT_TRUE(stream.open({.kind = kind}, true, content).has_value());
      const ssize_t taken = ::read(stream.descriptor(), buffer.data(), std::min<std::size_t>(size, 6));
      EXPECT_EQ(taken, std::min<ssize_t>(static_cast<ssize_t>(size), 6));
      EXPECT_TRUE(std::equal(buffer.begin(), buffer.begin() + taken, content.begin()));
      EXPECT_EQ(stream.finish().moved, static_cast<std::uint64_t>(taken));
      ASSERT_TRUE(stream.open({.kind = kind}, false, {}).has_value());
      EXPECT_EQ(::write(stream.descriptor(), content.data(), size), static_cast<ssize_t>(size));
      EXPECT_EQ(stream.finish().moved, size);
      EXPECT_EQ(std::vector(stream.arrived().begin(), stream.arrived().end()), content);
    }
    ASSERT_TRUE(stream.open({.kind = kind, .end = StreamEnd::kEnds, .limit = 10}, true, content_of(10)).has_value());
    std::size_t all = 0;
    while (const long count = ::syscall(SYS_read, stream.descriptor(), buffer.data(), buffer.size()))
      all += static_cast<std::size_t>(count);
    EXPECT_EQ(all, 10u) << "whoever asks the kernel meets the end, too";
    EXPECT_EQ(stream.finish().moved, 10u);
  }
}

TEST(ScriptedStream, WhatWasShutOrChangedServesNoOther) {
  std::array<std::uint8_t, 8> buffer{};
  for (const int how : {SHUT_RD, SHUT_WR, SHUT_RDWR}) {
    ScriptedStream stream;
    ASSERT_TRUE(stream.open({.kind = StreamKind::kSocket}, false, {}).has_value());
    ASSERT_EQ(::write(stream.descriptor(), buffer.data(), 8), 8);
    ::shutdown(stream.descriptor(), how);
    EXPECT_EQ(stream.finish().moved, 8u);
    ASSERT_TRUE(stream.open({.kind = StreamKind::kSocket}, false, {}).has_value());
    EXPECT_EQ(::write(stream.descriptor(), buffer.data(), 8), 8);
    EXPECT_EQ(stream.finish().moved, 8u);
    ASSERT_TRUE(stream.open({.kind = StreamKind::kSocket}, true, content_of(20)).has_value());
    ASSERT_EQ(::read(stream.descriptor(), buffer.data(), 8), 8);
    ::shutdown(stream.descriptor(), how);
    EXPECT_EQ(stream.finish().moved, 8u);
    ASSERT_TRUE(stream.open({.kind = StreamKind::kSocket}, true, content_of(20)).has_value()) << how;
    EXPECT_EQ(::read(stream.descriptor(), buffer.data(), 8), 8);
    EXPECT_EQ(stream.finish().moved, 8u);
  }
  ScriptedStream stream;
  ASSERT_TRUE(stream.open({.kind = StreamKind::kFile}, false, {}).has_value());
  ASSERT_EQ(::ftruncate(stream.descriptor(), 1ll << 40), 0);
  EXPECT_GT(stream.finish().moved, kStreamMax) << "and it is not read to its end";
  ASSERT_TRUE(stream.open({.kind = StreamKind::kFile}, true, content_of(5)).has_value());
  ASSERT_EQ(::ftruncate(stream.descriptor(), 100), 0);
  EXPECT_EQ(stream.finish().moved, 0u);
  ASSERT_TRUE(stream.open({.kind = StreamKind::kFile, .end = StreamEnd::kEnds, .limit = 3}, true, content_of(3)).has_value());
  EXPECT_EQ(drained(stream, 8), (std::vector{3, 0}));
}

TEST(ScriptedStream, ADirectoryMovesNothing) {
  std::array<std::uint8_t, 9> buffer{};
  ScriptedStream stream;
  ASSERT_TRUE(stream.open({.kind = StreamKind::kDirectory}, true, {}).has_value());
  EXPECT_EQ(::read(stream.descriptor(), buffer.data(), buffer.size()), -1);
  EXPECT_EQ(stream.finish().moved, 0u);
  ASSERT_TRUE(stream.open({.kind = StreamKind::kDirectory}, false, {}).has_value());
  EXPECT_EQ(::write(stream.descriptor(), buffer.data(), buffer.size()), -1);
  EXPECT_EQ(stream.finish().moved, 0u);
}

// A plugin finds the functions that are defined here, and not those of the C library.
TEST(ScriptedCalls, AreWhatTheDynamicLinkerFinds) {
  for (const char* name : {"read", "readv", "recv", "recvfrom", "recvmsg", "__read_chk", "__recv_chk", "__recvfrom_chk", "write", "writev",
                           "send", "sendto", "sendmsg"}) {
    Dl_info found = {}, ours = {};
    ASSERT_NE(::dladdr(::dlsym(RTLD_DEFAULT, name), &found), 0) << name;
    ASSERT_NE(::dladdr(reinterpret_cast<const void*>(&content_of), &ours), 0);
    EXPECT_EQ(found.dli_fbase, ours.dli_fbase) << name;
  }
}

}  // namespace
}  // namespace gmc
