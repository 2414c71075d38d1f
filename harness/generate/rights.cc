// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rights of pages: what is taken and given back, where accesses are that notice it.
#include <algorithm>

#include "harness/base/page.h"
#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

// Of the programs: where rights are missing, less is inside. Where they are favoured, more.
constexpr std::uint64_t kProtectingPercent = 8;
constexpr std::uint64_t kProtectingPercentMax = 60;
constexpr std::uint64_t kChangingPercent = 30;  // of those in which the map changes

}  // namespace

bool Generator::offers_protect() const { return profile_.root().permissions == Permissions::kPageBitmap; }

void Generator::start_protecting(Random& random) {
  may_protect_ = false;
  protected_ = {};
  if (!offers_protect()) return;
  const std::uint64_t favour = settings_.weights[static_cast<std::size_t>(OpKind::kProtect)];
  const std::uint64_t percent = kProtectingPercent * favour / info(OpKind::kProtect).weight;
  // Where the map changes too, what it makes of rights is to be seen, and both are rare.
  const std::uint64_t least = may_change_ && favour != 0 ? kChangingPercent : 0;
  may_protect_ = random.percent(static_cast<std::uint32_t>(std::min(kProtectingPercentMax, std::max(percent, least))));
}

// A page or a few, where a region begins or ends, around a byte that accesses are aimed at, or the whole region; sometimes too much.
void Generator::emit_protect(Op& op, Random& random) {
  if (protected_.size > 0 && random.one_in(5)) {  // what was taken comes back
    op.at = protected_.at;
    op.size = protected_.size;
    op.rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
    return;
  }
  static constexpr std::uint8_t kRightsOf[] = {0, GMC_RIGHT_READ, GMC_RIGHT_READ, GMC_RIGHT_READ, GMC_RIGHT_READ | GMC_RIGHT_WRITE};
  op.rights = kRightsOf[random.below(static_cast<std::uint32_t>(std::size(kRightsOf)))];
  const std::vector<Place>& places = terrain_.places();
  const Target target = draw_target(op.kind, true, random);
  const Place& place = places[target.place];
  const std::uint64_t some = random.percent(50) ? kPage : 1 + random.below(random.one_in(4) ? 8 : 3 * kPage);
  const std::uint64_t size = std::min(place.size, some);
  const std::uint64_t room = place.size - size;
  std::uint64_t offset = 0;
  switch (random.below(8)) {
    case 0:
      op.at = terrain_.address(place, 0);
      op.size = place.reach;
      return;
    case 1:
      op.at = terrain_.address(place, room);
      op.size = size + 1 + (random.percent(30) ? 0 : random.below(static_cast<std::uint32_t>(kPage)));
      return;
    case 2:
      op.at = terrain_.draw_spot(terrain_.has_spots(SpotKind::kHole) ? SpotKind::kHole : SpotKind::kTop, random);
      op.size = random.one_in(4) ? UINT64_MAX : size;
      return;
    case 3:
      offset = room;
      break;
    case 4:
    case 5:
      offset = std::min(room, hot_[random.below(kHotCount)].offset);
      break;
    case 6:
      offset = draw_upto(room, random);
      break;
    default:
      break;
  }
  op.at = terrain_.address(place, offset);
  op.size = size;
  protected_ = {.at = op.at, .size = op.size};
  // Accesses are aimed at where the pages begin that have these rights now.
  const std::uint64_t first = (place.base + offset) & ~(kPage - 1);
  if (first > place.base) hot_.front() = {.offset = first - place.base, .place = target.place};
}

}  // namespace gmc
