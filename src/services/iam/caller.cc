#include "services/iam/caller.h"

#include "services/iam/rules.h"

namespace fogbank::iam {

Result<std::string> user_name(const auth::Principal& caller, Str given) {
  if (given) return std::string(given.view());
  if (caller.kind == auth::PrincipalKind::user) return caller.name;
  if (caller.kind == auth::PrincipalKind::root)
    return fail("NotImplemented", "Fogbank does not keep access keys, policies or tags of the root user: name a user with UserName.", 501);
  return fail(validation_error("Must specify userName when calling with non-User credentials"));
}

}  // namespace fogbank::iam
