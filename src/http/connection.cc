#include "http/connection.h"

#include <sys/socket.h>

#include "http/server_impl.h"

namespace fogbank::http {

namespace {
constexpr size_t kHeadRead = 16 << 10;       // asked for while heads or small things are expected
constexpr size_t kPipelineKept = 16 << 10;   // requests waiting behind the current one; then the peer has to wait
constexpr size_t kTlsTurn = 256 << 10;       // decrypted in one event before others get their turn
constexpr int kLingerSeconds = 2;
}  // namespace

Connection::Connection(ServerImpl& server, std::shared_ptr<Handler> handler, int fd, int listener, std::shared_ptr<Share> share, std::string peer_address, uint16_t peer_port)
    : server_(server), handler_(std::move(handler)), descriptor_(server.loop(), fd), stream_(fd), listener_(listener), share_(std::move(share)), peer_port_(peer_port),
      peer_address_(std::move(peer_address)) {
  share_->connections.fetch_add(1, std::memory_order_relaxed);
}

void Connection::start() { settle(); }

void Connection::run_later(std::function<void()> f) { server_.loop().post(std::move(f)); }

// ---- events ----

void Connection::ready(Wait what) {
  if (state_ == State::closed) return;
  if (what == Wait::read) {
    read_armed_ = false;
    on_readable();
  } else {
    write_armed_ = false;
    on_writable();
  }
  if (state_ != State::closed) settle();
}

void Connection::on_readable() {
  if (state_ == State::sniff) sniff();
  if (state_ == State::handshake) handshake();
  else if (state_ == State::open) read_input();
  else if (state_ == State::linger) linger_input();
  if (state_ == State::open && retry_flush_on_read_) {
    retry_flush_on_read_ = false;
    flush();
  }
}

void Connection::on_writable() {
  if (state_ == State::handshake) handshake();
  else if (state_ == State::open) {
    if (out_) flush();
    if (state_ == State::open && stream_.tls()) read_input();  // the session may have needed to write before it could read
  }
}

// The first byte decides: 0x16 begins a TLS handshake and no HTTP request.
void Connection::sniff() {
  char first;
  ssize_t n = ::recv(descriptor_.fd(), &first, 1, MSG_PEEK);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return close();
  if (first != 0x16) { state_ = State::open; return; }
  auto context = server_.tls();
  if (!context) return close();
  stream_.start_tls(std::make_unique<TlsSession>(*context, descriptor_.fd()));
  state_ = State::handshake;
}

void Connection::handshake() {
  switch (stream_.handshake().kind) {
    case Io::ok: state_ = State::open; return read_input();
    case Io::again_read: return;
    case Io::again_write: return arm_write();
    default: return close();
  }
}

void Connection::read_input() {
  for (size_t taken = 0; state_ == State::open && wants_input();) {
    size_t size = input_size();
    Io io = stream_.read(server_.scratch(), size);
    if (io.kind == Io::ok) {
      receive({server_.scratch(), io.bytes});
      taken += io.bytes;
      if (!stream_.tls() || taken >= kTlsTurn) return;  // settle() waits for more
      continue;
    }
    if (io.kind == Io::again_write) arm_write();
    if (io.kind == Io::eof) on_eof();
    if (io.kind == Io::failed) close();
    return;
  }
}

void Connection::linger_input() {
  Io io = stream_.discard(server_.scratch(), ServerImpl::kScratch);
  if (io.kind == Io::eof || io.kind == Io::failed) close();
}

void Connection::receive(std::string_view bytes) {
  progress_ = true;
  in_.offer(bytes);
  advance();
  in_.keep();
}

void Connection::on_eof() {
  eof_ = true;
  if (!exchange_ || exchange_->reading()) return close();  // between requests, or in the middle of one
  auto ex = exchange_;
  if (!ex->peer_gone) {
    ex->peer_gone = true;
    if (ex->gone_callback) run_later(std::exchange(ex->gone_callback, nullptr));
  }
  if (out_ && out_->source_waits) close();  // nobody is there for what the source may say one day
}

bool Connection::wants_input() const {
  if (state_ == State::linger) return true;
  if (eof_ || state_ == State::closed) return false;
  if (!exchange_ || exchange_->reading()) return true;
  return in_.size() < kPipelineKept;  // to notice that the peer leaves
}

// A body of known length is read in large pieces but never beyond its end, so nothing of it is copied.
size_t Connection::input_size() const {
  if (!exchange_ || !exchange_->reading()) return kHeadRead;
  if (exchange_->chunks) return ServerImpl::kScratch;
  return size_t(std::clamp<uint64_t>(exchange_->left(), 1, ServerImpl::kScratch));
}

void Connection::arm_read() {
  if (read_armed_ || !wants_input()) return;
  read_armed_ = true;
  if (state_ == State::open && stream_.pending()) run_later([self = shared_from_this()] { self->ready(Wait::read); });
  else descriptor_.wait(Wait::read, shared_from_this());
}

void Connection::arm_write() {
  if (write_armed_ || state_ == State::closed) return;
  write_armed_ = true;
  descriptor_.wait(Wait::write, shared_from_this());
}

// Called whenever an event or a call from outside is over.
void Connection::settle() {
  if (state_ == State::closed || advancing_) return;
  in_.keep();
  Limit limit = current_limit();
  if (limit != limit_ || (progress_ && limit != Limit::head)) {
    static_assert(int(Limit::linger) == 4);
    const Limits& l = server_.limits();
    const int seconds[] = {0, l.head_seconds, l.idle_seconds, l.stall_seconds, kLingerSeconds};
    limit_ = limit;
    deadline_ = limit == Limit::none ? 0 : server_.tick() + seconds[int(limit)] + 1;  // the current tick has partly gone by
  }
  progress_ = false;
  arm_read();
}

// ---- requests, one after the other ----

void Connection::advance() {
  if (advancing_) return;
  advancing_ = true;
  auto self = shared_from_this();
  while (state_ == State::open) {
    if (!exchange_) {
      if (next_request()) continue;
      if (state_ == State::open && eof_) close();
      break;
    }
    auto ex = exchange_;
    if (ex->reading()) {
      if (feed_body()) continue;
      if (state_ == State::open && ex->reading() && eof_) close();
    }
    if (state_ != State::open || !ex->reply_sent || !ex->body_over()) break;
    finish_exchange();
  }
  advancing_ = false;
}

bool Connection::next_request() {
  // RFC 9112, 2.2: an empty line before the request line is ignored.
  if (scanner_.lines() == 0) {
    int skipped = 0;
    while (in_.size() >= 2 && in_.view().substr(0, 2) == "\r\n") {
      in_.consume(2);
      if (++skipped > 4) { refuse(400); return false; }
    }
    if (skipped) scanner_.reset();
  }
  if (in_.empty()) return false;
  auto found = scanner_.scan(in_.view());
  if (found == HeadScanner::Found::bad) { refuse(400); return false; }
  size_t size = found == HeadScanner::Found::head ? scanner_.length() : in_.size();
  if (size > server_.limits().head_bytes) { refuse(in_.view().find('\n') < server_.limits().head_bytes ? 431 : 414); return false; }
  if (found != HeadScanner::Found::head) return false;
  dispatch(scanner_.length());
  return true;
}

void Connection::dispatch(size_t head_length) {
  auto ex = std::make_shared<ExchangeImpl>();
  ex->share = share_;
  ex->head_bytes.assign(in_.view().substr(0, head_length));
  in_.consume(head_length);
  scanner_.reset();
  if (int status = parse_request_head(ex->head_bytes, server_.limits().head_fields, ex->head, ex->flags)) return refuse(status);
  Request& r = ex->head;
  r.tls = stream_.tls();
  r.listener = listener_;
  r.peer_address = peer_address_;
  r.peer_port = peer_port_;
  ex->connection = this;
  ex->peer_gone = eof_;
  if (r.has_body()) {
    ex->body = ExchangeImpl::Body::unread;
    ex->remaining = r.chunked ? 0 : uint64_t(r.content_length);
    if (r.chunked) ex->chunks = std::make_unique<ChunkDecoder>();
    ex->awaits_continue = ex->flags.expect_continue;
  }
  exchange_ = ex;
  server_.count_request();
  // Nobody will ask for a body of no bytes; but clients that wait (botocore's) take a final answer without the interim one to mean that
  // the connection ends, and misread the answers that follow on it.
  if (ex->flags.expect_continue && !r.has_body()) {
    ex->awaits_continue = true;
    send_continue(*ex);
  }
  handler_->on_request(ex);
}

void Connection::finish_exchange() {
  bool keep = !exchange_->closes && exchange_->body == ExchangeImpl::Body::complete && !closing_ && !server_.stopping();
  bool body_left = exchange_->body != ExchangeImpl::Body::complete;
  exchange_->connection = nullptr;
  exchange_.reset();
  progress_ = true;
  if (keep) return;
  if (body_left || !in_.empty()) begin_linger();
  else end_connection();
}

void Connection::end_connection() {
  stream_.shutdown();
  close();
}

// Bytes that the peer still sends would make the kernel reset the connection and destroy the reply on its way: take them in for a while.
void Connection::begin_linger() {
  stream_.shutdown();
  state_ = State::linger;
  in_.consume(in_.size());
}

// Answers what never became a request.
void Connection::refuse(int status) {
  std::string& out = server_.out();
  append_head(out, status, {}, server_.date(), Delimiter::length, 0, "close");
  Io io = stream_.write(out);
  if (io.kind != Io::ok || io.bytes != out.size()) return close();
  begin_linger();
}

// ---- ends ----

void Connection::detach_exchange() {
  auto ex = std::exchange(exchange_, nullptr);
  auto out = std::exchange(out_, nullptr);
  if (!ex) return;
  ex->connection = nullptr;
  ex->peer_gone = true;
  if (out && out->source) run_later([source = out->source] { source->aborted(); });
  if (ex->sink) run_later([sink = std::move(ex->sink)] { sink->aborted(); });
  if (ex->done) run_later([done = std::move(ex->done)] { done(false, {}); });
  if (ex->gone_callback) run_later(std::move(ex->gone_callback));
  ex->sink = nullptr;
  ex->done = nullptr;
  ex->gone_callback = nullptr;
}

void Connection::close() {
  if (state_ == State::closed) return;
  auto self = shared_from_this();
  state_ = State::closed;
  descriptor_.close();
  detach_exchange();
  server_.removed(*this);
}

void Connection::drop() {
  if (exchange_) exchange_->gone_callback = nullptr;
  close();
}

void Connection::close_when_done() {
  closing_ = true;
  if (exchange_ || state_ == State::linger || advancing_) return;
  if (state_ == State::open) stream_.shutdown();
  close();
}

// ---- time ----

Connection::Limit Connection::current_limit() const {
  if (state_ == State::sniff) return Limit::idle;
  if (state_ == State::handshake) return Limit::head;
  if (state_ == State::linger) return Limit::linger;
  if (!exchange_) return in_.empty() ? Limit::idle : Limit::head;
  if ((out_ && !out_->source_waits) || exchange_->reading()) return Limit::stall;
  return Limit::none;
}

void Connection::sweep(int64_t tick) {
  if (state_ == State::closed) return;
  if (deadline_ && tick >= deadline_) return expire(limit_);
  // An exchange that nobody holds any more can never be answered: a fault of the handler, but the peer must not wait for ever.
  if (exchange_ && exchange_.use_count() == 1 && !exchange_->replied && !exchange_->sink && !exchange_->done) {
    auto ex = exchange_;
    if (ex->peer_gone) return close();
    Reply r;
    r.status = 500;
    r.close = true;
    reply(*ex, std::move(r), nullptr);
  }
}

void Connection::expire(Limit limit) {
  bool unanswered = state_ == State::open && !out_ && (limit == Limit::head || (exchange_ && !exchange_->replied));
  if (state_ == State::open && !exchange_ && !unanswered) return end_connection();
  if (!unanswered) return close();
  detach_exchange();
  refuse(408);
  settle();
}

}  // namespace fogbank::http
