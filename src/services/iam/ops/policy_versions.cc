// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html and the like
#include "auth/policy/document.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/counts.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace fogbank::iam {
namespace {

/// The number of a version that the policy has.
Result<int64_t> existing(const Policy& p, std::string_view arn, std::string_view id) {
  auto number = version_number(id);
  if (!number || std::find(p.versions.begin(), p.versions.end(), *number) == p.versions.end()) return fail(no_such_version(arn, id));
  return *number;
}

void put_policy(store::Txn& tx, const Scope& scope, const Policy& p) { tx.put_record(policy_key(scope, p.name), p); }

PolicyVersion stored_version(store::Reader& reader, const Scope& scope, const Policy& p, int64_t number) {
  auto v = reader.get_as<PolicyVersion>(version_key(scope, p.name, number));
  if (!v) throw std::runtime_error("a managed policy lacks a version that it lists");
  return std::move(*v);
}

}  // namespace

Result<void> CreatePolicyVersion(Context& cx, const svc::CreatePolicyVersionRequest& in, svc::CreatePolicyVersionResponse& out) {
  Policy p;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, changeable_policy(cx, tx, in.PolicyArn));
    p = std::move(found);
    FB_TRY(check_managed_document(cx.scope(), in.PolicyDocument));
    if (p.versions.size() >= kVersionsPerPolicy)
      return fail(limit_exceeded(cat("A managed policy can have up to ", kVersionsPerPolicy,
                                     " versions. Before you create a new version, you must delete an existing version.")));
    p.versions.push_back(++p.last_version);
    p.updated = whole_second(cx.now());
    if (in.SetAsDefault.value_or(false)) p.default_version = p.last_version;
    put_policy(tx, cx.scope(), p);
    put_version(tx, cx.scope(), p, p.last_version, in.PolicyDocument, p.updated);
    add_to_count(tx, cx.scope(), &AccountCounts::policy_versions, 1);
    return {};
  });
  FB_TRY(done);
  fill_version(cx, p.last_version, p.default_version == p.last_version, p.updated, cx.make(out.PolicyVersion));
  return {};
}

Result<void> GetPolicyVersion(Context& cx, const svc::GetPolicyVersionRequest& in, svc::GetPolicyVersionResponse& out) {
  if (const ManagedPolicy* m = aws_policy(in.PolicyArn)) {
    if (in.VersionId != m->version) return fail(no_such_version(in.PolicyArn, in.VersionId));
    auto& v = cx.make(out.PolicyVersion);
    fill_version(cx, *version_number(m->version), true, m->updated, v);
    v.Document = encoded_document(cx, m->document);
    return {};
  }
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    result = [&]() -> Result<void> {
      FB_ASSIGN(p, get_policy(reader, cx.scope(), in.PolicyArn));
      FB_ASSIGN(number, existing(p, in.PolicyArn, in.VersionId));
      PolicyVersion stored = stored_version(reader, cx.scope(), p, number);
      auto& v = cx.make(out.PolicyVersion);
      fill_version(cx, number, number == p.default_version, stored.created, v);
      v.Document = encoded_document(cx, stored.document);
      return {};
    }();
  });
  return result;
}

// Newest first. Of AWS's own policies only the default version is known.
Result<void> ListPolicyVersions(Context& cx, const svc::ListPolicyVersionsRequest& in, svc::ListPolicyVersionsResponse& out) {
  struct Row { int64_t number; bool is_default; Millis created; };
  std::vector<Row> rows;
  Result<void> result;
  if (const ManagedPolicy* m = aws_policy(in.PolicyArn)) {
    rows.push_back({*version_number(m->version), true, m->updated});
  } else {
    cx.read([&](store::Reader& reader) {
      auto p = get_policy(reader, cx.scope(), in.PolicyArn);
      if (!p) { result = fail(std::move(p.error())); return; }
      for (int64_t n : p->versions) rows.insert(rows.begin(), {n, n == p->default_version, stored_version(reader, cx.scope(), *p, n).created});
    });
  }
  FB_TRY(result);
  out.Versions.reserve(cx.arena(), 1);
  return page_of(cx, in, out, rows, [](const Row& r) { return version_id(r.number); },
                 [&](const Row& r) { fill_version(cx, r.number, r.is_default, r.created, out.Versions.add(cx.arena())); });
}

Result<void> SetDefaultPolicyVersion(Context& cx, const svc::SetDefaultPolicyVersionRequest& in, svc::SetDefaultPolicyVersionOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, changeable_policy(cx, tx, in.PolicyArn));
    FB_ASSIGN(number, existing(p, in.PolicyArn, in.VersionId));
    p.default_version = number;
    put_policy(tx, cx.scope(), p);
    return {};
  });
}

Result<void> DeletePolicyVersion(Context& cx, const svc::DeletePolicyVersionRequest& in, svc::DeletePolicyVersionOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, changeable_policy(cx, tx, in.PolicyArn));
    FB_ASSIGN(number, existing(p, in.PolicyArn, in.VersionId));
    if (number == p.default_version) return fail(delete_conflict("Cannot delete the default version of a policy."));
    std::erase(p.versions, number);
    put_policy(tx, cx.scope(), p);
    tx.erase(version_key(cx.scope(), p.name, number));
    add_to_count(tx, cx.scope(), &AccountCounts::policy_versions, -1);
    return {};
  });
}

}  // namespace fogbank::iam
