// AssumeRoleWithWebIdentity: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
// web_identity() verifies the token; the role's trust policy decides about its bearer (authorise.cc); then the session is made.
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/issuer_keys.h"
#include "gen/sts/operations.h"
#include "services/iam/caches.h"
#include "services/iam/oidc.h"
#include "services/sts/issue.h"
#include "services/sts/web_identity.h"

namespace fogbank::sts {
namespace {

constexpr std::string_view kNoKey = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

ApiError invalid(std::string message) { return ApiError("InvalidIdentityToken", std::move(message)); }

/// Providers that AWS knows without a record of the account's. None of them is on this machine.
bool built_in(std::string_view issuer) {
  for (std::string_view host : {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}) if (issuer == host) return true;
  return false;
}

/// The provider of the role's account that a token comes from.
Result<iam::OidcProvider> find_provider(Context& cx, const Scope& account, const auth::Jwt& token) {
  std::string_view issuer = token.claim("iss");
  std::optional<iam::OidcProvider> provider;
  cx.read([&](store::Reader& reader) { provider = iam::find_oidc_provider(reader, account, issuer); });
  if (provider) return std::move(*provider);
  std::string_view host = issuer.starts_with("https://") ? issuer.substr(8) : issuer;
  if (built_in(host)) return fail("NotImplemented", cat("AssumeRoleWithWebIdentity for ", host, " without an OpenID Connect provider of the account is not served by Fogbank."), 501);
  return fail(invalid(cat("No OpenIDConnect provider found in your account for ", issuer)));
}

ApiError unreachable(const std::string& why) {
  ApiError e = why == "TlsFailed" ? invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
               : why == "TooManyCalls" || why == "Cancelled" ? ApiError("IDPCommunicationError", "The identity provider cannot be asked at the moment.")
                                                             : invalid(std::string(kNoKey));
  e.detail = why;
  return e;
}

}  // namespace

Result<Outcome> web_identity(Context& cx, const svc::AssumeRoleWithWebIdentityRequest& in, std::shared_ptr<const auth::Principal>& caller) {
  FB_TRY(check_role_arn(in.RoleArn));
  if (in.ProviderId) return fail("NotImplemented", cat("ProviderId of AssumeRoleWithWebIdentity (OAuth 2.0 access tokens of ", in.ProviderId.view(), ") is not served by Fogbank."), 501);
  FB_ASSIGN(token, read_identity_token(in.WebIdentityToken));
  auto arn = parse_arn(in.RoleArn.view());
  Scope account{Partition(arn->partition), AccountId(arn->account), Region()};
  FB_ASSIGN(provider, find_provider(cx, account, token));
  FB_ASSIGN(audience, check_audience(token, provider.client_ids));
  FB_TRY(check_times(token, cx.now()));

  int64_t now = steady_micros();
  auto deadline = cx.parked_deadline_us();
  Issuer issuer{cat("https://", provider.url), provider.thumbprints};
  auto answer = cx.state<IssuerKeys>().find(issuer, token, deadline ? *deadline - IssuerKeys::kWaitUs : now);
  if (answer.waiting) {
    int64_t until = deadline.value_or(now + IssuerKeys::kWaitUs);
    if (until <= now) return fail(unreachable("Timeout"));
    return Outcome::park(IssuerKeys::wake_key(issuer), until);
  }
  if (!answer.keys) return fail(unreachable(answer.error));
  switch (answer.keys->verify(token)) {
    case auth::KeySet::Verdict::good: break;
    case auth::KeySet::Verdict::unknown_key: return fail(invalid(std::string(kNoKey)));
    case auth::KeySet::Verdict::bad_signature: return fail(invalid("Token signature is invalid"));
  }
  FB_ASSIGN(who, web_identity_principal(token, account, provider.url, iam::oidc_arn(account, provider.url), audience));
  caller = std::make_shared<const auth::Principal>(std::move(who));
  return Outcome::done();
}

Result<void> AssumeRoleWithWebIdentity(Context& cx, const svc::AssumeRoleWithWebIdentityRequest& in, svc::AssumeRoleWithWebIdentityResponse& out) {
  const auth::Principal& who = cx.principal();
  Passed passed = passed_with(in);
  passed.tags.assign(who.session_tags.begin(), who.session_tags.end());
  FB_ASSIGN(packed, check_sizes(passed));
  iam::Caches& caches = cx.core().state<iam::Caches>();
  std::optional<iam::RoleByArn> role;
  Result<void> policies;
  cx.read([&](store::Reader& reader) {
    role = iam::role_by_arn(caches, reader, in.RoleArn);
    if (role) policies = check_policies(caches, reader, role->scope, passed);
  });
  if (!role) return fail("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403);
  FB_TRY(policies);
  int64_t seconds = in.DurationSeconds.value_or(int32_t(kDefaultDuration));
  FB_TRY(check_duration(seconds, role->role->max_session_s, false));

  auth::Principal session = role_session(*role, in.RoleSessionName);
  session.federated_provider = who.federated_provider;
  session.federation_keys = who.federation_keys;
  session.session_tags = who.session_tags;
  session.transitive_tags = who.transitive_tags;
  session.source_identity = who.source_identity;
  FB_TRY(issue(cx, session, passed, seconds, out.Credentials));
  auto& user = cx.make(out.AssumedRoleUser);
  user.AssumedRoleId = cx.str(session.user_id);
  user.Arn = cx.str(session.arn);
  out.SubjectFromWebIdentityToken = cx.str(federation_value(who, "sub"));
  out.Audience = cx.str(federation_value(who, "aud"));
  out.Provider = cx.str(who.federated_provider);
  if (!passed.nothing()) out.PackedPolicySize = packed;
  if (!session.source_identity.empty()) out.SourceIdentity = cx.str(session.source_identity);
  return {};
}

}  // namespace fogbank::sts
