#include "services/sqs/tags.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sqs/errors.h"

namespace fogbank::sqs {

constexpr size_t kMaxTags = 50;

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const Map<Str>& added, std::string_view queue) {
  for (const auto& e : added) {
    size_t key_length = utf8_length(e.key);
    if (key_length < 1 || key_length > 128) return fail(invalid_parameter("Tag keys must be between 1 and 128 characters in length."));
    if (utf8_length(e.value) > 256) return fail(invalid_parameter("Tag values must be between 0 and 256 characters in length."));
    if (starts_with_i(e.key, "aws:")) return fail(invalid_parameter(cat("Tag keys can't start with 'aws:': ", e.key.view())));
    tags[std::string(e.key)] = e.value.view();
  }
  if (tags.size() > kMaxTags) return fail(invalid_parameter(cat("Too many tags added for queue ", queue, ".")));
  return tags;
}

}  // namespace fogbank::sqs
