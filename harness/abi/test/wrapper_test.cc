// SPDX-License-Identifier: Apache-2.0 OR MIT
// The C++ wrapper: which tables and entries a class gives, and what becomes of an exception.
#include <gtest/gtest.h>

#include <concepts>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/abi/cpp/backend.h"

namespace {

// One byte of memory at address 0, with as few methods as a backend can do with.
struct TinyBackend {
  static constexpr const char* kName = "tiny";
  static constexpr const char* kVersion = "1";
  struct Lane;
  class Space {
   public:
    explicit Space(gmc::Host host) : host_(host) {}
    ~Space() { ++destroyed; }
    gmc::Host host() const { return host_; }

    GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
      if (address == 13) throw std::runtime_error("thirteen");
      if (address == 14) throw 14;
      if (address != 0 || size != 1) return gmc_fail_at(GMC_OUT_OF_RANGE, address);
      *static_cast<unsigned char*>(buffer) = byte_;
      return gmc_ok();
    }
    template <std::same_as<std::uint8_t> T>
    GmcOutcome store(Lane*, std::uint64_t, T value) {
      byte_ = value;
      return gmc_ok();
    }
    GmcOutcome call(Lane*, const GmcCall& call) {
      if (call.op == GMC_CALL_READ) return read(nullptr, call.address, call.buffer, call.size);
      return gmc_outcome(GMC_UNSUPPORTED);
    }
    static inline int destroyed = 0;

   private:
    gmc::Host host_;
    unsigned char byte_ = 42;
  };

  explicit TinyBackend(gmc::Host host) : host_(host) {}
  gmc::Host host() const { return host_; }
  static GmcOutcome open(gmc::Host host, std::string_view config, std::unique_ptr<TinyBackend>& backend) {
    if (config == "throw") throw std::logic_error("cannot open");
    backend = std::make_unique<TinyBackend>(host);
    return gmc_ok();
  }
  GmcOutcome describe(const Space* space, gmc::Text& text) {
    text.line("kind", space == nullptr ? "profile" : "facts");
    return gmc_ok();
  }
  GmcOutcome create(Lane*, const GmcLayout*, std::unique_ptr<Space>& root) {
    root = std::make_unique<Space>(host_);
    return gmc_ok();
  }

 private:
  gmc::Host host_;
};

struct RecordingHost {
  GmcHost table = {sizeof(GmcHost), GMC_ABI_VERSION, 0, &RecordingHost::log, nullptr};
  std::vector<std::string> lines;

  static void log(const GmcHost* host, std::uint32_t, const char* text, std::uint64_t size) {
    const_cast<RecordingHost*>(reinterpret_cast<const RecordingHost*>(host))->lines.emplace_back(text, size);
  }
};

struct Opened {
  RecordingHost host;
  const GmcPlugin* plugin = gmc::Plugin<TinyBackend>::table();
  GmcBackend* backend = nullptr;
  GmcSpace* root = nullptr;
  const GmcMemoryGroup* memory = nullptr;
  const GmcAccessGroup* access = nullptr;

  Opened() {
    plugin->open(&host.table, "", &backend);
    memory = static_cast<const GmcMemoryGroup*>(plugin->group(backend, GMC_GROUP_MEMORY));
    access = static_cast<const GmcAccessGroup*>(plugin->group(backend, GMC_GROUP_ACCESS));
    memory->create(backend, nullptr, nullptr, &root);
  }
  ~Opened() {
    memory->destroy(nullptr, root);
    plugin->close(backend);
  }
};

TEST(Wrapper, MethodsBecomeEntriesAndTheirAbsenceNull) {
  const Opened opened;
  EXPECT_EQ(opened.access->size, sizeof(GmcAccessGroup));
  EXPECT_NE(opened.access->read, nullptr);
  EXPECT_EQ(opened.access->write, nullptr);
  EXPECT_NE(opened.access->store8, nullptr);
  EXPECT_EQ(opened.access->store16, nullptr);
  EXPECT_EQ(opened.access->load8, nullptr);
  EXPECT_NE(opened.access->submit, nullptr);
  EXPECT_NE(opened.memory->create, nullptr);
  EXPECT_EQ(opened.memory->reset, nullptr);
}

TEST(Wrapper, GroupsWithoutEntriesAreNull) {
  const Opened opened;
  for (const std::uint32_t id : {std::uint32_t{GMC_GROUP_SPACE}, std::uint32_t{GMC_GROUP_LANE}, std::uint32_t{GMC_GROUP_DIRTY},
                                 std::uint32_t{GMC_GROUP_EXCLUSIVE}, std::uint32_t{GMC_GROUP_CONTROL}, 0u, 8u}) {
    EXPECT_EQ(opened.plugin->group(opened.backend, id), nullptr) << id;
  }
}

TEST(Wrapper, EntriesReachTheirMethods) {
  const Opened opened;
  unsigned char byte = 0;
  EXPECT_EQ(opened.access->store8(nullptr, opened.root, 0, 9).status, GMC_OK);
  EXPECT_EQ(opened.access->read(nullptr, opened.root, 0, &byte, 1).status, GMC_OK);
  EXPECT_EQ(byte, 9);
  const GmcOutcome failed = opened.access->read(nullptr, opened.root, 5, &byte, 1);
  EXPECT_EQ(failed.status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(failed.address, 5u);
}

TEST(Wrapper, AnExceptionBecomesBrokenWithItsReasonInTheLog) {
  Opened opened;
  unsigned char byte = 0;
  EXPECT_EQ(opened.access->read(nullptr, opened.root, 13, &byte, 1).status, GMC_BROKEN);
  ASSERT_EQ(opened.host.lines.size(), 1u);
  EXPECT_NE(opened.host.lines[0].find("thirteen"), std::string::npos);
  EXPECT_EQ(opened.access->read(nullptr, opened.root, 14, &byte, 1).status, GMC_BROKEN);
  EXPECT_EQ(opened.host.lines.size(), 2u);
  GmcBackend* none = nullptr;
  EXPECT_EQ(opened.plugin->open(&opened.host.table, "throw", &none).status, GMC_BROKEN);
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(opened.host.lines.back().find("cannot open"), std::string::npos);
}

TEST(Wrapper, SubmitGuardsEachCallOfAList) {
  const Opened opened;
  unsigned char bytes[3] = {};
  GmcCall calls[4] = {};
  for (int i = 0; i < 3; ++i) {
    calls[i].op = GMC_CALL_READ;
    calls[i].space = opened.root;
    calls[i].address = i == 1 ? 13 : 0;
    calls[i].size = 1;
    calls[i].buffer = &bytes[i];
  }
  calls[3].op = GMC_CALL_IOVA;  // without a space
  GmcOutcome outcomes[4] = {};
  EXPECT_EQ(opened.access->submit(nullptr, calls, 4, outcomes).status, GMC_OK);
  EXPECT_EQ(outcomes[0].status, GMC_OK);
  EXPECT_EQ(outcomes[1].status, GMC_BROKEN);
  EXPECT_EQ(outcomes[2].status, GMC_OK);
  EXPECT_EQ(bytes[2], 42);
  EXPECT_EQ(outcomes[3].status, GMC_INVALID_ARGUMENT);
}

TEST(Wrapper, DestroyEndsTheObject) {
  const int before = TinyBackend::Space::destroyed;
  { const Opened opened; }
  EXPECT_EQ(TinyBackend::Space::destroyed, before + 1);
}

TEST(Wrapper, DescribeWritesLines) {
  const Opened opened;
  struct StringSink {
    GmcSink sink = {&StringSink::write};
    std::string text;
    static void write(GmcSink* sink, const char* text, std::uint64_t size) { reinterpret_cast<StringSink*>(sink)->text.append(text, size); }
  } sink;
  EXPECT_EQ(opened.plugin->describe(opened.backend, nullptr, &sink.sink).status, GMC_OK);
  EXPECT_EQ(opened.plugin->describe(opened.backend, opened.root, &sink.sink).status, GMC_OK);
  EXPECT_EQ(sink.text, "kind = profile\nkind = facts\n");
}

}  // namespace
