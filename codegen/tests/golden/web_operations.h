// What web's code has to define, and the tags of its operations. Written by codegen/ from web/service.toml.
#pragma once
#include <string_view>

#include "gateway/operation.h"
#include "gen/web/types.h"

namespace fogbank::web {

/// Names, tables and functions of this service; an entry of all_services().
extern const ServiceInfo kServiceInfo;

// Handlers.
Result<void> PutFile(Context& cx, const svc::PutFileRequest& in, svc::PutFileOutput& out);
Result<void> GetFile(Context& cx, const svc::GetFileRequest& in, svc::GetFileOutput& out);

// Decisions that need more than a resource template.
Result<void> by_bucket(AuthoriseContext& cx, const wire::View& in);

/// A type per operation, for the in-process client.
namespace op {
struct PutFile { using Input = svc::PutFileRequest; using Output = svc::PutFileOutput; static const OperationInfo& info(); static const ServiceInfo& service(); };
struct GetFile { using Input = svc::GetFileRequest; using Output = svc::GetFileOutput; static const OperationInfo& info(); static const ServiceInfo& service(); };
}  // namespace op

}  // namespace fogbank::web
