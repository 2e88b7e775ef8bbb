// CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
#include "services/kms/grants.h"

#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/principals.h"

namespace fogbank::kms {
namespace {

ApiError no_such_grant(std::string_view id) { return {"NotFoundException", cat("Grant ID '", id, "' was not found")}; }

/// Operations that a grant on a key of this usage can allow.
bool operation_fits(const Key& key, std::string_view operation) {
  if (operation == "CreateGrant" || operation == "RetireGrant" || operation == "DescribeKey") return true;
  Family family = spec_of(key.spec).family;
  if (family == Family::symmetric) {
    for (std::string_view o : {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
                               "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}) if (o == operation) return true;
    return false;
  }
  if (family == Family::hmac) return operation == "GenerateMac" || operation == "VerifyMac";
  if (operation == "GetPublicKey") return true;
  if (key.usage == "SIGN_VERIFY") return operation == "Sign" || operation == "Verify";
  if (key.usage == "KEY_AGREEMENT") return operation == "DeriveSharedSecret";
  for (std::string_view o : {"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"}) if (o == operation) return true;
  return false;
}

Result<Grant> grant_of(Context& cx, const svc::CreateGrantRequest& in) {
  Grant g;
  g.name = in.Name;
  g.grantee = in.GranteePrincipal;
  g.retiring = in.RetiringPrincipal;
  g.issuing_account = cat("arn:", cx.caller().partition, ":iam::", cx.caller().account, ":root");
  for (const Str& o : in.Operations) g.operations.emplace_back(o);
  if (in.Constraints) {
    g.subset = context_of(in.Constraints->EncryptionContextSubset);
    g.equals = context_of(in.Constraints->EncryptionContextEquals);
  }
  g.created = cx.now();
  return g;
}

Result<void> check_grant(const Grant& g, const Key& key, std::string_view arn) {
  if (key.state == KeyState::disabled) return fail(disabled(arn));
  if (key.state == KeyState::pending_deletion) return fail(pending_deletion(arn));
  if (g.operations.empty()) return fail(validation("Grant must have at least one operation."));
  for (const std::string& o : g.operations)
    if (!operation_fits(key, o)) return fail(validation(cat("The operation ", o, " is not valid for a grant on a KMS key with key spec ", key.spec, " and key usage ", key.usage, ".")));
  if ((!g.subset.empty() || !g.equals.empty()) && key.spec != "SYMMETRIC_DEFAULT")
    return fail(validation("Encryption context constraints are only valid for grants on symmetric encryption KMS keys."));
  return {};
}

bool same_grant(const Grant& a, const Grant& b) {
  return a.name == b.name && a.grantee == b.grantee && a.grantee_id == b.grantee_id && a.retiring == b.retiring && a.operations == b.operations &&
         a.subset == b.subset && a.equals == b.equals && a.issuing_account == b.issuing_account;
}

/// The same grant made before under the same name: asking again is asking once.
std::optional<Grant> made_before(store::Reader& reader, const NamedKey& named, const Grant& g) {
  std::optional<Grant> found;
  if (g.name.empty()) return found;
  reader.scan_prefix(store::key(named.scope, kGrantees, named.id, g.grantee), [&](std::string_view key, std::string_view, store::Version) {
    auto other = reader.get_as<Grant>(grant_key(named.scope, named.id, store::key_parts(key).at(2)));
    if (other && same_grant(*other, g)) found = std::move(other);
    return !found;
  });
  return found;
}

void fill(Context& cx, const NamedKey& named, const Grant& g, svc::GrantListEntry& out) {
  out.KeyId = cx.str(named.arn);
  out.GrantId = cx.str(g.id);
  out.Name = cx.str(g.name);
  out.CreationDate = g.created;
  out.GranteePrincipal = cx.str(g.grantee);
  if (!g.retiring.empty()) out.RetiringPrincipal = cx.str(g.retiring);
  out.IssuingAccount = cx.str(g.issuing_account);
  for (const std::string& o : g.operations) out.Operations.push(cx.arena(), cx.str(o));
  if (g.subset.empty() && g.equals.empty()) return;
  auto& constraints = cx.make(out.Constraints);
  for (const auto& [k, v] : g.subset) constraints.EncryptionContextSubset.add(cx.arena(), cx.str(k)) = cx.str(v);
  for (const auto& [k, v] : g.equals) constraints.EncryptionContextEquals.add(cx.arena(), cx.str(k)) = cx.str(v);
}

Result<void> remove_grant(Context& cx, const NamedKey& named, std::string_view id) {
  return change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    auto grant = tx.get_as<Grant>(grant_key(named.scope, named.id, id));
    if (!grant) return fail(no_such_grant(id));
    erase_grant(tx, named.scope, named.id, *grant);
    key.grants--;
    return {};
  });
}

}  // namespace

Result<void> CreateGrant(Context& cx, const svc::CreateGrantRequest& in, svc::CreateGrantResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(grant, grant_of(cx, in));
  grant.id = cx.random().hex(64);
  std::string id;
  FB_TRY(change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    FB_TRY(check_grant(grant, key, named.arn));
    for (auto [who, unique_id] : {std::pair(&grant.grantee, &grant.grantee_id), std::pair(&grant.retiring, &grant.retiring_id)})
      if (!who->empty() && !principal_exists(cx.core(), tx, named.scope, *who, unique_id))
        return fail("InvalidArnException", cat("The principal ", *who, " does not exist."));
    if (in.DryRun.value_or(false)) return fail(dry_run());
    auto before = made_before(tx, named, grant);
    id = before ? before->id : grant.id;
    if (before) return {};
    if (size_t(key.grants) >= kGrantsPerKey) return fail(limit_exceeded(cat("The number of grants of ", named.arn, " would exceed ", kGrantsPerKey, ".")));
    key.grants++;
    put_grant(tx, named.scope, named.id, grant);
    return {};
  }));
  out.GrantId = cx.str(id);
  out.GrantToken = cx.str(make_grant_token(cx.state<State>(), {named.scope, named.id, id}, cx.random()));
  return {};
}

Result<void> ListGrants(Context& cx, const svc::ListGrantsRequest& in, svc::ListGrantsResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  std::vector<Grant> all;
  cx.read([&](store::Reader& reader) {
    reader.scan_prefix(store::key(named.scope, kGrants, named.id), [&](std::string_view, std::string_view bytes, store::Version) {
      auto g = decode<Grant>(bytes);
      if (!g || (in.GrantId && in.GrantId != g->id) || (in.GranteePrincipal && in.GranteePrincipal != g->grantee)) return true;
      all.push_back(std::move(*g));
      return true;
    });
  });
  out.Grants.reserve(cx.arena(), 0);
  size_t limit = std::min<size_t>(size_t(in.Limit.value_or(50)), 100);
  return page(cx, in, out, all, limit, [](const Grant& g) { return g.id; }, [&](const Grant& g) { fill(cx, named, g, out.Grants.add(cx.arena())); });
}

Result<void> ListRetirableGrants(Context& cx, const svc::ListRetirableGrantsRequest& in, svc::ListGrantsResponse& out) {
  struct Found { NamedKey named; Grant grant; };
  std::vector<Found> all;
  cx.read([&](store::Reader& reader) {
    reader.scan_prefix(store::key(cx.scope(), kGrants), [&](std::string_view key, std::string_view bytes, store::Version) {
      auto g = decode<Grant>(bytes);
      if (!g || g->retiring != in.RetiringPrincipal.view()) return true;
      NamedKey named;
      named.id = store::key_parts(key).at(0);
      named.arn = key_arn(cx.scope(), named.id);
      all.push_back({std::move(named), std::move(*g)});
      return true;
    });
  });
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.grant.id < b.grant.id; });
  out.Grants.reserve(cx.arena(), 0);
  size_t limit = std::min<size_t>(size_t(in.Limit.value_or(50)), 100);
  return page(cx, in, out, all, limit, [](const Found& f) { return f.grant.id; }, [&](const Found& f) { fill(cx, f.named, f.grant, out.Grants.add(cx.arena())); });
}

Result<void> RevokeGrant(Context& cx, const svc::RevokeGrantRequest& in, svc::RevokeGrantOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  return remove_grant(cx, named, in.GrantId);
}

Result<void> RetireGrant(Context& cx, const svc::RetireGrantRequest& in, svc::RetireGrantOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  auto grant = cx.found<RetiredGrant>();
  if (in.DryRun.value_or(false)) return fail(dry_run());
  return remove_grant(cx, named, grant->id);
}

}  // namespace fogbank::kms
