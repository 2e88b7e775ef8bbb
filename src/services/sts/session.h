// The rules of sessions that need no records: ARNs, durations, session tags, sizes. Pure functions, any thread.
// Sources: STS API Reference; IAM User Guide, "Pass session tags in AWS STS" and "Methods to assume a role".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/error.h"

namespace fogbank::sts {

inline constexpr int64_t kDefaultDuration = 3600, kChainedDuration = 3600;  // seconds
inline constexpr int64_t kUserDuration = 43200, kRootDuration = 3600;       // GetSessionToken, GetFederationToken: default, root's limit
inline constexpr size_t kMaxTags = 50, kMaxPolicyArns = 10, kMaxPolicyText = 2048;

using TagList = std::vector<std::pair<std::string, std::string>>;

/// Refuses texts that are no ARN at all; what role it names, if any, is for the decision.
Result<void> check_role_arn(std::string_view arn);
/// How long a session may be asked for; seconds.
Result<void> check_duration(int64_t asked, int64_t of_role, bool chained);
/// Seconds of a user's or root's session: root gets an hour at most, whatever is asked.
int64_t user_duration(const auth::Principal& caller, std::optional<int64_t> asked);

struct SessionTags {
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive;
};
/// Tags of a new session: what was passed, and what the calling session hands on.
Result<SessionTags> session_tags(const auth::Principal& caller, const TagList& tags, const std::vector<std::string>& transitive);
/// The calling session's tags that a new session inherits.
std::map<std::string, std::string> inherited_tags(const auth::Principal& caller);

/// What is passed along with a request for a session.
struct Passed {
  std::string_view policy;
  std::vector<std::string> policy_arns;
  TagList tags;
  bool nothing() const { return policy.empty() && policy_arns.empty() && tags.empty(); }
};
/// Share of the space for policies and tags that they take, in percent (rounded up). AWS packs them in a form that is not published; this
/// is an estimate: a third of the policy text, ARNs and tags in full, of 2048 bytes.
int packed_size(const Passed& passed);
/// The limits of texts and counts, then the packed size.
Result<int> check_sizes(const Passed& passed);

/// Operations that only the long-term credentials of users and root may call.
Result<void> refuse_sessions(const auth::Principal& caller, std::string_view operation);

}  // namespace fogbank::sts
