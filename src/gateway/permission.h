// Would a call be permitted now? The decisions of the real call (its authorise function, policies of identity, boundary, organisation and
// resource), without the call: for what is refused at once instead of failing later (the execution role of a function that is to read a queue),
// and for trust (may this service assume that role). Nothing is kept of it: the call itself is decided when it is made.
//
// Pure reading through the caller's reader, so also within a transaction; any thread. No access record is left, but for a denial by the library of
// another service (a KMS key).
#pragma once
#include "auth/principal.h"
#include "base/error.h"
#include "base/scope.h"
#include "gateway/operation.h"
#include "store/store.h"

namespace fogbank {

class Core;

/// Success, or what the call would be refused with before its handler runs: the denial (of the first entry, for a batch), or what the authorise
/// function says (no such queue). `input` names what the decision is about; the rest of it may be empty, as nothing is validated.
Result<void> may_call(Core& core, store::Reader& reader, const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input);
template <class Op> Result<void> may_call(Core& core, store::Reader& reader, const auth::Principal& principal, const Scope& scope, const typename Op::Input& input) {
  return may_call(core, reader, principal, scope, Op::info(), &input);
}

}  // namespace fogbank
