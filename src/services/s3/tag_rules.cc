#include "services/s3/tag_rules.h"

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::s3 {
namespace {

bool tag_text(std::string_view text, size_t max) {
  if (!valid_utf8(text) || utf8_length(text) > max) return false;
  static constexpr std::string_view kMarks = "+-=._:/@ ";
  for (unsigned char c : text) {
    bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
    if (!letter && kMarks.find(char(c)) == std::string_view::npos) return false;
  }
  return true;
}

ApiError bad_key(std::string_view key) {
  return ApiError("InvalidTag", "The TagKey you have provided is invalid", 400).with("TagKey", std::string(key));
}
ApiError bad_value(std::string_view key, std::string_view value) {
  return ApiError("InvalidTag", "The TagValue you have provided is invalid", 400).with("TagKey", std::string(key)).with("TagValue", std::string(value));
}

ApiError system_tag(std::string_view key, TagOwner owner) {
  if (owner == TagOwner::object) return ApiError("InvalidTag", "Your TagKey cannot be prefixed with aws:", 400).with("TagKey", std::string(key));
  if (owner == TagOwner::bucket) return ApiError("InvalidTag", "System tags cannot be added/updated by requester", 400).with("TagKey", std::string(key));
  return ApiError("InvalidTag", "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from "
                                "your tag keys and try again.", 400);
}

ApiError malformed_tagging(std::string_view header) {
  return invalid_argument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
                          "x-amz-tagging", header);
}

}  // namespace

Result<void> check_tag_count(size_t count, TagOwner owner) {
  if (owner == TagOwner::object && count > 10) return fail("BadRequest", "Object tags cannot be greater than 10");
  if (owner != TagOwner::object && count > 50) return fail("BadRequest", "Bucket tag count cannot be greater than 50");
  return {};
}

Result<void> add_tag(Tags& tags, std::string_view key, std::string_view value, TagOwner owner) {
  if (starts_with_i(key, "aws:")) return fail(system_tag(key, owner));
  if (key.empty() || !tag_text(key, 128)) return fail(bad_key(key));
  if (!tag_text(value, 256)) return fail(bad_value(key, value));
  if (tags.emplace(key, value).second) return {};
  // The real service answers a repeated key of CreateBucket with its internal error.
  if (owner == TagOwner::new_bucket) return fail(internal_error("a tag key is given twice"));
  return fail(ApiError("InvalidTag", "Cannot provide multiple Tags with the same key", 400).with("TagKey", std::string(key)));
}

Result<Tags> read_tagging(std::string_view header) {
  Tags out;
  if (header.empty()) return out;
  for (std::string_view pair : split(header, '&')) {
    size_t equals = pair.find('=');
    std::string_view rest = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (rest.find('=') != std::string_view::npos) return fail(malformed_tagging(header));
    std::string name = percent_decode(pair.substr(0, equals), true), value = percent_decode(rest, true);
    if (name.empty() || !valid_utf8(name) || !valid_utf8(value)) return fail(malformed_tagging(header));
    if (starts_with_i(name, "aws:")) return fail(system_tag(name, TagOwner::object));
    if (!tag_text(name, 128)) return fail(bad_key(name));
    if (!tag_text(value, 256)) return fail(bad_value(name, value));
    if (!out.emplace(std::move(name), std::move(value)).second) return fail(malformed_tagging(header));
  }
  FB_TRY(check_tag_count(out.size(), TagOwner::object));
  return out;
}

}  // namespace fogbank::s3
