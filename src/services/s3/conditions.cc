#include "services/s3/conditions.h"

#include <algorithm>

#include "base/strings.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"

namespace fogbank::s3 {
namespace {

/// Decimal digits only; more than an object can be long is as good as the longest.
std::optional<int64_t> position(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  if (digits.size() > 18) return int64_t(999'999'999'999'999'999);
  return parse_int(digits);
}

ApiError invalid_range(Str header, int64_t size) {
  return ApiError("InvalidRange", "The requested range is not satisfiable", 416)
      .with("RangeRequested", std::string(header.view())).with("ActualObjectSize", cat(size));
}

int64_t seconds(Millis t) { return t / 1000; }

}  // namespace

Result<std::optional<ByteRange>> read_range(Str header, int64_t size) {
  std::string_view text = trim(header);
  if (!starts_with_i(text, "bytes=")) return std::nullopt;
  text = trim(text.substr(6));
  size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return std::nullopt;
  std::string_view from = trim(text.substr(0, dash)), to = trim(text.substr(dash + 1));
  if (from.empty()) {  // the last n bytes
    auto n = position(to);
    if (!n) return std::nullopt;
    if (*n == 0 || size == 0) return fail(invalid_range(header, size));
    int64_t length = std::min(*n, size);
    return ByteRange{size - length, length};
  }
  auto first = position(from), last = to.empty() ? std::optional<int64_t>(size - 1) : position(to);
  if (!first || !last || (!to.empty() && *last < *first)) return std::nullopt;
  if (*first >= size) return fail(invalid_range(header, size));
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

bool names_etag(std::string_view header, std::string_view etag) {
  for (std::string_view one : split(header, ',')) {
    one = bare_etag(one);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

ConditionResult judge(const Preconditions& p, std::string_view etag, Millis modified, const ConditionNames& names) {
  if (p.if_match) {
    if (!names_etag(p.if_match, etag)) return {Verdict::failed, names.match};
  } else if (p.if_unmodified_since && seconds(modified) > seconds(*p.if_unmodified_since)) {
    return {Verdict::failed, names.unmodified};
  }
  if (p.if_none_match) {
    if (names_etag(p.if_none_match, etag)) return {Verdict::not_modified, names.none_match};
  } else if (p.if_modified_since && seconds(modified) <= seconds(*p.if_modified_since)) {
    return {Verdict::not_modified, names.modified};
  }
  return {};
}

Result<WriteCondition> read_write_condition(Str if_match, Str if_none_match) {
  if (if_match && if_none_match)
    return fail(header_not_implemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request"));
  if (if_none_match) {
    if (trim(if_none_match) != "*")
      return fail(header_not_implemented("If-None-Match", "We don't accept the provided value of If-None-Match header for this API"));
    return WriteCondition::if_none_match;
  }
  if (!if_match) return WriteCondition::none;
  if (trim(if_match) == "*")
    return fail(header_not_implemented("If-Match", "We don't accept the provided value of If-Match header for this API"));
  return WriteCondition::if_match;
}

Result<void> judge_write(WriteCondition condition, Str if_match, const std::string* etag, std::string_view key) {
  if (condition == WriteCondition::if_none_match && etag) return fail(precondition_failed("If-None-Match"));
  if (condition != WriteCondition::if_match) return {};
  if (!etag) return fail(no_such_key(key));
  if (bare_etag(if_match) != *etag) return fail(precondition_failed("If-Match"));
  return {};
}

}  // namespace fogbank::s3
