// Written by codegen/ from demo/service.toml. A handler that is declared and not defined does not link.
#include "gen/demo/operations.h"

#include "gen/demo/tables.h"
#include "gateway/context.h"

namespace fogbank::demo {
namespace {

constexpr ActionRule kRules[] = {
  {"demo:WriteThing", "arn:{partition}:demo:{region}:{account}:thing/{Name}"},
  {"demo:WriteThing", "arn:{partition}:demo:::all"},
};

constexpr KeyRule kKeys[] = {
  {"demo:secret", "Secret"},
};

constinit const OperationInfo kInfos[3] = {
  {.wire = &kOperations[0], .form = Form::plain, .served = Served::works, .slow = true, .rules = {kRules + 0, 2}, .keys = {kKeys + 0, 1}, .action = "demo:WriteThing",
   .plain = [](Context& cx, const void* in, void* out) -> Result<void> { return PutThing(cx, *static_cast<const svc::Thing*>(in), *static_cast<svc::Thing*>(out)); }},
  {.wire = &kOperations[1], .form = Form::plain, .served = Served::inert, .public_without_policy = true, .action = "demo:Ping",
   .plain = [](Context& cx, const void* in, void* out) -> Result<void> { return Ping(cx, *static_cast<const svc::PingInput*>(in), *static_cast<svc::PingOutput*>(out)); }},
  {.wire = &kOperations[2], .form = Form::parking, .served = Served::works, .anonymous = true, .action = "demo:WatchThings", .authorise = by_color,
   .parking = [](Context& cx, const void* in, void* out) -> Result<Outcome> { return WatchThings(cx, *static_cast<const svc::WatchRequest*>(in), *static_cast<svc::WatchResponse*>(out)); }},
};

constexpr TaskInfo kTasks[] = {
  {"demo.sweep", TaskClass::internal, OnFailure::hold, 3, sweep},
};

}  // namespace

constinit const ServiceInfo kServiceInfo = {
  .wire = &kService, .folder = "demo", .home = ServiceInfo::Home::region, .operations = {kInfos, 3},
  .tasks = {kTasks, 1},
  .load_resource = load_resource};

const OperationInfo& op::PutThing::info() { return kInfos[0]; }
const ServiceInfo& op::PutThing::service() { return kServiceInfo; }
const OperationInfo& op::Ping::info() { return kInfos[1]; }
const ServiceInfo& op::Ping::service() { return kServiceInfo; }
const OperationInfo& op::WatchThings::info() { return kInfos[2]; }
const ServiceInfo& op::WatchThings::service() { return kServiceInfo; }

}  // namespace fogbank::demo
