// What the operations that give out sessions share: checks of session policies, the principal of a role's session, the credentials.
// Nothing is stored: a session is in its token (auth/session_token.h), its permissions are looked up whenever it acts.
#pragma once
#include "auth/session_token.h"
#include "gateway/context.h"
#include "gen/sts/types.h"
#include "services/iam/caches.h"
#include "services/sts/session.h"

namespace fogbank::sts {

/// Policy, PolicyArns and (where there are any) Tags of a request.
template <class In> Passed passed_with(const In& in) {
  Passed out;
  if (in.Policy) out.policy = in.Policy;
  for (const auto& p : in.PolicyArns) out.policy_arns.emplace_back(p.arn);
  if constexpr (requires { in.Tags; })
    for (const auto& t : in.Tags) out.tags.emplace_back(t.Key, t.Value);
  return out;
}

/// That the document is a policy and that the managed policies exist in the session's account.
Result<void> check_policies(iam::Caches& caches, store::Reader& reader, const Scope& scope, const Passed& passed);

/// The session of a role, without what was passed.
auth::Principal role_session(const iam::RoleByArn& role, std::string_view session_name);

/// Gives the session its policies and makes credentials for it.
Result<void> issue(Context& cx, auth::Principal session, const Passed& passed, int64_t seconds, Ptr<svc::Credentials>& out);

}  // namespace fogbank::sts
