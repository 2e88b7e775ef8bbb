// CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html and the like
#include "auth/access_keys.h"
#include "auth/policy/document.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/caches.h"
#include "services/iam/counts.h"
#include "services/iam/entities.h"
#include "services/iam/managed.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace fogbank::iam {

Result<void> CreatePolicy(Context& cx, const svc::CreatePolicyRequest& in, svc::CreatePolicyResponse& out) {
  Policy p;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    p = Policy();
    p.name = in.PolicyName.view();
    p.path = in.Path.value_or("/");
    p.description = in.Description.view();
    p.described = in.Description.has();
    p.created = p.updated = whole_second(cx.now());
    p.versions = {1};
    p.id = auth::make_unique_id("ANPA", cx.scope().account.str(), cx.random());
    FB_TRY(merge_tags(p.tags, tags_of(in.Tags), false));
    FB_TRY(check_managed_document(cx.scope(), in.PolicyDocument));
    if (tx.has(policy_key(cx.scope(), p.name)))
      return fail("EntityAlreadyExists", cat("A policy called ", p.name, " already exists. Duplicate names are not allowed."), 409);
    FB_TRY(count_in(tx, cx.scope(), kCountPolicies));
    add_to_count(tx, cx.scope(), &AccountCounts::policy_versions, 1);
    tx.put_record(policy_key(cx.scope(), p.name), p);
    put_version(tx, cx.scope(), p, 1, in.PolicyDocument, p.created);
    tx.put(path_key(cx.scope(), "policy", p.path, p.name), "");
    return {};
  });
  FB_TRY(done);
  fill_policy(cx, p, {}, Detail::created, cx.make(out.Policy));
  return {};
}

Result<void> GetPolicy(Context& cx, const svc::GetPolicyRequest& in, svc::GetPolicyResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    PolicyUse use = use_of(reader, cx.scope(), in.PolicyArn);
    if (const ManagedPolicy* m = aws_policy(in.PolicyArn)) return fill_policy(cx, *m, use, Detail::full, cx.make(out.Policy));
    auto p = get_policy(reader, cx.scope(), in.PolicyArn);
    if (!p) result = fail(std::move(p.error()));
    else fill_policy(cx, *p, use, Detail::full, cx.make(out.Policy));
  });
  return result;
}

Result<void> DeletePolicy(Context& cx, const svc::DeletePolicyRequest& in, svc::DeletePolicyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, changeable_policy(cx, tx, in.PolicyArn));
    PolicyUse use = use_of(tx, cx.scope(), in.PolicyArn);
    if (use.attachments || use.boundaries) return fail(delete_conflict("Cannot delete a policy attached to entities."));
    if (p.versions.size() > 1)
      return fail(delete_conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                                  "The default version is deleted with the policy."));
    count_out(tx, cx.scope(), kCountPolicies);
    add_to_count(tx, cx.scope(), &AccountCounts::policy_versions, -1);
    tx.erase(version_key(cx.scope(), p.name, p.default_version));
    tx.erase(policy_key(cx.scope(), p.name));
    tx.erase(path_key(cx.scope(), "policy", p.path, p.name));
    return {};
  });
}

namespace {

/// One page of ListPolicies: the account's own by path and name, then AWS's by name; with a filter on use, the policies in use by ARN (which
/// is the same two halves). The first letter of the marker says in which half the page ended: L or A.
class PolicyPage {
 public:
  PolicyPage(Context& cx, store::Reader& reader, const svc::ListPoliciesRequest& in, svc::ListPoliciesResponse& out)
      : cx_(cx), caches_(cx.state<Caches>()), reader_(reader), in_(in), out_(out), limit_(page_size(in.MaxItems)), prefix_(in.PathPrefix.value_or("/")) {}

  Result<void> run() {
    out_.Policies.reserve(cx_.arena(), uint32_t(limit_));
    FB_TRY(read_marker());
    std::string_view scope = in_.Scope.value_or("All");
    bool local = scope != "AWS" && !after_aws_, aws = scope != "Local";
    if (in_.PolicyUsageFilter || in_.OnlyAttached.value_or(false)) {
      used(local, aws);
    } else {
      if (local) own();
      if (aws && !more_) of_aws();
    }
    end_page(cx_, out_, more_, marker_);
    return {};
  }

 private:
  Result<void> read_marker() {
    if (!in_.Marker) return {};
    FB_ASSIGN(m, parse_marker(in_.Marker));
    if (m.first.empty() || (m.first[0] != 'L' && m.first[0] != 'A')) return fail(validation_error("Invalid Marker."));
    after_aws_ = m.first[0] == 'A';
    after_ = PathPlace{m.first.substr(1), m.second};
    if (!m.second.empty()) return {};
    // The path did not fit into the marker.
    if (after_aws_) return {};
    auto p = reader_.get_as<Policy>(policy_key(cx_.scope(), after_->name));
    if (!p) return fail(validation_error("Invalid Marker."));
    after_->path = p->path;
    return {};
  }

  bool full() const { return out_.Policies.size() >= limit_; }
  void end(char half, const PathPlace& last) {
    more_ = true;
    marker_ = make_marker(cat(half, last.name), last.path);
  }

  void own() {
    std::vector<PathPlace> places;
    walk_paths(reader_, cx_.scope(), "policy", prefix_, after_, [&](const PathPlace& place) {
      places.push_back(place);
      return places.size() <= limit_;
    });
    for (size_t i = 0; i < places.size(); i++) {
      if (full()) return end('L', places[i - 1]);
      if (auto p = caches_.policies.get(reader_, policy_key(cx_.scope(), places[i].name))) add(*p, use(policy_arn(cx_.scope(), p->path, p->name)));
    }
  }

  void of_aws() {
    PathPlace last{after_aws_ ? after_->name : std::string(), {}};
    for (const ManagedPolicy& p : managed_after(last.name)) {
      if (!p.path.starts_with(prefix_)) continue;
      if (full()) return end('A', last);
      last = {std::string(p.name), std::string(p.path)};
      fill_policy(cx_, p, use(p.arn), Detail::listed, out_.Policies.add(cx_.arena()));
    }
  }

  /// Only policies that something uses have a row here; a page looks at kMostSeen of them, so one with a narrow filter may be short.
  void used(bool local, bool aws) {
    constexpr size_t kMostSeen = 5000;
    std::string own_arns = policy_arn(cx_.scope(), "", ""), aws_arns = policy_arn(account_scope(cx_.scope().partition.str(), "aws"), "", "");
    store::Key from = use_key(cx_.scope(), local ? own_arns : aws_arns);
    if (after_) from = use_key(cx_.scope(), after_arn()).after_prefix();
    PathPlace last;
    char half = 'L';
    size_t seen = 0;
    reader_.scan(from, store::key(cx_.scope().global(), kPolicyUse).after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      std::string arn = store::key_parts(key).at(0);
      auto name = parse_policy_arn(arn);
      auto use = decode<PolicyUse>(bytes);
      if (!name || !use) throw std::runtime_error("a stored IAM record is damaged");
      if (name->aws_managed() && !aws) return false;
      if (full() || seen++ == kMostSeen) { end(half, last); return false; }
      half = name->aws_managed() ? 'A' : 'L';
      last = {name->name, name->path};
      if (!wanted(*use) || !name->path.starts_with(prefix_) || !(name->aws_managed() ? aws : local)) return true;
      if (const ManagedPolicy* m = aws_policy(arn)) fill_policy(cx_, *m, *use, Detail::listed, out_.Policies.add(cx_.arena()));
      else if (auto p = caches_.policies.get(reader_, policy_key(cx_.scope(), name->name)); p && p->path == name->path) add(*p, *use);
      return true;
    });
  }

  std::string after_arn() const {
    Scope half = after_aws_ ? account_scope(cx_.scope().partition.str(), "aws") : cx_.scope();
    return policy_arn(half, after_->path, after_->name);
  }

  bool wanted(const PolicyUse& use) const {
    std::string_view filter = in_.PolicyUsageFilter.view();
    if (filter == "PermissionsBoundary") return use.boundaries > 0;
    if (filter == "PermissionsPolicy") return use.attachments > 0;
    return true;
  }
  void add(const Policy& p, const PolicyUse& use) { fill_policy(cx_, p, use, Detail::listed, out_.Policies.add(cx_.arena())); }

  PolicyUse use(std::string_view arn) {
    auto u = caches_.uses.get(reader_, use_key(cx_.scope(), arn));
    return u ? *u : PolicyUse{};
  }

  Context& cx_;
  Caches& caches_;
  store::Reader& reader_;
  const svc::ListPoliciesRequest& in_;
  svc::ListPoliciesResponse& out_;
  const size_t limit_;
  const std::string_view prefix_;
  std::optional<PathPlace> after_;
  bool after_aws_ = false, more_ = false;
  std::string marker_;
};

}  // namespace

Result<void> ListPolicies(Context& cx, const svc::ListPoliciesRequest& in, svc::ListPoliciesResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) { result = PolicyPage(cx, reader, in, out).run(); });
  return result;
}

}  // namespace fogbank::iam
