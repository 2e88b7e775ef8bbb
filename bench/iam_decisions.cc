// What a decision costs in an account that is full: as many roles and policies as the quotas allow, a user in ten groups with ten policies
// each. Prints microseconds for: the policies of a principal from the cache, put together anew after a change of IAM, and whole decisions.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/decide.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "services/iam/identity.h"

using namespace fogbank;
namespace svc = fogbank::iam::svc;
namespace op = fogbank::iam::op;

namespace {

constexpr const char* kTrust = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";

template <class T> void must(const Result<T>& r) {
  if (r) return;
  std::fprintf(stderr, "%s: %s\n", r.error().code.c_str(), r.error().message.c_str());
  std::exit(1);
}

std::string document(int i) {
  return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","sqs:SendMessage"],"Resource":["arn:aws:s3:::bucket-)", i,
             R"(/*","arn:aws:sqs:*:*:queue-)", i, R"("]}]})");
}

void fill(testing::TestCore& t, int roles, int policies) {
  for (int i = 0; i < policies; i++) {
    std::string name = cat("policy-", i), text = document(i);
    svc::CreatePolicyRequest in{};
    in.PolicyName = Str(std::string_view(name));
    in.PolicyDocument = Str(std::string_view(text));
    must(t.call<op::CreatePolicy>(in));
  }
  for (int i = 0; i < roles; i++) {
    std::string name = cat("role-", i);
    svc::CreateRoleRequest in{};
    in.RoleName = Str(std::string_view(name));
    in.AssumeRolePolicyDocument = kTrust;
    must(t.call<op::CreateRole>(in));
  }
}

/// A user in `groups` groups with ten policies each; the last of them allows iam:GetUser.
auth::Principal member(testing::TestCore& t, const char* user, int groups) {
  svc::CreateUserRequest create{};
  create.UserName = user;
  must(t.call<op::CreateUser>(create));
  for (int g = 0; g < groups; g++) {
    std::string name = cat(user, "-group-", g);
    Str group{std::string_view(name)};
    svc::CreateGroupRequest in{};
    in.GroupName = group;
    must(t.call<op::CreateGroup>(in));
    svc::AddUserToGroupRequest add{};
    add.GroupName = group;
    add.UserName = user;
    must(t.call<op::AddUserToGroup>(add));
    for (int p = 0; p < 10; p++) {
      std::string arn = cat("arn:aws:iam::000000000000:policy/policy-", g * 10 + p);
      svc::AttachGroupPolicyRequest attach{};
      attach.GroupName = group;
      attach.PolicyArn = Str(std::string_view(arn));
      must(t.call<op::AttachGroupPolicy>(attach));
    }
  }
  svc::PutUserPolicyRequest put{};
  put.UserName = user;
  put.PolicyName = "own";
  put.PolicyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]})";
  must(t.call<op::PutUserPolicy>(put));
  svc::CreateAccessKeyRequest key{};
  key.UserName = user;
  auto made = t.call<op::CreateAccessKey>(key);
  must(made);
  return *t.core().identity().find_key(std::string((*made)->AccessKey->AccessKeyId))->principal;
}

template <class F> void measure(const char* label, int rounds, F f) {
  f();
  auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; i++) f();
  double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count() / rounds;
  std::printf("%-64s %8.3f us\n", label, us);
}

void decisions(testing::TestCore& t, const char* who, const auth::Principal& p) {
  svc::GetUserRequest in{};
  must(t.call<op::GetUser>(in, p));
  Call& call = t.last();
  auto& identity = static_cast<iam::Identity&>(t.core().identity());
  measure(cat("policies of ", who, ", kept").c_str(), 200000, [&] { identity.policies_of(p); });
  t.store().read([&](store::Reader& reader) {
    measure(cat("policies of ", who, ", put together").c_str(), 20000, [&] { identity.policies_of(p, reader); });
    AuthoriseContext cx(t.core(), call, reader);
    Requirement allowed, refused;
    allowed.action = "iam:GetUser";
    allowed.resource = p.arn;
    refused.action = "iam:GetRole";
    refused.resource = "arn:aws:iam::000000000000:role/role-1";
    measure(cat("decision, ", who, ", allowed").c_str(), 100000, [&] { must(decide_one(t.core(), call, cx, allowed)); });
    measure(cat("decision, ", who, ", denied (with its text)").c_str(), 50000, [&] { if (decide_one(t.core(), call, cx, refused)) std::exit(1); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  int roles = argc > 1 ? std::atoi(argv[1]) : 10000, policies = argc > 2 ? std::atoi(argv[2]) : 5000;
  testing::TestCore t(false);
  std::printf("%d roles, %d policies\n", roles, policies);
  fill(t, roles, policies);
  decisions(t, "a user with one policy", member(t, "single", 0));
  decisions(t, "a user in ten groups with ten policies each", member(t, "many", 10));
}
