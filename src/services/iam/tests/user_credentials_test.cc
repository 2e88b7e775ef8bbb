// Service-specific credentials and SSH keys of users, on the hostile store (write functions run again at random) and on SQLite.
#include <doctest/doctest.h>

#include "auth/public_keys.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "services/iam/user_credentials.h"

using namespace fogbank;
namespace svc = fogbank::iam::svc;
namespace op = fogbank::iam::op;
using testing::TestCore;

namespace {

template <class In> In with(const std::function<void(In&)>& f) {
  In in{};
  f(in);
  return in;
}
template <class T> std::string code(const Result<T>& r) { return r ? "ok" : r.error().code; }

struct Account : TestCore {
  using TestCore::TestCore;
  void create_user(const char* name) { REQUIRE(call<op::CreateUser>(with<svc::CreateUserRequest>([&](auto& in) { in.UserName = name; }))); }
  auto rename(const char* from, const char* to) {
    return call<op::UpdateUser>(with<svc::UpdateUserRequest>([&](auto& in) { in.UserName = from; in.NewUserName = to; }));
  }
  auto delete_user(const char* name) { return call<op::DeleteUser>(with<svc::DeleteUserRequest>([&](auto& in) { in.UserName = name; })); }
  auto create(const char* user, const char* service = "codecommit.amazonaws.com") {
    return call<op::CreateServiceSpecificCredential>(with<svc::CreateServiceSpecificCredentialRequest>([&](auto& in) { in.UserName = user; in.ServiceName = service; }));
  }
  size_t listed(const char* user) {
    auto all = call<op::ListServiceSpecificCredentials>(with<svc::ListServiceSpecificCredentialsRequest>([&](auto& in) { in.UserName = user; }));
    REQUIRE(all);
    return (*all)->ServiceSpecificCredentials.size();
  }
  auto remove(const char* user, std::string_view id) {
    return call<op::DeleteServiceSpecificCredential>(with<svc::DeleteServiceSpecificCredentialRequest>([&](auto& in) { in.UserName = user; in.ServiceSpecificCredentialId = id; }));
  }
  auto upload(const char* user, std::string_view body) {
    return call<op::UploadSSHPublicKey>(with<svc::UploadSSHPublicKeyRequest>([&](auto& in) { in.UserName = user; in.SSHPublicKeyBody = body; }));
  }
};

std::string ssh_key(size_t bits, char fill) {
  std::string modulus(bits / 8, fill);
  modulus.front() = '\xc3';
  modulus.back() = '\x01';
  return auth::write_ssh_rsa({modulus, std::string("\x01\x00\x01", 3)});
}

}  // namespace

TEST_CASE("credentials_stay_with_a_renamed_user_and_keep_it_from_deletion") {
  for (bool hostile : {true, false}) {
    Account t(hostile);
    t.create_user("ada");
    auto made = t.create("ada");
    REQUIRE(made);
    std::string id((*made)->ServiceSpecificCredential->ServiceSpecificCredentialId);
    CHECK((*made)->ServiceSpecificCredential->ServiceUserName == "ada-at-000000000000");
    REQUIRE(t.create("ada"));
    CHECK(code(t.create("ada")) == "LimitExceeded");
    CHECK(code(t.create("ada", "lambda.amazonaws.com")) == "NoSuchEntity");
    REQUIRE(t.rename("ada", "grace"));
    CHECK(t.listed("grace") == 2);
    t.create_user("ada");  // a namesake has none of them
    CHECK(t.listed("ada") == 0);
    CHECK(code(t.remove("ada", id)) == "NoSuchEntity");
    CHECK(code(t.delete_user("grace")) == "DeleteConflict");
    REQUIRE(t.remove("grace", id));
    CHECK(t.listed("grace") == 1);
  }
}

TEST_CASE("ssh_keys_are_told_apart_by_what_they_are_and_five_is_the_most") {
  for (bool hostile : {true, false}) {
    Account t(hostile);
    t.create_user("ada");
    std::string first = ssh_key(2048, 'a');
    REQUIRE(t.upload("ada", first));
    CHECK(code(t.upload("ada", cat(first, " another comment"))) == "DuplicateSSHPublicKey");
    CHECK(code(t.upload("ada", ssh_key(1024, 'a'))) == "InvalidPublicKey");
    for (char fill : {'b', 'c', 'd', 'e'}) REQUIRE(t.upload("ada", ssh_key(2048, fill)));
    CHECK(code(t.upload("ada", ssh_key(2048, 'f'))) == "LimitExceeded");
  }
}
