// SPDX-License-Identifier: Apache-2.0 OR MIT
// A backend written as C++ classes.
//
// A backend class `B` names what the opaque handles stand for and offers what it has:
//
//   struct B {
//     static constexpr const char* kName = "mine";
//     static constexpr const char* kVersion = "1.0";
//     using Space = ...;  // behind GmcSpace
//     using Lane = ...;   // behind GmcLane; may stay incomplete where no lane can be opened
//
//     static GmcOutcome open(Host, std::string_view config, std::unique_ptr<B>&);
//     GmcOutcome describe(const Space* space_or_null, Text&);
//     Host host() const;                           // where a broken entry writes its reason; Space and Lane have one too
//     GmcOutcome create(Lane*, const GmcLayout*, std::unique_ptr<Space>&);
//     bool offers(std::uint32_t group) const;      // optional: a configuration without this group
//   };
//
// Methods of `Space` have the name and the arguments of the C entry, without the handle that became `this`; they are neither const nor
// noexcept. A method that the class does not have becomes a null entry, and a group without entries a null group. Exceptions:
//   - `load<T>(Lane*, address)` and `store<T>(Lane*, address, T)` serve the four widths.
//   - `destroy` and `close` are the destructors.
//   - `open(Lane*, const GmcSpaceRequest*, std::unique_ptr<Space>&)`, `add(Lane*, const GmcEntry*, std::unique_ptr<Space>&)` and
//     `remove(Lane*, base, size, std::unique_ptr<Space>&)` answer a handle; it is dropped where the caller asked for none.
//   - `call(Lane*, const GmcCall&)` answers one record; the list of `submit` is walked here.
//
// Every entry is guarded: what is thrown becomes `broken`, with its what() in the log.
#ifndef GMCHECK_HARNESS_ABI_CPP_BACKEND_H
#define GMCHECK_HARNESS_ABI_CPP_BACKEND_H

#if __cplusplus < 202002L
#error "the C++ wrapper of gmcheck needs C++20: -std=c++20, or link gmcheck::cpp in CMake; gmcheck.h alone needs C11 or C++11"
#endif

#include <gmcheck.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "harness/abi/cpp/host.h"

namespace gmc {

// Says what is being thrown; to be called in a handler only. Out of line, so that an entry that throws nothing pays nothing for it.
[[gnu::noinline, gnu::cold]] inline GmcOutcome broken(Host host, const char* entry) noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    host.error(std::string(entry) + ": " + error.what());
  } catch (...) {
    host.error(std::string(entry) + ": an exception that is not a std::exception");
  }
  return gmc_outcome(GMC_BROKEN);
}

// Answers what `body` answers, or `broken` where it throws. `speaker` has the host() that hears of it.
template <class Speaker, class Body>
GmcOutcome guarded(const Speaker& speaker, const char* entry, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return broken(speaker.host(), entry);
  }
}

// The C entry of one method of `S`: takes the lane and the handle, then what the method takes after its lane.
template <class B, class S, auto kMethod>
struct Entry;

template <class B, class S, class Owner, class... Args, GmcOutcome (Owner::*kMethod)(typename B::Lane*, Args...)>
struct Entry<B, S, kMethod> {
  static GmcOutcome call(GmcLane* lane, GmcSpace* handle, Args... args) noexcept {
    S& space = *reinterpret_cast<S*>(handle);
    // As in guarded(), without a closure between: this is where every access goes through.
    try {
      return (space.*kMethod)(reinterpret_cast<typename B::Lane*>(lane), args...);
    } catch (...) {
      return broken(space.host(), "space");
    }
  }
};

// Fills `table.name` where class `S` has the method; a line of a table below.
#define GMC_OFFER(table, name) \
  if constexpr (requires { &S::name; }) table.name = &Entry<B, S, &S::name>::call
#define GMC_OFFER_WIDTH(table, entry, method, type) \
  if constexpr (requires { &S::template method<type>; }) table.entry = &Entry<B, S, &S::template method<type>>::call

// The groups' tables of backend `B`, made at compile time.
template <class B>
class Tables {
  using S = typename B::Space;
  using L = typename B::Lane;

 public:
  static constexpr GmcMemoryGroup memory() {
    GmcMemoryGroup table = {};
    table.size = sizeof table;
    if constexpr (requires { &B::create; }) {
      table.create = &create;
      table.destroy = &close_space;
    }
    GMC_OFFER(table, reset);
    GMC_OFFER(table, regions);
    if constexpr (requires { &S::add; }) table.add = &add;
    if constexpr (requires { &S::remove; }) table.remove = &remove;
    GMC_OFFER(table, replace);
    GMC_OFFER(table, protect);
    return table;
  }

  static constexpr GmcSpaceGroup space() {
    GmcSpaceGroup table = {};
    table.size = sizeof table;
    if constexpr (requires { &S::open; }) {
      table.open = &open_space;
      table.close = &close_space;
    }
    return table;
  }

  static constexpr GmcLaneGroup lane() {
    GmcLaneGroup table = {};
    table.size = sizeof table;
    if constexpr (requires { &B::open_lane; }) {
      table.open = &open_lane;
      table.close = &close_lane;
    }
    return table;
  }

  static constexpr GmcAccessGroup access() {
    GmcAccessGroup table = {};
    table.size = sizeof table;
    GMC_OFFER(table, read);
    GMC_OFFER(table, write);
    GMC_OFFER_WIDTH(table, load8, load, std::uint8_t);
    GMC_OFFER_WIDTH(table, load16, load, std::uint16_t);
    GMC_OFFER_WIDTH(table, load32, load, std::uint32_t);
    GMC_OFFER_WIDTH(table, load64, load, std::uint64_t);
    GMC_OFFER_WIDTH(table, store8, store, std::uint8_t);
    GMC_OFFER_WIDTH(table, store16, store, std::uint16_t);
    GMC_OFFER_WIDTH(table, store32, store, std::uint32_t);
    GMC_OFFER_WIDTH(table, store64, store, std::uint64_t);
    GMC_OFFER(table, atomic_load);
    GMC_OFFER(table, atomic_store);
    GMC_OFFER(table, compare_exchange);
    if constexpr (requires { &S::call; }) table.submit = &submit;
    return table;
  }

  static constexpr GmcDirtyGroup dirty() {
    GmcDirtyGroup table = {};
    table.size = sizeof table;
    GMC_OFFER(table, track);
    GMC_OFFER(table, mark);
    GMC_OFFER(table, harvest_dense);
    GMC_OFFER(table, harvest_sparse);
    return table;
  }

  static constexpr GmcExclusiveGroup exclusive() {
    GmcExclusiveGroup table = {};
    table.size = sizeof table;
    GMC_OFFER(table, run);
    return table;
  }

  static constexpr GmcControlGroup control() {
    GmcControlGroup table = {};
    table.size = sizeof table;
    GMC_OFFER(table, arm);
    return table;
  }

 private:
  static L* lane_of(GmcLane* lane) { return reinterpret_cast<L*>(lane); }
  static S& space_of(GmcSpace* space) { return *reinterpret_cast<S*>(space); }
  // Gives a new object to the caller, or lets it go where the caller asked for none.
  template <class Object, class Handle>
  static void hand_out(std::unique_ptr<Object> object, Handle** handle) {
    if (handle != nullptr) *handle = reinterpret_cast<Handle*>(object.release());
  }

  static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) noexcept {
    B& owner = *reinterpret_cast<B*>(backend);
    return guarded(owner, "create", [&] {
      std::unique_ptr<S> made;
      const GmcOutcome outcome = owner.create(lane_of(lane), layout, made);
      hand_out(std::move(made), root);
      return outcome;
    });
  }
  static GmcOutcome open_space(GmcLane* lane, GmcSpace* parent, const GmcSpaceRequest* request, GmcSpace** space) noexcept {
    return guarded(space_of(parent), "open", [&] {
      std::unique_ptr<S> made;
      const GmcOutcome outcome = space_of(parent).open(lane_of(lane), request, made);
      hand_out(std::move(made), space);
      return outcome;
    });
  }
  static GmcOutcome close_space(GmcLane*, GmcSpace* space) noexcept {
    delete &space_of(space);
    return gmc_ok();
  }
  static GmcOutcome add(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region) noexcept {
    return guarded(space_of(root), "add", [&] {
      std::unique_ptr<S> made;
      const GmcOutcome outcome = space_of(root).add(lane_of(lane), entry, made);
      hand_out(std::move(made), region);
      return outcome;
    });
  }
  static GmcOutcome remove(GmcLane* lane, GmcSpace* root, std::uint64_t base, std::uint64_t size, GmcSpace** region) noexcept {
    return guarded(space_of(root), "remove", [&] {
      std::unique_ptr<S> made;
      const GmcOutcome outcome = space_of(root).remove(lane_of(lane), base, size, made);
      hand_out(std::move(made), region);
      return outcome;
    });
  }
  static GmcOutcome open_lane(GmcBackend* backend, std::uint32_t kind, std::uint32_t index, GmcLane** lane) noexcept {
    B& owner = *reinterpret_cast<B*>(backend);
    return guarded(owner, "open_lane", [&] {
      std::unique_ptr<L> made;
      const GmcOutcome outcome = owner.open_lane(kind, index, made);
      hand_out(std::move(made), lane);
      return outcome;
    });
  }
  static GmcOutcome close_lane(GmcLane* lane) noexcept {
    delete lane_of(lane);
    return gmc_ok();
  }
  static GmcOutcome submit(GmcLane* lane, const GmcCall* calls, std::uint64_t count, GmcOutcome* outcomes) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (calls[i].space == nullptr) {
        outcomes[i] = gmc_outcome(GMC_INVALID_ARGUMENT);
        continue;
      }
      S& space = space_of(calls[i].space);
      outcomes[i] = guarded(space, "submit", [&] { return space.call(lane_of(lane), calls[i]); });
    }
    return gmc_ok();
  }
};

#undef GMC_OFFER
#undef GMC_OFFER_WIDTH

// The plugin table of backend `B`: what a built-in backend hands over and what gmc_plugin() answers.
template <class B>
class Plugin {
  using S = typename B::Space;

 public:
  static const GmcPlugin* table() {
    static constexpr GmcPlugin kTable = {sizeof(GmcPlugin), GMC_ABI_VERSION, 0, B::kName, B::kVersion, &open, &close, &describe, &group};
    return &kTable;
  }

 private:
  // The speaker of `open`, which has no object yet.
  struct Opening {
    const GmcHost* table;
    Host host() const { return Host(table); }
  };

  static B& backend_of(GmcBackend* backend) { return *reinterpret_cast<B*>(backend); }

  static GmcOutcome open(const GmcHost* host, const char* config, GmcBackend** backend) noexcept {
    return guarded(Opening{host}, "open", [&] {
      std::unique_ptr<B> made;
      const GmcOutcome outcome = B::open(Host(host), config == nullptr ? std::string_view() : std::string_view(config), made);
      *backend = reinterpret_cast<GmcBackend*>(made.release());
      return outcome;
    });
  }
  static void close(GmcBackend* backend) noexcept { delete &backend_of(backend); }
  static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) noexcept {
    B& owner = backend_of(backend);
    return guarded(owner, "describe", [&] {
      Text text(sink);
      return owner.describe(reinterpret_cast<const S*>(space), text);
    });
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) noexcept {
    if constexpr (requires(const B& b) { b.offers(id); }) {
      if (!backend_of(backend).offers(id)) return nullptr;
    }
    switch (id) {
      case GMC_GROUP_MEMORY:
        return offered<&Tables<B>::memory>();
      case GMC_GROUP_SPACE:
        return offered<&Tables<B>::space>();
      case GMC_GROUP_LANE:
        return offered<&Tables<B>::lane>();
      case GMC_GROUP_ACCESS:
        return offered<&Tables<B>::access>();
      case GMC_GROUP_DIRTY:
        return offered<&Tables<B>::dirty>();
      case GMC_GROUP_EXCLUSIVE:
        return offered<&Tables<B>::exclusive>();
      case GMC_GROUP_CONTROL:
        return offered<&Tables<B>::control>();
      default:
        return nullptr;
    }
  }

  // The table that `kMake` builds, or null where none of its entries is set: after its size a table is nothing but pointers.
  template <auto kMake>
  static const void* offered() {
    static constexpr auto kTable = kMake();
    static const bool kOffers = [] {
      std::array<void*, sizeof kTable / sizeof(void*)> words;
      std::memcpy(words.data(), &kTable, sizeof kTable);
      return std::any_of(words.begin() + 1, words.end(), [](void* entry) { return entry != nullptr; });
    }();
    return kOffers ? &kTable : nullptr;
  }
};

}  // namespace gmc

// Exports backend `B` from a shared library.
#define GMC_EXPORT_BACKEND(B)                                                  \
  extern "C" const GmcPlugin* gmc_plugin(std::uint32_t harness_abi) {          \
    return harness_abi == GMC_ABI_VERSION ? gmc::Plugin<B>::table() : nullptr; \
  }

#endif  // GMCHECK_HARNESS_ABI_CPP_BACKEND_H
