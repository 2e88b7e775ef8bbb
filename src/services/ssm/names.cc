#include "services/ssm/names.h"

#include <algorithm>

#include "base/strings.h"
#include "services/ssm/errors.h"

namespace fogbank::ssm {
namespace {

constexpr size_t kMaxNameAndArn = 1011;
constexpr ptrdiff_t kMaxLevels = 15;

bool name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'; }
bool digits(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; }); }

Result<Reference> read_arn(const Scope& caller, std::string_view given) {
  auto arn = parse_arn(given);
  if (!arn || arn->service != "ssm" || !arn->resource.starts_with("parameter/")) return fail(bad_name());
  Reference out;
  out.scope = {Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  if (arn->region != caller.region.str() || arn->partition != caller.partition.str()) return fail(parameter_not_found());
  out.name = arn->resource.substr(9);
  return out;
}

/// Takes a selector off the end of the name.
Result<void> split_selector(Reference& out) {
  size_t colon = out.name.find(':');
  if (colon == std::string::npos) return {};
  out.selector = out.name.substr(colon + 1);
  out.name.resize(colon);
  if (out.selector.empty() || out.selector.find(':') != std::string::npos) return fail(bad_selector());
  if (out.space == Space::secret || digits(out.selector) || valid_label(out.selector)) return {};
  return fail(validation(cat("Invalid label format ", out.given, ". A label name can't be prefixed with numbers, \"ssm\", or \"aws\" (case-insensitive). "
                             "You can specify letters, numbers, and the following symbols: period (.), dash (-), or underscore (_).")));
}

}  // namespace

std::string parameter_arn(const Scope& scope, std::string_view name) {
  return make_arn(scope, "ssm", cat("parameter", name.starts_with('/') ? "" : "/", name));
}

bool valid_path(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  else if (name.find('/') != std::string_view::npos) return false;
  for (std::string_view level : split(name, '/'))
    if (level.empty() || !std::all_of(level.begin(), level.end(), name_character)) return false;
  return true;
}

Result<Reference> read_reference(const Scope& caller, std::string_view given, bool selector) {
  std::string_view text = trim(given);
  Reference out;
  if (text.starts_with("arn:")) {
    FB_ASSIGN(by_arn, read_arn(caller, text));
    out = std::move(by_arn);
  } else {
    out.scope = caller;
    out.name = text;
  }
  out.given = given;
  if (out.name.starts_with(kSecrets)) {
    out.space = Space::secret;   // names of secrets have rules of their own
    FB_TRY(split_selector(out));
    return out;
  }
  if (selector) FB_TRY(split_selector(out));
  if (!valid_path(out.name) || starts_with_i(place_of(out.name), "ssm")) return fail(bad_name());
  if (out.name.starts_with("/aws/")) {
    out.space = Space::service;
    out.scope.account = AccountId();
  }
  return out;
}

Result<void> check_new_name(const Scope& scope, std::string_view name) {
  bool path = std::count(name.begin(), name.end(), '/') > 1;
  std::string_view place = place_of(name);
  if (starts_with_i(place, "aws") && path && name.starts_with('/'))
    return fail("AccessDeniedException", cat("No access to reserved parameter name: ", name, "."));
  if (starts_with_i(place, "ssm") || starts_with_i(place, "aws")) {
    if (path) return fail(bad_name());
    return fail(validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."));
  }
  if (!name.starts_with('/') && name.find('/') != std::string_view::npos) return fail(validation("Parameter name must be a fully qualified name."));
  if (!valid_path(name)) return fail(bad_name());
  if (std::count(name.begin(), name.end(), '/') > kMaxLevels) return fail(too_many_levels());
  size_t rest = kMaxNameAndArn - parameter_arn(scope, "/").size();
  if (place.size() > rest)
    return fail(validation(cat("1 validation error detected: Value '", name, "' at 'name' failed to satisfy constraint: Member must have length less than or equal to ", rest)));
  return {};
}

bool valid_label(std::string_view label) {
  if (label.empty() || label.size() > 100 || (label[0] >= '0' && label[0] <= '9')) return false;
  if (starts_with_i(label, "aws") || starts_with_i(label, "ssm")) return false;
  return std::all_of(label.begin(), label.end(), name_character);
}

}  // namespace fogbank::ssm
