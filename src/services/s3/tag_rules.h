// Tags of buckets and objects: what they may be, and the errors of those that may not. Pure.
// Source: S3 User Guide, "Categorizing your storage using tags".
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

using Tags = std::map<std::string, std::string>;

/// Whose tags: each words its refusals differently.
enum class TagOwner { object, bucket, new_bucket };

/// Adds one tag of a TagSet.
Result<void> add_tag(Tags& tags, std::string_view key, std::string_view value, TagOwner owner);
Result<void> check_tag_count(size_t count, TagOwner owner);

/// A TagSet element of a request.
template <class List> Result<Tags> read_tag_set(const List& set, TagOwner owner) {
  Tags tags;
  FB_TRY(check_tag_count(set.size(), owner));
  for (const auto& t : set) {
    if (!t.Key || !t.Value) return fail(malformed_xml());
    FB_TRY(add_tag(tags, t.Key, t.Value, owner));
  }
  return tags;
}

/// x-amz-tagging: URL query parameters, at most ten, no name twice.
Result<Tags> read_tagging(std::string_view header);

}  // namespace fogbank::s3
