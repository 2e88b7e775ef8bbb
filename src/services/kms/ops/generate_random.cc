// GenerateRandom: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/errors.h"

namespace fogbank::kms {

Result<void> GenerateRandom(Context& cx, const svc::GenerateRandomRequest& in, svc::GenerateRandomResponse& out) {
  if (in.CustomKeyStoreId) return fail(not_served("CustomKeyStoreId (custom key stores)"));
  if (in.Recipient) return fail(not_served("Recipient (Nitro enclaves)"));
  if (!in.NumberOfBytes) return fail(validation("NumberOfBytes is required."));
  out.Plaintext = Blob(cx.arena().copy(cx.random().bytes(size_t(*in.NumberOfBytes))));
  return {};
}

}  // namespace fogbank::kms
