// Batches of a stream that a function could not process, for the mapping's destination: what is told of them.
#pragma once
#include <string>

#include "services/lambda/mappings.h"

namespace fogbank::lambda {

/// Payload of deliver_batch_failure.
struct BatchFailure {
  Mapping mapping;
  std::string role, version, condition, shard, first_sequence, last_sequence;
  Millis first_time = 0, last_time = 0;
  int64_t size = 0, invocations = 0;
  bool function_error = false;
  std::string request_id;                  ///< of the last invocation; empty: there was none
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, mapping); a(2, role); a(3, version); a(4, condition); a(5, shard); a(6, first_sequence); a(7, last_sequence); a(8, first_time);
    a(9, last_time); a(10, size); a(11, invocations); a(12, function_error); a(13, request_id); a(unknown);
  }
};

/// The document, which names the batch and does not hold its records.
std::string batch_failure_document(const BatchFailure& failure, Millis now);

}  // namespace fogbank::lambda
