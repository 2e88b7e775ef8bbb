#include "auth/policy/denial.h"

#include "base/strings.h"

namespace fogbank::policy {
namespace {

/// How a service spells the action in its denials, where it differs from the IAM action.
std::string action_text(const Action& action) {
  std::string_view service = action.lower_service();
  if (service == "sqs") return std::string(action.lower());
  if (service == "sns") return cat("SNS", action.text().substr(service.size()));
  return action.text();
}

std::string explicit_reason(PolicyType type) {
  switch (type) {
    case PolicyType::identity: return " with an explicit deny in an identity-based policy";
    case PolicyType::trust: return " with an explicit deny in the role trust policy";
    default: return cat(" with an explicit deny in a ", describe(type));
  }
}

std::string implicit_reason(const Decision& d, const Action& action, std::string_view shown_action) {
  // STS does not say that it was the role's trust policy that did not allow.
  if (d.type == PolicyType::trust || d.type == PolicyType::none) return {};
  return cat(" because no ", describe(d.type), " allows the ", shown_action, " action");
}

}  // namespace

std::string principal_text(const Principal& p) {
  switch (p.kind) {
    case PrincipalKind::anonymous: return "anonymous";
    case PrincipalKind::service: return p.services.empty() ? std::string("anonymous") : p.services[0];
    case PrincipalKind::web_identity:
    case PrincipalKind::saml: return p.provider;
    default: return p.arn;
  }
}

std::string denial_text(const Request& request, const Decision& decision, const DenialContext& context) {
  // S3 explains a denial to callers of the bucket's account and organization only.
  if (request.action->lower_service() == "s3" && (!context.show_reason || request.principal->kind == PrincipalKind::anonymous)) return "Access Denied";
  std::string action = action_text(*request.action);
  std::string out = cat("User: ", principal_text(*request.principal), " is not authorized to perform: ", action);
  if (context.show_resource) {
    std::string_view resource = context.resource.empty() ? request.resource : context.resource;
    bool quoted = request.action->lower_service() == "s3";
    append(out, " on resource: ", quoted ? "\"" : "", resource, quoted ? "\"" : "");
  }
  // KMS gives one reason to every caller from another account, whether the key exists or not.
  if (decision.type == PolicyType::resource && decision.cross_account && request.action->lower_service() == "kms")
    return out + " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";
  if (!context.show_reason) return out;
  return out + (decision.outcome == Outcome::explicit_deny ? explicit_reason(decision.type) : implicit_reason(decision, *request.action, action));
}

}  // namespace fogbank::policy
