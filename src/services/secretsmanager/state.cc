#include "services/secretsmanager/state.h"

#include <algorithm>
#include <stdexcept>

#include "base/strings.h"

namespace fogbank::secretsmanager {

store::Key secret_key(const Scope& scope, std::string_view name) { return store::key(scope, kSecrets, name); }
store::Key policy_key(const Scope& scope, std::string_view name) { return store::key(scope, kPolicies, name); }
store::Key version_key(const Scope& scope, std::string_view name, std::string_view id) { return store::key(scope, kVersions, name, id); }
store::Key value_key(const Scope& scope, std::string_view name, std::string_view id) { return store::key(scope, kValues, name, id); }

std::string secret_arn(const Scope& scope, std::string_view full_name) { return make_arn(scope, "secretsmanager", cat("secret:", full_name)); }
std::string secret_arn(const Scope& scope, const StoredSecret& secret) { return secret_arn(scope, cat(secret.name, '-', secret.suffix)); }

std::vector<Version> versions_of(store::Reader& reader, const Scope& scope, std::string_view name) {
  std::vector<Version> out;
  reader.scan_prefix(store::key(scope, kVersions, name), [&](std::string_view, std::string_view bytes, store::Version) {
    auto version = decode<Version>(bytes);
    if (!version) throw std::runtime_error("a stored version of a secret is damaged");
    out.push_back(std::move(*version));
    return true;
  });
  std::sort(out.begin(), out.end(), [](const Version& a, const Version& b) { return a.number < b.number; });
  return out;
}

}  // namespace fogbank::secretsmanager
