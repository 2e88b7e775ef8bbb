// Policy documents: JSON text -> CompiledPolicy, an immutable form made for fast decisions.
//
// parse() checks the whole grammar of the IAM policy language as the kind of policy demands, and answers a Malformed that names the
// fault; malformed_error() turns it into the error a given service sends; compile() is both. A CompiledPolicy never changes, so threads share it freely by
// shared_ptr; callers cache it by policy version. It is rebuilt from the stored JSON after a restart: nothing here is durable.
// Bounds: 256 KiB of text, depth 12, 4096 statements. Services apply their own, smaller quotas first (quota_size()).
// Source of the rules: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages on each element.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fogbank::policy {

/// What a document is attached to; decides which elements it must and must not have.
enum class PolicyKind : uint8_t {
  identity,  ///< managed or inline policy of a user, group or role: no Principal, Version 2012-10-17
  boundary,  ///< permissions boundary: an identity policy by grammar
  session,   ///< passed to AssumeRole*, GetFederationToken: an identity policy by grammar
  resource,  ///< bucket, queue, topic, key, function …: Principal needed
  trust,     ///< a role's trust policy: Principal needed, Resource prohibited, sts actions only
  scp,       ///< service control policy: no Principal
  rcp,       ///< resource control policy: Principal "*", and Deny only
};

enum class Effect : uint8_t { allow, deny };

/// Whose error texts to speak when a document is refused.
enum class Dialect : uint8_t { iam, organizations, s3, kms, sns, sqs, secretsmanager, generic };

/// Why a document is refused. `field` of Malformed names the element or value where the fault has one.
enum class Fault : uint8_t {
  json,                 ///< not JSON, too deep, or not UTF-8
  too_large,
  unknown_field,        ///< an element that the grammar does not know; also one given twice
  missing_field,        ///< Statement, Effect
  type,                 ///< an element of the wrong JSON type, Action with NotAction, an unknown condition operator …
  effect,               ///< neither Allow nor Deny in any case
  empty_statement,      ///< "Statement": []
  version_unknown,      ///< neither 2008-10-17 nor 2012-10-17
  version,              ///< the kind demands 2012-10-17
  legacy,               ///< what IAM calls "failed legacy parsing": dates, Effect in the wrong case, ARNs with missing parts
  duplicate_sid,
  missing_action,
  missing_resource,
  missing_principal,
  prohibited_principal,
  prohibited_resource,
  action_prefix,        ///< no "vendor:" before the action
  action_colons,        ///< more than one colon
  vendor,               ///< a vendor with characters outside A-Z a-z 0-9 - .
  resource_arn,         ///< not an ARN and not "*"
  resource_partition,
  resource_vendor,
  resource_region,      ///< S3 buckets and IAM ARNs carry no Region
  resource_path,        ///< IAM ARNs begin with user/, role/ …
  principal,            ///< a principal that cannot be one
  trust_action,         ///< a trust policy with an action that is not of sts
  kind_rule,            ///< a rule of SCPs or RCPs
};

struct Malformed {
  Fault fault = Fault::json;
  std::string field;
  int statement = -1;   ///< index, where the fault is in one
};

class CompiledPolicy;
using PolicyPtr = std::shared_ptr<const CompiledPolicy>;

struct CompileOptions {
  Dialect dialect = Dialect::iam;        ///< error texts, and whether Resource may be missing (SNS, SQS, generic)
  std::string_view partition = "aws";    ///< the partition that ARNs must be of
  bool any_version = false;              ///< takes Version 2008-10-17, or none, also where the kind demands 2012-10-17 (a policy simulator)
};

/// Checks and compiles a document; the fault as a value.
tl::expected<PolicyPtr, Malformed> parse(std::string_view json, PolicyKind kind, const CompileOptions& options = {});
/// The same, with the error that the service sends.
Result<PolicyPtr> compile(std::string_view json, PolicyKind kind, const CompileOptions& options = {});

/// The answer to a refused document: IAM's MalformedPolicyDocument, S3's MalformedPolicy, SQS's InvalidAttributeValue …
ApiError malformed_error(Dialect dialect, PolicyKind kind, const Malformed& m);

/// Size of a document as IAM counts it towards its quotas: characters that are not white space.
size_t quota_size(std::string_view json);

/// One entry of a Principal or NotPrincipal element as written.
struct PrincipalName {
  enum class Type : uint8_t { everyone, aws, service, federated, canonical_user } type;
  std::string value;  ///< "*" for everyone
  int statement;
  bool negated;       ///< from NotPrincipal
};

// What services ask about a document beyond decisions.
PolicyKind kind_of(const CompiledPolicy& p);
std::string_view version_of(const CompiledPolicy& p);      ///< "2012-10-17"; "2008-10-17" also where the document has none
size_t statement_count(const CompiledPolicy& p);
/// Every principal named, in order: for IAM to check that they exist and for KMS's lockout check.
std::vector<PrincipalName> principals_of(const CompiledPolicy& p);
/// The actions of a statement as written (Action or NotAction).
std::vector<std::string_view> actions_of(const CompiledPolicy& p, size_t statement);
/// The resources of a statement as written (Resource or NotResource).
std::vector<std::string_view> resources_of(const CompiledPolicy& p, size_t statement);
/// Does the statement say NotAction, or NotResource?
bool names_other_actions(const CompiledPolicy& p, size_t statement);
bool names_other_resources(const CompiledPolicy& p, size_t statement);
/// True if an Allow statement lets everyone in without a condition on a fixed value of a key that narrows who may call, in the sense of
/// S3's GetBucketPolicyStatus and BlockPublicPolicy.
bool is_public(const CompiledPolicy& p);

}  // namespace fogbank::policy
