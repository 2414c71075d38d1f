// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harness/base/counted.h"

namespace gmc {

void Log::add(std::uint32_t level, std::string_view text) {
  static constexpr std::string_view kLevels[] = {"error", "warning", "note"};
  const std::scoped_lock lock(mutex_);
  text_ += fmt::format("{}: {}\n", level < 3 ? kLevels[level] : "note", text);
  if (text_.size() > kKept) text_.erase(0, text_.size() - kKept);
}

std::string Log::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(text_, {});
}

// The table begins what the backend sees; the log behind it is ours.
struct Backend::HostTable {
  GmcHost table;
  Log* log;

  static void write(const GmcHost* host, std::uint32_t level, const char* text, std::uint64_t size) {
    reinterpret_cast<const HostTable*>(host)->log->add(level, {text, static_cast<std::size_t>(std::min<std::uint64_t>(size, Log::kKept))});
  }
  static void yield(const GmcHost*, GmcLane*, std::uint32_t, std::uint64_t) {}
};

namespace {

// What a backend may write into one text: a profile without end is the backend's mistake, not our memory's.
constexpr std::size_t kTextMax = 1u << 20;

struct TextSink {
  GmcSink sink;
  std::string* text;
  bool overflowed = false;

  static void write(GmcSink* sink, const char* text, std::uint64_t size) {
    auto* self = reinterpret_cast<TextSink*>(sink);
    if (size > kTextMax - self->text->size()) {
      self->overflowed = true;
      return;
    }
    self->text->append(text, static_cast<std::size_t>(size));
  }
};

template <typename Group>
Result<void> read_group(const GmcPlugin* table, GmcBackend* handle, GmcGroup id, const char* group_name, const std::string& place,
                        Group& group) {
  const auto* offered = static_cast<const Group*>(table->group(handle, static_cast<std::uint32_t>(id)));
  if (offered == nullptr) return {};
  if (offered->size < sizeof(Group)) {
    return fail(place, fmt::format("the table of group '{}' says it has {}; its first version has {}", group_name,
                                   counted(offered->size, "byte"), sizeof(Group)));
  }
  std::memcpy(&group, offered, sizeof(Group));
  return {};
}

}  // namespace

Backend::Opening Backend::open(const BackendSpec& spec, const GmcPlugin* table) { return open_under(spec, table, nullptr); }

Backend::Opening Backend::open(const BackendSpec& spec, const GmcPlugin* table, const Profile& profile) {
  return open_under(spec, table, &profile);
}

// `profile`: null for the backend's own.
Backend::Opening Backend::open_under(const BackendSpec& spec, const GmcPlugin* table, const Profile* profile) {
  std::unique_ptr<Backend> backend(new Backend);
  backend->name_ = spec.text();
  backend->table_ = table;
  backend->log_ = std::make_unique<Log>();
  backend->host_ = std::make_unique<HostTable>(HostTable{
      .table = {.size = sizeof(GmcHost), .abi_version = GMC_ABI_VERSION, .reserved = 0, .log = HostTable::write, .yield = HostTable::yield},
      .log = backend->log_.get()});
  const GmcOutcome opened = table->open(&backend->host_->table, spec.config.c_str(), &backend->handle_);
  if (opened.status != GMC_OK) {
    std::string reason = backend->log_->take();
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    backend->handle_ = nullptr;
    const bool is_none = opened.status >= GMC_STATUS_COUNT;
    const std::string status =
        is_none ? fmt::format("status {}, which there is not", opened.status) : std::string(status_name(opened.status));
    const std::string cause = fmt::format("cannot be opened ({}): {}", status, reason.empty() ? "it gave no reason" : reason);
    return std::unexpected(CannotOpen({backend->name_, cause}, is_none));
  }
  if (profile != nullptr) {
    backend->profile_ = *profile;
    backend->profile_text_ = profile->print();
  } else {
    GMC_TRY_VOID(backend->read_profile());
  }
  GMC_TRY_VOID(backend->read_groups());
  GMC_TRY_VOID(backend->check_claims());
  return backend;
}

Result<void> Backend::read_profile() {
  if (describe(nullptr, profile_text_).status != GMC_OK) return fail(name_, "does not describe itself");
  GMC_TRY(profile, Profile::parse(profile_text_, name_ + ": profile"));
  profile_ = profile;
  return {};
}

Backend::~Backend() {
  if (handle_ != nullptr) table_->close(handle_);
}

GmcOutcome Backend::describe(GmcSpace* space, std::string& text) const {
  text.clear();
  TextSink sink{.sink = {.write = TextSink::write}, .text = &text};
  GmcOutcome outcome = table_->describe(handle_, space, &sink.sink);
  if (sink.overflowed) {
    log_->add(GMC_LOG_ERROR, fmt::format("describe wrote more than {} bytes", kTextMax));
    outcome.status = GMC_BROKEN;
  }
  return outcome;
}

Result<void> Backend::read_groups() {
  GMC_TRY_VOID(read_group(table_, handle_, GMC_GROUP_MEMORY, "memory", name_, memory_));
  GMC_TRY_VOID(read_group(table_, handle_, GMC_GROUP_SPACE, "space", name_, space_));
  GMC_TRY_VOID(read_group(table_, handle_, GMC_GROUP_ACCESS, "access", name_, access_));
  GMC_TRY_VOID(read_group(table_, handle_, GMC_GROUP_DIRTY, "dirty", name_, dirty_));
  GMC_TRY_VOID(read_group(table_, handle_, GMC_GROUP_CONTROL, "control", name_, control_));
  offers_ = {.space_open = space_.open != nullptr && space_.close != nullptr,
             .harvest_dense = dirty_.harvest_dense != nullptr,
             .harvest_sparse = dirty_.harvest_sparse != nullptr,
             .add = memory_.add != nullptr,
             .remove = memory_.remove != nullptr,
             .replace = memory_.replace != nullptr,
             .protect = memory_.protect != nullptr,
             .arm = control_.arm != nullptr};
  return {};
}

// A claim is a promise that the functions behind it are there.
Result<void> Backend::check_claims() const {
  const Switches& s = profile_.root();
  const auto missing = [&](const char* claim, const char* entry) {
    return fail(name_, fmt::format("the profile says '{}', and the entry '{}' is null", claim, entry));
  };
  if (memory_.create == nullptr || memory_.destroy == nullptr) return fail(name_, "the group 'memory' lacks 'create' or 'destroy'");
  const bool has_submit = access_.submit != nullptr;
  if (access_.read == nullptr && !has_submit) return fail(name_, "the group 'access' has neither 'read' nor 'submit'");
  if (access_.write == nullptr && !has_submit) return fail(name_, "the group 'access' has neither 'write' nor 'submit'");
  struct Sized {
    std::uint64_t size;
    bool is_there;
    const char* entry;
  };
  const Sized sized[] = {{1, access_.load8 && access_.store8, "load8 or store8"},
                         {2, access_.load16 && access_.store16, "load16 or store16"},
                         {4, access_.load32 && access_.store32, "load32 or store32"},
                         {8, access_.load64 && access_.store64, "load64 or store64"}};
  for (const Sized& width : sized) {
    if (s.typed_sizes.has(width.size) && !width.is_there && !has_submit) return missing("typed_sizes", width.entry);
  }
  const SetOf<Atomics> with_entries(Atomics::kLoad, Atomics::kStore, Atomics::kCompareExchange);
  const struct {
    bool is_claimed;
    const char* claim;
  } by_submit[] = {{(s.atomics.mask & ~with_entries.mask) != 0, "atomics = exchange or a fetch operation"},
                   {s.atomics.has(Atomics::kLoad) && access_.atomic_load == nullptr, "atomics = load"},
                   {s.atomics.has(Atomics::kStore) && access_.atomic_store == nullptr, "atomics = store"},
                   {s.atomics.has(Atomics::kCompareExchange) && access_.compare_exchange == nullptr, "atomics = compare_exchange"},
                   {s.partial, "partial = yes"},
                   {s.has_fill, "has_fill = yes"},
                   {s.has_zero_all, "has_zero_all = yes"},
                   {s.has_copy, "has_copy = yes"},
                   {s.atomic_buffers, "atomic_buffers = yes"},
                   {s.dump_all != DumpAll::kNone, "dump_all"},
                   {!s.range_api.empty(), "range_api"},
                   {s.host_pointer == HostPointer::kPerAddr || s.host_pointer == HostPointer::kWhole, "host_pointer"},
                   {s.iova, "iova = yes"},
                   {s.slice_lists, "slice_lists = yes"},
                   {!s.references.empty(), "references"},
                   {s.arrays, "arrays = yes"},
                   {s.region_api.has(RegionApi::kFind), "region_api = find"},
                   {s.region_api.has(RegionApi::kLastAddress), "region_api = last_address"},
                   {s.region_api.has(RegionApi::kTotalSize), "region_api = total_size"},
                   {s.file_facts.has(FileFacts::kFdsOverlap), "file_facts = fds_overlap"},
                   {s.fd_io, "fd_io = yes"}};
  for (const auto& claim : by_submit) {
    if (claim.is_claimed && !has_submit) return missing(claim.claim, "submit");
  }
  if (s.region_api.has(RegionApi::kList) && memory_.regions == nullptr) return missing("region_api = list", "regions");
  if (s.slices && !offers_.space_open) return missing("slices = yes", "open of group space");
  if (s.views && !offers_.space_open) return missing("views = yes", "open of group space");
  if (s.map_mutation != MapMutation::kImmutable && !offers_.add) return missing("map_mutation", "add");
  const bool removes = s.map_mutation == MapMutation::kCow || s.map_mutation == MapMutation::kInPlace;
  if (removes && !offers_.remove) return missing("map_mutation", "remove");
  if (s.map_mutation == MapMutation::kCow && !offers_.space_open) return missing("map_mutation = cow", "open of group space");
  if (s.permissions == Permissions::kPageBitmap && !offers_.protect) return missing("permissions = page_bitmap", "protect");
  if (s.reset && memory_.reset == nullptr) return missing("reset = yes", "reset");
  if (s.dirty_source != DirtySource::kNone && dirty_.harvest_dense == nullptr && dirty_.harvest_sparse == nullptr) {
    return missing("dirty_source", "harvest_dense or harvest_sparse");
  }
  if (s.dirty_source != DirtySource::kNone && dirty_.harvest_sparse == nullptr && !offers_.space_open)
    return missing("dirty_source", "space open");
  if (!s.fault_sites.empty() && control_.arm == nullptr) return missing("fault_sites", "arm");
  if (s.dirty_bitmap_api && dirty_.mark == nullptr) return missing("dirty_bitmap_api = yes", "mark");
  if (s.dirty_enable == DirtyEnable::kExplicit && dirty_.track == nullptr) return missing("dirty_enable = explicit", "track");
  return {};
}

}  // namespace gmc
