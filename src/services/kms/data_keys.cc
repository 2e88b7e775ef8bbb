#include "services/kms/data_keys.h"

#include "base/json_text.h"
#include "services/kms/ciphertext.h"
#include "services/kms/errors.h"
#include "services/kms/managed_keys.h"
#include "services/kms/resolve.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

/// What the authorise function required, for the handler.
struct Uses {
  struct One {
    std::string operation, service, key, ciphertext;
    EncryptionContext context;
    int entry;
    NamedKey named;
  };
  std::vector<One> all;
};

Scope home_of(AuthoriseContext& cx) {
  Scope home = cx.target();
  if (!cx.caller().account.empty()) home.account = cx.caller().account;
  return home;
}

void require_use(AuthoriseContext& cx, const KeyUse& use, std::string_view operation, std::string_view ciphertext, NamedKey named) {
  KeyDecision decision;
  std::string action = cat("kms:", operation);
  decision.action = action;
  decision.context = &use.context;
  decision.via_service = use.service;
  Requirement& r = require_key(cx, named, decision);
  r.entry = use.entry;
  r.reword = use.reword;
  cx.find<Uses>().all.push_back({std::string(operation), std::string(use.service), std::string(use.key), std::string(ciphertext), use.context, use.entry, std::move(named)});
}

Result<void> require_named(AuthoriseContext& cx, const KeyUse& use, std::string_view operation) {
  if (use.key.empty()) {
    if (!has_managed_key(use.service)) throw std::logic_error("the service has no AWS managed key");
    require_use(cx, use, operation, {}, managed_key(cx.core(), cx.reader(), home_of(cx), use.service));
    return {};
  }
  FB_ASSIGN(named, resolve_key(cx.core(), cx.reader(), home_of(cx), use.key, Aliases::taken));
  require_use(cx, use, operation, {}, std::move(named));
  return {};
}

/// Does what was required cover this use? A Decrypt that was required without a ciphertext covers every ciphertext of its key.
bool covers(const Uses::One& one, const KeyUse& use, std::string_view operation, std::string_view ciphertext) {
  if (one.operation != operation || one.service != use.service || one.key != use.key || one.context != use.context || one.entry != use.entry) return false;
  if (one.ciphertext == ciphertext) return true;
  if (!one.ciphertext.empty() || operation != "Decrypt") return false;
  auto head = read_blob(ciphertext);
  return head && head->key_id == one.named.id && head->account == one.named.scope.account.str();
}

/// What was required for this use, if it was and its entry was not denied.
Result<NamedKey> required(Context& cx, const KeyUse& use, std::string_view operation, std::string_view ciphertext) {
  auto uses = cx.found<Uses>();
  if (uses) {
    for (const Uses::One& one : uses->all) {
      if (!covers(one, use, operation, ciphertext)) continue;
      if (one.entry >= 0) if (const ApiError* denied = cx.entry_denied(size_t(one.entry))) return fail(*denied);
      return one.named;
    }
  }
  ApiError e("ServiceUnavailable", "The request changed while it was under way. Please try again.", 503);
  e.detail = cat("kms:", operation, " was not required by the authorise function");
  return fail(std::move(e));
}

/// Leaves the access record of what was done.
template <class T> Result<T> recorded(Context& cx, const KeyUse& use, std::string_view operation, const NamedKey& named, Result<T> result) {
  JsonText parameters;
  parameters.open().member("keyId", named.arn);
  parameters.key("encryptionContext").open();
  for (const auto& [k, v] : use.context) parameters.member(k, v);
  parameters.close().close();
  cx.record_use({"kms", operation, cat(use.service, ".amazonaws.com"), named.scope, parameters.str().substr(0, 1024), true},
                result ? Result<void>{} : Result<void>(fail(result.error())));
  return result;
}

Result<KeyInUse> open_for_encryption(Context& cx, const NamedKey& named, std::string_view operation) {
  FB_TRY(check_use(named, operation, "ENCRYPT_DECRYPT"));
  if (named.key && named.key->spec != "SYMMETRIC_DEFAULT") return fail(incompatible_algorithm("SYMMETRIC_DEFAULT", named.key->spec));
  return open_current(cx, named);
}

}  // namespace

Result<void> require_generate(AuthoriseContext& cx, const KeyUse& use) { return require_named(cx, use, "GenerateDataKey"); }
Result<void> require_encrypt(AuthoriseContext& cx, const KeyUse& use) { return require_named(cx, use, "Encrypt"); }
Result<void> require_decrypt(AuthoriseContext& cx, const KeyUse& use) { return require_named(cx, use, "Decrypt"); }

Result<void> require_decrypt(AuthoriseContext& cx, const KeyUse& use, std::string_view ciphertext) {
  auto head = read_blob(ciphertext);
  if (!head) return fail(invalid_ciphertext());
  NamedKey named = key_of_blob(cx.core(), cx.reader(), cx.target(), *head);
  if (!named.key) return fail(unreachable_key());
  require_use(cx, use, "Decrypt", ciphertext, std::move(named));
  return {};
}

Result<DataKey> generate_data_key(Context& cx, const KeyUse& use) {
  FB_ASSIGN(named, required(cx, use, "GenerateDataKey", {}));
  auto work = [&]() -> Result<DataKey> {
    FB_ASSIGN(key, open_for_encryption(cx, named, "GenerateDataKey"));
    DataKey out{Secret(cx.random().bytes(32)), {}, named.arn};
    out.ciphertext = encrypt_blob(cx, named, key, use.context, out.plain.view());
    return out;
  };
  return recorded(cx, use, "GenerateDataKey", named, work());
}

Result<Encrypted> encrypt(Context& cx, const KeyUse& use, std::string_view plain) {
  FB_ASSIGN(named, required(cx, use, "Encrypt", {}));
  auto work = [&]() -> Result<Encrypted> {
    if (plain.size() > kMaxPlaintext)
      return fail(validation("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"));
    FB_ASSIGN(key, open_for_encryption(cx, named, "Encrypt"));
    return Encrypted{encrypt_blob(cx, named, key, use.context, plain), named.arn};
  };
  return recorded(cx, use, "Encrypt", named, work());
}

Result<Secret> decrypt(Context& cx, const KeyUse& use, std::string_view ciphertext) {
  FB_ASSIGN(named, required(cx, use, "Decrypt", ciphertext));
  auto work = [&]() -> Result<Secret> {
    FB_TRY(check_use(named, "Decrypt", "ENCRYPT_DECRYPT"));
    return decrypt_blob(cx, named, ciphertext, use.context);
  };
  return recorded(cx, use, "Decrypt", named, work());
}

std::string key_arn_of(const Scope& home, std::string_view ciphertext) {
  auto head = read_blob(ciphertext);
  return head ? key_arn({home.partition, AccountId(head->account), home.region}, head->key_id) : std::string();
}

}  // namespace fogbank::kms
