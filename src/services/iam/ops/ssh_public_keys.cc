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

Result<auth::RsaPublicKey> read_key(std::string_view text) {
  auto key = auth::read_ssh_rsa(text);
  if (!key) key = auth::read_pem_rsa(text);
  if (!key) return fail("InvalidPublicKey", "The public key is malformed: it must be an RSA key in ssh-rsa or PEM format.", 400);
  if (key->bits() < kLeastBits) return fail("InvalidPublicKey", cat("The public key is too short: it must have at least ", kLeastBits, " bits."), 400);
  return *key;
}

void fill(Context& cx, const OwnedCredential& owned, std::string_view body, svc::SSHPublicKey& out) {
  out.UserName = cx.str(owned.user.name);
  out.SSHPublicKeyId = cx.str(owned.credential.id);
  out.Fingerprint = cx.str(owned.credential.fingerprint);
  out.SSHPublicKeyBody = cx.str(body);
  out.Status = Str(status_text(owned.credential));
  out.UploadDate = owned.credential.created;
}

}  // namespace

Result<void> UploadSSHPublicKey(Context& cx, const svc::UploadSSHPublicKeyRequest& in, svc::UploadSSHPublicKeyResponse& out) {
  OwnedCredential made;
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
    made = OwnedCredential{std::move(e), std::move(c)};
    return {};
  });
  FB_TRY(done);
  fill(cx, made, made.credential.body, cx.make(out.SSHPublicKey));
  return {};
}

Result<void> GetSSHPublicKey(Context& cx, const svc::GetSSHPublicKeyRequest& in, svc::GetSSHPublicKeyResponse& out) {
  Result<OwnedCredential> owned;
  cx.read([&](store::Reader& reader) { owned = find_credential(reader, cx.scope(), in.UserName, CredentialKind::ssh_key, in.SSHPublicKeyId); });
  if (!owned) return fail(std::move(owned.error()));
  std::string body = owned->credential.body;
  bool pem = in.Encoding == "PEM", kept_as_pem = !auth::read_ssh_rsa(body);
  if (pem != kept_as_pem) {
    FB_ASSIGN(key, read_key(body));
    body = pem ? auth::write_pem_rsa(key) : auth::write_ssh_rsa(key);
  }
  fill(cx, *owned, body, cx.make(out.SSHPublicKey));
  return {};
}

Result<void> ListSSHPublicKeys(Context& cx, const svc::ListSSHPublicKeysRequest& in, svc::ListSSHPublicKeysResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  out.SSHPublicKeys.reserve(cx.arena(), 0);
  out.IsTruncated = false;
  if (!in.UserName && cx.principal().development) return {};  // not recorded
  FB_ASSIGN(owned, list_credentials(cx, name, CredentialKind::ssh_key));
  return page_of(cx, in, out, owned.all, [](const UserCredential& c) { return c.id; }, [&](const UserCredential& c) {
    auto& to = out.SSHPublicKeys.add(cx.arena());
    to.UserName = cx.str(owned.user.name);
    to.SSHPublicKeyId = cx.str(c.id);
    to.Status = Str(status_text(c));
    to.UploadDate = c.created;
  });
}

Result<void> UpdateSSHPublicKey(Context& cx, const svc::UpdateSSHPublicKeyRequest& in, svc::UpdateSSHPublicKeyOutput&) {
  return set_credential_status(cx, in.UserName, CredentialKind::ssh_key, in.SSHPublicKeyId, in.Status);
}

Result<void> DeleteSSHPublicKey(Context& cx, const svc::DeleteSSHPublicKeyRequest& in, svc::DeleteSSHPublicKeyOutput&) {
  return delete_credential(cx, in.UserName, CredentialKind::ssh_key, in.SSHPublicKeyId);
}

}  // namespace fogbank::iam
