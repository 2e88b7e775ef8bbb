#include "auth/policy/control_policies.h"

#include <algorithm>

namespace fogbank::policy {

bool governed_by_resource_control(const Action& action) {
  static constexpr std::string_view kServices[] = {"s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "aoss", "logs", "cognito-idp", "cognito-identity"};
  // Whoever may retire a grant is said by the grant.
  if (action.lower() == "kms:retiregrant") return false;
  return std::find(std::begin(kServices), std::end(kServices), action.lower_service()) != std::end(kServices);
}

}  // namespace fogbank::policy
