// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one loop of gmcheck: runs programs on a backend and on the reference in lockstep, and compares as it goes. The same loop serves the
// worker, the tests and the benchmarks.
#ifndef GMCHECK_HARNESS_RUNNER_EXECUTOR_H
#define GMCHECK_HARNESS_RUNNER_EXECUTOR_H

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "harness/program/program.h"
#include "harness/program/verdict.h"
#include "harness/reference/reference.h"
#include "harness/runner/backend.h"
#include "harness/runner/buffers.h"
#include "harness/runner/memory.h"
#include "harness/runner/part_clock.h"
#include "harness/runner/room.h"
#include "harness/runner/wrong_bytes.h"
#include "harness/streams/scripted_stream.h"

namespace gmc {

// What is compared beside the answers themselves.
enum class Compare : std::uint8_t {
  kTouched,     // at the end: every block that an operation came near, and the dirty state
  kEverything,  // at the end: all of memory, the harness's files, the region list too
  kAfterEach,   // the same before the first and after each operation, on a memory that is made for this run: the first difference has its
                // culprit
};

// Counts of what was run, for reports and for the goals of a campaign.
struct RunStatistics {
  std::uint64_t programs = 0;
  std::uint64_t operations = 0;  // that were issued
  std::uint64_t inside = 0;      // of those: succeeded inside memory (an access that moved bytes, a question with an answer)
  std::uint64_t skipped = 0;     // a handle was not open, or a known finding was steered round
  std::array<std::uint64_t, kOpKindCount> by_kind{};

  void add(const RunStatistics& other);
};

class Executor;

// Sees every operation of a run: for `gmcheck run` and traces. Not for the hot path.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) = 0;
  virtual void on_skipped(std::uint32_t index) = 0;
  // A run begins, of which there are many where a culprit is looked for. Of each operation, on_operation() comes before `reference` moves
  // on; the reference is the executor's, and stays.
  virtual void on_run(const Program& program, const Reference& reference);
  // The run ends with this finding. The memory is as it was found wrong: now alone, executor.wrong_memory() may be asked.
  virtual void on_finding(const Finding& finding, Executor& executor);
};

// A finding, and a program that shows it: shorter than the one that was run where the blame could be narrowed.
struct Blamed {
  Finding finding;
  Program program;
  bool is_direct = false;  // the access that was seen went through a range, and goes wrong without it as well
};

// Not thread-safe. Keeps the memory of the last program and resets it for the next one with the same layout.
class Executor {
 public:
  explicit Executor(const Backend& backend);
  ~Executor();

  // Runs a valid program. None: backend and reference agree (or nothing could be decided, which the statistics show). The finding of this
  // call is provisional: what was seen first, under the clause of the part that was wrong.
  [[nodiscard]] std::optional<Finding> run(const Program& program, Compare compare);

  // Finds the operation and the clause behind `seen`, which run() answered for `program`, by replaying on a new memory and comparing after
  // each operation. A difference that needs the program before it is filed under GM-INV-004, or as history.
  [[nodiscard]] Blamed blame(const Program& program, const Finding& seen);

  // What replays, confirmations and the minimiser ask: the finding of `program` on a new memory, under the clause of the first operation
  // that goes wrong; none where it agrees.
  [[nodiscard]] std::optional<Finding> decide(const Program& program);

  // Operations in these cells are left out: known findings hide nothing else. Cells come from Finding::cell.
  void steer_round(std::uint32_t cell) { avoided_.insert(cell); }

  // Where the index of the running operation is written before each one, for whoever watches this process; null: nowhere. kOpIndexCompare
  // while memory is compared, kOpIndexCreate before the first.
  void set_progress(std::atomic<std::uint32_t>* progress) { progress_ = progress; }
  void set_observer(Observer* observer) { observer_ = observer; }
  // Nothing is written behind pointers: what two backends hold is to be compared, of which one may give none.
  void leave_alone_behind_pointers() { writes_behind_ = false; }
  // Null: no part is timed.
  void set_clock(PartClock* clock) { clock_ = clock; }

  // Destroys the memory, and checks what that left of the harness's backings (GM-REG-010).
  [[nodiscard]] std::optional<Finding> finish();

  // What the last run left, where it agreed.
  [[nodiscard]] const Reference& reference() const { return reference_; }
  // All that is wrong in memory, where the comparison of bytes found something; empty for other findings. For Observer::on_finding().
  [[nodiscard]] WrongBytes wrong_memory();

  [[nodiscard]] const Evidence& evidence() const { return evidence_; }
  [[nodiscard]] const RunStatistics& statistics() const { return statistics_; }
  void clear_counts();

  static constexpr std::uint32_t kOpIndexCreate = 0xfffffffe;
  static constexpr std::uint32_t kOpIndexCompare = 0xffffffff;

 private:
  // What is wrong with a call and does not show in its answer.
  struct Aside {
    Violation violation;
    std::string expected;  // one line
    std::string got;       // one line
  };

  // One operation that is on its way.
  struct Step {
    const Op* op = nullptr;
    std::uint32_t index = 0;
    bool has_buffer = false;
    bool is_left_out = false;  // the system has not what it needs
    std::span<std::uint8_t> buffer;
    std::span<const std::uint8_t> handed;  // what its first bytes were, where the backend is to leave them alone
    std::optional<Aside> aside;
    GmcCall call{};
    Answer answer;

    // Field by field: a step is some 230 bytes, and clearing them as one block costs more than the operation itself.
    void begin(const Op& new_op, std::uint32_t new_index) {
      op = &new_op;
      index = new_index;
      has_buffer = false;
      is_left_out = false;
      buffer = {};
      handed = {};
      aside.reset();
      answer.clear();
    }
    // The first counts.
    void put_aside(Aside what) {
      if (!aside) aside = std::move(what);
    }
  };

  // What was seen behind a pointer that was handed out.
  struct KeptPointer {
    std::span<const std::uint8_t> bytes;
    std::uint32_t store = 0;
    std::uint64_t position = 0;  // in that backing
    bool may_be_written = false;
    std::uint8_t snapshot = 0;  // the slot of the one that it lives as long as; 0: it lives as long as the map
  };
  static constexpr std::uint64_t kCompareReadSize = 4096;  // bytes of one read of the comparison

  // What the comparison of memory found.
  struct Difference {
    std::uint32_t region = 0;
    std::uint64_t offset = 0;  // in the region
    std::uint64_t gpa = 0;
    std::uint8_t expected = 0;
    std::uint8_t got = 0;
    bool by_witness = false;  // false: a read of the backend's said so
    bool was_written = false;
    bool is_beyond_buffer = false;  // that read wrote outside its buffer
    std::uint16_t status = GMC_OK;  // of that read
  };

  // executor.cc
  void count_sparse_words();
  [[nodiscard]] static Violation wrong_status(Clause clause, const GmcOutcome& outcome);
  [[nodiscard]] static bool is_left_alone(const Step& step);
  [[nodiscard]] std::optional<std::string> why_no_memory(const Program& program) const;
  [[nodiscard]] std::optional<Finding> prepare(const Program& program, bool is_new);
  [[nodiscard]] std::optional<Finding> run_ops(const Program& program, Compare compare);
  [[nodiscard]] std::optional<Finding> run_op(const Program& program, std::uint32_t index, Compare compare);
  [[nodiscard]] std::optional<Finding> compare_batch(const std::vector<std::pair<Expectation, std::size_t>>& expected);
  [[nodiscard]] std::optional<Finding> run_batch(const Program& program, std::uint32_t& index, Compare compare);
  [[nodiscard]] std::optional<Finding> conclude(const Program& program, Step& step);
  [[nodiscard]] bool is_too_large(const Op& op) const;
  [[nodiscard]] bool is_steered_round() const;
  void set_index(std::uint32_t index) {
    if (progress_ != nullptr) progress_->store(index, std::memory_order_relaxed);
  }
  void enter(RunPart part) {
    if (clock_ != nullptr) [[unlikely]]
      clock_->enter(part);
  }
  void spoil();
  void restore_backings();
  // What of each backing was touched.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, ByteRange>> touched() const;
  void count(const Step& step);

  // calls.cc
  void prepare_call(const Program& program, std::uint64_t address, Step& step);
  void prepare_atomic(const Program& program, Step& step);
  [[nodiscard]] GmcOutcome issue(const GmcCall& call) const;
  GmcOutcome arm(std::uint32_t fault, std::uint64_t nth) const;
  // The finding, if the site is not armed though it is offered.
  [[nodiscard]] std::optional<Finding> arm_offered(std::uint32_t fault, std::uint64_t nth, std::uint32_t index) const;
  [[nodiscard]] std::optional<Finding> perform_failing(const Program& program, Step& step);
  void perform(const Program& program, Step& step);
  void look_behind(Step& step);
  void perform_transfer(const Program& program, Step& step);
  void look_into_mapping(Step& step);
  void keep_pointer(const Step& step);
  [[nodiscard]] std::optional<KeptPointer> pointer_of(const Step& step) const;
  void forget_pointers() {
    kept_.reset();
    given_.reset();
  }
  // Those that live as long as that snapshot, which is closed now; 0: as long as any.
  void look_behind_last(std::uint8_t snapshot, Step& step);
  void write_before_mark(const Program& program, const Step& step);
  [[nodiscard]] std::optional<std::pair<std::uint32_t, ByteRange>> written_behind_kept() const;
  void write_behind_kept() const;
  [[nodiscard]] static Aside beyond_room(Clause clause, const GmcOutcome& outcome, std::size_t elements);
  [[nodiscard]] static Aside cleared_all_the_same(const GmcOutcome& outcome);
  void check_declined(Clause clause, const GmcOutcome& outcome, bool is_unwritten, Step& step) const;
  [[nodiscard]] bool tries_with_less(const Program& program, const Step& step) const;
  void perform_harvest(const Program& program, Step& step);
  void harvest_dense(Step& step, bool tries_less);
  void harvest_sparse(Step& step, bool tries_less);
  void perform_reset(Step& step);
  void perform_change(const Program& program, Step& step);
  [[nodiscard]] GmcOutcome list_regions(Step& step, bool tries_less);
  void perform_create(const Program& program, Step& step);

  // compare.cc
  // The bytes, in a buffer between red zones that lives until the next call, and the status.
  [[nodiscard]] std::pair<std::span<std::uint8_t>, std::uint16_t> read_back(std::uint64_t gpa, std::uint64_t size);
  [[nodiscard]] std::optional<Difference> compare_touched();
  [[nodiscard]] std::optional<Difference> compare_all();
  void look_at_adopted();
  [[nodiscard]] std::optional<Difference> compare_range(std::uint32_t region, std::uint64_t offset, std::uint64_t size);
  [[nodiscard]] std::optional<Finding> compare_gaps();
  [[nodiscard]] std::span<const std::uint8_t> bytes_of_removed(const MappedRegion& region);
  [[nodiscard]] std::optional<Finding> compare_removed();
  [[nodiscard]] std::optional<Finding> compare_gap(const WitnessFile& file, std::uint64_t position, std::uint64_t end);
  [[nodiscard]] std::optional<Violation> compare_dirty(bool may_clear);
  [[nodiscard]] std::optional<Finding> compare_state(Compare compare, const Step* step, bool is_last);
  [[nodiscard]] std::optional<Finding> compare_unarmed(Compare compare, const Step* step, bool is_last);
  [[nodiscard]] std::optional<Violation> compare_regions();
  [[nodiscard]] std::optional<Violation> compare_kept();
  [[nodiscard]] std::optional<Violation> peek_sparse(std::uint32_t flags);
  [[nodiscard]] std::optional<Violation> peek_dense(std::uint32_t flags);
  [[nodiscard]] Finding finding_of(const Difference& difference, const Step* step);
  [[nodiscard]] bool is_reversed(const Step& step, std::uint32_t region);

  // describe.cc
  [[nodiscard]] Finding finding_of(const Violation& violation, const Op& op, std::uint32_t index, const Answer* answer) const;
  [[nodiscard]] std::string expected_text(const Violation& violation, const Op& op) const;
  [[nodiscard]] std::string got_text(const Violation& violation, const Answer* answer) const;

  // blame.cc
  [[nodiscard]] std::optional<Finding> run_on_new_memory(const Program& program, Compare compare);
  [[nodiscard]] std::optional<Finding> run_comparing_each(const Program& program);
  [[nodiscard]] std::optional<Finding> decide_unsteered(const Program& program);
  [[nodiscard]] Blamed without_list(Blamed blamed);
  [[nodiscard]] Blamed without_range(Blamed blamed);
  [[nodiscard]] Program as_it_ran(const Program& program) const;
  [[nodiscard]] Program after_previous(const Program& program) const;
  [[nodiscard]] Program with_read_of(const Program& program, std::uint32_t op_count, const Difference& difference) const;

  const Backend& backend_;
  Reference reference_;
  std::unique_ptr<Memory> memory_;
  std::optional<Layout> adopted_;  // the backend's own layout, once a program took it
  bool memory_is_new_ = true;      // since its creation no program ran on it
  Program previous_;               // what ran on this memory before the current program
  bool has_previous_ = false;
  Buffers buffers_;
  Buffers read_back_{kCompareReadSize + 256};  // of the comparison
  std::vector<std::uint8_t> removed_room_;     // likewise
  Expectation expectation_;
  std::size_t alternative_ = 0;  // of expectation_: the one that the last operation's answer matched
  Step step_;                    // of the operation that is running, but for those of a batch
  std::vector<Step> batch_;
  std::vector<GmcCall> calls_;
  std::vector<GmcOutcome> outcomes_;
  Room<GmcRegionInfo> region_room_;
  Room<std::uint64_t> dense_room_;
  Room<GmcDirtyWord> sparse_room_;
  std::uint64_t sparse_words_ = 0;  // of the largest sparse harvest of this memory
  std::vector<std::uint8_t> read_room_;
  std::string facts_;
  std::vector<std::uint8_t> mapped_look_;
  ScriptedStream stream_;
  std::vector<std::uint8_t> stream_room_;  // what its source holds
  Op unscripted_;                          // of a transfer that went past the script
  std::uint32_t first_compared_ = 0;       // operation after which Compare::kAfterEach begins to compare; 0: before all of them
  std::set<std::uint32_t> avoided_;
  std::set<std::uint32_t> steered_round_;  // operations of the program that ran last
  std::optional<Difference> last_difference_;
  // Of the program that is running: the last pointer that is good, and the last one by host_address for writing, which is written behind.
  std::optional<KeptPointer> kept_;
  std::optional<KeptPointer> given_;
  bool writes_behind_ = true;
  std::vector<std::uint8_t> behind_room_;
  Evidence pending_;  // of the program that is running
  Evidence evidence_;
  RunStatistics statistics_;
  std::atomic<std::uint32_t>* progress_ = nullptr;
  Observer* observer_ = nullptr;
  PartClock* clock_ = nullptr;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_EXECUTOR_H
