#include "services/iam/counts.h"

#include "base/strings.h"
#include "services/iam/rules.h"

namespace fogbank::iam {
namespace {

/// For accounts whose records are older than the counts: the one time that rows are counted.
AccountCounts count_rows(store::Reader& reader, const Scope& scope) {
  AccountCounts out;
  reader.scan_prefix(store::key(scope.global(), kPaths), [&](std::string_view key, std::string_view, store::Version) {
    std::string kind = store::key_parts(key).at(0);
    if (kind == kPolicyKind) out.policies++;
    else if (kind == kInstanceProfileKind) out.instance_profiles++;
    else if (auto entity = kind_of(kind)) out.*counted(*entity).member += 1;
    return true;
  });
  if (out.policies > 0)
    reader.scan_prefix(store::key(scope.global(), kVersions), [&](std::string_view, std::string_view, store::Version) { out.policy_versions++; return true; });
  return out;
}

/// An account that has nothing leaves no record behind.
void put_counts(store::Txn& tx, const Scope& scope, const AccountCounts& c) {
  bool none = c.users == 0 && c.groups == 0 && c.roles == 0 && c.policies == 0 && c.instance_profiles == 0 && c.policy_versions == 0 && c.providers == 0 &&
              c.mfa_devices == 0 && c.mfa_devices_in_use == 0 && c.server_certificates == 0 && c.unknown.bytes.empty();
  if (none) tx.erase(counts_key(scope));
  else tx.put_record(counts_key(scope), c);
}

}  // namespace

const Counted& counted(EntityKind kind) {
  switch (kind) {
    case EntityKind::user: return kCountUsers;
    case EntityKind::role: return kCountRoles;
    case EntityKind::group: return kCountGroups;
  }
  throw std::logic_error("a kind of entity that is none");
}

AccountCounts counts_of(store::Reader& reader, const Scope& scope) {
  if (auto counts = reader.get_as<AccountCounts>(counts_key(scope))) return std::move(*counts);
  return count_rows(reader, scope);
}

void add_to_count(store::Txn& tx, const Scope& scope, int64_t AccountCounts::* member, int64_t by) {
  AccountCounts counts = counts_of(tx, scope);
  counts.*member += by;
  put_counts(tx, scope, counts);
}

Result<void> count_in(store::Txn& tx, const Scope& scope, const Counted& what) {
  AccountCounts counts = counts_of(tx, scope);
  if (counts.*what.member >= what.quota) return fail(limit_exceeded(cat("Cannot exceed quota for ", what.name, ": ", what.quota)));
  counts.*what.member += 1;
  put_counts(tx, scope, counts);
  return {};
}

void count_out(store::Txn& tx, const Scope& scope, const Counted& what) { add_to_count(tx, scope, what.member, -1); }

}  // namespace fogbank::iam
