// Secrets of Secrets Manager read as parameters: /aws/reference/secretsmanager/NAME. Source: user guide, "Referencing AWS Secrets Manager
// secrets from Parameter Store parameters".
//
// SEAM: Secrets Manager is not served yet. What is missing: require secretsmanager:GetSecretValue on the secret (and kms:Decrypt on its key)
// in the authorise function, and answer its value here as a SecureString of version 0 with SourceResult.
#pragma once
#include "base/error.h"
#include "gateway/authorise.h"
#include "services/ssm/names.h"
#include "services/ssm/selection.h"

namespace fogbank::ssm {

/// The secret that a reference names.
Result<Chosen> choose_secret(AuthoriseContext& cx, const Reference& reference, bool decrypt);

}  // namespace fogbank::ssm
