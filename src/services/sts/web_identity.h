// Web identities: what a verified token of an OpenID Connect provider says of its bearer. Pure functions, any thread.
// Sources: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Available keys for AWS OIDC federation", "Pass session tags in
// AWS STS" and "Monitor and control actions taken with assumed roles" (source identity).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/scope.h"

namespace fogbank::sts {

inline constexpr int64_t kClockSkew = 300;  ///< seconds by which an issuer's clock may be ahead of ours

/// A token as STS takes it: a JWT with the claims that STS needs. Nothing is verified.
Result<auth::Jwt> read_identity_token(std::string_view token);
/// Whom a token is for: its `azp` if it has one, else those of `aud`.
std::vector<std::string> audiences(const auth::Jwt& token);
/// The first of these that is among the provider's client ids.
Result<std::string> check_audience(const auth::Jwt& token, const std::vector<std::string>& client_ids);
Result<void> check_times(const auth::Jwt& token, Millis now);

/// The principal of a verified token: condition keys "<provider>:sub" and so on; tags, transitive keys and source identity as the token
/// asks for them. `provider`: the issuer without its scheme.
Result<auth::Principal> web_identity_principal(const auth::Jwt& token, const Scope& account, std::string_view provider, std::string_view provider_arn,
                                               std::string_view audience);

/// The value of one of the provider's keys ("sub", "aud").
std::string federation_value(const auth::Principal& identity, std::string_view name);

}  // namespace fogbank::sts
