// From what a request names (name, ARN, ARN without its six random characters) to a secret, and what a decision about it has to know.
// Everything reads through the reader of the decision; nothing is kept.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/secretsmanager/caches.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// A secret that a request named. `secret` is null if there is none: the decision is then about the ARN that it would have, and
/// ResourceNotFoundException comes after it.
struct NamedSecret {
  Scope scope;
  std::string given;    ///< as the request has it
  std::string name;     ///< without the random characters
  std::string arn;
  SecretPtr secret;
};
/// What an authorise function found, for the handler.
struct Target { NamedSecret named; };

/// ValidationException for what cannot be a name.
Result<void> check_name(std::string_view name);

/// `home`: account and Region in which a name is looked for; an ARN leads to its own account.
Result<NamedSecret> resolve_secret(Core& core, store::Reader& reader, const Scope& home, std::string_view given);

/// One decision about a secret, with its policy, tags and condition keys. The reference is good until the next requirement is added.
Requirement& require_secret(AuthoriseContext& cx, const NamedSecret& named, std::string_view action);

/// The target that the authorise function found.
std::shared_ptr<const Target> target_of(Context& cx);

/// The secret as the transaction sees it; ResourceNotFoundException if the one that was decided about is gone.
Result<StoredSecret> secret_in(store::Reader& reader, const NamedSecret& named);
/// The same, and refuses a secret marked for deletion.
Result<StoredSecret> live_secret_in(store::Reader& reader, const NamedSecret& named);

/// Changes the secret's record in a transaction; the caller's function refuses or changes it.
template <class F> Result<void> change_record(Context& cx, const NamedSecret& named, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(secret, live_secret_in(tx, named));
    FB_TRY(f(tx, secret));
    secret.changed = cx.now();
    tx.put_record(secret_key(named.scope, named.name), secret);
    return {};
  });
}

}  // namespace fogbank::secretsmanager
