// CreateServiceSpecificCredential, ListServiceSpecificCredentials, UpdateServiceSpecificCredential, ResetServiceSpecificCredential,
// DeleteServiceSpecificCredential. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html and the like
#include <algorithm>

#include "auth/access_keys.h"
#include "base/encoding.h"
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

constexpr size_t kPerServiceAndUser = 2;

Result<void> check_service(std::string_view service) {
  if (service == "codecommit.amazonaws.com" || service == "cassandra.amazonaws.com") return {};
  if (service == "bedrock.amazonaws.com") return fail("NotImplemented", "API keys of Amazon Bedrock are not served by Fogbank.", 501);
  return fail(no_such_entity(cat("No such service ", service, " is supported for Service Specific Credentials")));
}

std::string new_password(Context& cx, UserCredential& c) {
  std::string password = base64(cx.random().bytes(32));
  c.secret_digest = sha256_hex(password);
  return password;
}

/// The first is named after the user, the second has a number.
std::string service_user(Context& cx, const Entity& user, const std::vector<UserCredential>& others) {
  for (size_t number = 0;; number++) {
    std::string name = cat(user.name, number ? cat('+', number) : std::string(), "-at-", cx.scope().account);
    if (std::none_of(others.begin(), others.end(), [&](const UserCredential& o) { return o.service_user == name; })) return name;
  }
}

template <class T> void fill(Context& cx, const Entity& user, const UserCredential& c, T& out) {
  out.UserName = cx.str(user.name);
  out.ServiceSpecificCredentialId = cx.str(c.id);
  out.ServiceName = cx.str(c.service);
  out.ServiceUserName = cx.str(c.service_user);
  out.Status = Str(status_text(c));
  out.CreateDate = c.created;
}

}  // namespace

Result<void> CreateServiceSpecificCredential(Context& cx, const svc::CreateServiceSpecificCredentialRequest& in, svc::CreateServiceSpecificCredentialResponse& out) {
  Entity user;
  UserCredential c;
  std::string password;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    FB_TRY(check_service(in.ServiceName));
    if (in.CredentialAgeDays) return fail("NotImplemented", "CredentialAgeDays is not served by Fogbank.", 501);
    auto others = credentials_of(tx, cx.scope(), e.id, CredentialKind::service);
    std::erase_if(others, [&](const UserCredential& o) { return o.service != in.ServiceName; });
    if (others.size() >= kPerServiceAndUser) return fail(limit_exceeded(cat("Cannot exceed quota for ServiceSpecificCredentialsPerUser: ", kPerServiceAndUser)));
    c = UserCredential();
    c.id = auth::make_unique_id("ACCA", cx.scope().account.str(), cx.random());
    c.service = in.ServiceName.view();
    c.service_user = service_user(cx, e, others);
    c.created = whole_second(cx.now());
    password = new_password(cx, c);
    tx.put_record(user_credential_key(cx.scope(), e.id, CredentialKind::service, c.id), c);
    user = std::move(e);
    return {};
  });
  FB_TRY(done);
  auto& answer = cx.make(out.ServiceSpecificCredential);
  fill(cx, user, c, answer);
  answer.ServicePassword = cx.str(password);
  return {};
}

Result<void> ListServiceSpecificCredentials(Context& cx, const svc::ListServiceSpecificCredentialsRequest& in, svc::ListServiceSpecificCredentialsResponse& out) {
  if (in.AllUsers.value_or(false)) return fail("NotImplemented", "AllUsers is not served by Fogbank.", 501);
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  out.ServiceSpecificCredentials.reserve(cx.arena(), 0);
  if (!in.UserName && cx.principal().development) return {};  // not recorded
  FB_ASSIGN(owned, list_credentials(cx, name, CredentialKind::service));
  if (in.ServiceName) {
    FB_TRY(check_service(in.ServiceName));
    std::erase_if(owned.all, [&](const UserCredential& c) { return c.service != in.ServiceName; });
  }
  FB_TRY(page_of(cx, in, out, owned.all, [](const UserCredential& c) { return c.id; }, [&](const UserCredential& c) {
    fill(cx, owned.user, c, out.ServiceSpecificCredentials.add(cx.arena()));
  }));
  if (!*out.IsTruncated) out.IsTruncated = {};  // a whole list does not say so here
  return {};
}

Result<void> UpdateServiceSpecificCredential(Context& cx, const svc::UpdateServiceSpecificCredentialRequest& in, svc::UpdateServiceSpecificCredentialOutput&) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  return set_credential_status(cx, name, CredentialKind::service, in.ServiceSpecificCredentialId, in.Status);
}

Result<void> ResetServiceSpecificCredential(Context& cx, const svc::ResetServiceSpecificCredentialRequest& in, svc::ResetServiceSpecificCredentialResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  OwnedCredential owned;
  std::string password;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, find_credential(tx, cx.scope(), name, CredentialKind::service, in.ServiceSpecificCredentialId));
    password = new_password(cx, found.credential);
    put_credential(tx, cx.scope(), found);
    owned = std::move(found);
    return {};
  });
  FB_TRY(done);
  auto& answer = cx.make(out.ServiceSpecificCredential);
  fill(cx, owned.user, owned.credential, answer);
  answer.ServicePassword = cx.str(password);
  return {};
}

Result<void> DeleteServiceSpecificCredential(Context& cx, const svc::DeleteServiceSpecificCredentialRequest& in, svc::DeleteServiceSpecificCredentialOutput&) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  return delete_credential(cx, name, CredentialKind::service, in.ServiceSpecificCredentialId);
}

}  // namespace fogbank::iam
