#include "services/lambda/runtime/environment_log.h"

#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "gateway/core.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr size_t kEvent = 256 << 10;        // longer ones are cut into several
constexpr size_t kWaiting = 2 << 20;        // then the processes wait
constexpr size_t kTail = 4096;
constexpr size_t kFrameHead = 16;
constexpr size_t kPiece = 64 << 10;

uint32_t big_endian(const char* p) {
  auto* u = reinterpret_cast<const unsigned char*>(p);
  return uint32_t(u[0]) << 24 | uint32_t(u[1]) << 16 | uint32_t(u[2]) << 8 | u[3];
}

}  // namespace

EnvironmentLog::EnvironmentLog(Core& core, std::shared_ptr<const FunctionSpec> spec, std::string stream, std::function<void(std::shared_ptr<EnvironmentLog>)> pending)
    : core_(core), spec_(std::move(spec)), stream_(std::move(stream)), pending_(std::move(pending)) {}

void EnvironmentLog::connect(http::Server& server, run::Fd lines, run::Fd frames) {
  auto weak = weak_from_this();
  lines_ = server.watch(lines.release(), [weak] { if (auto self = weak.lock()) self->read_some(Kind::lines, false); });
  frames_ = server.watch(frames.release(), [weak] { if (auto self = weak.lock()) self->read_some(Kind::frames, false); });
}

void EnvironmentLog::event(std::string_view message) {
  if (message.empty()) return;
  bool first = events_.empty();
  events_.push_back({core_.now(), std::string(message)});
  bytes_ += message.size();
  if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
  tail_.append(message.size() > kTail ? message.substr(message.size() - kTail) : message);
  if (first) pending_(shared_from_this());
}

void EnvironmentLog::take_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    std::string_view piece = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
    bytes.remove_prefix(piece.size());
    if (end != std::string_view::npos && line_.empty()) {
      event(piece);
      continue;
    }
    line_ += piece;
    if (end != std::string_view::npos || line_.size() >= kEvent) end_line();
  }
}

void EnvironmentLog::end_line() {
  if (line_.empty()) return;
  event(line_);
  line_.clear();
}

// type (0xa55a00xx), length, microseconds since 1970, then the text. What is not framed so is read as lines.
void EnvironmentLog::take_frames(std::string_view bytes) {
  frame_ += bytes;
  std::string_view rest = frame_;
  while (rest.size() >= 4) {
    if (uint8_t(rest[0]) != 0xa5 || uint8_t(rest[1]) != 0x5a) {
      take_lines(rest);
      rest = {};
      break;
    }
    if (rest.size() < kFrameHead) break;
    size_t length = big_endian(rest.data() + 4);
    if (length > kEvent) {   // longer than anything that may be logged: what there is of it, as lines
      take_lines(rest.substr(kFrameHead));
      rest = {};
      break;
    }
    if (rest.size() < kFrameHead + length) break;
    event(rest.substr(kFrameHead, length));
    rest.remove_prefix(kFrameHead + length);
  }
  frame_.erase(0, frame_.size() - rest.size());
}

void EnvironmentLog::read_some(Kind kind, bool all) {
  static thread_local std::string buffer(kPiece, '\0');
  auto& pipe = kind == Kind::lines ? lines_ : frames_;
  if (!pipe) return;
  for (;;) {
    if (bytes_ > kWaiting) {
      (kind == Kind::lines ? lines_wait_ : frames_wait_) = true;
      return;
    }
    ssize_t n = ::read(pipe->fd(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      pipe.reset();
      return;
    }
    if (n > 0) {
      std::string_view bytes(buffer.data(), size_t(n));
      if (kind == Kind::lines) take_lines(bytes);
      else take_frames(bytes);
      if (all && size_t(n) == buffer.size()) continue;
    }
    if (!all) pipe->arm();
    return;
  }
}

void EnvironmentLog::drain() {
  read_some(Kind::frames, true);
  read_some(Kind::lines, true);
}

void EnvironmentLog::close() {
  drain();
  end_line();
  lines_.reset();
  frames_.reset();
}

std::string EnvironmentLog::tail() const { return tail_.size() > kTail ? tail_.substr(tail_.size() - kTail) : tail_; }

LogBatch EnvironmentLog::take() {
  LogBatch batch{spec_, stream_, std::move(events_)};
  events_.clear();
  bytes_ = 0;
  if (std::exchange(lines_wait_, false) && lines_) lines_->arm();
  if (std::exchange(frames_wait_, false) && frames_) frames_->arm();
  return batch;
}

}  // namespace fogbank::lambda::runtime
