// GenerateMac, VerifyMac: https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/specs.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

template <class In> Result<std::string> mac_of(Context& cx, const NamedKey& named, const In& in, std::string_view operation) {
  FB_TRY(check_use(named, operation, "GENERATE_VERIFY_MAC"));
  const Algorithm* a = find_algorithm(spec_of(named.key->spec), "GENERATE_VERIFY_MAC", in.MacAlgorithm);
  if (!a) return fail(incompatible_algorithm(in.MacAlgorithm, named.key->spec));
  FB_ASSIGN(use, open_current(cx, named));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  return hmac(a->hash, use.material->secret.view(), in.Message);
}

}  // namespace

Result<void> GenerateMac(Context& cx, const svc::GenerateMacRequest& in, svc::GenerateMacResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(mac, mac_of(cx, named, in, "GenerateMac"));
  out.Mac = Blob(cx.arena().copy(mac));
  out.MacAlgorithm = in.MacAlgorithm;
  out.KeyId = cx.str(named.arn);
  return {};
}

Result<void> VerifyMac(Context& cx, const svc::VerifyMacRequest& in, svc::VerifyMacResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(mac, mac_of(cx, named, in, "VerifyMac"));
  if (!equal_constant_time(mac, in.Mac)) return fail("KMSInvalidMacException", "");
  out.KeyId = cx.str(named.arn);
  out.MacValid = true;
  out.MacAlgorithm = in.MacAlgorithm;
  return {};
}

}  // namespace fogbank::kms
