#include "services/ssm/public_parameters.h"

#include <algorithm>

#include "base/strings.h"
#include "gen/ssm/public_parameters.h"

namespace fogbank::ssm {

struct PublicParameters::Lines {
  std::string text;
  std::vector<uint32_t> starts;   ///< of the lines

  explicit Lines(std::string t) : text(std::move(t)) {
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) starts.push_back(uint32_t(at));
  }
  std::string_view name(size_t i) const {
    std::string_view line = std::string_view(text).substr(starts[i]);
    return line.substr(0, line.find('\t'));
  }
  PublicParameter at(size_t i) const {
    std::string_view line = std::string_view(text).substr(starts[i]);
    auto fields = split(line.substr(0, line.find('\n')), '\t');
    return {fields.at(0), fields.at(3), uint64_t(parse_int(fields.at(1)).value_or(1)), parse_int(fields.at(2)).value_or(0)};
  }
  /// The first line whose name is not before `name`.
  size_t lower(std::string_view wanted) const {
    auto it = std::lower_bound(starts.begin(), starts.end(), wanted, [&](const uint32_t& start, std::string_view w) { return name(size_t(&start - starts.data())) < w; });
    return size_t(it - starts.begin());
  }
};

std::shared_ptr<const PublicParameters::Lines> PublicParameters::unpacked(size_t set) {
  std::lock_guard lock(mutex_);
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->first != set) continue;
    std::rotate(it, it + 1, kept_.end());
    return kept_.back().second;
  }
  auto fresh = std::make_shared<const Lines>(data::unpack(data::public_parameters()[set]));
  if (kept_.size() == kKept) kept_.erase(kept_.begin());
  kept_.emplace_back(set, fresh);
  return fresh;
}

bool PublicParameters::get(std::string_view region, std::string_view name, const Visit& visit) {
  auto sets = data::public_parameters();
  for (size_t i = 0; i < sets.size(); i++) {
    if ((!sets[i].region.empty() && sets[i].region != region) || !name.starts_with(sets[i].path)) continue;
    auto lines = unpacked(i);
    size_t at = lines->lower(name);
    if (at == lines->starts.size() || lines->name(at) != name) continue;
    visit(lines->at(at));
    return true;
  }
  return false;
}

void PublicParameters::scan(std::string_view region, std::string_view prefix, std::string_view after, const Visit& visit) {
  auto sets = data::public_parameters();
  std::vector<size_t> wanted;
  for (size_t i = 0; i < sets.size(); i++) {
    if (!sets[i].region.empty() && sets[i].region != region) continue;
    std::string below = cat(sets[i].path, '/');
    if (below.starts_with(prefix) || prefix.starts_with(below)) wanted.push_back(i);
  }
  std::sort(wanted.begin(), wanted.end(), [&](size_t a, size_t b) { return sets[a].path < sets[b].path; });
  for (size_t i : wanted) {
    auto lines = unpacked(i);
    for (size_t at = lines->lower(std::max(prefix, after)); at < lines->starts.size(); at++) {
      if (lines->name(at) == after) continue;
      if (!lines->name(at).starts_with(prefix)) break;
      if (!visit(lines->at(at))) return;
    }
  }
}

bool PublicParameters::names_image(std::string_view region, std::string_view id) {
  if (!id.starts_with("ami-")) return false;
  bool found = false;
  for (std::string_view below : {"/aws/service/ami-amazon-linux-latest/", "/aws/service/ecs/optimized-ami/"})
    if (!found) scan(region, below, {}, [&](const PublicParameter& p) { return !(found = p.value == id); });
  return found;
}

}  // namespace fogbank::ssm
