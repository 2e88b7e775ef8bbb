// DeleteParameter, DeleteParameters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html and the following
#include <set>

#include "services/ssm/answers.h"
#include "services/ssm/errors.h"

namespace fogbank::ssm {
namespace {

Result<void> erase(Context& cx, std::string_view name) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto p = find_parameter(tx, cx.scope(), place_of(name));
    if (!p) return fail(parameter_not_found());
    erase_parameter(tx, cx.scope(), *p);
    return {};
  });
}

}  // namespace

Result<void> DeleteParameter(Context& cx, const svc::DeleteParameterRequest& in, svc::DeleteParameterResult&) { return erase(cx, trim(in.Name)); }

Result<void> DeleteParameters(Context& cx, const svc::DeleteParametersRequest& in, svc::DeleteParametersResult& out) {
  out.DeletedParameters.reserve(cx.arena(), 0);
  out.InvalidParameters.reserve(cx.arena(), 0);
  std::set<std::string_view> seen;
  for (const Str& name : in.Names) {
    if (!seen.insert(name.view()).second) continue;
    // One by one: ten parameters with a hundred versions each are too much for one transaction.
    auto erased = erase(cx, trim(name));
    if (erased) out.DeletedParameters.push(cx.arena(), name);
    else if (erased.error().code == "ParameterNotFound") out.InvalidParameters.push(cx.arena(), name);
    else return erased;
  }
  return {};
}

}  // namespace fogbank::ssm
