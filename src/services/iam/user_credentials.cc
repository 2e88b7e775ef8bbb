#include "services/iam/user_credentials.h"

#include <algorithm>

#include "base/strings.h"
#include "services/iam/entities.h"
#include "services/iam/rules.h"

namespace fogbank::iam {
namespace {

std::string_view kind_text(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::service: return "service";
    case CredentialKind::ssh_key: return "ssh";
    case CredentialKind::certificate: return "certificate";
  }
  throw std::logic_error("a kind of credential that is none");
}

std::string missing_text(CredentialKind kind, std::string_view id) {
  switch (kind) {
    case CredentialKind::service: return cat("No such credential ", id, " exists");
    case CredentialKind::ssh_key: return cat("The Public Key with id ", id, " cannot be found.");
    case CredentialKind::certificate: return cat("The Certificate with id ", id, " cannot be found.");
  }
  throw std::logic_error("a kind of credential that is none");
}

}  // namespace

store::Key user_credential_key(const Scope& scope, std::string_view user_id, CredentialKind kind, std::string_view id) {
  return store::key(scope.global(), kUserCredentials, user_id, kind_text(kind), id);
}

std::vector<UserCredential> credentials_of(store::Reader& reader, const Scope& scope, std::string_view user_id, CredentialKind kind) {
  std::vector<UserCredential> out;
  reader.scan_prefix(store::key(scope.global(), kUserCredentials, user_id, kind_text(kind)), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto c = decode<UserCredential>(bytes)) out.push_back(std::move(*c));
    return true;
  });
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return out;
}

Result<OwnedCredential> find_credential(store::Reader& reader, const Scope& scope, std::string_view user, CredentialKind kind, std::string_view id) {
  FB_ASSIGN(e, get_entity(reader, scope, EntityKind::user, user));
  auto c = reader.get_as<UserCredential>(user_credential_key(scope, e.id, kind, id));
  if (!c) return fail(no_such_entity(missing_text(kind, id)));
  return OwnedCredential{std::move(e), std::move(*c)};
}

void put_credential(store::Txn& tx, const Scope& scope, const OwnedCredential& owned) {
  tx.put_record(user_credential_key(scope, owned.user.id, owned.credential.kind, owned.credential.id), owned.credential);
}

Result<void> set_credential_status(Context& cx, std::string_view user, CredentialKind kind, std::string_view id, std::string_view status) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(owned, find_credential(tx, cx.scope(), user, kind, id));
    FB_ASSIGN(inactive, wants_inactive(status));
    owned.credential.inactive = inactive;
    put_credential(tx, cx.scope(), owned);
    return {};
  });
}

Result<void> delete_credential(Context& cx, std::string_view user, CredentialKind kind, std::string_view id) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(owned, find_credential(tx, cx.scope(), user, kind, id));
    tx.erase(user_credential_key(cx.scope(), owned.user.id, kind, id));
    return {};
  });
}

Result<OwnedCredentials> list_credentials(Context& cx, std::string_view user, CredentialKind kind) {
  OwnedCredentials out;
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::user, user);
    if (!e) { result = fail(std::move(e.error())); return; }
    out.user = std::move(*e);
    out.all = credentials_of(reader, cx.scope(), out.user.id, kind);
  });
  FB_TRY(result);
  return out;
}

Result<void> check_no_credentials(store::Reader& reader, const Scope& scope, std::string_view user_id) {
  static constexpr std::pair<CredentialKind, std::string_view> kKinds[] = {
      {CredentialKind::certificate, "signing certificates"}, {CredentialKind::ssh_key, "SSH public keys"}, {CredentialKind::service, "service-specific credentials"}};
  for (const auto& [kind, name] : kKinds)
    if (!credentials_of(reader, scope, user_id, kind).empty()) return fail(delete_conflict(cat("Cannot delete entity, must delete ", name, " first.")));
  return {};
}

Result<bool> wants_inactive(std::string_view status) {
  if (status == "Expired") return fail(invalid_input("The status Expired cannot be set."));
  return status == "Inactive";
}

}  // namespace fogbank::iam
