// Server access logs: every request of a bucket with logging becomes a line in the store, and a task delivers the lines as objects.
//
// Lines are kept in the bucket's scope (logline; bucket id, number) from the answer on; the record of number 0 says that a task is on its
// way. What the target bucket refuses is dropped, as S3 does; the refused call is in the access records.
#pragma once
#include <string>

#include "gateway/call.h"
#include "services/s3/state.h"
#include "wire/codec.h"

namespace fogbank::s3 {

/// Keeps the line of a call that is about to be answered. `website`: it came to the bucket's website.
void log_request(Core& core, const BucketInfo& bucket, const Call& call, const Result<void>& result, const wire::Message& answer, bool website);

/// What a line tells; a text is told as "-" where it is empty.
struct LogFields {
  std::string owner, bucket, ip, requester, request_id, operation, key, request, error, referer, agent, version, host_id, signature, auth, host, tls_version, acl;
  Millis time = 0;
  int status = 0;
  int64_t sent = -1, size = -1, total_ms = 0;   ///< negative: not known
};
/// Amazon S3 server access log format. Pure.
std::string log_line(const LogFields& fields);

}  // namespace fogbank::s3
