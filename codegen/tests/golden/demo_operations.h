// What demo's code has to define, and the tags of its operations. Written by codegen/ from demo/service.toml.
#pragma once
#include <string_view>

#include "gateway/operation.h"
#include "gen/demo/types.h"

namespace fogbank::demo {

/// Names, tables and functions of this service; an entry of all_services().
extern const ServiceInfo kServiceInfo;

// Handlers.
Result<void> PutThing(Context& cx, const svc::Thing& in, svc::Thing& out);
Result<void> Ping(Context& cx, const svc::PingInput& in, svc::PingOutput& out);
Result<Outcome> WatchThings(Context& cx, const svc::WatchRequest& in, svc::WatchResponse& out);

// Decisions that need more than a resource template.
Result<void> by_color(AuthoriseContext& cx, const wire::View& in);

/// Owner, resource policy and tags of what an ARN names.
Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out);

// Tasks.
Result<void> sweep(TaskContext& cx);

/// A type per operation, for the in-process client.
namespace op {
struct PutThing { using Input = svc::Thing; using Output = svc::Thing; static const OperationInfo& info(); static const ServiceInfo& service(); };
struct Ping { using Input = svc::PingInput; using Output = svc::PingOutput; static const OperationInfo& info(); static const ServiceInfo& service(); };
struct WatchThings { using Input = svc::WatchRequest; using Output = svc::WatchResponse; static const OperationInfo& info(); static const ServiceInfo& service(); };
}  // namespace op

}  // namespace fogbank::demo
