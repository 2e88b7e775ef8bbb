#include "services/ssm/secrets.h"

#include "services/ssm/errors.h"

namespace fogbank::ssm {

Result<Chosen> choose_secret(AuthoriseContext&, const Reference&, bool decrypt) {
  if (!decrypt) return fail(validation("WithDecryption flag must be True for retrieving a Secret Manager secret."));
  return fail(not_served("A secret of Secrets Manager read through Parameter Store (/aws/reference/secretsmanager/)"));
}

}  // namespace fogbank::ssm
