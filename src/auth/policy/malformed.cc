// What each service answers to a refused document. IAM's identity policies have one family of texts, its trust policies and S3's bucket
// policies another; SQS and SNS say only that the parameter is wrong.
#include "auth/policy/raw_policy.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

constexpr std::string_view kSyntax = "Syntax errors in policy.";

std::string identity_text(const Malformed& m) {
  switch (m.fault) {
    case Fault::version: return "Policy document must be version 2012-10-17 or greater.";
    case Fault::legacy: return "The policy failed legacy parsing";
    case Fault::duplicate_sid: return "Statement IDs (SID) in a single policy must be unique.";
    case Fault::missing_action: return "Policy statement must contain actions.";
    case Fault::missing_resource: return "Policy statement must contain resources.";
    case Fault::missing_principal: return "Policy document must specify a principal.";
    case Fault::prohibited_principal: return "Policy document should not specify a principal.";
    case Fault::action_prefix: return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    case Fault::action_colons: return "Actions/Condition can contain only one colon.";
    case Fault::vendor: return cat("Vendor ", m.field, " is not valid");
    case Fault::resource_arn: return cat("Resource ", m.field, " must be in ARN format or \"*\".");
    case Fault::resource_partition: return cat("Partition \"", partition_of(m.field), "\" is not valid for resource \"", shown_resource(m.field), "\".");
    case Fault::resource_vendor: return "Resource vendor must be fully qualified and cannot contain regexes.";
    case Fault::resource_region:
      return m.field.find(":iam:") != std::string::npos ? cat("IAM resource ", m.field, " cannot contain region information.")
                                                        : cat("Resource ", m.field, " can not contain region information.");
    case Fault::resource_path:
      return "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, "
             "server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";
    case Fault::principal: return cat("Invalid principal in policy: ", m.field);
    default: return std::string(kSyntax);
  }
}

/// The texts of the checker that trust policies and bucket policies go through.
std::string field_text(const Malformed& m) {
  switch (m.fault) {
    case Fault::unknown_field: return cat("Unknown field ", m.field);
    case Fault::missing_field: return cat("Missing required field ", m.field);
    case Fault::effect: return cat("Invalid effect: ", m.field);
    case Fault::empty_statement: return "Could not parse the policy: Statement is empty!";
    case Fault::version_unknown: return "The policy must contain a valid version string";
    case Fault::missing_action: return "Missing required field Action";
    case Fault::missing_resource: return "Missing required field Resource";
    case Fault::missing_principal: return "Missing required field Principal";
    case Fault::prohibited_principal:
    case Fault::prohibited_resource: return cat("Has prohibited field ", m.field);
    default: return {};
  }
}

std::string trust_text(const Malformed& m) {
  switch (m.fault) {
    case Fault::json: return "This policy contains invalid Json";
    case Fault::principal:
      return m.field.find("STAR") != std::string::npos ? cat("AssumeRolepolicy contained an invalid principal: ", m.field, ".")
                                                       : cat("Invalid principal in policy: ", m.field);
    case Fault::trust_action: return "AssumeRole policy may only specify STS AssumeRole actions.";
    default: {
      std::string text = field_text(m);
      return text.empty() ? identity_text(m) : text;
    }
  }
}

std::string s3_text(const Malformed& m) {
  switch (m.fault) {
    case Fault::json: return "Policies must be valid JSON and the first byte must be '{'";
    case Fault::too_large: return "Policy exceeds the maximum allowed document size.";
    case Fault::principal: return "Invalid principal in policy";
    case Fault::action_prefix:
    case Fault::action_colons:
    case Fault::vendor: return "Policy has invalid action";
    case Fault::resource_arn:
    case Fault::resource_partition:
    case Fault::resource_vendor:
    case Fault::resource_region:
    case Fault::resource_path: return "Policy has invalid resource";
    default: {
      std::string text = field_text(m);
      return text.empty() ? "Invalid policy syntax." : text;
    }
  }
}

std::string kms_text(const Malformed& m) {
  switch (m.fault) {
    case Fault::principal:
    case Fault::missing_principal: return "Policy contains a statement with one or more invalid principals.";
    default: return identity_text(m);
  }
}

}  // namespace

ApiError malformed_error(Dialect dialect, PolicyKind kind, const Malformed& m) {
  ApiError e;
  switch (dialect) {
    case Dialect::organizations:
      e = {"MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type."};
      break;
    case Dialect::s3: e = {"MalformedPolicy", s3_text(m)}; break;
    case Dialect::kms: e = {"MalformedPolicyDocumentException", kms_text(m)}; break;
    case Dialect::sns: e = {"InvalidParameter", "Invalid parameter: Policy Error: null"}; break;
    case Dialect::sqs: e = {"InvalidAttributeValue", "Invalid value for the parameter Policy."}; break;
    case Dialect::secretsmanager: e = {"MalformedPolicyDocumentException", "This resource policy contains a syntax error."}; break;
    case Dialect::generic: e = {"MalformedPolicyDocumentException", identity_text(m)}; break;
    case Dialect::iam: e = {"MalformedPolicyDocument", kind == PolicyKind::trust ? trust_text(m) : identity_text(m)}; break;
  }
  e.detail = cat("policy fault ", int(m.fault), " '", m.field, "' in statement ", m.statement);
  return e;
}

}  // namespace fogbank::policy
