// Event source mappings: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
#include <algorithm>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/permission.h"
#include "gen/dynamodbstreams/operations.h"
#include "gen/lambda/operations.h"
#include "gen/sqs/operations.h"
#include "services/dynamodbstreams/arrivals.h"
#include "services/lambda/answers.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/mappings.h"
#include "services/lambda/polling.h"
#include "services/lambda/roles.h"
#include "services/lambda/tags.h"
#include "services/sqs/arrivals.h"

namespace fogbank::lambda {
namespace {

constexpr const char* kStateNames[] = {"Creating", "Enabling", "Enabled", "Disabling", "Disabled", "Updating", "Deleting"};

void show_mapping(Context& cx, const Scope& scope, const Mapping& m, svc::EventSourceMappingConfiguration& out) {
  out.UUID = cx.str(m.uuid);
  out.EventSourceMappingArn = cx.str(mapping_arn(scope, m.uuid));
  out.EventSourceArn = cx.str(m.source_arn);
  out.FunctionArn = cx.str(m.function_arn);
  out.LastModified = m.modified;
  out.State = kStateNames[size_t(m.state)];
  out.StateTransitionReason = cx.str(m.reason);
  out.BatchSize = int32_t(m.batch_size);
  out.MaximumBatchingWindowInSeconds = int32_t(m.window);
  out.FunctionResponseTypes.reserve(cx.arena(), 0);
  if (m.report_item_failures) out.FunctionResponseTypes.push(cx.arena(), "ReportBatchItemFailures");
  if (m.has_filters) {
    auto& criteria = cx.make(out.FilterCriteria);
    for (const auto& f : m.filters) criteria.Filters.add(cx.arena()).Pattern = cx.str(f);
  }
  if (m.max_concurrency) cx.make(out.ScalingConfig).MaximumConcurrency = int32_t(*m.max_concurrency);
  if (m.queue()) return;
  out.StartingPosition = cx.str(m.position);
  out.ParallelizationFactor = int32_t(m.parallelization);
  out.MaximumRecordAgeInSeconds = int32_t(m.max_age);
  out.MaximumRetryAttempts = int32_t(m.max_retries);
  out.TumblingWindowInSeconds = int32_t(m.tumbling);
  out.BisectBatchOnFunctionError = m.bisect;
  out.LastProcessingResult = cx.str(m.result);
  auto& failure = cx.make(cx.make(out.DestinationConfig).OnFailure);
  if (!m.on_failure.empty()) failure.Destination = cx.str(m.on_failure);
}

template <class In> Result<void> refuse_unserved(const In& in) {
  if (in.AmazonManagedKafkaEventSourceConfig || in.SelfManagedKafkaEventSourceConfig) return fail(not_implemented("Event source mappings of Kafka"));
  if (in.DocumentDBEventSourceConfig) return fail(not_implemented("Event source mappings of DocumentDB"));
  if (in.SourceAccessConfigurations && !in.SourceAccessConfigurations.empty()) return fail(not_implemented("SourceAccessConfigurations"));
  if (in.KMSKeyArn && !in.KMSKeyArn.empty()) return fail(not_implemented("KMSKeyArn of event source mappings"));
  if (in.MetricsConfig && in.MetricsConfig->Metrics && !in.MetricsConfig->Metrics.empty()) return fail(not_implemented("MetricsConfig"));
  if (in.ProvisionedPollerConfig) return fail(not_implemented("ProvisionedPollerConfig"));
  return {};
}

/// Members that Create and Update share.
template <class In> Result<void> apply(const In& in, Mapping& m) {
  if (in.BatchSize) m.batch_size = *in.BatchSize;
  if (in.MaximumBatchingWindowInSeconds) m.window = *in.MaximumBatchingWindowInSeconds;
  if (in.FilterCriteria) {
    m.filters.clear();
    for (const auto& f : in.FilterCriteria->Filters) if (f.Pattern) m.filters.emplace_back(f.Pattern);
    m.has_filters = !m.filters.empty();
    FB_TRY(compile_filters(m.filters));
  }
  if (in.FunctionResponseTypes) m.report_item_failures = !in.FunctionResponseTypes.empty();
  if (in.ScalingConfig) {
    if (in.ScalingConfig->MaximumConcurrency) m.max_concurrency = *in.ScalingConfig->MaximumConcurrency;
    else m.max_concurrency.reset();
  }
  if (in.ParallelizationFactor) m.parallelization = *in.ParallelizationFactor;
  if (in.MaximumRecordAgeInSeconds) m.max_age = *in.MaximumRecordAgeInSeconds;
  if (in.MaximumRetryAttempts) m.max_retries = *in.MaximumRetryAttempts;
  if (in.TumblingWindowInSeconds) m.tumbling = *in.TumblingWindowInSeconds;
  if (in.BisectBatchOnFunctionError) m.bisect = *in.BisectBatchOnFunctionError;
  if (in.DestinationConfig && in.DestinationConfig->OnFailure) m.on_failure = in.DestinationConfig->OnFailure->Destination.view();
  return {};
}

Result<void> check_limits(const Mapping& m) {
  bool fifo = m.queue() && m.source_arn.ends_with(".fifo");
  if (fifo && m.batch_size > 10) return fail(invalid_parameter("Batch size must be between 1 and 10 for FIFO queues."));
  if (fifo && m.window) return fail(invalid_parameter("Batching window is not supported for FIFO queues"));
  if (m.queue() && m.batch_size > 10 && !m.window)
    return fail(invalid_parameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"));
  if (!m.queue() && m.max_concurrency) return fail(invalid_parameter("ScalingConfig is not supported for this event source type"));
  if (m.max_age >= 0 && m.max_age < 60) return fail(invalid_parameter("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."));
  if (m.tumbling && m.parallelization > 1) return fail(invalid_parameter("Tumbling windows are not supported with a ParallelizationFactor greater than 1."));
  return {};
}

ApiError no_position() {
  return invalid_parameter("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");
}

Result<void> check_source_kind(const svc::CreateEventSourceMappingRequest& in, const Scope& scope) {
  if (in.SelfManagedEventSource || in.Topics || in.Queues) return fail(not_implemented("Event source mappings of Kafka and MQ"));
  auto arn = parse_arn(in.EventSourceArn.view());
  if (!in.EventSourceArn || !arn) return fail(invalid_parameter("Unrecognized event source."));
  bool queue = arn->service == "sqs", stream = arn->service == "dynamodb" && arn->resource.find("/stream/") != std::string_view::npos;
  if (arn->service == "kinesis" && !in.StartingPosition) return fail(no_position());
  if (arn->service == "kinesis") return fail(invalid_parameter(cat("Stream not found: ", in.EventSourceArn.view())));
  if (arn->service == "kafka" || arn->service == "mq" || arn->service == "rds") return fail(not_implemented(cat("Event source mappings of ", arn->service)));
  if (!queue && !stream) return fail(invalid_parameter("Unrecognized event source."));
  if (arn->region != scope.region.str()) return fail(invalid_parameter(cat("Event source region must match Lambda region ", scope.region, ".")));
  if (stream) {
    if (!in.StartingPosition) return fail(no_position());
    if (in.StartingPosition == "AT_TIMESTAMP") return fail(invalid_parameter(cat("Unsupported starting position for arn type: ", in.EventSourceArn.view())));
  }
  if (queue && in.StartingPosition) return fail(invalid_parameter("StartingPosition is not valid for SQS event sources."));
  bool on_success = in.DestinationConfig && in.DestinationConfig->OnSuccess && in.DestinationConfig->OnSuccess->Destination;
  bool on_failure = in.DestinationConfig && in.DestinationConfig->OnFailure && in.DestinationConfig->OnFailure->Destination;
  if (on_success || (queue && on_failure)) return fail(invalid_parameter("Unsupported DestinationConfig parameter for given event source mapping type."));
  return {};
}

Result<void> check_queue_access(Context& cx, store::Reader& reader, const Scope& scope, std::string_view queue, const auth::Principal& role) {
  Str url = cx.str(cat("https://sqs.", scope.region, ".amazonaws.com/", scope.account, '/', queue));
  sqs::svc::ReceiveMessageRequest receive{};
  sqs::svc::DeleteMessageRequest remove{};
  sqs::svc::GetQueueAttributesRequest look{};
  receive.QueueUrl = remove.QueueUrl = look.QueueUrl = url;
  const char* missing = nullptr;
  if (!may_call<sqs::op::ReceiveMessage>(cx.core(), reader, role, scope, receive)) missing = "ReceiveMessage";
  else if (!may_call<sqs::op::DeleteMessage>(cx.core(), reader, role, scope, remove)) missing = "DeleteMessage";
  else if (!may_call<sqs::op::GetQueueAttributes>(cx.core(), reader, role, scope, look)) missing = "GetQueueAttributes";
  if (!missing) return {};
  return fail(invalid_parameter(cat("The provided execution role does not have permissions to call ", missing, " on SQS")));
}

bool may_read_stream(Context& cx, store::Reader& reader, const dynamodbstreams::StreamAddress& stream, std::string_view arn, const auth::Principal& role) {
  namespace streams = dynamodbstreams;
  streams::svc::DescribeStreamInput describe{};
  streams::svc::GetShardIteratorInput position{};
  streams::svc::GetRecordsInput get{};
  describe.StreamArn = position.StreamArn = cx.str(arn);
  get.ShardIterator = cx.str(streams::iterator_text({stream, 0, cx.now()}));
  return may_call<streams::op::DescribeStream>(cx.core(), reader, role, stream.scope, describe) &&
         may_call<streams::op::GetShardIterator>(cx.core(), reader, role, stream.scope, position) &&
         may_call<streams::op::GetRecords>(cx.core(), reader, role, stream.scope, get);
}

Result<void> check_visibility(const sqs::Arrival& queue, int64_t timeout) {
  if (queue.visibility_timeout >= timeout) return {};
  return fail(invalid_parameter(cat("Queue visibility timeout: ", queue.visibility_timeout, " seconds is less than Function timeout: ", timeout, " seconds")));
}

/// The function that a mapping points at: the session in which it acts, and its timeout.
struct Chosen { auth::Principal role; std::string role_arn; int64_t timeout = 0; };

/// The source is there, and the function's role may read it.
Result<void> check_access(Context& cx, store::Reader& reader, const Mapping& m, const Chosen& chosen) {
  const auth::Principal& role = chosen.role;
  auto arn = parse_arn(m.source_arn);
  Scope scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  if (m.queue()) {
    auto queue = sqs::next_arrival(reader, scope, arn->resource, cx.now());
    if (!queue)
      return fail(invalid_parameter("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."));
    FB_TRY(check_visibility(*queue, chosen.timeout));
    return check_queue_access(cx, reader, scope, arn->resource, role);
  }
  auto address = dynamodbstreams::stream_address(m.source_arn);
  if (!address || !dynamodbstreams::find_stream(reader, *address)) return fail(invalid_parameter(cat("Stream not found: ", m.source_arn)));
  if (!may_read_stream(cx, reader, *address, m.source_arn, role))
    return fail(invalid_parameter(cat("Cannot access stream ", m.source_arn,
                                      ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.")));
  if (!m.on_failure.empty()) return check_destination_access(cx.core(), reader, chosen.role_arn, m.function, m.on_failure);
  return {};
}

Result<void> check_duplicate(store::Reader& reader, const Scope& scope, const Mapping& m) {
  std::string other;
  reader.scan_prefix(store::key(scope, kMappings), [&](std::string_view, std::string_view bytes, store::Version) {
    auto o = decode<Mapping>(bytes);
    if (o && o->source_arn == m.source_arn && o->function_arn == m.function_arn && o->uuid != m.uuid && o->state != MappingState::deleting) other = o->uuid;
    return other.empty();
  });
  if (other.empty()) return {};
  return fail(conflict(cat("An event source mapping with ", m.queue() ? "SQS" : "DynamoDB", " arn (\" ", m.source_arn, " \") and function (\" ", m.function,
                           " \") already exists. Please update or delete the existing mapping with UUID ", other)));
}

/// Points the mapping at a function.
Result<Chosen> set_function(Context& cx, store::Reader& reader, std::string_view name, Mapping& m) {
  FB_ASSIGN(ref, function_ref(name, {}, cx.caller()));
  auto target = find_target(cx.state<State>(), reader, ref);
  if (!target) return fail(invalid_parameter("Function does not exist"));
  m.function = ref.name;
  m.qualifier = ref.qualifier;
  m.function_arn = ref.arn();
  FB_ASSIGN(role, role_principal(cx.core(), reader, target->version->role, ref.name));
  return Chosen{std::move(role), target->version->role, target->version->timeout};
}

ApiError in_use(std::string_view verb) {
  return ApiError("ResourceInUseException", cat("Cannot ", verb, " the event source mapping because it is in use."), 400).with("Type", "User");
}

Result<Mapping> load(store::Reader& reader, const Scope& scope, std::string_view uuid) {
  auto m = reader.get_as<Mapping>(mapping_key(scope, uuid));
  if (!m) return fail(resource_missing());
  return *m;
}

/// What is checked of a mapping that keeps its function.
Result<void> check_change(Context& cx, store::Reader& reader, const svc::UpdateEventSourceMappingRequest& in, const Mapping& m) {
  auto target = find_target(cx.state<State>(), reader, {cx.scope(), m.function, m.qualifier, false});
  if (!target) return {};
  if (in.DestinationConfig && !m.on_failure.empty()) return check_destination_access(cx.core(), reader, target->version->role, m.function, m.on_failure);
  if (!m.queue()) return {};
  auto arn = parse_arn(m.source_arn);
  auto queue = sqs::next_arrival(reader, {Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, arn->resource, cx.now());
  return queue ? check_visibility(*queue, target->version->timeout) : Result<void>();
}

/// The settled state follows in a task.
void change(store::Txn& tx, const Scope& scope, Mapping& m, MappingState state, Millis now) {
  m.state = state;
  m.modified = now;
  m.reason = m.queue() ? "USER_INITIATED" : "User action";
  m.generation++;
  tx.put_record(mapping_key(scope, m.uuid), m);
  schedule_settling(tx, scope, m, now);
}

}  // namespace

Result<void> CreateEventSourceMapping(Context& cx, const svc::CreateEventSourceMappingRequest& in, svc::EventSourceMappingConfiguration& out) {
  FB_TRY(refuse_unserved(in));
  const Scope& scope = cx.scope();
  FB_TRY(check_source_kind(in, scope));
  Mapping m;
  m.uuid = cx.random().uuid();
  m.source_arn = in.EventSourceArn;
  m.batch_size = m.queue() ? 10 : 100;
  m.position = in.StartingPosition.view();
  m.wanted = in.Enabled.value_or(true);
  if (!m.queue()) m.result = "No records processed";
  FB_TRY(apply(in, m));
  FB_TRY(check_limits(m));
  if (in.Tags) FB_TRY(merge_tags(m.tags, in.Tags));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(chosen, set_function(cx, tx, in.FunctionName, m));
    FB_TRY(check_access(cx, tx, m, chosen));
    FB_TRY(check_duplicate(tx, scope, m));
    tx.put_record(mapping_index_key(scope, m.uuid), MappingPlace{scope.account.str(), scope.region.str(), {}});
    m.generation = 0;
    change(tx, scope, m, MappingState::creating, cx.now());
    return {};
  }));
  show_mapping(cx, scope, m, out);
  return {};
}

Result<void> GetEventSourceMapping(Context& cx, const svc::GetEventSourceMappingRequest& in, svc::EventSourceMappingConfiguration& out) {
  Result<Mapping> m = fail(resource_missing());
  cx.read([&](store::Reader& reader) { m = load(reader, cx.scope(), in.UUID); });
  if (!m) return fail(std::move(m.error()));
  show_mapping(cx, cx.scope(), *m, out);
  return {};
}

Result<void> UpdateEventSourceMapping(Context& cx, const svc::UpdateEventSourceMappingRequest& in, svc::EventSourceMappingConfiguration& out) {
  FB_TRY(refuse_unserved(in));
  Mapping shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(m, load(tx, cx.scope(), in.UUID));
    if (m.state == MappingState::deleting) return fail(in_use("update"));
    FB_TRY(apply(in, m));
    FB_TRY(check_limits(m));
    if (in.FunctionName) {
      FB_ASSIGN(chosen, set_function(cx, tx, in.FunctionName, m));
      FB_TRY(check_access(cx, tx, m, chosen));
      FB_TRY(check_duplicate(tx, cx.scope(), m));
    } else {
      FB_TRY(check_change(cx, tx, in, m));
    }
    bool was = m.wanted;
    m.wanted = in.Enabled.value_or(m.wanted);
    MappingState state = was == m.wanted ? MappingState::updating : m.wanted ? MappingState::enabling : MappingState::disabling;
    change(tx, cx.scope(), m, state, cx.now());
    shown = m;
    return {};
  }));
  show_mapping(cx, cx.scope(), shown, out);
  return {};
}

Result<void> DeleteEventSourceMapping(Context& cx, const svc::DeleteEventSourceMappingRequest& in, svc::EventSourceMappingConfiguration& out) {
  Mapping shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(m, load(tx, cx.scope(), in.UUID));
    if (m.state == MappingState::deleting) return fail(in_use("delete"));
    change(tx, cx.scope(), m, MappingState::deleting, cx.now());
    shown = m;
    return {};
  }));
  show_mapping(cx, cx.scope(), shown, out);
  return {};
}

Result<void> ListEventSourceMappings(Context& cx, const svc::ListEventSourceMappingsRequest& in, svc::ListEventSourceMappingsResponse& out) {
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems, 100));
  std::string function;
  if (in.FunctionName) {
    FB_ASSIGN(ref, request_function(cx, in.FunctionName));
    function = ref.arn();
  }
  std::string marker;
  out.EventSourceMappings.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(cx.scope(), kMappings), page, [&](std::string_view, std::string_view bytes) {
      auto m = decode<Mapping>(bytes);
      if (!m || (!function.empty() && m->function_arn != function) || (in.EventSourceArn && in.EventSourceArn.view() != m->source_arn)) return false;
      show_mapping(cx, cx.scope(), *m, out.EventSourceMappings.add(cx.arena()));
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
