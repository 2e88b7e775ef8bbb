#include "services/kms/tags.h"

#include <set>

#include "base/strings.h"
#include "services/kms/state.h"

namespace fogbank::kms {

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given) {
  std::set<std::string_view> seen;
  for (const auto& t : given) {
    if (starts_with_i(t.TagKey, "aws:")) return fail("TagException", "Tags beginning with aws: are reserved");
    if (!seen.insert(t.TagKey.view()).second) return fail("TagException", "Duplicate tag keys");
    tags[std::string(t.TagKey)] = std::string(t.TagValue);
  }
  if (tags.size() > kTagsPerKey) return fail("TagException", "Too many tags");
  return tags;
}

}  // namespace fogbank::kms
