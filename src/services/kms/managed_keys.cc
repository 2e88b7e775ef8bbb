#include "services/kms/managed_keys.h"

#include <algorithm>
#include <stdexcept>

#include "base/strings.h"
#include "services/kms/rotation.h"

namespace fogbank::kms {
namespace {

/// How a service calls itself in the descriptions and policies of its key.
struct Service {
  std::string_view name, title, data;
};
constexpr Service kServices[] = {
    {"acm", "ACM", "ACM private keys"},
    {"backup", "Backup", "Backup data"},
    {"codecommit", "CodeCommit", "CodeCommit repositories"},
    {"dynamodb", "DynamoDB", "DynamoDB data"},
    {"ebs", "EBS", "EBS volumes"},
    {"ecr", "ECR", "ECR images"},
    {"elasticfilesystem", "EFS", "EFS filesystems"},
    {"es", "Elasticsearch", "Elasticsearch data"},
    {"glue", "Glue", "Glue data"},
    {"kinesis", "Kinesis", "Kinesis streams"},
    {"kinesisvideo", "Kinesis Video", "Kinesis video streams"},
    {"lambda", "Lambda", "Lambda environment variables"},
    {"rds", "RDS", "RDS database volumes"},
    {"redshift", "Redshift", "Redshift clusters"},
    {"s3", "S3", "S3 objects"},
    {"secretsmanager", "AWS Secrets Manager", "Secrets Manager data"},
    {"sns", "SNS", "SNS data"},
    {"sqs", "SQS", "SQS messages"},
    {"ssm", "SSM", "SSM parameters"},
    {"xray", "X-Ray", "X-Ray data"},
};
constexpr std::string_view kPredefined[] = {"dynamodb", "ebs", "elasticfilesystem", "es", "glue", "kinesisvideo", "rds", "redshift", "s3", "ssm", "xray"};

const Service* find(std::string_view name) {
  for (const Service& s : kServices) if (s.name == name) return &s;
  return nullptr;
}

}  // namespace

std::span<const std::string_view> predefined_aliases() { return kPredefined; }
bool has_managed_key(std::string_view service) { return find(service) != nullptr; }

std::string via_service(std::string_view service, std::string_view region) {
  return cat(service == "ebs" ? std::string_view("ec2") : service, '.', region, ".amazonaws.com");
}

std::string default_policy(const Scope& scope) {
  return cat(R"({
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : ")", root_arn(scope), R"("
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
})");
}

std::string managed_policy(const Scope& scope, std::string_view service) {
  const Service* s = find(service);
  if (!s) throw std::logic_error("no such AWS managed key");
  return cat(R"({
  "Version" : "2012-10-17",
  "Id" : "auto-)", service, R"(-1",
  "Statement" : [ {
    "Sid" : "Allow access through )", s->title, R"( for all principals in the account that are authorized to use )", s->title, R"(",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:ViaService" : ")", via_service(service, scope.region.str()), R"(",
        "kms:CallerAccount" : ")", scope.account, R"("
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : ")", root_arn(scope), R"("
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
})");
}

policy::PolicyPtr compiled_managed_policy(const Scope& scope, std::string_view service) {
  auto compiled = policy::compile(managed_policy(scope, service), policy::PolicyKind::resource, {policy::Dialect::kms, scope.partition.str()});
  if (!compiled) throw std::logic_error("the policy of an AWS managed key does not compile");
  return *compiled;
}

void put_managed_key(store::Txn& tx, const Scope& scope, std::string_view id, std::string_view service, const Material& material, Millis now) {
  std::string alias = cat("alias/aws/", service);
  if (tx.has(alias_key(scope, alias))) return;
  Key key;
  key.id = id;
  key.spec = "SYMMETRIC_DEFAULT";
  key.usage = "ENCRYPT_DECRYPT";
  key.description = cat("Default key that protects my ", find(service)->data, " when no other key is defined");
  key.created = now;
  key.manager = Manager::aws;
  key.service = service;
  key.material_id = material.id;
  key.aliases = {alias};
  key.rotation.enabled = true;
  schedule_rotation(tx, scope, key, now + key.rotation.period_days * kDay);
  tx.put_record(key_key(scope, id), key);
  tx.put_record(policy_key(scope, id), KeyPolicy{managed_policy(scope, service), {}});
  tx.put_record(material_key(scope, id, 1), material);
  tx.put_record(alias_key(scope, alias), Alias{std::string(id), now, now, {}});
}

}  // namespace fogbank::kms
