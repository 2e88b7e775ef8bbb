#include "services/lambda/batch_failures.h"

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {

std::string batch_failure_document(const BatchFailure& f, Millis now) {
  JsonText j;
  j.open().key("requestContext").open().member("requestId", f.request_id).member("functionArn", f.mapping.function_arn);
  j.member("condition", f.condition).member("approximateInvokeCount", f.invocations).close();
  if (f.condition != "RecordAgeExceeded") {
    j.key("responseContext").open().member("statusCode", 200).member("executedVersion", f.version).key("functionError");
    if (f.function_error) j.text("Unhandled");
    else j.null();
    j.close();
  }
  j.member("version", "1.0").member("timestamp", iso8601(now, true));
  j.key("DDBStreamBatchInfo").open().member("shardId", f.shard).member("startSequenceNumber", f.first_sequence).member("endSequenceNumber", f.last_sequence);
  j.member("approximateArrivalOfFirstRecord", iso8601(f.first_time)).member("approximateArrivalOfLastRecord", iso8601(f.last_time));
  j.member("batchSize", f.size).member("streamArn", f.mapping.source_arn).close();
  return j.close().str();
}

Result<void> deliver_batch_failure(TaskContext& cx) {
  auto f = cx.payload<BatchFailure>();
  if (!f) return fail("InternalFailure", "damaged payload", 500);
  auto role = role_principal(cx.core(), f->role, f->mapping.function);
  if (!role) {
    log(LogLevel::warning, cat("a failed batch could not be told of: ", role.error().message));
    return cx.finish();
  }
  if (f->request_id.empty()) f->request_id = cx.core().random().uuid();
  FB_TRY(deliver(cx, 1, *role, f->mapping.on_failure, batch_failure_document(*f, cx.now()), {}));
  return cx.finish();
}

}  // namespace fogbank::lambda
