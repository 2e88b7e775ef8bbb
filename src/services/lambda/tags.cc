#include "services/lambda/tags.h"

#include "services/lambda/errors.h"

namespace fogbank::lambda {

Result<void> merge_tags(Tags& tags, const Map<Str>& given) {
  Tags merged = tags;
  for (const auto& e : given) merged[std::string(e.key)] = e.value;
  if (merged.size() > kMaxTags) return fail(invalid_parameter("Number of tags exceeds resource tag limit."));
  tags = std::move(merged);
  return {};
}

}  // namespace fogbank::lambda
