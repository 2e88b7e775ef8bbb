// Roles that services assume, and looking ahead at what a session may do (gateway/permission.h).
#include <doctest/doctest.h>

#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/permission.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/sts/operations.h"
#include "services/sts/role_sessions.h"

using namespace fogbank;
using testing::TestCore;
namespace iop = fogbank::iam::op;
namespace isvc = fogbank::iam::svc;

namespace {

constexpr std::string_view kRole = "arn:aws:iam::000000000000:role/worker";

struct Roles : TestCore {
  void role(std::string_view trust) {
    isvc::CreateRoleRequest in{};
    in.RoleName = "worker";
    in.AssumeRolePolicyDocument = Str(trust);
    auto r = call<iop::CreateRole>(in);
    REQUIRE_MESSAGE(r, (r ? "" : r.error().message));
  }
  void allow(std::string_view action) {
    isvc::PutRolePolicyRequest in{};
    std::string document = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":")", action, R"(","Resource":"*"}]})");
    in.RoleName = "worker";
    in.PolicyName = "p";
    in.PolicyDocument = Str(std::string_view(document));
    REQUIRE(call<iop::PutRolePolicy>(in));
  }
  bool trusts(std::string_view service, std::string_view source = "arn:aws:lambda:us-east-1:000000000000:function:f", std::string_view role = kRole) {
    bool out = false;
    core().store().read([&](store::Reader& reader) { out = bool(sts::check_trust(core(), reader, auth::service_principal(service, source, "000000000000"), role)); });
    return out;
  }
  bool may_list_users(store::Reader& reader) {
    auto session = sts::service_session(core(), reader, kRole, "f");
    REQUIRE(session);
    return bool(may_call<iop::ListUsers>(core(), reader, *session, Scope{Partition("aws"), AccountId("000000000000"), Region()}, isvc::ListUsersRequest{}));
  }
};

std::string trusting(std::string_view service, std::string_view condition = "") {
  return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")", service, R"("},"Action":"sts:AssumeRole")", condition, "}]}");
}

}  // namespace

TEST_CASE("a service may assume the roles that trust it") {
  Roles t;
  CHECK_FALSE(t.trusts("lambda.amazonaws.com"));   // there is no such role
  t.role(trusting("lambda.amazonaws.com"));
  CHECK(t.trusts("lambda.amazonaws.com"));
  CHECK_FALSE(t.trusts("states.amazonaws.com"));
  CHECK_FALSE(t.trusts("lambda.amazonaws.com", "", "arn:aws:iam::000000000000:role/other"));
  CHECK_FALSE(t.trusts("lambda.amazonaws.com", "", "no arn"));
}

TEST_CASE("a trust policy may name the resource and account that the service acts for") {
  Roles t;
  t.role(trusting("lambda.amazonaws.com", R"(,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:*:function:f"},"StringEquals":{"aws:SourceAccount":"000000000000"}})"));
  CHECK(t.trusts("lambda.amazonaws.com"));
  CHECK_FALSE(t.trusts("lambda.amazonaws.com", "arn:aws:lambda:us-east-1:000000000000:function:g"));
}

TEST_CASE("looking ahead decides as of now and leaves no access record") {
  Roles t;
  t.role(trusting("lambda.amazonaws.com"));
  bool before = true, after = false;
  t.core().store().read([&](store::Reader& reader) { before = t.may_list_users(reader); });
  t.allow("iam:ListUsers");
  t.core().store().read([&](store::Reader& reader) { after = t.may_list_users(reader); });
  CHECK_FALSE(before);
  CHECK(after);
  store::Store& store = t.core().store();
  REQUIRE(store.write([&](store::Txn& tx) -> Result<void> {   // within a transaction too
    CHECK(t.may_list_users(tx));
    return {};
  }));
  store.commit();
  t.core().access().scan([](const AccessRecord& r) {
    CHECK(r.operation != "ListUsers");
    return true;
  });
}
