// Asynchronous invocations: a task each, from the Invoke that queued it to the delivery of its outcome.
//
// An event is run when it is due; a function error is tried again after one and two minutes (virtual clock), a throttled one with growing
// pauses, until its retries or its age are used up. Then, or when it succeeded, the destination of the function's EventInvokeConfig is told,
// and the dead-letter target of its configuration: by a task of its own, as the function's role. Everything is in the tasks' payloads.
#pragma once
#include <string>

#include "gateway/context.h"
#include "services/lambda/names.h"
#include "store/store.h"

namespace fogbank::lambda {

struct Event {
  std::string function, qualifier;         ///< as it was invoked
  uint64_t function_id = 0;
  std::string request_id, payload, client_context, trace_header;
  Millis queued = 0;
  int64_t errors = 0;                      ///< attempts that ended with a function error
  int64_t refusals = 0;                    ///< attempts at which nothing could be run
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, function); a(2, qualifier); a(3, function_id); a(4, request_id); a(5, payload); a(6, client_context); a(7, trace_header); a(8, queued);
    a(9, errors); a(10, refusals); a(unknown);
  }
};

/// Queues an event of this function in the transaction.
void queue_event(store::Txn& tx, const Scope& scope, const Event& event, Millis due);

/// How an event ended, for its destination. Payload of deliver_outcome.
struct EventEnd {
  Event event;
  std::string executed_version, condition; ///< Success, RetriesExhausted, EventAgeExceeded, ZeroReservedConcurrency, RecursiveInvocation
  bool has_response = false;
  std::string response, function_error, error_message;
  std::string destination, dead_letter;    ///< ARNs, or nothing
  std::string role;
  int64_t invocations = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, event); a(2, executed_version); a(3, condition); a(4, has_response); a(5, response); a(6, function_error); a(7, error_message);
    a(8, destination); a(9, dead_letter); a(10, role); a(11, invocations); a(unknown);
  }
};

/// The document that destinations receive.
std::string destination_document(const Scope& scope, const EventEnd& end, Millis now);

}  // namespace fogbank::lambda
