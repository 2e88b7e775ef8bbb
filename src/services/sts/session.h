// The rules of role sessions that need no records: ARNs, durations, session tags, sizes. Pure functions, any thread.
// Sources: STS API Reference, AssumeRole; IAM User Guide, "Pass session tags in AWS STS" and "Methods to assume a role".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/error.h"

namespace fogbank::sts {

inline constexpr int64_t kDefaultDuration = 3600, kChainedDuration = 3600;  // seconds

/// Refuses texts that are no ARN at all; what role it names, if any, is for the decision.
Result<void> check_role_arn(std::string_view arn);
/// How long a session may be asked for; seconds.
Result<void> check_duration(int64_t asked, int64_t of_role, bool chained);

struct SessionTags {
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive;
};
/// Tags of a new session: what was passed, and what the calling session hands on.
Result<SessionTags> session_tags(const auth::Principal& caller, const std::vector<std::pair<std::string, std::string>>& tags,
                                 const std::vector<std::string>& transitive);
/// The calling session's tags that a new session inherits.
std::map<std::string, std::string> inherited_tags(const auth::Principal& caller);

/// Share of the space for policies and tags that they take, in percent (rounded up). AWS packs them in a form that is not published; this
/// is an estimate: a third of the policy text, ARNs and tags in full, of 2048 bytes.
int packed_size(std::string_view policy, const std::vector<std::string>& policy_arns, const std::vector<std::pair<std::string, std::string>>& tags);

}  // namespace fogbank::sts
