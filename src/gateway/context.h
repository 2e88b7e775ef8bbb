// What an operation's handler may use. One Context per run of a handler; used by the thread that runs it, gone when it returns.
//
// A handler reads with read(), changes with write(), fills its output from the arena and returns. It never waits: not for a process, a
// call or a commit. write() returns when the change is applied; the chain holds the reply until its batch is committed, so what a client
// has seen survives kill -9. What happens in other services happens in tasks (tasks.h); call_beside() is the first run of such a task, made
// at once so that it joins the commit of this call.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/header.h"
#include "base/random.h"
#include "base/scope.h"
#include "base/secret.h"
#include "gateway/findings.h"
#include "gateway/operation.h"
#include "store/store.h"
#include "wire/codec.h"

namespace fogbank {

namespace http { class BodySource; }

class Core;
struct Call;  // gateway/call.h: everything the chain keeps of one call

/// Facts of the request that led here. Views live as long as the call. For internal calls `internal` is true and the rest is empty.
struct RequestFacts {
  bool internal = false;
  bool tls = false;
  int listener = 0;
  std::string_view source_ip;
  std::string_view user_agent;
  std::string_view host;              ///< Host header, as sent
  std::string_view endpoint;          ///< "http://localhost:4566" as the caller reaches us; internal calls: the server's own
  std::string_view method, path, query;
};

/// A streaming payload that the core has received before the handler ran.
struct ReceivedBody {
  store::BlobRef blob;                ///< pending: keep() it in a write, or it is swept
  int64_t size = 0;
  std::string md5;                    ///< 16 raw bytes
  std::string checksum_algorithm;     ///< "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256" or empty
  std::string checksum;               ///< base64, computed from the bytes; verified against what the client sent
  std::optional<uint64_t> crc64nvme;  ///< computed for every payload
  bool encrypt = false;               ///< AuthoriseContext::encrypt_body
  Secret key;                         ///< then: the blob's bytes are encrypted under it (base/stream_cipher.h); it is of this payload only
};

/// A signature that travels in a request's body instead of its head (S3's form uploads): an access key's over a text.
struct BodySignature {
  std::string_view access_key_id, token;
  std::string_view date, region, service;   ///< of the credential scope; Version 2 has none
  std::string_view text, signature;
  bool version_2 = false;
};

/// What a parking handler answers: done, or run me again when one of these keys changes or a time comes.
/// Calls parked on the same key are interchangeable: they are woken in the order of their arrival until one parks again.
struct Outcome {
  bool parked = false;
  std::vector<std::string> keys;                 ///< encoded store keys
  int64_t deadline_us = 0;                       ///< on the steady clock: the answer is due then at the latest
  std::optional<Millis> wake_at;                 ///< on the virtual clock: something becomes due by itself
  static Outcome done() { return {}; }
  static Outcome park(const store::Key& key, int64_t deadline_us, std::optional<Millis> wake_at = {}) {
    Outcome o;
    o.parked = true;
    o.keys.push_back(key.bytes());
    o.deadline_us = deadline_us;
    o.wake_at = wake_at;
    return o;
  }
};

class Context {
 public:
  explicit Context(Call& call) : call_(call) {}

  const auth::Principal& principal() const;
  const Scope& caller() const;        ///< account and Region of the credential
  const Scope& scope() const;         ///< of the target: where the records are
  const RequestFacts& request() const;
  std::string_view request_id() const;
  std::string_view header(std::string_view name) const;   ///< of the request; empty if absent
  bool has_header(std::string_view name) const;

  Arena& arena();
  /// A copy of a text that lives as long as the answer.
  Str str(std::string_view s) { return Str(arena().copy(s)); }
  template <class T> T& make(Ptr<T>& p) { p.ptr = arena().make<T>(); return *p.ptr; }

  Millis now() const;                 ///< virtual clock
  Random& random();
  Core& core();
  store::Store& store();
  /// A service's own state (caches), made once per server: `cx.state<sqs::State>()`; T is constructed from Core&.
  template <class T> T& state();

  void read(const std::function<void(store::Reader&)>& f);
  /// Applies a change. The decision that admitted this call is made anew if what it was based on has changed meanwhile.
  Result<void> write(const std::function<Result<void>(store::Txn&)>& f);

  /// Calls an operation of another service as `principal`: the whole chain from validation on, in this thread, outside of read() and write().
  /// What it writes is committed with what this call writes, and the reply waits for that commit. For effects that would otherwise be a
  /// task due now (a delivery): if it fails, the handler schedules that task, or does what the task would do. Nothing is remembered of it, so
  /// the caller's own writes must not make it happen twice. The answer lives as long as this call's.
  template <class Op> Result<const typename Op::Output*> call_beside(const auth::Principal& principal, const Scope& scope, const typename Op::Input& input) {
    FB_ASSIGN(out, call_beside(principal, scope, Op::info(), &input));
    return static_cast<const typename Op::Output*>(out);
  }

  /// Form body_in: the payload.
  ReceivedBody& body();
  /// The call becomes that of whoever made this signature, or the error of a wrong one. Nothing is decided by it.
  Result<void> sign_in(const BodySignature& signature);
  /// Decides anew: as a call of `op` with this input and these headers, by the principal of now. Later writes rest on this decision.
  Result<void> decide_as(const OperationInfo& op, const void* input, std::vector<HeaderView> headers);
  /// The result of a per-entry decision made by the authorise function (see AuthoriseContext::require_entry): nothing if allowed.
  const ApiError* entry_denied(size_t entry) const;

  /// What the authorise function found (AuthoriseContext::find); null if nothing of that type.
  template <class T> std::shared_ptr<const T> found() const { return findings().find<T>(); }
  /// Leaves the access record of an operation of another service that this call did through that service's library on behalf of its
  /// caller ("kms", "Decrypt" by GetObject).
  struct Use { std::string_view service, operation, via_service; Scope target; std::string parameters; bool read_only = true; };
  void record_use(const Use& use, const Result<void>& result);

  /// Further header lines of the answer, and another status than the model's.
  void add_header(std::string_view name, std::string_view value);
  void set_status(int status);
  /// The streaming payload of the answer: `length` bytes of a blob from `offset`. Called again it appends (parts of an object).
  /// `key`: the blob was encrypted under it (ReceivedBody::key) and is decrypted as it is sent.
  Result<void> send_blob(const store::BlobRef& blob, int64_t offset, int64_t length, std::string_view key = {});
  /// The streaming payload of the answer while it is being made: the head leaves at once, the source is asked for bytes on the loop.
  void send_stream(std::shared_ptr<http::BodySource> source);
  /// For HEAD: the Content-Length to state without sending a body.
  void set_content_length(int64_t bytes);

  /// Parking: the deadline fixed by an earlier run of this call, if this is a later one; and whether the caller can be parked at all
  /// (a call from inside cannot: answer at once).
  std::optional<int64_t> parked_deadline_us() const;
  bool can_park() const;

 private:
  const Findings& findings() const;
  Result<const void*> call_beside(const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input);
  Call& call_;
};

}  // namespace fogbank

#include "gateway/core.h"

namespace fogbank {
template <class T> T& Context::state() { return core().state<T>(); }
}  // namespace fogbank
