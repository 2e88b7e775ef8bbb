#include "services/organizations/errors.h"

#include "base/strings.h"

namespace fogbank::organizations {

ApiError not_in_use() { return {"AWSOrganizationsNotInUseException", "Your account is not a member of an organization."}; }
ApiError no_access() { return {"AccessDeniedException", "You don't have permissions to access this resource."}; }
ApiError account_not_found() { return {"AccountNotFoundException", "You specified an account that doesn't exist."}; }
ApiError unit_not_found() { return {"OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist."}; }
ApiError parent_not_found() { return {"ParentNotFoundException", "You specified parent that doesn't exist."}; }
ApiError child_not_found() { return {"ChildNotFoundException", "You specified a child that doesn't exist."}; }
ApiError root_not_found() { return {"RootNotFoundException", "You specified a root that doesn't exist."}; }
ApiError target_not_found() { return {"TargetNotFoundException", "You specified a target that doesn't exist."}; }
ApiError policy_not_found() { return {"PolicyNotFoundException", "You specified a policy that doesn't exist."}; }
ApiError policy_type_not_enabled() { return {"PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types."}; }
ApiError policy_type_not_available() {
  return {"PolicyTypeNotAvailableForOrganizationException", "This operation can be performed only for policy types that are available in your organization."};
}
ApiError duplicate_unit() { return {"DuplicateOrganizationalUnitException", "An OU with the same name already exists."}; }
ApiError duplicate_policy() { return {"DuplicatePolicyException", "A policy with the same name already exists."}; }
ApiError already_in_organization() { return {"AlreadyInOrganizationException", "The provided account is already a member of an organization."}; }
ApiError master_cannot_leave() { return {"MasterCannotLeaveOrganizationException", "You can't remove the management account from an organization."}; }

ApiError constraint(std::string_view reason, std::string message) {
  return ApiError("ConstraintViolationException", std::move(message)).with("Reason", std::string(reason));
}
ApiError invalid_input(std::string_view reason, std::string message) {
  return ApiError("InvalidInputException", std::move(message)).with("Reason", std::string(reason));
}
ApiError invalid_token() { return invalid_input("INVALID_NEXT_TOKEN", "You specified an invalid value."); }

ApiError not_served(std::string what) { return {"NotImplemented", cat(what, " is not served by Fogbank."), 501}; }

}  // namespace fogbank::organizations
