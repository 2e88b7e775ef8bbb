// Policies that come back from the store.
//
// What was accepted once may be refused by a later, stricter grammar. Such a policy must not vanish with its Deny statements, so it decides as
// one that denies everything, until somebody replaces it; the log says so. Pure but for the log; threads share what comes out.
#pragma once
#include <string_view>

#include "auth/policy/document.h"

namespace fogbank::policy {

/// Denies every action on every resource, to everybody. As a trust policy it is of the kind identity: decisions ask for its effect only.
PolicyPtr deny_everything(PolicyKind kind);

/// `what` names the policy in the log: "the policy of queue orders".
PolicyPtr compile_stored(std::string_view json, PolicyKind kind, const CompileOptions& options, std::string_view what);

}  // namespace fogbank::policy
