#include "auth/principal.h"

#include "auth/access_keys.h"
#include "base/random.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

/// "s3" and "s3.amazonaws.com" are the same service principal.
std::string service_host(std::string_view service) {
  return service.find('.') == std::string_view::npos ? cat(service, ".amazonaws.com") : std::string(service);
}

}  // namespace

Principal service_principal(std::string_view service, std::string_view source_arn, std::string_view source_account) {
  Principal p;
  p.kind = PrincipalKind::service;
  p.name = service_host(service);
  p.source_arn = source_arn;
  p.source_account = source_account;
  if (auto arn = parse_arn(source_arn)) {
    p.partition = arn->partition;
    if (p.source_account.empty()) p.source_account = arn->account;
  }
  return p;
}

Principal forward_access(const Principal& caller, std::string_view via_service) {
  Principal p = caller;
  p.called_via.push_back(service_host(via_service));
  return p;
}

Principal development_principal(std::string_view account) {
  Principal p;
  p.kind = PrincipalKind::user;
  p.account = account;
  p.name = "fogbank";
  p.arn = cat("arn:aws:iam::", account, ":user/fogbank");
  SeededRandom fixed(uint64_t(parse_int(account).value_or(0)));  // the same id after every start
  p.user_id = make_unique_id("AIDA", account, fixed);
  p.development = true;
  return p;
}

}  // namespace fogbank::auth
