#include "services/sns/tags.h"

#include <set>

#include "base/strings.h"
#include "services/sns/errors.h"

namespace fogbank::sns {

constexpr size_t kMaxTags = 50;

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& added) {
  std::set<std::string_view> names;
  for (const auto& t : added) {
    if (!names.insert(t.Key).second) return fail(invalid("Duplicated keys are not allowed."));
    if (starts_with_i(t.Key, "aws:")) return fail(invalid("Tag keys cannot start with aws:"));
    tags[std::string(t.Key)] = t.Value.view();
  }
  if (tags.size() > kMaxTags) return fail(ApiError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"));
  return tags;
}

}  // namespace fogbank::sns
