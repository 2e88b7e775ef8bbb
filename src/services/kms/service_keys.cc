#include "services/kms/service_keys.h"

#include "auth/policy/evaluate.h"
#include "gateway/core.h"
#include "services/kms/ciphertext.h"
#include "services/kms/errors.h"
#include "services/kms/grants.h"
#include "services/kms/resolve.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

/// What the authorise function found, for the handler.
struct ServiceUses {
  struct One {
    ServiceUse use;
    std::string operation, ciphertext;
    Result<NamedKey> named;   ///< or why it cannot be used
  };
  std::vector<One> all;
};

auth::Principal principal_of(const ServiceUse& use, const Scope& scope) {
  return auth::service_principal(use.principal, use.source_arn, scope.account.str());
}

/// Do the key's policy and grants let the service?
bool allowed(AuthoriseContext& cx, const ServiceUse& use, std::string_view operation, const NamedKey& named) {
  auth::Principal who = principal_of(use, cx.target());
  auto policies = cx.core().identity().policies_of(who, cx.reader());
  policy::ListKeys keys;
  keys.set("aws:sourcearn", use.source_arn);
  keys.set("aws:sourceaccount", cx.target().account.str());
  keys.set("aws:requestedregion", cx.target().region.str());
  keys.set("aws:securetransport", "true");
  std::vector<std::string> names;
  for (const auto& [k, v] : use.context) {
    keys.set(cat("kms:encryptioncontext:", lower(k)), v);
    names.push_back(k);
  }
  if (!names.empty()) keys.set("kms:encryptioncontextkeys", std::move(names));
  policy::Action action(cat("kms:", operation));
  policy::Attached attached{cx.core().state<State>().policies.get(cx.reader(), policy_key(named.scope, named.id)), named.arn};
  policy::Input in;
  in.request.principal = &policies->who;
  in.request.action = &action;
  in.request.resource = named.arn;
  in.request.resource_account = named.scope.account.str();
  in.request.keys = &keys;
  if (attached.policy) in.resource = {&attached, 1};
  in.authority.required = true;
  std::string grant;
  if (named.key && named.key->grants > 0) {
    grant = covering_grant(cx.reader(), named.scope, named.id, who, {operation, &use.context, {}});
    in.additional_allow.reason = grant;
  }
  return policy::evaluate(in).allowed();
}

Result<NamedKey> usable(AuthoriseContext& cx, const ServiceUse& use, std::string_view operation, Result<NamedKey> named) {
  if (!named || !named->key) return named;
  if (!allowed(cx, use, operation, *named)) {
    return fail("AccessDeniedException", cat(use.principal, " is not authorized to perform: kms:", operation, " on resource: ", named->arn));
  }
  return named;
}

Result<NamedKey> found(Context& cx, const ServiceUse& use, std::string_view operation, std::string_view ciphertext) {
  if (auto uses = cx.found<ServiceUses>()) {
    for (const auto& one : uses->all)
      if (one.operation == operation && one.ciphertext == ciphertext && one.use.key == use.key && one.use.source_arn == use.source_arn && one.use.context == use.context) return one.named;
  }
  ApiError e("ServiceUnavailable", "The request changed while it was under way. Please try again.", 503);
  e.detail = cat("kms:", operation, " was not looked for by the authorise function");
  return fail(std::move(e));
}

}  // namespace

void find_service_generate(AuthoriseContext& cx, const ServiceUse& use) {
  auto named = usable(cx, use, "GenerateDataKey", resolve_key(cx.core(), cx.reader(), cx.target(), use.key, Aliases::taken));
  cx.find<ServiceUses>().all.push_back({use, "GenerateDataKey", {}, std::move(named)});
}

void find_service_decrypt(AuthoriseContext& cx, const ServiceUse& use, std::string_view ciphertext) {
  auto head = read_blob(ciphertext);
  Result<NamedKey> named = head ? Result<NamedKey>(key_of_blob(cx.core(), cx.reader(), cx.target(), *head)) : Result<NamedKey>(fail(invalid_ciphertext()));
  cx.find<ServiceUses>().all.push_back({use, "Decrypt", std::string(ciphertext), usable(cx, use, "Decrypt", std::move(named))});
}

Result<DataKey> service_generate(Context& cx, const ServiceUse& use) {
  FB_ASSIGN(named, found(cx, use, "GenerateDataKey", {}));
  FB_TRY(check_use(named, "GenerateDataKey", "ENCRYPT_DECRYPT"));
  if (named.key && named.key->spec != "SYMMETRIC_DEFAULT") return fail(incompatible_algorithm("SYMMETRIC_DEFAULT", named.key->spec));
  FB_ASSIGN(key, open_current(cx, named));
  DataKey out{Secret(cx.random().bytes(32)), {}, named.arn};
  out.ciphertext = encrypt_blob(cx, named, key, use.context, out.plain.view());
  return out;
}

Result<Secret> service_decrypt(Context& cx, const ServiceUse& use, std::string_view ciphertext) {
  FB_ASSIGN(named, found(cx, use, "Decrypt", ciphertext));
  FB_TRY(check_use(named, "Decrypt", "ENCRYPT_DECRYPT"));
  return decrypt_blob(cx, named, ciphertext, use.context);
}

}  // namespace fogbank::kms
