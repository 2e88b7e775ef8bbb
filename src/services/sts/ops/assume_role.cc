// AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
// The decision was made before (authorise.cc). Nothing is stored: the session is in its token (auth/session_token.h), its permissions are
// looked up whenever it acts.
#include "auth/policy/document.h"
#include "auth/session_token.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/sts/operations.h"
#include "services/iam/caches.h"
#include "services/sts/session.h"

namespace fogbank::sts {
namespace {

struct Asked {
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<std::string> transitive, policy_arns;
  std::string source_identity;
  int packed = 0;
};

/// What the caller asks for, checked as far as no record is needed.
Result<Asked> read_request(const auth::Principal& caller, const svc::AssumeRoleRequest& in) {
  if (in.SerialNumber || in.TokenCode)
    return fail("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", 403);
  if (!in.ProvidedContexts.empty()) return fail("NotImplemented", "ProvidedContexts of AssumeRole is not served by Fogbank.", 501);
  Asked out;
  for (const auto& t : in.Tags) out.tags.emplace_back(t.Key, t.Value);
  for (const auto& k : in.TransitiveTagKeys) out.transitive.emplace_back(k);
  for (const auto& p : in.PolicyArns) out.policy_arns.emplace_back(p.arn);
  out.source_identity = in.SourceIdentity ? std::string(in.SourceIdentity) : caller.source_identity;
  if (!caller.source_identity.empty() && out.source_identity != caller.source_identity)
    return fail("AccessDenied", "The source identity of a session cannot be changed by role chaining.", 403);
  out.packed = packed_size(in.Policy, out.policy_arns, out.tags);
  if (out.packed > 100) {
    std::string_view what = out.tags.empty() ? "session policy" : in.Policy || !out.policy_arns.empty() ? "session policy and session tags" : "session tags";
    return fail("PackedPolicyTooLarge", cat("Packed size of ", what, " consumes ", out.packed, "% of allotted space."));
  }
  return out;
}

Result<void> check_policies(iam::Caches& caches, store::Reader& reader, const iam::RoleByArn& role, Str document, const std::vector<std::string>& arns) {
  if (document) FB_TRY(policy::compile(document, policy::PolicyKind::session, {policy::Dialect::iam, role.scope.partition.str()}));
  for (const auto& arn : arns)
    if (!iam::default_version(caches, reader, role.scope, arn))
      return fail("MalformedPolicyDocument", cat("Policy ", arn, " does not exist or is not attachable."));
  return {};
}

auth::Principal new_session(const iam::RoleByArn& role, std::string_view session_name) {
  auth::Principal p;
  p.kind = auth::PrincipalKind::role_session;
  p.partition = role.scope.partition.str();
  p.account = role.scope.account.str();
  p.name = role.role->name;
  p.session_name = session_name;
  p.arn = cat("arn:", p.partition, ":sts::", p.account, ":assumed-role/", p.name, '/', session_name);
  p.user_id = cat(role.role->id, ':', session_name);
  p.role_arn = iam::entity_arn(role.scope, *role.role);
  p.service_linked = role.role->service_linked;
  return p;
}

}  // namespace

Result<void> AssumeRole(Context& cx, const svc::AssumeRoleRequest& in, svc::AssumeRoleResponse& out) {
  const auth::Principal& caller = cx.principal();
  FB_ASSIGN(asked, read_request(caller, in));
  FB_ASSIGN(tags, session_tags(caller, asked.tags, asked.transitive));
  iam::Caches& caches = cx.core().state<iam::Caches>();
  std::optional<iam::RoleByArn> role;
  Result<void> policies;
  cx.read([&](store::Reader& reader) {
    role = iam::role_by_arn(caches, reader, in.RoleArn);
    if (role) policies = check_policies(caches, reader, *role, in.Policy, asked.policy_arns);
  });
  if (!role) return fail("AccessDenied", cat("User: ", caller.arn, " is not authorized to perform: sts:AssumeRole on resource: ", in.RoleArn.view()), 403);
  FB_TRY(policies);
  int64_t seconds = in.DurationSeconds.value_or(int32_t(kDefaultDuration));
  FB_TRY(check_duration(seconds, role->role->max_session_s, caller.kind == auth::PrincipalKind::role_session));

  auth::Principal session = new_session(*role, in.RoleSessionName);
  session.source_identity = asked.source_identity;
  session.session_tags = std::move(tags.tags);
  session.transitive_tags = std::move(tags.transitive);
  if (in.Policy) session.session_policies = {std::string(in.Policy)};
  session.session_policy_arns = asked.policy_arns;
  FB_ASSIGN(made, cx.core().sessions().make_session(session, seconds * 1000, cx.random(), cx.now()));

  auto& credentials = cx.make(out.Credentials);
  credentials.AccessKeyId = cx.str(made.access_key_id);
  credentials.SecretAccessKey = cx.str(made.secret);
  credentials.SessionToken = cx.str(made.token);
  credentials.Expiration = made.expires_at;
  auto& user = cx.make(out.AssumedRoleUser);
  user.AssumedRoleId = cx.str(session.user_id);
  user.Arn = cx.str(session.arn);
  if (in.Policy || !asked.policy_arns.empty() || !asked.tags.empty()) out.PackedPolicySize = asked.packed;
  if (!session.source_identity.empty()) out.SourceIdentity = cx.str(session.source_identity);
  return {};
}

}  // namespace fogbank::sts
