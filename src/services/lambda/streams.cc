#include "services/lambda/streams.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"
#include "wire/codec.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kEnough = 256 << 10;        // buffered for a slow client: then the environment waits
constexpr size_t kMaxPrelude = 64 << 10;
constexpr size_t kMaxEvent = 64 << 10;
constexpr std::string_view kWithPrelude = "application/vnd.awslambda.http-integration-response";
constexpr std::string_view kPreludeEnd("\0\0\0\0\0\0\0\0", 8);

}  // namespace

void StreamedAnswer::be_ready() {
  if (ready_) return;
  ready_ = true;
  if (head_ready_) head_ready_();
}

void StreamedAnswer::begin(std::string_view content_type, std::function<void()> resume) {
  content_type_ = content_type;
  resume_environment_ = std::move(resume);
  awaits_prelude_ = form_ == Form::bytes && content_type == kWithPrelude;
  if (!awaits_prelude_) be_ready();
}

void StreamedAnswer::add(std::string_view piece) {
  if (form_ == Form::bytes) {
    buffer_ += piece;
    return;
  }
  while (!piece.empty()) {
    std::string_view part = piece.substr(0, kMaxEvent);
    wire::write_event(buffer_, {{":message-type", "event"}, {":event-type", "PayloadChunk"}, {":content-type", "application/octet-stream"}}, part);
    piece.remove_prefix(part.size());
  }
}

bool StreamedAnswer::data(std::string_view piece) {
  if (gone_) return true;
  if (awaits_prelude_) {
    held_ += piece;
    size_t end = held_.find(kPreludeEnd);
    if (end == std::string::npos && held_.size() < kMaxPrelude) return true;
    awaits_prelude_ = false;
    if (end != std::string::npos) {
      prelude_ = held_.substr(0, end);
      held_.erase(0, end + kPreludeEnd.size());
    }
    add(held_);
    held_.clear();
    be_ready();
  } else {
    add(piece);
  }
  if (resume_client_) resume_client_();
  paused_ = buffer_.size() >= kEnough;
  return !paused_;
}

void StreamedAnswer::finish(const runtime::Outcome& outcome, bool log_tail) {
  if (!held_.empty()) {
    add(held_);
    held_.clear();
  }
  if (form_ == Form::events) {
    JsonText j;
    j.open();
    if (outcome.kind != runtime::Outcome::Kind::success) j.member("ErrorCode", "Unhandled").member("ErrorDetails", outcome.payload);
    if (log_tail) j.member("LogResult", base64(outcome.log_tail));
    j.close();
    wire::write_event(buffer_, {{":message-type", "event"}, {":event-type", "InvokeComplete"}, {":content-type", "application/json"}}, j.str());
  }
  over_ = true;
  be_ready();
  if (resume_client_) resume_client_();
}

bool StreamedAnswer::pull(std::string& out) {
  out += buffer_;
  buffer_.clear();
  if (paused_ && resume_environment_) {
    paused_ = false;
    resume_environment_();
  }
  return !over_;
}

void StreamedAnswer::aborted() {
  gone_ = true;
  buffer_.clear();
  resume_client_ = nullptr;
  if (paused_ && resume_environment_) resume_environment_();   // the function runs to its end, as on AWS
  paused_ = false;
}

}  // namespace fogbank::lambda
