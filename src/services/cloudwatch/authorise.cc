// Who may put data: whoever IAM allows, by namespace. A service's own metrics are no matter of IAM: services put them into "AWS/…"
// themselves, and CloudWatch has no resource policies that could allow it. Principals of that kind only exist inside.
#include "gateway/authorise.h"
#include "gen/cloudwatch/operations.h"

namespace fogbank::cloudwatch {

Result<void> by_namespace(AuthoriseContext& cx, const wire::View& in) {
  Str name = in.text("Namespace");
  bool own_metrics = cx.principal().kind == auth::PrincipalKind::service && name.view().starts_with("AWS/");
  if (own_metrics) return {};
  Requirement& need = cx.require(cx.action(), "*");
  if (name) need.keys["cloudwatch:namespace"] = {std::string(name.view())};
  return {};
}

}  // namespace fogbank::cloudwatch
