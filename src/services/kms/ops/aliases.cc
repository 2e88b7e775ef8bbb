// CreateAlias, UpdateAlias, DeleteAlias, ListAliases: https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
#include "services/kms/aliases.h"

#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/managed_keys.h"

namespace fogbank::kms {
namespace {

Result<Key> target(store::Txn& tx, const NamedKey& named) {
  auto key = tx.get_as<Key>(key_key(named.scope, named.id));
  if (!key) return fail(key_not_found(named.arn));
  if (key->state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
  return std::move(*key);
}

Result<void> point(store::Txn& tx, const NamedKey& named, Key& key, std::string_view alias) {
  add_alias(key, alias);
  if (key.aliases.size() > kAliasesPerKey) return fail(limit_exceeded(cat("The number of aliases of ", named.arn, " would exceed ", kAliasesPerKey, ".")));
  tx.put_record(key_key(named.scope, key.id), key);
  return {};
}

struct Entry {
  std::string name;
  std::optional<Alias> alias;   ///< none: AWS's, whose key is not made yet
};

/// The aliases of the account by name, AWS's predefined ones among them.
std::vector<Entry> all_aliases(store::Reader& reader, const Scope& scope) {
  std::vector<Entry> out;
  reader.scan_prefix(store::key(scope, kAliases), [&](std::string_view key, std::string_view bytes, store::Version) {
    if (auto alias = decode<Alias>(bytes)) out.push_back({cat("alias/", store::key_parts(key).at(0)), std::move(alias)});
    return true;
  });
  size_t own = out.size();
  for (std::string_view service : predefined_aliases()) {
    std::string name = cat("alias/aws/", service);
    if (std::none_of(out.begin(), out.begin() + ptrdiff_t(own), [&](const Entry& e) { return e.name == name; })) out.push_back({std::move(name), {}});
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

}  // namespace

Result<void> CreateAlias(Context& cx, const svc::CreateAliasRequest& in, svc::CreateAliasOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string alias(in.AliasName);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(key, target(tx, named));
    if (tx.has(alias_key(cx.scope(), alias)))
      return fail("AlreadyExistsException", cat("An alias with the name ", alias_arn(cx.scope(), alias), " already exists"));
    FB_TRY(point(tx, named, key, alias));
    tx.put_record(alias_key(cx.scope(), alias), Alias{key.id, cx.now(), cx.now(), {}});
    return {};
  });
}

Result<void> UpdateAlias(Context& cx, const svc::UpdateAliasRequest& in, svc::UpdateAliasOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string alias(in.AliasName);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto record = tx.get_as<Alias>(alias_key(cx.scope(), alias));
    if (!record) return fail(alias_not_found(alias_arn(cx.scope(), alias)));
    FB_ASSIGN(key, target(tx, named));
    auto old = tx.get_as<Key>(key_key(cx.scope(), record->key_id));
    if (old && old->id != key.id) {
      // Who uses the alias must go on being able to.
      if (spec_of(old->spec).family != spec_of(key.spec).family || old->usage != key.usage)
        return fail(validation(cat("Alias ", alias_arn(cx.scope(), alias), " cannot be changed to a KMS key of another type or key usage")));
      remove_alias(*old, alias);
      tx.put_record(key_key(cx.scope(), old->id), *old);
    }
    FB_TRY(point(tx, named, key, alias));
    record->key_id = key.id;
    record->updated = cx.now();
    tx.put_record(alias_key(cx.scope(), alias), *record);
    return {};
  });
}

Result<void> DeleteAlias(Context& cx, const svc::DeleteAliasRequest& in, svc::DeleteAliasOutput&) {
  std::string alias(in.AliasName);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto record = tx.get_as<Alias>(alias_key(cx.scope(), alias));
    if (!record) return fail(alias_not_found(alias_arn(cx.scope(), alias)));
    if (auto key = tx.get_as<Key>(key_key(cx.scope(), record->key_id))) {
      remove_alias(*key, alias);
      tx.put_record(key_key(cx.scope(), key->id), *key);
    }
    tx.erase(alias_key(cx.scope(), alias));
    return {};
  });
}

Result<void> ListAliases(Context& cx, const svc::ListAliasesRequest& in, svc::ListAliasesResponse& out) {
  std::vector<Entry> all;
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    all = all_aliases(reader, cx.scope());
    if (!in.KeyId) return;
    auto named = resolve_key(cx.core(), reader, cx.scope(), in.KeyId, Aliases::refused);
    if (!named) result = fail(std::move(named.error()));
    else if (!named->key) result = fail(key_not_found(named->arn));
    else std::erase_if(all, [&](const Entry& e) { return !e.alias || e.alias->key_id != named->id || named->scope != cx.scope(); });
  });
  FB_TRY(result);
  out.Aliases.reserve(cx.arena(), 0);
  return page(cx, in, out, all, size_t(in.Limit.value_or(50)), [](const Entry& e) { return e.name; }, [&](const Entry& e) {
    auto& one = out.Aliases.add(cx.arena());
    one.AliasName = cx.str(e.name);
    one.AliasArn = cx.str(alias_arn(cx.scope(), e.name));
    if (!e.alias) return;
    one.TargetKeyId = cx.str(e.alias->key_id);
    one.CreationDate = e.alias->created;
    one.LastUpdatedDate = e.alias->updated;
  });
}

}  // namespace fogbank::kms
