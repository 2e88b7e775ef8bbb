// Resources of decisions about the account's own settings and identity providers; see authorise.cc for users, roles and policies.
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gen/iam/operations.h"
#include "services/iam/oidc.h"

namespace fogbank::iam {

// A URL that is none is refused by the handler; until then it is decided upon as it stands.
Result<void> new_oidc_provider(AuthoriseContext& cx, const wire::View& in) {
  std::string_view given = in.text("Url").view();
  auto url = parse_issuer_url(given);
  cx.require(cx.action(), oidc_arn(cx.target(), url ? std::string_view(*url) : given));
  return {};
}

}  // namespace fogbank::iam
