// Secrets of Secrets Manager read as parameters: /aws/reference/secretsmanager/NAME, with a version id or a staging label behind a colon.
// Source: user guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters". The first function belongs into the
// authorise function, the second into the handler.
#pragma once
#include "base/error.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gen/ssm/types.h"
#include "services/ssm/names.h"
#include "services/ssm/selection.h"

namespace fogbank::ssm {

/// Requires the reading of the secret (secretsmanager:GetSecretValue, kms:Decrypt).
Result<Chosen> choose_secret(AuthoriseContext& cx, const Reference& reference, bool decrypt);
Result<void> fill_secret(Context& cx, const Chosen& chosen, svc::Parameter& out);

}  // namespace fogbank::ssm
