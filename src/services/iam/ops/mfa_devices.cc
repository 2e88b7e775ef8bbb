// ListMFADevices, ListVirtualMFADevices. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html and the like
// Devices cannot be made here, so there are none; what cleans up after users asks.
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"

namespace fogbank::iam {

Result<void> ListMFADevices(Context& cx, const svc::ListMFADevicesRequest& in, svc::ListMFADevicesResponse& out) {
  if (in.Marker) return fail(validation_error("Invalid Marker."));
  FB_ASSIGN(name, user_name(cx.principal(), in.UserName));
  Result<void> result;
  if (in.UserName || !cx.principal().development) {
    cx.read([&](store::Reader& reader) {
      if (auto e = get_entity(reader, cx.scope(), EntityKind::user, name); !e) result = fail(std::move(e.error()));
    });
  }
  FB_TRY(result);
  out.MFADevices.reserve(cx.arena(), 0);
  out.IsTruncated = false;
  return {};
}

Result<void> ListVirtualMFADevices(Context& cx, const svc::ListVirtualMFADevicesRequest& in, svc::ListVirtualMFADevicesResponse& out) {
  if (in.Marker) return fail(validation_error("Invalid Marker."));
  out.VirtualMFADevices.reserve(cx.arena(), 0);
  out.IsTruncated = false;
  return {};
}

}  // namespace fogbank::iam
