// Request bodies: from unconsumed input to whoever asked for them.
#include "base/strings.h"
#include "http/connection.h"
#include "http/server_impl.h"

namespace fogbank::http {

using Body = ExchangeImpl::Body;

namespace {
constexpr uint64_t kDrained = 1 << 20;  // an unread rest of at most this size is read to keep the connection
constexpr size_t kReserve = 1 << 20;    // a claimed length is believed so far when memory is set aside
}  // namespace

void Connection::read_body(ExchangeImpl& ex, size_t limit, std::function<void(bool, std::string_view)> done) {
  if (ex.body == Body::complete) return done(true, ex.collected);
  if (ex.body != Body::unread) return done(false, {});
  auto self = shared_from_this();
  if (ex.left() > limit) {
    ex.closes = true;
    ex.body = Body::failed;
    return done(false, {});
  }
  ex.body = Body::collecting;
  ex.limit = limit;
  ex.done = std::move(done);
  ex.collected.reserve(size_t(std::min<uint64_t>(ex.left(), kReserve)));
  send_continue(ex);
  progress_ = true;
  advance();
  settle();
}

void Connection::stream_body(ExchangeImpl& ex, std::shared_ptr<BodySink> sink) {
  if (ex.body == Body::complete) return sink->end();
  if (ex.body != Body::unread) return run_later([sink = std::move(sink)] { sink->aborted(); });
  auto self = shared_from_this();
  ex.body = Body::streaming;
  ex.sink = std::move(sink);
  send_continue(ex);
  progress_ = true;
  advance();
  settle();
}

void Connection::resume_body(ExchangeImpl& ex) {
  ex.resumed = true;
  if (!ex.paused) return;
  auto self = shared_from_this();
  ex.paused = false;
  progress_ = true;
  advance();
  settle();
}

// RFC 9110, 10.1.1: not needed if some of the body is already here.
void Connection::send_continue(ExchangeImpl& ex) {
  if (!std::exchange(ex.awaits_continue, false) || !in_.empty()) return;
  std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!out_) {
    Io io = stream_.write(line);
    if (io.kind == Io::failed) return;  // reading will meet the same end
    line.remove_prefix(io.bytes);
    if (line.empty()) return;
    out_ = std::make_unique<Outgoing>();
    arm_write();
  }
  out_->head.append(line);
}

// Hands on what is there of the body. False if nothing more can be done now.
bool Connection::feed_body() {
  auto ex = exchange_;
  if (ex->chunks) return feed_chunks(*ex);
  if (!ex->remaining) {  // only now: a sink that paused at the last piece hears of the end when it resumes
    complete_body(*ex);
    return true;
  }
  auto piece = in_.view().substr(0, size_t(std::min<uint64_t>(ex->remaining, in_.size())));
  if (piece.empty()) return false;
  in_.consume(piece.size());
  ex->remaining -= piece.size();
  deliver(*ex, piece);
  return true;
}

bool Connection::feed_chunks(ExchangeImpl& ex) {
  auto step = ex.chunks->next(in_.view());
  in_.consume(step.consumed);
  switch (step.found) {
    case ChunkDecoder::Found::more: return step.consumed > 0;
    case ChunkDecoder::Found::data: deliver(ex, step.piece); return true;
    case ChunkDecoder::Found::end: complete_body(ex); return true;
    case ChunkDecoder::Found::bad: break;
  }
  bool answer = !ex.replied && !out_;
  detach_exchange();
  if (answer) refuse(400);
  else close();
  return false;
}

void Connection::deliver(ExchangeImpl& ex, std::string_view piece) {
  switch (ex.body) {
    case Body::collecting:
      if (ex.collected.size() + piece.size() > ex.limit || !ex.collect(piece, server_.limits())) fail_body(ex);
      return;
    case Body::streaming: {
      ex.resumed = false;
      auto sink = ex.sink;
      bool more = sink->data(piece);
      if (ex.body == Body::streaming && !more && !ex.resumed) ex.paused = true;
      return;
    }
    case Body::draining:
      ex.drained += piece.size();
      if (ex.drained > kDrained) ex.body = Body::abandoned;
      return;
    default: return;
  }
}

void Connection::complete_body(ExchangeImpl& ex) {
  ex.body = Body::complete;
  ex.paused = false;
  auto chunks = std::move(ex.chunks);
  if (auto done = std::exchange(ex.done, nullptr)) return done(true, ex.collected);
  if (auto sink = std::exchange(ex.sink, nullptr)) {
    if (chunks && !chunks->trailers().empty()) sink->trailers(chunks->trailers());
    sink->end();
  }
}

void Connection::fail_body(ExchangeImpl& ex) {
  ex.body = Body::failed;
  ex.closes = true;
  ex.drop_collected();
  auto done = std::exchange(ex.done, nullptr);
  if (done) done(false, {});
}

// The reply comes before the body's end: read a short rest, give up on a long one or one that the client holds back.
void Connection::leave_body(ExchangeImpl& ex, bool& keep) {
  if (ex.body_over()) {
    keep = keep && ex.body == Body::complete;
    return;
  }
  if (ex.awaits_continue || ex.left() > kDrained) keep = false;
  ex.body = keep ? Body::draining : Body::abandoned;
  ex.paused = false;
  ex.done = nullptr;
  ex.sink = nullptr;
  ex.drop_collected();
}

}  // namespace fogbank::http
