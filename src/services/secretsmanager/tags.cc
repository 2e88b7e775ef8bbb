#include "services/secretsmanager/tags.h"

#include <set>

#include "base/strings.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given) {
  std::set<std::string_view> seen;
  for (const auto& t : given) {
    if (t.Key.empty()) return fail(invalid_parameter("Tag keys can't be empty."));
    if (starts_with_i(t.Key, "aws:")) return fail(invalid_parameter("Tag keys can't begin with aws:, which is reserved."));
    if (!seen.insert(t.Key.view()).second) return fail(invalid_parameter(cat("The tag key ", t.Key, " is given more than once.")));
    tags[std::string(t.Key)] = std::string(t.Value);
  }
  if (tags.size() > kTagsPerSecret) return fail(invalid_parameter(cat("A secret can't have more than ", kTagsPerSecret, " tags.")));
  return tags;
}

void fill_tags(Arena& arena, const std::map<std::string, std::string>& tags, List<svc::Tag>& out) {
  out.reserve(arena, uint32_t(tags.size()));
  for (const auto& [key, value] : tags) {
    svc::Tag& tag = out.add(arena);
    tag.Key = Str(arena.copy(key));
    tag.Value = Str(arena.copy(value));
  }
}

}  // namespace fogbank::secretsmanager
