// UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html and the like
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

constexpr size_t kCertificatesPerUser = 2;
constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kIdLength = 32;

void fill(Context& cx, std::string_view user, const UserCredential& c, svc::SigningCertificate& out) {
  out.UserName = cx.str(user);
  out.CertificateId = cx.str(c.id);
  out.CertificateBody = cx.str(c.body);
  out.Status = Str(status_text(c));
  out.UploadDate = c.created;
}

}  // namespace

Result<void> UploadSigningCertificate(Context& cx, const svc::UploadSigningCertificateRequest& in, svc::UploadSigningCertificateResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  UserCredential c;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, name));
    auto digest = auth::certificate_digest(in.CertificateBody);
    if (!digest) return fail("MalformedCertificate", "Certificate is malformed: it must be an X.509 certificate in PEM format.", 400);
    auto others = credentials_of(tx, cx.scope(), e.id, CredentialKind::certificate);
    for (const auto& o : others)
      if (o.fingerprint == *digest) return fail("DuplicateCertificate", "The certificate is already associated with the user.", 409);
    if (others.size() >= kCertificatesPerUser) return fail(limit_exceeded(cat("Cannot exceed quota for CertificatesPerUser: ", kCertificatesPerUser)));
    c = UserCredential();
    c.kind = CredentialKind::certificate;
    c.id = cx.random().from(kIdAlphabet, kIdLength);
    c.fingerprint = *digest;
    c.created = whole_second(cx.now());
    c.body = in.CertificateBody.view();
    tx.put_record(user_credential_key(cx.scope(), e.id, c.kind, c.id), c);
    name = e.name;
    return {};
  });
  FB_TRY(done);
  fill(cx, name, c, cx.make(out.Certificate));
  return {};
}

Result<void> ListSigningCertificates(Context& cx, const svc::ListSigningCertificatesRequest& in, svc::ListSigningCertificatesResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  out.Certificates.reserve(cx.arena(), 0);
  out.IsTruncated = false;
  if (!in.UserName && cx.principal().development) return {};  // not recorded
  FB_ASSIGN(owned, list_credentials(cx, name, CredentialKind::certificate));
  return page_of(cx, in, out, owned.all, [](const UserCredential& c) { return c.id; }, [&](const UserCredential& c) {
    fill(cx, owned.user.name, c, out.Certificates.add(cx.arena()));
  });
}

Result<void> UpdateSigningCertificate(Context& cx, const svc::UpdateSigningCertificateRequest& in, svc::UpdateSigningCertificateOutput&) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  return set_credential_status(cx, name, CredentialKind::certificate, in.CertificateId, in.Status);
}

Result<void> DeleteSigningCertificate(Context& cx, const svc::DeleteSigningCertificateRequest& in, svc::DeleteSigningCertificateOutput&) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  return delete_credential(cx, name, CredentialKind::certificate, in.CertificateId);
}

}  // namespace fogbank::iam
