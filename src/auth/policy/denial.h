// The text of a denial as AWS words it: who, what, on which resource, and which type of policy was the cause.
//
// Services differ in small ways (S3 puts the resource in quotes, SQS writes the action in lower case, SNS its prefix in capitals); the
// table is in denial.cc. AWS gives the cause only to callers of the resource's account or organisation: the caller of this function says
// whether that is so. Pure functions, thread-safe.
#pragma once
#include <string>

#include "auth/policy/evaluate.h"

namespace fogbank::policy {

struct DenialContext {
  bool show_reason = true;     ///< same account, or same organisation
  bool show_resource = true;   ///< false for actions without a resource: "… perform: x:ListY because …"
  std::string_view resource;   ///< what to show instead of the request's resource; empty: the request's
};

/// "User: arn:aws:iam::111111111111:user/x is not authorized to perform: s3:GetObject on resource: "arn:…" because no identity-based
/// policy allows the s3:GetObject action". The decision must not be an allow.
std::string denial_text(const Request& request, const Decision& decision, const DenialContext& context = {});

/// How AWS names the caller in that text: the ARN; "anonymous" for unsigned calls; a service's name.
std::string principal_text(const Principal& principal);

}  // namespace fogbank::policy
