// For tests of the operations: a server over one of the stores with a clock of its own, and short ways to call.
#pragma once
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/sqs/operations.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

struct Service {
  testing::TestCore t;
  std::string error;   ///< of the last call: "code: message", or ""
  ApiError last_error;

  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) { t.core().clock().freeze(); }

  void advance(Millis ms) { t.core().clock().advance_to(t.core().now() + ms); }
  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  std::string url(std::string_view name = "q") { return cat("http://localhost:4566/", t.scope().account, '/', name); }

  template <class Op> const typename Op::Output* call(const typename Op::Input& in) { return note(t.call<Op>(in)); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in, const auth::Principal& who) { return note(t.call<Op>(in, who)); }

  bool create(std::string_view name = "q", std::initializer_list<std::pair<const char*, const char*>> attributes = {}) {
    svc::CreateQueueRequest in{};
    in.QueueName = str(name);
    for (auto [k, v] : attributes) in.Attributes.add(t.arena(), k) = Str(v);
    return call<op::CreateQueue>(in);
  }
  bool set(std::initializer_list<std::pair<const char*, const char*>> attributes, std::string_view name = "q") {
    svc::SetQueueAttributesRequest in{};
    in.QueueUrl = str(url(name));
    for (auto [k, v] : attributes) in.Attributes.add(t.arena(), k) = Str(v);
    return call<op::SetQueueAttributes>(in);
  }
  /// One attribute; "absent" if it is not in the answer.
  std::string get(std::string_view attribute, std::string_view name = "q") {
    svc::GetQueueAttributesRequest in{};
    in.QueueUrl = str(url(name));
    in.AttributeNames.push(t.arena(), str(attribute));
    auto* out = call<op::GetQueueAttributes>(in);
    if (!out) return error;
    const Str* v = out->Attributes.find(attribute);
    return v ? std::string(*v) : "absent";
  }
  /// "visible/in flight/delayed"
  std::string counts(std::string_view name = "q") {
    return cat(get("ApproximateNumberOfMessages", name), '/', get("ApproximateNumberOfMessagesNotVisible", name), '/',
               get("ApproximateNumberOfMessagesDelayed", name));
  }
  bool send(std::string_view body, int delay = -1) {
    svc::SendMessageRequest in{};
    in.QueueUrl = str(url());
    in.MessageBody = str(body);
    if (delay >= 0) in.DelaySeconds = delay;
    return call<op::SendMessage>(in);
  }
  svc::ReceiveMessageRequest receive_request(int max = 10, int visibility = -1, int wait = -1) {
    svc::ReceiveMessageRequest in{};
    in.QueueUrl = str(url());
    in.MaxNumberOfMessages = max;
    if (visibility >= 0) in.VisibilityTimeout = visibility;
    if (wait >= 0) in.WaitTimeSeconds = wait;
    return in;
  }
  struct Got { std::string body, handle; };
  std::vector<Got> receive(int max = 10, int visibility = -1, int wait = -1) {
    std::vector<Got> got;
    if (auto* out = call<op::ReceiveMessage>(receive_request(max, visibility, wait)))
      for (const auto& m : out->Messages) got.push_back({std::string(m.Body), std::string(m.ReceiptHandle)});
    return got;
  }
  /// "a,b": bodies received.
  std::string bodies(int max = 10, int visibility = -1) {
    std::string out;
    for (const auto& g : receive(max, visibility)) append(out, out.empty() ? "" : ",", g.body);
    return out;
  }
  bool remove(std::string_view handle) {
    svc::DeleteMessageRequest in{};
    in.QueueUrl = str(url());
    in.ReceiptHandle = str(handle);
    return call<op::DeleteMessage>(in);
  }
  bool change(std::string_view handle, int timeout) {
    svc::ChangeMessageVisibilityRequest in{};
    in.QueueUrl = str(url());
    in.ReceiptHandle = str(handle);
    in.VisibilityTimeout = timeout;
    return call<op::ChangeMessageVisibility>(in);
  }
  bool remove_queue(std::string_view name = "q") {
    svc::DeleteQueueRequest in{};
    in.QueueUrl = str(url(name));
    return call<op::DeleteQueue>(in);
  }
  bool purge() {
    svc::PurgeQueueRequest in{};
    in.QueueUrl = str(url());
    return call<op::PurgeQueue>(in);
  }
  /// Of any queue; `dedup` empty: none given.
  const svc::SendMessageResult* send_to(std::string_view queue, std::string_view body, std::string_view group = "", std::string_view dedup = "") {
    svc::SendMessageRequest in{};
    in.QueueUrl = str(url(queue));
    in.MessageBody = str(body);
    if (!group.empty()) in.MessageGroupId = str(group);
    if (!dedup.empty()) in.MessageDeduplicationId = str(dedup);
    return call<op::SendMessage>(in);
  }
  struct Received { std::string body, handle, id; std::map<std::string, std::string> attributes; };
  std::vector<Received> receive_from(std::string_view queue, int max = 10, int visibility = -1, std::string_view attempt = "") {
    svc::ReceiveMessageRequest in = receive_request(max, visibility);
    in.QueueUrl = str(url(queue));
    in.AttributeNames.push(t.arena(), "All");
    if (!attempt.empty()) in.ReceiveRequestAttemptId = str(attempt);
    std::vector<Received> got;
    if (auto* out = call<op::ReceiveMessage>(in)) {
      for (const auto& m : out->Messages) {
        Received r{std::string(m.Body), std::string(m.ReceiptHandle), std::string(m.MessageId), {}};
        for (const auto& a : m.Attributes) r.attributes[std::string(a.key)] = a.value.view();
        got.push_back(std::move(r));
      }
    }
    return got;
  }
  std::string bodies_from(std::string_view queue, int max = 10, int visibility = -1) {
    std::string out;
    for (const auto& g : receive_from(queue, max, visibility)) append(out, out.empty() ? "" : ",", g.body);
    return out;
  }
  bool remove_from(std::string_view queue, std::string_view handle) {
    svc::DeleteMessageRequest in{};
    in.QueueUrl = str(url(queue));
    in.ReceiptHandle = str(handle);
    return call<op::DeleteMessage>(in);
  }
  bool change_in(std::string_view queue, std::string_view handle, int timeout) {
    svc::ChangeMessageVisibilityRequest in{};
    in.QueueUrl = str(url(queue));
    in.ReceiptHandle = str(handle);
    in.VisibilityTimeout = timeout;
    return call<op::ChangeMessageVisibility>(in);
  }
  bool purge_of(std::string_view queue) {
    svc::PurgeQueueRequest in{};
    in.QueueUrl = str(url(queue));
    return call<op::PurgeQueue>(in);
  }
  /// Records of a table in the scope.
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }

 private:
  template <class Out> const Out* note(Result<const Out*> r) {
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    last_error = r ? ApiError{} : r.error();
    return r ? *r : nullptr;
  }
};

}  // namespace fogbank::sqs
