#include "services/kms/grants.h"

#include <algorithm>

#include "base/strings.h"

namespace fogbank::kms {
namespace {

struct TokenRecord {
  std::string partition, account, region, key_id, grant_id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, partition); a(2, account); a(3, region); a(4, key_id); a(5, grant_id); a(unknown); }
};

/// The names under which a grant may name the caller.
std::vector<std::string> names_of(const auth::Principal& p) {
  if (p.kind == auth::PrincipalKind::service) return {p.name};
  std::vector<std::string> out{p.arn};
  if (p.kind == auth::PrincipalKind::role_session && !p.role_arn.empty()) out.push_back(p.role_arn);
  return out;
}

}  // namespace

bool is_principal(const auth::Principal& caller, std::string_view named, std::string_view unique_id) {
  if (named.empty() || caller.anonymous()) return false;
  if (is_account_id(named)) return caller.kind == auth::PrincipalKind::root && caller.account == named;
  std::vector<std::string> names = names_of(caller);
  if (std::find(names.begin(), names.end(), named) == names.end()) return false;
  if (unique_id.empty()) return true;
  std::string_view id = caller.user_id;
  return id.substr(0, id.find(':')) == unique_id;
}

bool constraints_hold(const Grant& grant, const EncryptionContext& context) {
  if (!grant.equals.empty() && grant.equals != context) return false;
  for (const auto& [k, v] : grant.subset) {
    auto it = context.find(k);
    if (it == context.end() || it->second != v) return false;
  }
  return true;
}

std::string covering_grant(store::Reader& reader, const Scope& scope, std::string_view key_id, const auth::Principal& caller, const GrantQuestion& q) {
  std::string found;
  for (const std::string& name : names_of(caller)) {
    if (name.empty() || !found.empty()) continue;
    reader.scan_prefix(store::key(scope, kGrantees, key_id, name), [&](std::string_view key, std::string_view, store::Version) {
      auto parts = store::key_parts(key);
      auto grant = parts.size() == 3 ? reader.get_as<Grant>(grant_key(scope, key_id, parts[2])) : std::nullopt;
      if (!grant || !is_principal(caller, grant->grantee, grant->grantee_id)) return true;
      if (std::find(grant->operations.begin(), grant->operations.end(), q.operation) == grant->operations.end()) return true;
      if (q.context && !constraints_hold(*grant, *q.context)) return true;
      if (q.fits && !q.fits(*grant)) return true;
      found = cat("grant ", grant->id);
      return false;
    });
  }
  return found;
}

std::string make_grant_token(const State& state, const GrantName& name, Random& random) {
  TokenRecord r;
  r.partition = name.scope.partition.str();
  r.account = name.scope.account.str();
  r.region = name.scope.region.str();
  r.key_id = name.key_id;
  r.grant_id = name.grant_id;
  return state.seal_token(encode(r), random);
}

std::optional<GrantName> read_grant_token(const State& state, std::string_view token) {
  auto plain = state.open_token(token);
  auto r = plain ? decode<TokenRecord>(*plain) : std::nullopt;
  if (!r) return std::nullopt;
  return GrantName{{Partition(r->partition), AccountId(r->account), Region(r->region)}, r->key_id, r->grant_id};
}

void put_grant(store::Txn& tx, const Scope& scope, std::string_view key_id, const Grant& grant) {
  tx.put_record(grant_key(scope, key_id, grant.id), grant);
  tx.put(grantee_key(scope, key_id, grant.grantee, grant.id), "");
}

void erase_grant(store::Txn& tx, const Scope& scope, std::string_view key_id, const Grant& grant) {
  tx.erase(grant_key(scope, key_id, grant.id));
  tx.erase(grantee_key(scope, key_id, grant.grantee, grant.id));
}

}  // namespace fogbank::kms
