// Resource policies of functions and layer versions: statements as AddPermission makes them. Pure but for the records that are passed in.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "services/lambda/state.h"

namespace fogbank::lambda {

/// {"Version":"2012-10-17","Id":"default","Statement":[…]}
std::string policy_json(const ResourcePolicy& policy);

/// What AddPermission asks for.
struct Grant {
  std::string_view sid, action, principal, resource;
  std::string_view source_arn, source_account, organization, event_source_token, url_auth_type;
  bool via_url = false;
};
/// The statement; InvalidParameterValueException for a principal that cannot be one.
Result<std::string> statement_json(const Grant& grant, std::string_view partition);
/// The principals that a new statement may name as AWS accounts, users or roles: those must exist where we know of them (checked by the caller).
bool names_entity(std::string_view principal);

std::string layer_statement_json(std::string_view sid, std::string_view action, std::string_view principal, std::string_view organization,
                                 std::string_view resource, std::string_view partition);

}  // namespace fogbank::lambda
