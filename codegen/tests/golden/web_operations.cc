// Written by codegen/ from web/service.toml. A handler that is declared and not defined does not link.
#include "gen/web/operations.h"

#include "gen/web/tables.h"

namespace fogbank::web {
namespace {

constinit const OperationInfo kInfos[2] = {
  {.wire = &kOperations[0], .form = Form::body_in, .served = Served::works, .anonymous = true, .action = "webby:PutFile", .authorise = by_bucket,
   .plain = [](Context& cx, const void* in, void* out) -> Result<void> { return PutFile(cx, *static_cast<const svc::PutFileRequest*>(in), *static_cast<svc::PutFileOutput*>(out)); }},
  {.wire = &kOperations[1], .form = Form::plain, .served = Served::works, .anonymous = true, .action = "webby:ReadFile", .authorise = by_bucket,
   .plain = [](Context& cx, const void* in, void* out) -> Result<void> { return GetFile(cx, *static_cast<const svc::GetFileRequest*>(in), *static_cast<svc::GetFileOutput*>(out)); }},
};

}  // namespace

constinit const ServiceInfo kServiceInfo = {
  .wire = &kService, .folder = "web", .home = ServiceInfo::Home::account, .operations = {kInfos, 2},
  .load_resource = nullptr};

const OperationInfo& op::PutFile::info() { return kInfos[0]; }
const ServiceInfo& op::PutFile::service() { return kServiceInfo; }
const OperationInfo& op::GetFile::info() { return kInfos[1]; }
const ServiceInfo& op::GetFile::service() { return kServiceInfo; }

}  // namespace fogbank::web
