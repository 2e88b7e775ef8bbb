// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
#include "auth/policy/document.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/policies.h"
#include "services/dynamodb/tables.h"

namespace fogbank::dynamodb {
namespace {

constexpr size_t kMaxPolicy = 20 * 1024;

struct Target {
  Scope scope;
  std::string arn, table;
};

/// The table, or stream of a table, that an ARN names.
Result<Target> find_target(Context& cx, std::string_view arn) {
  FB_ASSIGN(address, table_address(cx.caller(), arn));
  bool there = false;
  size_t stream = arn.find("/stream/");
  if (arn.find("/index/") != std::string_view::npos) return fail(invalid(cat("Invalid ResourceArn provided as input ", arn)));
  cx.read([&](store::Reader& reader) {
    there = stream == std::string_view::npos ? reader.has(table_key(address.scope, address.name))
                                             : reader.has(stream_key(address.scope, address.name, arn.substr(stream + 8)));
  });
  if (!there) {
    if (stream != std::string_view::npos) return fail("ResourceNotFoundException", cat("Requested resource not found: Stream: ", arn, " not found"));
    return fail(table_not_found(address.name));
  }
  return Target{address.scope, std::string(arn), address.name};
}

ApiError no_policy(std::string_view why) { return ApiError("PolicyNotFoundException", cat("Resource-based policy not found for the provided ResourceArn: ", why)); }

Result<void> check_revision(const std::optional<TablePolicy>& old, Str expected, const Target& target) {
  if (!expected) return {};
  if (expected == "NO_POLICY") {
    if (!old) return {};
    return fail(no_policy(cat("Requested policy update expecting none to be present for table ", target.table, ", but a policy exists with revision id ", old->revision, '.')));
  }
  if (!old) return fail(no_policy(target.arn));
  if (old->revision == expected.view()) return {};
  return fail(no_policy(cat("Requested update for policy with revision id ", expected.view(), ", but the policy associated to target table ", target.table,
                            " has revision id ", old->revision, '.')));
}

}  // namespace

Result<void> check_policy(const Scope& scope, std::string_view json) {
  if (json.size() > kMaxPolicy) return fail(invalid("Resource-based policy size exceeds the maximum allowed size of 20 KB"));
  policy::CompileOptions options{policy::Dialect::generic, scope.partition.value};
  auto compiled = policy::compile(json, policy::PolicyKind::resource, options);
  if (!compiled) return fail(invalid(cat("Resource-based policy document is not valid: ", compiled.error().message)));
  return {};
}

Result<void> PutResourcePolicy(Context& cx, const svc::PutResourcePolicyInput& in, svc::PutResourcePolicyOutput& out) {
  FB_ASSIGN(target, find_target(cx, in.ResourceArn));
  FB_TRY(check_policy(target.scope, in.Policy));
  std::string revision = cat(cx.now(), cx.random().below(1000)), given;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = policy_key(target.scope, target.arn);
    auto old = tx.get_as<TablePolicy>(key);
    FB_TRY(check_revision(old, in.ExpectedRevisionId, target));
    if (old && old->json == in.Policy.view()) {   // the same again is the same policy
      given = old->revision;
      return {};
    }
    given = revision;
    tx.put_record(key, TablePolicy{std::string(in.Policy), revision, {}});
    return {};
  }));
  out.RevisionId = cx.str(given);
  return {};
}

Result<void> GetResourcePolicy(Context& cx, const svc::GetResourcePolicyInput& in, svc::GetResourcePolicyOutput& out) {
  FB_ASSIGN(target, find_target(cx, in.ResourceArn));
  std::optional<TablePolicy> found;
  cx.read([&](store::Reader& reader) { found = reader.get_as<TablePolicy>(policy_key(target.scope, target.arn)); });
  if (!found) return fail(no_policy(target.arn));
  out.Policy = cx.str(found->json);
  out.RevisionId = cx.str(found->revision);
  return {};
}

Result<void> DeleteResourcePolicy(Context& cx, const svc::DeleteResourcePolicyInput& in, svc::DeleteResourcePolicyOutput& out) {
  FB_ASSIGN(target, find_target(cx, in.ResourceArn));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = policy_key(target.scope, target.arn);
    auto old = tx.get_as<TablePolicy>(key);
    FB_TRY(check_revision(old, in.ExpectedRevisionId, target));
    out.RevisionId = {};
    if (!old) return {};
    out.RevisionId = cx.str(old->revision);
    tx.erase(key);
    return {};
  });
}

}  // namespace fogbank::dynamodb
