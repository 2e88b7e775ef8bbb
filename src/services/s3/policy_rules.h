// What a bucket policy has to be beyond the policy grammar: about this bucket, with actions of S3 that apply to the resources named. Pure.
// Source: S3 User Guide, "Policies and permissions in Amazon S3"; Service Authorization Reference, "Amazon S3".
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "auth/policy/document.h"
#include "base/error.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// The compiled policy, or MalformedPolicy with S3's text.
Result<policy::PolicyPtr> check_bucket_policy(std::string_view json, std::string_view bucket, std::string_view partition);

/// Only condition keys that S3 knows and that the statement's actions take.
Result<void> check_policy_conditions(const policy::CompiledPolicy& policy);

/// The bucket's policy with other texts in the place of the users and roles that it names.
std::string policy_with(const Bucket& bucket, const std::function<std::string(const NamedEntity&, std::string_view arn)>& text_of);

/// Is it an action on objects (as opposed to buckets)? `name` without "s3:", any case.
bool is_object_action(std::string_view name);

}  // namespace fogbank::s3
