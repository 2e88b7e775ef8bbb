// CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html and the like
#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/last_use.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"

namespace fogbank::iam {
namespace {

ApiError no_such_key(std::string_view id) { return no_such_entity(cat("The Access Key with id ", id, " cannot be found.")); }

std::string_view status(const AccessKey& k) { return k.inactive ? "Inactive" : "Active"; }

/// The user and its key of that id.
Result<std::pair<Entity, AccessKey>> find_key(Context& cx, store::Reader& reader, Str user, std::string_view id) {
  FB_ASSIGN(name, user_name(cx.principal(), user));
  FB_ASSIGN(e, get_entity(reader, cx.scope(), EntityKind::user, name));
  auto key = reader.get_as<AccessKey>(access_key_key(cx.scope(), id));
  if (!key || key->user_id != e.id) return fail(no_such_key(id));
  return std::pair(std::move(e), std::move(*key));
}

}  // namespace

Result<void> CreateAccessKey(Context& cx, const svc::CreateAccessKeyRequest& in, svc::CreateAccessKeyResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  AccessKey key;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, name));
    if (e.access_keys.size() >= kAccessKeysPerUser) return fail(limit_exceeded(cat("Cannot exceed quota for AccessKeysPerUser: ", kAccessKeysPerUser)));
    key = AccessKey();
    do key.id = auth::make_access_key_id("AKIA", cx.scope().account.str(), cx.random());  // 39 random bits: look before taking one
    while (tx.has(access_key_key(cx.scope(), key.id)));
    key.secret = auth::make_secret_access_key(cx.random());
    key.user_id = e.id;
    key.created = whole_second(cx.now());
    tx.put_record(access_key_key(cx.scope(), key.id), key);
    e.access_keys.push_back(key.id);
    put_entity(tx, cx.scope(), e);
    name = e.name;
    return {};
  });
  FB_TRY(done);
  auto& k = cx.make(out.AccessKey);
  k.UserName = cx.str(name);
  k.AccessKeyId = cx.str(key.id);
  k.Status = cx.str(status(key));
  k.SecretAccessKey = cx.str(key.secret);
  k.CreateDate = key.created;
  return {};
}

Result<void> ListAccessKeys(Context& cx, const svc::ListAccessKeysRequest& in, svc::ListAccessKeysResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  out.AccessKeyMetadata.reserve(cx.arena(), 1);
  // The development user is not recorded, and its key is no access key.
  if (!in.UserName && cx.principal().development) {
    out.IsTruncated = false;
    return {};
  }
  std::vector<AccessKey> keys;
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::user, name);
    if (!e) { result = fail(std::move(e.error())); return; }
    name = e->name;
    for (const auto& id : e->access_keys)
      if (auto key = reader.get_as<AccessKey>(access_key_key(cx.scope(), id))) keys.push_back(std::move(*key));
  });
  FB_TRY(result);
  return page_of(cx, in, out, keys, [](const AccessKey& k) { return k.id; }, [&](const AccessKey& k) {
    auto& to = out.AccessKeyMetadata.add(cx.arena());
    to.UserName = cx.str(name);
    to.AccessKeyId = cx.str(k.id);
    to.Status = cx.str(status(k));
    to.CreateDate = k.created;
  });
}

Result<void> UpdateAccessKey(Context& cx, const svc::UpdateAccessKeyRequest& in, svc::UpdateAccessKeyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, find_key(cx, tx, in.UserName, in.AccessKeyId));
    found.second.inactive = in.Status == "Inactive";
    tx.put_record(access_key_key(cx.scope(), found.second.id), found.second);
    return {};
  });
}

Result<void> DeleteAccessKey(Context& cx, const svc::DeleteAccessKeyRequest& in, svc::DeleteAccessKeyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, find_key(cx, tx, in.UserName, in.AccessKeyId));
    auto& [e, key] = found;
    tx.erase(access_key_key(cx.scope(), key.id));
    LastUses::erase_key(tx, cx.scope(), key.id);
    std::erase(e.access_keys, key.id);
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> GetAccessKeyLastUsed(Context& cx, const svc::GetAccessKeyLastUsedRequest& in, svc::GetAccessKeyLastUsedResponse& out) {
  std::optional<FoundById> owner;
  std::optional<LastUse> last;
  cx.read([&](store::Reader& reader) {
    auto key = reader.get_as<AccessKey>(access_key_key(cx.scope(), in.AccessKeyId));
    if (key) owner = find_by_id(reader, cx.scope(), key->user_id);
    if (owner) last = cx.core().last_uses().of_key(reader, cx.scope(), in.AccessKeyId);
  });
  if (!owner) return fail(no_such_key(in.AccessKeyId));
  out.UserName = cx.str(owner->entity.name);
  auto& used = cx.make(out.AccessKeyLastUsed);
  used.ServiceName = used.Region = "N/A";
  if (!last) return {};
  used.LastUsedDate = whole_second(last->time);
  used.ServiceName = cx.str(last->service);
  used.Region = cx.str(last->region);
  return {};
}

}  // namespace fogbank::iam
