// EnableAWSServiceAccess, DisableAWSServiceAccess, ListAWSServiceAccessForOrganization: which services the organization trusts. It is kept;
// no service here acts on it.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html
#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"

namespace fogbank::organizations {
namespace {

Result<void> check_service(const Place& place, std::string_view principal) {
  if (place.org.feature_set != "ALL")
    return fail(constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "Your organization must be in the all features mode to perform this operation."));
  if (!known_service_principal(principal)) return fail(invalid_input("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal."));
  return {};
}

}  // namespace

Result<void> EnableAWSServiceAccess(Context& cx, const svc::EnableAWSServiceAccessRequest& in, svc::EnableAWSServiceAccessOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_TRY(check_service(place, in.ServicePrincipal));
    store::Key key = place.key(kServices, in.ServicePrincipal.view());
    if (!tx.has(key)) tx.put_record(key, TrustedService{std::string(in.ServicePrincipal), cx.now(), {}});
    return {};
  });
}

Result<void> DisableAWSServiceAccess(Context& cx, const svc::DisableAWSServiceAccessRequest& in, svc::DisableAWSServiceAccessOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_TRY(check_service(place, in.ServicePrincipal));
    tx.erase(place.key(kServices, in.ServicePrincipal.view()));
    return {};
  });
}

Result<void> ListAWSServiceAccessForOrganization(Context& cx, const svc::ListAWSServiceAccessForOrganizationRequest& in, svc::ListAWSServiceAccessForOrganizationResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    out.EnabledServicePrincipals.reserve(cx.arena(), 1);
    return page_of_rows(cx, reader, place.key(kServices), in, out, [&](std::string_view bytes, bool full) {
      auto service = decode<TrustedService>(bytes);
      if (!full) {
        auto& one = out.EnabledServicePrincipals.add(cx.arena());
        one.ServicePrincipal = cx.str(service->principal);
        one.DateEnabled = service->enabled;
      }
      return true;
    });
  });
}

}  // namespace fogbank::organizations
