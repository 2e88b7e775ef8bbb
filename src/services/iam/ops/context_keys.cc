// GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html and the like
#include "auth/policy/inspect.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/policy_sources.h"

namespace fogbank::iam {
namespace {

/// Appends the keys of one document: once each within it, again if another document has them too.
Result<void> add_keys(Context& cx, std::string_view document, List<Str>& out) {
  auto keys = policy::mentioned_keys(document);
  if (!keys) return fail(invalid_input(policy::malformed_error(policy::Dialect::iam, policy::PolicyKind::identity, keys.error()).message));
  for (const std::string& key : *keys) out.push(cx.arena(), cx.str(key));
  return {};
}

}  // namespace

Result<void> GetContextKeysForCustomPolicy(Context& cx, const svc::GetContextKeysForCustomPolicyRequest& in, svc::GetContextKeysForPolicyResponse& out) {
  out.ContextKeyNames.reserve(cx.arena(), 0);
  for (const Str& document : in.PolicyInputList) FB_TRY(add_keys(cx, document.view(), out.ContextKeyNames));
  return {};
}

Result<void> GetContextKeysForPrincipalPolicy(Context& cx, const svc::GetContextKeysForPrincipalPolicyRequest& in,
                                              svc::GetContextKeysForPolicyResponse& out) {
  out.ContextKeyNames.reserve(cx.arena(), 0);
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = source_entity(reader, cx.scope(), in.PolicySourceArn.view());
    if (!e) { result = fail(std::move(e.error())); return; }
    PolicyHolder holder = policy_holder(cx.state<Caches>(), reader, cx.scope(), std::move(*e));
    if (holder.boundary) holder.sources.push_back(std::move(*holder.boundary));
    for (const PolicySource& s : holder.sources)
      if (result) result = add_keys(cx, s.document, out.ContextKeyNames);
  });
  FB_TRY(result);
  for (const Str& document : in.PolicyInputList) FB_TRY(add_keys(cx, document.view(), out.ContextKeyNames));
  return {};
}

}  // namespace fogbank::iam
