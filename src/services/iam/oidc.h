// OpenID Connect identity providers of an account: whom AssumeRoleWithWebIdentity may believe.
//
// A provider is known by its issuer URL without "https://" ("token.example.com/path"): that text is its key, the tail of its ARN and
// what GetOpenIDConnectProvider shows. It is compared byte by byte, as AWS does: a trailing slash makes another provider. Records are of
// the account's global scope and survive a crash once committed; the functions keep nothing.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

inline constexpr store::Table kOidcProviders{"iam", "oidc", true};
inline constexpr size_t kOidcProvidersPerAccount = 100;
inline constexpr size_t kClientIdsPerOidcProvider = 100;
inline constexpr size_t kThumbprintsPerOidcProvider = 5;

struct OidcProvider {
  std::string url;                          ///< without "https://"
  std::vector<std::string> client_ids;      ///< audiences that it may speak to; in the order of adding
  std::vector<std::string> thumbprints;     ///< 40 characters each, lower case; may be empty
  Millis created = 0;
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, url); a(2, client_ids); a(3, thumbprints); a(4, created); a(5, tags); a(unknown); }
};

store::Key oidc_key(const Scope& scope, std::string_view url);
/// "arn:aws:iam::111111111111:oidc-provider/token.example.com/path"
std::string oidc_arn(const Scope& scope, std::string_view url);
/// "oidc-provider/URL" of an ARN's resource: the URL; nothing for other resources.
std::optional<std::string_view> parse_oidc_resource(std::string_view resource);

/// The account's provider for a token's `iss`, with or without "https://"; nothing if it has none.
std::optional<OidcProvider> find_oidc_provider(store::Reader& reader, const Scope& account, std::string_view issuer);
/// The provider that an ARN names, in whatever account.
struct OidcProviderByArn { Scope scope; OidcProvider provider; };
std::optional<OidcProviderByArn> oidc_provider_by_arn(store::Reader& reader, std::string_view arn);

/// The issuer URL of a CreateOpenIDConnectProvider without its scheme, or why it cannot be one.
Result<std::string> parse_issuer_url(std::string_view url);

}  // namespace fogbank::iam
