// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/document.h"

#include <algorithm>
#include <cstddef>

namespace gmc {

bool Names::add(Noun noun, std::uint8_t index, std::string_view name) {
  const bool is_taken = std::ranges::any_of(names_, [&](const auto& entry) { return entry.second == name; });
  return !is_taken && names_.try_emplace({noun, index}, name).second;
}

std::optional<std::uint8_t> Names::find(Noun noun, std::string_view name) const {
  for (const auto& [thing, its_name] : names_) {
    if (thing.first == noun && its_name == name) return thing.second;
  }
  return std::nullopt;
}

std::string_view Names::of(Noun noun, std::uint8_t index) const {
  const auto found = names_.find({noun, index});
  return found == names_.end() ? std::string_view{} : found->second;
}

void Document::add_header(std::string_view text) {
  const LineKey first{};
  auto where = std::ranges::find_if(comments, [&](const Comment& comment) { return comment.line != first || comment.beside; });
  while (true) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    std::ranges::replace(line, '\t', ' ');
    std::ranges::replace_if(
        line, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }, '?');
    while (line.ends_with(' ')) line.pop_back();
    where = comments.insert(where, Comment{first, false, std::move(line)}) + 1;
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> Document::headers(std::string_view key) const {
  const LineKey memory{LineKey::Kind::kLayout, 0, 0};
  std::vector<std::string_view> found;
  for (const Comment& comment : comments) {
    std::string_view text = comment.text;
    if (comment.beside || comment.line > memory || !text.starts_with(key)) continue;
    text.remove_prefix(key.size());
    if (!text.starts_with(':')) continue;
    text.remove_prefix(1);
    const std::size_t first = text.find_first_not_of(' ');
    found.push_back(first == std::string_view::npos ? std::string_view{} : text.substr(first));
  }
  return found;
}

}  // namespace gmc
