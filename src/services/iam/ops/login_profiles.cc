// CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword: a user's password for the console.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html and the like
//
// Hashing takes long and write functions may run again, so passwords are hashed and compared before the write, on what a read has seen;
// the write begins anew if the profile has changed meanwhile.
#include "base/password_hash.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"
#include "services/iam/passwords.h"

namespace fogbank::iam {
namespace {

constexpr size_t kEarlierKept = 23;  // with the present one as many as a policy can forbid

ApiError no_such_profile(std::string_view user) { return no_such_entity(cat("Login Profile for User ", user, " cannot be found.")); }

/// What bears on a new password of a user.
struct Known {
  Entity user;
  std::optional<LoginProfile> profile;
  std::optional<PasswordPolicy> policy;
  std::string account_name;
};

Result<Known> know(Context& cx, std::string_view user) {
  Result<Known> out;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::user, user);
    if (!e) { out = fail(std::move(e.error())); return; }
    Known k;
    k.user = std::move(*e);
    k.profile = reader.get_as<LoginProfile>(login_profile_key(cx.scope(), k.user.id));
    k.policy = reader.get_as<PasswordPolicy>(password_policy_key(cx.scope()));
    if (auto alias = reader.get_as<AccountAlias>(alias_key(cx.scope()))) k.account_name = alias->alias;
    out = std::move(k);
  });
  return out;
}

Result<void> check_new(const Known& k, std::string_view password) {
  FB_TRY(check_password(password, k.policy, k.account_name));
  size_t forbidden = k.policy && k.profile ? size_t(k.policy->reuse_prevention) : 0;
  if (forbidden == 0) return {};
  if (verify_password(password, k.profile->password)) return fail(password_reused());
  for (size_t i = 0; i < k.profile->earlier.size() && i + 1 < forbidden; i++)
    if (verify_password(password, k.profile->earlier[i])) return fail(password_reused());
  return {};
}

void set_password(LoginProfile& p, std::string hash, Millis now) {
  p.earlier.insert(p.earlier.begin(), std::move(p.password));
  if (p.earlier.size() > kEarlierKept) p.earlier.resize(kEarlierKept);
  p.password = std::move(hash);
  p.changed = now;
}

void fill_profile(Context& cx, const Entity& user, const LoginProfile& p, svc::LoginProfile& out) {
  out.UserName = cx.str(user.name);
  out.CreateDate = p.created;
  out.PasswordResetRequired = p.reset_required;
}

/// Changes a user's profile unless it is not the one that was seen any more: then nothing is done and the answer is false.
template <class F> Result<bool> change_seen(Context& cx, const Known& seen, F f) {
  bool same = false;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, seen.user.name));
    auto now = tx.get_as<LoginProfile>(login_profile_key(cx.scope(), e.id));
    if (!now) return fail(no_such_profile(e.name));
    same = e.id == seen.user.id && now->password == seen.profile->password;
    if (!same) return {};
    f(*now);
    tx.put_record(login_profile_key(cx.scope(), e.id), *now);
    return {};
  });
  FB_TRY(done);
  return same;
}

ApiError changed_meanwhile(std::string_view user) {
  return ApiError("EntityTemporarilyUnmodifiable", cat("Login Profile for User ", user, " cannot be modified while login profile is being updated."), 409);
}

}  // namespace

Result<void> CreateLoginProfile(Context& cx, const svc::CreateLoginProfileRequest& in, svc::CreateLoginProfileResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  if (!in.Password) return fail(validation_error("1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"));
  FB_ASSIGN(known, know(cx, name));
  LoginProfile p;
  p.reset_required = in.PasswordResetRequired.value_or(false);
  auto exists = [&] { return ApiError("EntityAlreadyExists", cat("Login Profile for user ", known.user.name, " already exists."), 409); };
  if (known.profile) return fail(exists());
  FB_TRY(check_new(known, in.Password));
  p.password = hash_password(in.Password, cx.random());
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, name));
    store::Key key = login_profile_key(cx.scope(), e.id);
    if (tx.has(key)) return fail(exists());
    p.created = p.changed = whole_second(cx.now());
    tx.put_record(key, p);
    return {};
  });
  FB_TRY(done);
  fill_profile(cx, known.user, p, cx.make(out.LoginProfile));
  return {};
}

Result<void> GetLoginProfile(Context& cx, const svc::GetLoginProfileRequest& in, svc::GetLoginProfileResponse& out) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  FB_ASSIGN(known, know(cx, name));
  if (!known.profile) return fail(no_such_profile(known.user.name));
  fill_profile(cx, known.user, *known.profile, cx.make(out.LoginProfile));
  return {};
}

// What is not given stays as it is.
Result<void> UpdateLoginProfile(Context& cx, const svc::UpdateLoginProfileRequest& in, svc::UpdateLoginProfileOutput&) {
  FB_ASSIGN(known, know(cx, in.UserName));
  if (!known.profile) return fail(no_such_profile(known.user.name));
  std::string hash;
  if (in.Password) {
    FB_TRY(check_new(known, in.Password));
    hash = hash_password(in.Password, cx.random());
  }
  FB_ASSIGN(done, change_seen(cx, known, [&](LoginProfile& p) {
    if (in.Password) set_password(p, hash, cx.now());
    p.reset_required = in.PasswordResetRequired.value_or(p.reset_required);
  }));
  if (!done) return fail(changed_meanwhile(known.user.name));
  return {};
}

Result<void> DeleteLoginProfile(Context& cx, const svc::DeleteLoginProfileRequest& in, svc::DeleteLoginProfileOutput&) {
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, name));
    store::Key key = login_profile_key(cx.scope(), e.id);
    if (!tx.has(key)) return fail(no_such_profile(e.name));
    tx.erase(key);
    return {};
  });
}

Result<void> ChangePassword(Context& cx, const svc::ChangePasswordRequest& in, svc::ChangePasswordOutput&) {
  const auth::Principal& caller = cx.principal();
  if (caller.kind != auth::PrincipalKind::user) return fail("InvalidUserType", "Only IAM Users can change their own password");
  if (caller.development) return fail(no_such_profile(caller.name));
  FB_ASSIGN(known, know(cx, caller.name));
  if (!known.profile) return fail(no_such_profile(known.user.name));
  if (!verify_password(in.OldPassword, known.profile->password)) return fail("AccessDenied", "The old password was incorrect.", 403);
  FB_TRY(check_new(known, in.NewPassword));
  std::string hash = hash_password(in.NewPassword, cx.random());
  FB_ASSIGN(done, change_seen(cx, known, [&](LoginProfile& p) {
    set_password(p, hash, cx.now());
    p.reset_required = false;
  }));
  if (!done) return fail(changed_meanwhile(known.user.name));
  return {};
}

}  // namespace fogbank::iam
