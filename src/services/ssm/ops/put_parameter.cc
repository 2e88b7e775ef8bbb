// PutParameter: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
#include "base/log.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/ssm/operations.h"
#include "services/ssm/errors.h"
#include "services/ssm/names.h"
#include "services/ssm/public_parameters.h"
#include "services/ssm/put_finding.h"
#include "services/ssm/secure.h"

namespace fogbank::ssm {
namespace {

/// Another Expiration policy takes the place of the one before.
void plan_expiry(store::Txn& tx, const Scope& scope, Parameter& p, const Policies& policies) {
  if (p.expiry_task) tx.cancel(p.expiry_task);
  p.expiry_task = 0;
  p.expires = policies.expires;
  if (!policies.expires) return;
  store::Task t;
  t.kind = "ssm.expire_parameter";
  t.scope = scope;
  t.due = policies.expires;
  t.payload = encode(Expiry{std::string(place_of(p.name)), {}});
  p.expiry_task = tx.schedule(std::move(t));
}

/// Puts the current version among the older ones; the oldest goes when there are too many.
void retire_current(store::Txn& tx, const Scope& scope, Parameter& p) {
  std::string_view place = place_of(p.name);
  tx.put_record(version_key(scope, place, p.current.number), p.current);
  if (p.current.number - p.oldest + 1 < kVersionsKept) return;
  tx.erase(version_key(scope, place, p.oldest));
  p.oldest++;
}

void store_version(store::Txn& tx, const Scope& scope, const PutPlan& plan, const Version& version) {
  Parameter p;
  if (plan.existing) {
    p = *plan.existing;
    if (p.current.tier != version.tier) {
      count(tx, scope, p.current.tier, -1);
      count(tx, scope, version.tier, 1);
    }
    retire_current(tx, scope, p);
  } else {
    p.name = plan.name;
    p.tags = plan.tags;
    count(tx, scope, version.tier, 1);
  }
  p.current = version;
  if (plan.policies) plan_expiry(tx, scope, p, *plan.policies);
  tx.put_record(parameter_key(scope, plan.place), p);
}

/// AWS checks image ids after it has answered, and then drops the request: the answer is the same, the parameter stays as it was.
bool unknown_image(Context& cx, const Version& v, std::string_view value) {
  if (v.data_type != "aws:ec2:image" || cx.core().state<PublicParameters>().names_image(cx.scope().region, value)) return false;
  log(LogLevel::info, "a parameter of the data type aws:ec2:image was not stored: its value is not the id of a known image");
  return true;
}

/// The version that the transaction's plan comes to, with what was sealed for the plan that was decided about.
Result<Version> version_of(const PutPlan& plan, const Version& sealed, std::string_view plain) {
  Version v = plan.next;
  if (v.type == Type::secure_string) {
    // A parameter that changed its kind meanwhile needs another key, or another use of it.
    if (v.type != sealed.type || v.tier != sealed.tier || v.key_id != sealed.key_id) return fail(too_many_updates());
    v.value = sealed.value;
    v.data_key = sealed.data_key;
  } else {
    if (sealed.type == Type::secure_string) return fail(too_many_updates());
    v.value = plain;
  }
  return v;
}

}  // namespace

Result<void> PutParameter(Context& cx, const svc::PutParameterRequest& in, svc::PutParameterResult& out) {
  auto found = cx.found<PutFinding>();
  if (found->error) return fail(*found->error);
  Version sealed = found->plan.next, stored = sealed;
  if (!unknown_image(cx, sealed, in.Value)) {
    if (sealed.type == Type::secure_string) FB_TRY(seal(cx, found->plan.arn, in.Value, sealed));
    FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
      FB_ASSIGN(plan, plan_put(tx, cx.scope(), in));
      FB_ASSIGN(version, version_of(plan, sealed, in.Value));
      version.modified = cx.now();
      version.modified_by = cx.principal().arn;
      store_version(tx, cx.scope(), plan, version);
      stored = std::move(version);
      return {};
    }));
  }
  out.Version = int64_t(stored.number);
  out.Tier = name_of(stored.tier);
  return {};
}

}  // namespace fogbank::ssm
