#include "services/logs/tags.h"

#include "base/strings.h"
#include "services/logs/errors.h"

namespace fogbank::logs {

Result<void> check_tags(const Map<Str>& tags) {
  for (const auto& t : tags)
    if (starts_with_i(t.key, "aws:")) return fail(invalid_parameter("Tag keys cannot start with 'aws:'"));
  return {};
}

bool add_tags(std::map<std::string, std::string>& to, const Map<Str>& tags) {
  for (const auto& t : tags) to[std::string(t.key)] = std::string(t.value);
  return to.size() <= kMaxTags;
}

}  // namespace fogbank::logs
