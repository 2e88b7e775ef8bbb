// For tests of the operations: a server over one of the stores with a clock of its own, and short ways to call.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/kms/operations.h"
#include "services/kms/state.h"

namespace fogbank::kms {

struct Service {
  testing::TestCore t;
  std::string error;   ///< of the last call: "code: message", or ""

  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) { t.core().clock().freeze(); }

  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  auth::Principal admin() { return auth::development_principal(t.scope().account.str()); }
  /// Moves the clock on and runs what is due.
  void advance_days(int days) {
    t.core().clock().advance_to(t.core().now() + days * kDay);
    t.drain();
  }

  template <class Op> const typename Op::Output* call(const typename Op::Input& in) { return call<Op>(in, admin()); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in, const auth::Principal& who) {
    auto r = t.call<Op>(in, who);
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }
  /// For operations whose input is a key id alone.
  template <class Op> const typename Op::Output* on(std::string_view id) { return on<Op>(id, admin()); }
  template <class Op> const typename Op::Output* on(std::string_view id, const auth::Principal& who) {
    typename Op::Input in{};
    in.KeyId = str(id);
    return call<Op>(in, who);
  }

  std::string create(std::string_view spec = {}, std::string_view usage = {}, std::string_view policy = {}) {
    svc::CreateKeyRequest in{};
    if (!spec.empty()) in.KeySpec = str(spec);
    if (!usage.empty()) in.KeyUsage = str(usage);
    if (!policy.empty()) in.Policy = str(policy);
    auto* out = call<op::CreateKey>(in);
    return out ? std::string(out->KeyMetadata->KeyId) : std::string();
  }
  std::string state(std::string_view id) {
    auto* out = on<op::DescribeKey>(id);
    return out ? std::string(out->KeyMetadata->KeyState) : error;
  }
  std::string arn(std::string_view id) { return key_arn(t.scope(), id); }

  std::string encrypt(std::string_view key, std::string_view plain, const EncryptionContext& context = {}) { return encrypt(key, plain, context, admin()); }
  std::string encrypt(std::string_view key, std::string_view plain, const EncryptionContext& context, const auth::Principal& who) {
    svc::EncryptRequest in{};
    in.KeyId = str(key);
    in.Plaintext = Blob(t.arena().copy(plain));
    for (const auto& [k, v] : context) in.EncryptionContext.add(t.arena(), str(k)) = str(v);
    auto* out = call<op::Encrypt>(in, who);
    return out ? std::string(out->CiphertextBlob) : std::string();
  }
  std::string decrypt(std::string_view blob, const EncryptionContext& context = {}, std::string_view key = {}) { return decrypt(blob, context, key, admin()); }
  std::string decrypt(std::string_view blob, const EncryptionContext& context, std::string_view key, const auth::Principal& who) {
    svc::DecryptRequest in{};
    in.CiphertextBlob = Blob(t.arena().copy(blob));
    if (!key.empty()) in.KeyId = str(key);
    for (const auto& [k, v] : context) in.EncryptionContext.add(t.arena(), str(k)) = str(v);
    auto* out = call<op::Decrypt>(in, who);
    return out ? std::string(out->Plaintext) : error;
  }
  bool alias(std::string_view name, std::string_view key) {
    svc::CreateAliasRequest in{};
    in.AliasName = str(name);
    in.TargetKeyId = str(key);
    return call<op::CreateAlias>(in);
  }
  auth::Principal user(std::string_view name, std::string_view policy = {}) {
    iam::svc::CreateUserRequest in{};
    in.UserName = str(name);
    auto out = t.call<iam::op::CreateUser>(in);
    REQUIRE(out);
    auth::Principal p;
    p.kind = auth::PrincipalKind::user;
    p.account = t.scope().account.str();
    p.name = name;
    p.arn = std::string((*out)->User->Arn);
    p.user_id = std::string((*out)->User->UserId);
    if (!policy.empty()) {
      iam::svc::PutUserPolicyRequest put{};
      put.UserName = str(name);
      put.PolicyName = Str("p");
      put.PolicyDocument = str(policy);
      REQUIRE(t.call<iam::op::PutUserPolicy>(put));
    }
    return p;
  }
  bool put_policy(std::string_view key, std::string_view policy, bool bypass = false) {
    svc::PutKeyPolicyRequest in{};
    in.KeyId = str(key);
    in.Policy = str(policy);
    if (bypass) in.BypassPolicyLockoutSafetyCheck = true;
    return call<op::PutKeyPolicy>(in);
  }
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }
};

}  // namespace fogbank::kms
