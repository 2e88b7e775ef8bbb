// Execution roles: may Lambda assume them, and who is it then. Any thread; nothing is kept.
#pragma once
#include <string_view>

#include "auth/principal.h"
#include "base/error.h"
#include "services/lambda/runtime/environments.h"
#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::lambda {

/// "The role defined for the function cannot be assumed by Lambda.": it has to exist and its trust policy to let lambda.amazonaws.com in.
Result<void> check_role(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_arn, std::string_view account);
/// The session of the role in which a function runs and Lambda acts for it; the session's name is the function's.
Result<auth::Principal> role_principal(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_name);
Result<auth::Principal> role_principal(Core& core, std::string_view role_arn, std::string_view function_name);
/// Credentials of that session, for an environment.
Result<runtime::RoleCredentials> role_credentials(Core& core, std::string_view role_arn, std::string_view function_arn, std::string_view function_name);

}  // namespace fogbank::lambda
