// The answer of a streaming invocation on its way from the environment to the client, piece by piece, with back pressure both ways. In events
// (InvokeWithResponseStream) or as plain bytes (function URLs). Loop thread; nothing survives a crash.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/stream_reply.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda {

class StreamedAnswer final : public StreamedReply, public runtime::ResponseSink {
 public:
  enum class Form : uint8_t { events, bytes };
  /// `head_ready` is called once when the answer's head can be sent.
  StreamedAnswer(Form form, std::function<void()> head_ready) : form_(form), head_ready_(std::move(head_ready)) {}

  // from the environment
  void begin(std::string_view content_type, std::function<void()> resume) override;
  bool data(std::string_view piece) override;
  /// The invocation is over.
  void finish(const runtime::Outcome& outcome, bool log_tail);

  // to the client
  void attach(std::function<void()> resume) override { resume_client_ = std::move(resume); }
  bool pull(std::string& out) override;
  void aborted() override;

  bool head_ready() const { return ready_; }
  const std::string& content_type() const { return content_type_; }
  /// Form bytes: status, headers and cookies that the function has put before its bytes (JSON), if it has.
  const std::optional<std::string>& prelude() const { return prelude_; }

 private:
  void add(std::string_view piece);
  void be_ready();

  const Form form_;
  std::function<void()> head_ready_, resume_environment_, resume_client_;
  std::string content_type_, buffer_, held_;
  std::optional<std::string> prelude_;
  bool awaits_prelude_ = false, ready_ = false, paused_ = false, over_ = false, gone_ = false;
};

}  // namespace fogbank::lambda
