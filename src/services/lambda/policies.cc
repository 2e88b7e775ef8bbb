#include "services/lambda/policies.h"

#include "base/json_text.h"
#include "base/strings.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {
namespace {

/// "s3.amazonaws.com", "logs.eu-west-1.amazonaws.com", "alexa-appkit.amazon.com".
bool service_name(std::string_view p) {
  if (p.find(':') != std::string_view::npos || p.find('/') != std::string_view::npos) return false;
  return p.ends_with(".amazonaws.com") || p.ends_with(".amazonaws.com.cn") || p.ends_with(".amazon.com") || p.ends_with(".aws.internal");
}

}  // namespace

bool names_entity(std::string_view principal) {
  auto arn = parse_arn(principal);
  return arn && arn->service == "iam" && arn->resource != "root";
}

std::string policy_json(const ResourcePolicy& policy) {
  std::string out = R"({"Version":"2012-10-17","Id":"default","Statement":[)";
  for (size_t i = 0; i < policy.statements.size(); i++) {
    if (i) out += ',';
    out += policy.statements[i].json;
  }
  return out + "]}";
}

Result<std::string> statement_json(const Grant& g, std::string_view partition) {
  JsonText j;
  j.open().member("Sid", g.sid).member("Effect", "Allow").key("Principal");
  auto arn = parse_arn(g.principal);
  if (g.principal == "*") j.text("*");
  else if (is_account_id(g.principal)) j.open().member("AWS", cat("arn:", partition, ":iam::", g.principal, ":root")).close();
  else if (service_name(g.principal)) j.open().member("Service", g.principal).close();
  else if (arn && (arn->service == "iam" || arn->service == "sts") && is_account_id(arn->account)) j.open().member("AWS", g.principal).close();
  else return fail(invalid_parameter("The provided principal was invalid. Please check the principal and try again."));
  j.member("Action", g.action).member("Resource", g.resource);
  bool equals = !g.source_account.empty() || !g.organization.empty() || !g.event_source_token.empty() || !g.url_auth_type.empty();
  if (equals || g.via_url || !g.source_arn.empty()) {
    j.key("Condition").open();
    if (equals) {
      j.key("StringEquals").open();
      if (!g.url_auth_type.empty()) j.member("lambda:FunctionUrlAuthType", g.url_auth_type);
      if (!g.source_account.empty()) j.member("AWS:SourceAccount", g.source_account);
      if (!g.event_source_token.empty()) j.member("lambda:EventSourceToken", g.event_source_token);
      if (!g.organization.empty()) j.member("aws:PrincipalOrgID", g.organization);
      j.close();
    }
    if (!g.source_arn.empty()) j.key("ArnLike").open().member("AWS:SourceArn", g.source_arn).close();
    if (g.via_url) j.key("Bool").open().member("lambda:InvokedViaFunctionUrl", "true").close();
    j.close();
  }
  return j.close().str();
}

std::string layer_statement_json(std::string_view sid, std::string_view action, std::string_view principal, std::string_view organization,
                                 std::string_view resource, std::string_view partition) {
  JsonText j;
  j.open().member("Sid", sid).member("Effect", "Allow").key("Principal");
  if (principal == "*") j.text("*");
  else if (is_account_id(principal)) j.open().member("AWS", cat("arn:", partition, ":iam::", principal, ":root")).close();
  else j.open().member("AWS", principal).close();
  j.member("Action", action).member("Resource", resource);
  if (!organization.empty()) j.key("Condition").open().key("StringEquals").open().member("aws:PrincipalOrgID", organization).close().close();
  return j.close().str();
}

}  // namespace fogbank::lambda
