// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "harness/base/sanitizer.h"
#include "harness/campaign/channel.h"
#include "harness/campaign/crash_handler.h"
#include "harness/campaign/flight_recorder.h"
#include "harness/campaign/leaks.h"
#include "harness/campaign/processes.h"
#include "harness/campaign/workbench.h"
#include "harness/runner/backend.h"
#include "harness/runner/memory.h"

// A freed mapping that waits in AddressSanitizer's quarantine (256 MiB by default) would look like one that leaks (find_leak()).
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"; }

namespace gmc {

namespace {

constexpr int kExitUsage = 2;
constexpr int kExitLost = 3;  // the channel

struct Arguments {
  std::string backend;
  std::optional<std::string> profile_text;
  pid_t supervisor = 0;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--backend") arguments.backend = argv[i + 1];
    if (option == "--profile") arguments.profile_text = argv[i + 1];
    if (option == "--supervisor") arguments.supervisor = static_cast<pid_t>(std::strtol(argv[i + 1], nullptr, 10));
  }
  if (arguments.backend.empty() || arguments.supervisor == 0) return std::nullopt;
  return arguments;
}

// The worker dies with its supervisor, leaves no core file, keeps orphans of its plugin's as its own children, where they are counted, and
// hands neither channel nor recorder on to programs that a plugin starts.
bool settle_in(pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != supervisor) return false;  // it died before
  // One byte and not none: where cores go to a program, the kernel looks at the limit only for this value.
  const rlimit no_core{.rlim_cur = 1, .rlim_max = 1};
  setrlimit(RLIMIT_CORE, &no_core);
  adopt_orphans();
  return fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC) == 0 && fcntl(kRecorderDescriptor, F_SETFD, FD_CLOEXEC) == 0;
}

Backend::Opening open_backend(const Arguments& arguments, std::span<const BuiltIn> built_ins) {
  GMC_TRY(spec, BackendSpec::parse(arguments.backend));
  GMC_TRY(table, load_plugin(spec, built_ins));
  if (!arguments.profile_text) return Backend::open(spec, table);
  GMC_TRY(profile, Profile::parse(*arguments.profile_text, "profile"));
  return Backend::open(spec, table, profile);
}

// What is told of it: the error, and the finding that it is where `open` answered against the contract.
Json told_of(const CannotOpen& why) {
  Json what = encode(static_cast<const Error&>(why));
  if (why.breaks_contract) {
    what["finding"] = encode(Finding{.verdict = Verdict::kViolation,
                                     .clause = Clause::kINV1,
                                     .divergence = {.part = Part::kStatus},
                                     .op = OpKind::kCreate,
                                     .expected = "a status of the contract",
                                     .got = why.cause});
  }
  return what;
}

std::expected<Opened, CannotOpen> introduce(const Backend& backend) {
  Opened opened{.name = backend.name(),
                .version = backend.version(),
                .profile_text = backend.profile_text(),
                .offers = backend.offers(),
                .sanitizer = std::string(kSanitizer)};
  if (backend.profile().root().layout == LayoutSource::kOwn) {
    GMC_TRY(layout, adopted_layout(backend));
    opened.adopted = layout;
  }
  return opened;
}

// F_GETFD is the cheapest question that a closed descriptor answers wrongly.
bool is_reachable() { return fcntl(kChannelDescriptor, F_GETFD) >= 0; }

[[noreturn]] void end_as_lost(FlightRecorder& recorder) {
  recorder.enter(Phase::kLostChannel);
  _exit(kExitLost);
}

[[noreturn]] void close_backend(std::unique_ptr<Backend> backend, FlightRecorder& recorder, const Resources& before) {
  recorder.enter(Phase::kClose);
  backend.reset();
  recorder.enter(Phase::kThink);
  if (!is_reachable()) end_as_lost(recorder);
  Json what = Json::object();
  if (const auto finding = find_survivors(before, Resources::settled(before))) what["finding"] = encode(*finding);
  if (!send_message(kChannelDescriptor, message("closed", std::move(what)))) end_as_lost(recorder);
  std::fflush(nullptr);
  // Not exit(): handlers and destructors of a plugin that is closed could do anything, and what they do is no answer to any call.
  _exit(0);
}

void serve(const Backend& backend, FlightRecorder& recorder) {
  Workbench workbench(
      backend, recorder, [](const Json& message) { return is_reachable() && send_message(kChannelDescriptor, message); }, is_reachable);
  FrameReader reader;
  while (true) {
    recorder.enter(Phase::kIdle);
    const auto json = receive_message(kChannelDescriptor, reader);
    if (!json) {
      if (is_reachable()) _exit(0);  // the supervisor is gone
      end_as_lost(recorder);
    }
    const auto order = decode_order(*json);
    if (!order) {
      std::fprintf(stderr, "gmcheck-worker: %s\n", order.error().text().c_str());
      _exit(kExitUsage);
    }
    if (std::holds_alternative<CloseOrder>(*order)) return;
    recorder.enter(Phase::kThink);
    if (!workbench.carry_out(*order)) end_as_lost(recorder);
  }
}

}  // namespace

int worker_main(int argc, char** argv, std::span<const BuiltIn> built_ins) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr, "gmcheck-worker is started by gmcheck, not by hand\n");
    return kExitUsage;
  }
  if (!settle_in(arguments->supervisor)) return kExitLost;
  auto recorder = FlightRecorder::map(kRecorderDescriptor);
  if (!recorder) {
    std::fprintf(stderr, "gmcheck-worker: %s\n", recorder.error().text().c_str());
    return kExitUsage;
  }
  record_crashes((*recorder)->record());
  const Resources before = Resources::now();
  (*recorder)->enter(Phase::kOpen);
  auto backend = open_backend(*arguments, built_ins);
  const auto opened = backend ? introduce(**backend) : std::unexpected(backend.error());
  if (!is_reachable()) end_as_lost(**recorder);
  if (!opened) {
    static_cast<void>(send_message(kChannelDescriptor, message("error", told_of(opened.error()))));
    std::fflush(nullptr);
    _exit(0);
  }
  if (!send_message(kChannelDescriptor, message("opened", encode(*opened)))) end_as_lost(**recorder);
  serve(**backend, **recorder);
  close_backend(std::move(*backend), **recorder, before);
}

}  // namespace gmc
