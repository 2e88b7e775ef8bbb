// Errors of Organizations with the real texts. Source: API reference, answers quoted in issue trackers. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::organizations {

ApiError not_in_use();                      ///< the caller's account is in no organization
ApiError no_access();                       ///< a member account calls what only the management account may
ApiError account_not_found();
ApiError unit_not_found();
ApiError parent_not_found();
ApiError child_not_found();
ApiError root_not_found();
ApiError target_not_found();
ApiError policy_not_found();
ApiError policy_type_not_enabled();
ApiError policy_type_not_available();
ApiError duplicate_unit();
ApiError duplicate_policy();
ApiError already_in_organization();
ApiError master_cannot_leave();

/// ConstraintViolationException and InvalidInputException with their Reason.
ApiError constraint(std::string_view reason, std::string message);
ApiError invalid_input(std::string_view reason, std::string message);
ApiError invalid_token();

/// What is not served: 501.
ApiError not_served(std::string what);

}  // namespace fogbank::organizations
