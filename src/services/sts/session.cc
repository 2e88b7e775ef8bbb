#include "services/sts/session.h"

#include "auth/policy/document.h"
#include "base/encoding.h"
#include "base/scope.h"
#include "base/strings.h"

namespace fogbank::sts {

Result<void> check_role_arn(std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->partition.empty() || arn->service.empty() || arn->resource.empty()) return fail("ValidationError", cat(text, " is invalid"));
  return {};
}

Result<void> check_duration(int64_t asked, int64_t of_role, bool chained) {
  if (chained && asked > kChainedDuration)
    return fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  if (asked > of_role) return fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return {};
}

std::map<std::string, std::string> inherited_tags(const auth::Principal& caller) {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : caller.session_tags)
    for (const auto& t : caller.transitive_tags) if (iequals(t, key)) out.emplace(key, value);
  return out;
}

Result<SessionTags> session_tags(const auth::Principal& caller, const TagList& tags, const std::vector<std::string>& transitive) {
  SessionTags out;
  out.tags = inherited_tags(caller);
  for (const auto& [key, value] : out.tags) out.transitive.push_back(key);
  auto inherited = [&](std::string_view key) {
    return std::any_of(out.transitive.begin(), out.transitive.end(), [&](const std::string& t) { return iequals(t, key); });
  };
  for (size_t i = 0; i < tags.size(); i++) {
    if (starts_with_i(tags[i].first, "aws:")) return fail("InvalidParameterValue", cat("Tag keys that begin with aws: are reserved: ", tags[i].first));
    for (size_t j = 0; j < i; j++)
      if (iequals(tags[i].first, tags[j].first))
        return fail("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  for (const auto& t : transitive) {
    bool given = std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return iequals(tag.first, t); });
    if (!given) return fail("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.");
  }
  for (const auto& tag : tags)
    if (inherited(tag.first))
      return fail("InvalidParameterValue",
                  "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.");
  out.tags.insert(tags.begin(), tags.end());
  out.transitive.insert(out.transitive.end(), transitive.begin(), transitive.end());
  return out;
}

int packed_size(const Passed& passed) {
  constexpr size_t kSpace = 2048;
  size_t bytes = policy::quota_size(passed.policy) / 3;
  for (const auto& arn : passed.policy_arns) bytes += arn.size() + 1;
  for (const auto& [key, value] : passed.tags) bytes += key.size() + value.size() + 2;
  return int((bytes * 100 + kSpace - 1) / kSpace);
}

Result<int> check_sizes(const Passed& passed) {
  auto too_long = [](std::string_view value, std::string_view member, size_t limit) {
    return fail("ValidationError", cat("1 validation error detected: Value '", value, "' at '", member, "' failed to satisfy constraint: Member must have length less than or equal to ", limit));
  };
  if (utf8_length(passed.policy) > kMaxPolicyText) return too_long(passed.policy, "policy", kMaxPolicyText);
  if (passed.policy_arns.size() > kMaxPolicyArns) {
    std::string shown;
    for (const auto& arn : passed.policy_arns) append(shown, shown.empty() ? "[" : ", ", "PolicyDescriptorType(arn=", arn, ")");
    return too_long(shown + "]", "policyArns", kMaxPolicyArns);
  }
  int packed = packed_size(passed);
  if (packed <= 100) return packed;
  bool policies = !passed.policy.empty() || !passed.policy_arns.empty();
  std::string_view what = passed.tags.empty() ? "session policy" : policies ? "session policy and session tags" : "session tags";
  return fail("PackedPolicyTooLarge", cat("Packed size of ", what, " consumes ", packed, "% of allotted space."));
}

int64_t user_duration(const auth::Principal& caller, std::optional<int64_t> asked) {
  if (caller.kind == auth::PrincipalKind::root) return std::min(asked.value_or(kRootDuration), kRootDuration);
  return asked.value_or(kUserDuration);
}

Result<void> refuse_sessions(const auth::Principal& caller, std::string_view operation) {
  if (!caller.issued_at && (caller.kind == auth::PrincipalKind::user || caller.kind == auth::PrincipalKind::root)) return {};
  return fail("AccessDenied", cat("Cannot call ", operation, " with session credentials"), 403);
}

}  // namespace fogbank::sts
