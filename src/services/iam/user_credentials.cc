#include "services/iam/user_credentials.h"

#include <algorithm>

#include "base/strings.h"
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
