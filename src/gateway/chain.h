// The way of one request:
//
//   resolve ─▶ authenticate ─▶ read ─▶ validate ─▶ identify ─▶ authorise ─▶ admit ─▶ run ─▶ (commit) ─▶ write
//
// chain.cc holds the list; each step is a function `Result<void>(Call&)` and the first error ends the call with that error written in the
// protocol of the request. Only operations whose input proves who calls have something to identify. Calls from inside (tasks) enter at authorise, with a principal that the task names.
// Threads: a step runs on the loop or, for slow operations and tasks, on a pool thread; a Call is used by one thread at a time.
#pragma once
#include <functional>
#include <shared_mutex>

#include "gateway/call.h"
#include "gateway/core.h"

namespace fogbank {

class Chain {
 public:
  explicit Chain(Core& core);

  /// Before the body: which service (and, for rest protocols, which operation) the request is for.
  Result<void> resolve_head(Call& call);
  /// The body is here: which operation it names, where the head did not tell. run_all does this by itself.
  Result<void> resolve_body(Call& call);
  /// Forms other than body_in: the whole chain up to and including the handler. The body is in call.parts.body.
  /// Returns parked = true in the outcome if the call now waits.
  Result<Outcome> run_all(Call& call);
  /// Form body_in: all that is decided from the headers; then the payload is received, then run_handler.
  Result<void> run_head(Call& call);
  Result<Outcome> run_handler(Call& call);

  /// A parked call that was woken: read again and decided again by the policies of now, then the handler.
  Result<Outcome> run_again(Call& call);

  /// From validation on; the outcome may be parked. For tests.
  Result<Outcome> run_validated(Call& call);
  /// A call from inside. `call` carries principal, scopes, op, input; on success call.output is the answer.
  Result<void> run_internal(Call& call);

  /// Only the decisions, as this reader sees authority and resources (permission.h). `call`: as for run_internal.
  Result<void> look_ahead(Call& call, store::Reader& reader);

  /// Ends a call: leaves its access record and gives up the commit gate. Then the answer may be written.
  void finish(Call& call, const Result<void>& result);

  /// Writes the answer or the error in the protocol of the request.
  void write_answer(Call& call, const Result<void>& result, wire::Message& out);

  /// Commits what is applied, unless an internal call is between its effect and the record of it (then false: try again soon).
  bool commit();

  /// Calls per operation since start, for metrics.
  void each_counter(const std::function<void(const ServiceInfo&, const OperationInfo&, uint64_t ok, uint64_t failed)>& f) const;

  // for Context
  Result<void> sign_in(Call& call, const BodySignature& signature);
  Result<void> decide_again(Call& call) { return authorise(call); }
  Result<void> write(Call& call, const std::function<Result<void>(store::Txn&)>& f);

 private:
  friend class ChainTest;
  Result<void> unpack(Call& call);
  Result<void> resolve_operation(Call& call);
  Result<void> authenticate(Call& call);
  Result<void> read(Call& call);
  Result<void> validate(Call& call);
  Result<Outcome> identify(Call& call);
  Result<Outcome> run_identified(Call& call, bool first);
  Result<void> authorise(Call& call);
  Result<void> admit(Call& call);
  Result<void> decide(Call& call, store::Reader& reader);

  struct Counter { std::atomic<uint64_t> ok{0}, failed{0}; };
  Core& core_;
  std::unordered_map<const OperationInfo*, Counter> counters_;  ///< filled once; then only the counters change
  std::shared_mutex commit_gate_;   ///< shared by calls on pool threads from their first write to their access record
};

/// The answer to what began before a reset or snapshot load and would act after it.
ApiError epoch_ended();

/// The thread that runs the loop commits by itself at the end of its turn and needs no gate.
void set_loop_thread();
bool on_loop_thread();

}  // namespace fogbank
