// From records to answers, and what several operations share.
#pragma once
#include "gateway/context.h"
#include "gen/ssm/operations.h"
#include "services/ssm/selection.h"

namespace fogbank::ssm {

/// What the authorise function chose; its error, if there is one.
Result<std::shared_ptr<const Selection>> selection_of(Context& cx);

/// The value as it is shown: opened if asked for, else of a SecureString the ciphertext.
Result<Str> value_of(Context& cx, const Chosen& chosen, bool decrypt);
Result<void> fill(Context& cx, const Chosen& chosen, bool decrypt, svc::Parameter& out);
void fill_policies(Context& cx, const std::vector<std::string>& policies, List<svc::ParameterInlinePolicy>& out);

/// Changes the parameter's record; ParameterNotFound (or `missing`) if there is none.
template <class F> Result<void> change(Context& cx, std::string_view name, const ApiError& missing, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto p = find_parameter(tx, cx.scope(), place_of(name));
    if (!p) return fail(missing);
    FB_TRY(f(tx, *p));
    tx.put_record(parameter_key(cx.scope(), place_of(name)), *p);
    return {};
  });
}

}  // namespace fogbank::ssm
