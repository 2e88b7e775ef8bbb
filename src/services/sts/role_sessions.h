// Roles that services assume for their customers: a function's execution role, and whatever else AWS lets a resource be given. What STS offers to all
// services; trust is decided as for an AssumeRole of the service. Pure reading, any thread; nothing is kept.
#pragma once
#include <string_view>

#include "auth/principal.h"
#include "base/error.h"
#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::sts {

/// May this service principal (auth::service_principal, with the resource and account that it acts for) assume the role now? A role that does not
/// exist is denied too, as to any caller.
Result<void> check_trust(Core& core, store::Reader& reader, const auth::Principal& service, std::string_view role_arn);

/// The session in which a service acts, without policies or tags of its own. An error if there is no such role; trust is not asked for.
Result<auth::Principal> service_session(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view session_name);

}  // namespace fogbank::sts
