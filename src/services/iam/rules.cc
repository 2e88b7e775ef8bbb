#include "services/iam/rules.h"

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::iam {

int64_t inline_size(EntityKind kind) {
  switch (kind) {
    case EntityKind::user: return kInlineSizeUser;
    case EntityKind::role: return kInlineSizeRole;
    case EntityKind::group: return kInlineSizeGroup;
  }
  throw std::logic_error("a kind of entity that is none");
}

ApiError no_such_entity(std::string message) { return ApiError("NoSuchEntity", std::move(message), 404); }
ApiError no_such_entity(EntityKind kind, std::string_view name) {
  return no_such_entity(cat("The ", kind_name(kind), " with name ", name, " cannot be found."));
}
ApiError no_such_policy(std::string_view arn) { return no_such_entity(cat("Policy ", arn, " was not found.")); }
ApiError not_attachable(std::string_view arn) { return no_such_entity(cat("Policy ", arn, " does not exist or is not attachable.")); }
ApiError already_exists(EntityKind kind, std::string_view name) {
  return ApiError("EntityAlreadyExists", cat(kind_title(kind), " with name ", name, " already exists."), 409);
}
ApiError delete_conflict(std::string message) { return ApiError("DeleteConflict", std::move(message), 409); }
ApiError limit_exceeded(std::string message) { return ApiError("LimitExceeded", std::move(message), 409); }
ApiError validation_error(std::string message) { return ApiError("ValidationError", std::move(message), 400); }
ApiError invalid_input(std::string message) { return ApiError("InvalidInput", std::move(message), 400); }

namespace {

/// "/path/name" into path and name; false if it has no name or does not begin with a slash.
bool split_path(std::string_view text, std::string& path, std::string& name) {
  size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || text[0] != '/' || slash + 1 == text.size()) return false;
  path = text.substr(0, slash + 1);
  name = text.substr(slash + 1);
  return true;
}

bool same_key(std::string_view a, std::string_view b, bool fold_case) { return fold_case ? iequals(a, b) : a == b; }

}  // namespace

Result<PolicyName> parse_policy_arn(std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn) return fail(validation_error("Invalid ARN:  Could not be parsed!"));
  PolicyName out{std::string(arn->partition), std::string(arn->account), {}, {}};
  bool account = arn->account == "aws" || is_account_id(arn->account);
  constexpr std::string_view kPolicy = "policy";
  if (arn->service != "iam" || !arn->region.empty() || !account || !arn->resource.starts_with(kPolicy) ||
      !split_path(arn->resource.substr(kPolicy.size()), out.path, out.name))
    return fail(invalid_input(cat("ARN ", text, " is not valid.")));
  return out;
}

std::optional<EntityName> parse_entity_resource(std::string_view resource) {
  for (EntityKind kind : {EntityKind::user, EntityKind::role, EntityKind::group}) {
    std::string_view prefix = kind_name(kind);
    EntityName out{kind, {}, {}};
    if (resource.starts_with(prefix) && resource.size() > prefix.size() && split_path(resource.substr(prefix.size()), out.path, out.name))
      return out;
  }
  return std::nullopt;
}

Result<void> merge_tags(std::vector<Tag>& tags, const std::vector<Tag>& given, bool fold_case) {
  for (size_t i = 0; i < given.size(); i++) {
    if (starts_with_i(given[i].key, "aws:"))
      return fail(invalid_input(cat("Tag keys that begin with aws: are reserved for use by AWS: ", given[i].key)));
    for (size_t j = 0; j < i; j++)
      if (same_key(given[i].key, given[j].key, fold_case))
        return fail(invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
  }
  for (const Tag& t : given) {
    auto old = std::find_if(tags.begin(), tags.end(), [&](const Tag& have) { return same_key(have.key, t.key, fold_case); });
    if (old == tags.end()) tags.push_back(t);
    else *old = t;
  }
  if (tags.size() > kTagsPerResource) return fail(limit_exceeded("The number of tags has reached the maximum limit."));
  return {};
}

void remove_tags(std::vector<Tag>& tags, const std::vector<std::string_view>& keys, bool fold_case) {
  std::erase_if(tags, [&](const Tag& t) {
    return std::any_of(keys.begin(), keys.end(), [&](std::string_view k) { return same_key(t.key, k, fold_case); });
  });
}

std::string version_id(int64_t number) { return cat("v", number); }

std::optional<int64_t> version_number(std::string_view id) {
  if (id.size() < 2 || id[0] != 'v' || id[1] == '0' || id.size() > 12) return std::nullopt;
  for (char c : id.substr(1)) if (c < '0' || c > '9') return std::nullopt;
  return parse_int(id.substr(1));
}

std::string make_marker(std::string_view first, std::string_view second) {
  constexpr size_t kMost = 238;  // 320 characters of base64
  std::string text = cat(first, '\n', second);
  if (text.size() > kMost) text = cat(first, '\n');
  return base64(text);
}

Result<Marker> parse_marker(std::string_view text) {
  auto plain = unbase64(text);
  size_t line = plain ? plain->find('\n') : std::string::npos;
  if (line == std::string::npos) return fail(validation_error("Invalid Marker."));
  return Marker{plain->substr(0, line), plain->substr(line + 1)};
}

}  // namespace fogbank::iam
