// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/emit/c_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "harness/base/random.h"
#include "harness/program/program.h"
#include "harness/program/verdict.h"

namespace gmc {

namespace {

constexpr std::size_t kRun = 16;              // bytes that are alike, from which on they are one piece
constexpr std::uint64_t kPayloadShown = 256;  // bytes; what is longer is made by the source itself

std::uint64_t backed_size(const Region& region, const Switches& switches) {
  constexpr std::uint64_t kStandIn = 16u << 20;  // what runner/memory brings for what is too large
  if (region.size > kBackingMax || region.file_offset > kBackingMax) return kStandIn;
  const std::uint64_t over = switches.region_rounding == RegionRounding::kUp ? region.size % switches.region_align_size : 0;
  return over == 0 ? region.size : std::min(region.size + (switches.region_align_size - over), 2 * kBackingMax);
}

}  // namespace

std::string c_number(std::uint64_t number) { return number < 4096 ? fmt::format("{}", number) : fmt::format("{:#x}", number); }

std::string c_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    // No escape runs on into what follows it, and no three characters mean another one.
    quoted += std::isprint(static_cast<unsigned char>(c)) != 0 && c != '?' ? std::string(1, c)
                                                                           : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return quoted + "\"";
}

std::string c_comment(std::string_view text) {
  std::string inside(text);
  for (std::size_t at = inside.find("*/"); at != std::string::npos; at = inside.find("*/", at)) inside[at] = '+';
  for (std::size_t at = inside.find("/*"); at != std::string::npos; at = inside.find("/*", at)) inside[at + 1] = '+';
  return "/* " + inside + " */";
}

std::string c_status(std::uint16_t status) {
  std::string name = "GMC_";
  for (const char c : status_name(status)) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string c_statuses(StatusMask statuses) {
  std::vector<std::string> bits;
  for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
    if ((statuses >> status & 1) != 0) bits.push_back(fmt::format("BIT({})", c_status(status)));
  }
  return bits.empty() ? "0" : fmt::format("{}", fmt::join(bits, " | "));
}

void PieceList::add(std::uint64_t at, std::uint64_t size, std::string_view of, std::uint64_t value) {
  Initialiser piece;
  piece.add_unless_0("at", at);
  piece.add("size", size);
  piece.add("of", of);
  piece.add_unless_0("value", value);
  pieces_.push_back(piece.text());
}

void PieceList::add_listed(std::uint64_t at, std::span<const std::uint8_t> bytes) {
  Initialiser piece;
  piece.add_unless_0("at", at);
  piece.add("size", bytes.size());
  std::vector<std::string> numbers;
  for (const std::uint8_t byte : bytes) numbers.push_back(fmt::format("0x{:02x}", byte));
  piece.add("bytes", fmt::format("BYTES({})", fmt::join(numbers, ", ")));
  pieces_.push_back(piece.text());
}

void PieceList::add_each(std::uint64_t at, std::uint64_t size, std::uint8_t byte) {
  if (size > 0) add(at, size, "EACH", byte);
}

void PieceList::add_open(std::uint64_t at, std::uint64_t size) {
  if (size == 0) return;
  add(at, size, "OPEN", 0);
  has_open_ = true;
}

void PieceList::add_payload(std::uint64_t size, std::uint64_t seed, std::uint32_t op_index) {
  if (size <= kPayloadShown) {
    std::vector<std::uint8_t> bytes(size);
    fill_pattern(Pattern{}, seed, op_index, {}, bytes);
    add_bytes(0, bytes);
  } else {
    add(0, size, "PAYLOAD", mix(mix(seed) + op_index));
  }
}

// In runs: of one byte, of the background, and of what is neither.
void PieceList::add_bytes(std::uint64_t at, std::span<const std::uint8_t> bytes, std::uint64_t position) {
  std::size_t listed = 0;  // where what is not written yet begins
  std::size_t next = 0;
  const auto list = [&](std::size_t end) {
    if (end > listed) add_listed(at + listed, bytes.subspan(listed, end - listed));
  };
  while (next < bytes.size()) {
    std::size_t alike = next + 1;
    while (alike < bytes.size() && bytes[alike] == bytes[next]) ++alike;
    std::size_t untouched = next;
    while (untouched < bytes.size() && bytes[untouched] == background_byte(position + untouched)) ++untouched;
    const std::size_t end = std::max(alike, untouched);
    if (end - next < kRun) {
      ++next;
      continue;
    }
    list(next);
    if (alike >= untouched) {
      add(at + next, end - next, "EACH", bytes[next]);
    } else {
      add(at + next, end - next, "BACKGROUND", position + next);
    }
    listed = next = end;
  }
  list(bytes.size());
}

void PieceList::add_memory(std::uint64_t at, std::uint64_t size, const Bytes& store, std::uint64_t position) {
  constexpr std::uint64_t kChunk = 1u << 16;
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t done = 0; done < size; done += bytes.size()) {
    bytes.resize(std::min(kChunk, size - done));
    const std::uint64_t from = position + done;
    store.read(from, bytes);
    if (!store.has_open_bytes() || !store.is_open(from, bytes.size())) {
      add_bytes(at + done, bytes, from);
      continue;
    }
    for (std::size_t first = 0; first < bytes.size();) {
      const bool is_open = store.is_open(from + first, 1);
      std::size_t end = first + 1;
      while (end < bytes.size() && store.is_open(from + end, 1) == is_open) ++end;
      if (is_open) {
        add_open(at + done + first, end - first);
      } else {
        add_bytes(at + done + first, std::span(bytes).subspan(first, end - first), from + first);
      }
      first = end;
    }
  }
}

std::string PieceList::text() const { return pieces_.empty() ? "NOTHING" : fmt::format("PIECES({})", fmt::join(pieces_, ", ")); }

std::string c_layout(std::span<const Region> regions, const Profile& profile) {
  std::string text = "LISTED_REGIONS(";
  for (const Region& region : regions) {
    Initialiser entry;
    entry.add("base", fmt::format("{:#x}", region.base));
    entry.add("size", region.size);
    if (region.is_window) {
      entry.add("backing", "WINDOW");
    } else if (region.backing != Backing::kOwn) {
      entry.add("backing", region.backing == Backing::kFile ? "IN_FILE" : "HOST");
      entry.add_unless_0("file", region.file);
      entry.add_unless_0("offset", region.file_offset);
      // Of a file: up to the end of what is shown of it.
      const std::uint64_t end = backed_size(region, profile.root()) + std::min(region.file_offset, kBackingMax);
      entry.add("bytes", region.backing == Backing::kFile ? end : backed_size(region, profile.root()));
    }
    if (region.is_read_only) entry.add("is_read_only", 1);
    text += entry.text() + ", ";
  }
  return text + ")";
}

}  // namespace gmc
