#include "services/sts/role_sessions.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/permission.h"
#include "gen/sts/operations.h"
#include "services/sts/issue.h"

namespace fogbank::sts {

Result<void> check_trust(Core& core, store::Reader& reader, const auth::Principal& service, std::string_view role_arn) {
  svc::AssumeRoleRequest in{};
  in.RoleArn = Str(role_arn);
  in.RoleSessionName = Str(service.name);
  auto parts = parse_arn(role_arn);
  Scope scope{Partition(parts ? parts->partition : "aws"), AccountId(service.source_account), Region()};
  return may_call<op::AssumeRole>(core, reader, service, scope, in);
}

Result<auth::Principal> service_session(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view session_name) {
  auto role = iam::role_by_arn(core.state<iam::Caches>(), reader, role_arn);
  if (!role) return fail("AccessDenied", cat("The role ", role_arn, " does not exist."), 403);
  return role_session(*role, session_name);
}

}  // namespace fogbank::sts
