// What the tests of IAM's operations share: short forms of the calls that they make often.
#pragma once
#include <functional>
#include <string>

#include "auth/access_keys.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "services/iam/caches.h"

using namespace fogbank;
namespace svc = fogbank::iam::svc;
namespace op = fogbank::iam::op;
using fogbank::testing::TestCore;

inline constexpr const char* kTrust = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
inline constexpr const char* kAllowAll = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

/// Short forms of the calls that tests make often. `on()` sets members.
template <class In> In with(const std::function<void(In&)>& f) {
  In in{};
  f(in);
  return in;
}

struct Iam : TestCore {
  using TestCore::TestCore;
  Result<const svc::CreateUserResponse*> create_user(const char* name, const char* path = nullptr) {
    return call<op::CreateUser>(with<svc::CreateUserRequest>([&](auto& in) { in.UserName = name; if (path) in.Path = path; }));
  }
  Result<const svc::CreateRoleResponse*> create_role(const char* name, const char* trust = kTrust, const char* path = nullptr) {
    return call<op::CreateRole>(with<svc::CreateRoleRequest>([&](auto& in) { in.RoleName = name; in.AssumeRolePolicyDocument = trust; if (path) in.Path = path; }));
  }
  std::string create_policy(const char* name, const char* document = kAllowAll, const char* path = nullptr) {
    auto p = call<op::CreatePolicy>(with<svc::CreatePolicyRequest>([&](auto& in) { in.PolicyName = name; in.PolicyDocument = document; if (path) in.Path = path; }));
    REQUIRE_MESSAGE(p, (p ? "" : p.error().message));
    return std::string((*p)->Policy->Arn);
  }
  Result<const svc::AttachUserPolicyOutput*> attach_user(const char* user, const std::string& arn) {
    return call<op::AttachUserPolicy>(with<svc::AttachUserPolicyRequest>([&](auto& in) { in.UserName = user; in.PolicyArn = Str(std::string_view(arn)); }));
  }
  Result<const svc::PutUserPolicyOutput*> put_user_policy(const char* user, const char* name, std::string_view document) {
    return call<op::PutUserPolicy>(with<svc::PutUserPolicyRequest>([&](auto& in) { in.UserName = user; in.PolicyName = name; in.PolicyDocument = document; }));
  }
  Result<const svc::GetUserResponse*> get_user(const char* name) {
    return call<op::GetUser>(with<svc::GetUserRequest>([&](auto& in) { if (name) in.UserName = name; }));
  }
  Result<const svc::DeleteUserOutput*> delete_user(const char* name) {
    return call<op::DeleteUser>(with<svc::DeleteUserRequest>([&](auto& in) { in.UserName = name; }));
  }
  Result<const svc::GetRoleResponse*> get_role(const char* name) {
    return call<op::GetRole>(with<svc::GetRoleRequest>([&](auto& in) { in.RoleName = name; }));
  }
  Result<const svc::CreateGroupResponse*> create_group(std::string_view name, const char* path = nullptr) {
    return call<op::CreateGroup>(with<svc::CreateGroupRequest>([&](auto& in) { in.GroupName = Str(name); if (path) in.Path = path; }));
  }
  Result<const svc::AddUserToGroupOutput*> join(std::string_view group, const char* user) {
    return call<op::AddUserToGroup>(with<svc::AddUserToGroupRequest>([&](auto& in) { in.GroupName = Str(group); in.UserName = user; }));
  }
  Result<const svc::RemoveUserFromGroupOutput*> leave(std::string_view group, const char* user) {
    return call<op::RemoveUserFromGroup>(with<svc::RemoveUserFromGroupRequest>([&](auto& in) { in.GroupName = Str(group); in.UserName = user; }));
  }
  Result<const svc::AttachGroupPolicyOutput*> attach_group(const char* group, std::string_view arn) {
    return call<op::AttachGroupPolicy>(with<svc::AttachGroupPolicyRequest>([&](auto& in) { in.GroupName = group; in.PolicyArn = Str(arn); }));
  }
  Result<const svc::PutGroupPolicyOutput*> put_group_policy(const char* group, const char* name, std::string_view document) {
    return call<op::PutGroupPolicy>(with<svc::PutGroupPolicyRequest>([&](auto& in) { in.GroupName = group; in.PolicyName = name; in.PolicyDocument = Str(document); }));
  }
  Result<const svc::DeleteGroupOutput*> delete_group(const char* name) {
    return call<op::DeleteGroup>(with<svc::DeleteGroupRequest>([&](auto& in) { in.GroupName = name; }));
  }
  /// An access key of a user, as the principal that it stands for.
  auth::Principal key_of(const char* user) {
    auto key = call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([&](auto& in) { in.UserName = user; }));
    REQUIRE(key);
    return principal(std::string((*key)->AccessKey->AccessKeyId));
  }
  /// The principal behind an access key.
  auth::Principal principal(std::string_view key) { return *core().identity().find_key(key)->principal; }
};

template <class T> std::string code(const Result<T>& r) { return r ? "ok" : r.error().code; }
template <class T> std::string message(const Result<T>& r) { return r ? "ok" : r.error().message; }
