// UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html and the like
#include "auth/access_keys.h"
#include "auth/public_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/user_credentials.h"

namespace fogbank::iam {
namespace {

constexpr size_t kKeysPerUser = 5;
constexpr size_t kLeastBits = 2048;

struct Found { Entity user; UserCredential key; };
Result<Found> find(Context& cx, store::Reader& reader, std::string_view user, std::string_view id) {
  FB_ASSIGN(e, get_entity(reader, cx.scope(), EntityKind::user, user));
  auto key = reader.get_as<UserCredential>(user_credential_key(cx.scope(), e.id, CredentialKind::ssh_key, id));
  if (!key) return fail(no_such_entity(cat("The Public Key with id ", id, " cannot be found.")));
  return Found{std::move(e), std::move(*key)};
}

Result<auth::RsaPublicKey> read_key(std::string_view text) {
  auto key = auth::read_ssh_rsa(text);
  if (!key) key = auth::read_pem_rsa(text);
  if (!key) return fail("InvalidPublicKey", "The public key is malformed: it must be an RSA key in ssh-rsa or PEM format.", 400);
  if (key->bits() < kLeastBits) return fail("InvalidPublicKey", cat("The public key is too short: it must have at least ", kLeastBits, " bits."), 400);
  return *key;
}

void fill(Context& cx, const Found& found, std::string_view body, svc::SSHPublicKey& out) {
  out.UserName = cx.str(found.user.name);
  out.SSHPublicKeyId = cx.str(found.key.id);
  out.Fingerprint = cx.str(found.key.fingerprint);
  out.SSHPublicKeyBody = cx.str(body);
  out.Status = Str(status_text(found.key));
  out.UploadDate = found.key.created;
}

}  // namespace

Result<void> UploadSSHPublicKey(Context& cx, const svc::UploadSSHPublicKeyRequest& in, svc::UploadSSHPublicKeyResponse& out) {
  Found made;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    FB_ASSIGN(key, read_key(in.SSHPublicKeyBody));
    auto others = credentials_of(tx, cx.scope(), e.id, CredentialKind::ssh_key);
    UserCredential c;
    c.kind = CredentialKind::ssh_key;
    c.fingerprint = auth::ssh_fingerprint(key);
    for (const auto& o : others)
      if (o.fingerprint == c.fingerprint) return fail("DuplicateSSHPublicKey", "The public key is already associated with the user.", 400);
    if (others.size() >= kKeysPerUser) return fail(limit_exceeded(cat("Cannot exceed quota for SSHPublicKeysPerUser: ", kKeysPerUser)));
    c.id = auth::make_unique_id("APKA", cx.scope().account.str(), cx.random());
    c.created = whole_second(cx.now());
    c.body = in.SSHPublicKeyBody.view();
    tx.put_record(user_credential_key(cx.scope(), e.id, c.kind, c.id), c);
    made = Found{std::move(e), std::move(c)};
    return {};
  });
  FB_TRY(done);
  fill(cx, made, made.key.body, cx.make(out.SSHPublicKey));
  return {};
}

Result<void> GetSSHPublicKey(Context& cx, const svc::GetSSHPublicKeyRequest& in, svc::GetSSHPublicKeyResponse& out) {
  Result<Found> found;
  cx.read([&](store::Reader& reader) { found = find(cx, reader, in.UserName, in.SSHPublicKeyId); });
  if (!found) return fail(std::move(found.error()));
  std::string body = found->key.body;
  bool pem = in.Encoding == "PEM", kept_as_pem = !auth::read_ssh_rsa(body);
  if (pem != kept_as_pem) {
    FB_ASSIGN(key, read_key(body));
    body = pem ? auth::write_pem_rsa(key) : auth::write_ssh_rsa(key);
  }
  fill(cx, *found, body, cx.make(out.SSHPublicKey));
  return {};
}

Result<void> ListSSHPublicKeys(Context& cx, const svc::ListSSHPublicKeysRequest& in, svc::ListSSHPublicKeysResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  out.SSHPublicKeys.reserve(cx.arena(), 0);
  out.IsTruncated = false;
  if (!in.UserName && cx.principal().development) return {};  // not recorded
  std::vector<UserCredential> all;
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::user, name);
    if (!e) { result = fail(std::move(e.error())); return; }
    name = e->name;
    all = credentials_of(reader, cx.scope(), e->id, CredentialKind::ssh_key);
  });
  FB_TRY(result);
  return page_of(cx, in, out, all, [](const UserCredential& c) { return c.id; }, [&](const UserCredential& c) {
    auto& to = out.SSHPublicKeys.add(cx.arena());
    to.UserName = cx.str(name);
    to.SSHPublicKeyId = cx.str(c.id);
    to.Status = Str(status_text(c));
    to.UploadDate = c.created;
  });
}

Result<void> UpdateSSHPublicKey(Context& cx, const svc::UpdateSSHPublicKeyRequest& in, svc::UpdateSSHPublicKeyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, find(cx, tx, in.UserName, in.SSHPublicKeyId));
    FB_ASSIGN(inactive, wants_inactive(in.Status));
    found.key.inactive = inactive;
    tx.put_record(user_credential_key(cx.scope(), found.user.id, CredentialKind::ssh_key, found.key.id), found.key);
    return {};
  });
}

Result<void> DeleteSSHPublicKey(Context& cx, const svc::DeleteSSHPublicKeyRequest& in, svc::DeleteSSHPublicKeyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, find(cx, tx, in.UserName, in.SSHPublicKeyId));
    tx.erase(user_credential_key(cx.scope(), found.user.id, CredentialKind::ssh_key, found.key.id));
    return {};
  });
}

}  // namespace fogbank::iam
