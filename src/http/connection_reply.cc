// Replies: composed in one buffer, given to the kernel in one call where it takes them, kept in an Outgoing where it does not.
#include <cstdio>

#include "base/strings.h"
#include "http/connection.h"
#include "http/server_impl.h"

namespace fogbank::http {

namespace {
constexpr size_t kJoined = 32 << 10;     // bodies up to this size are copied behind the head: cheaper than a second buffer
constexpr size_t kFilePiece = 1 << 20;
constexpr size_t kTurn = 4 << 20;        // sent in one event before others get their turn
}  // namespace

void Connection::reply(ExchangeImpl& ex, Reply&& r, std::shared_ptr<BodySource> source) {
  if (ex.replied) return;
  auto self = shared_from_this();
  ex.replied = true;
  ex.gone_callback = nullptr;
  bool keep = !r.close && ex.flags.keep_alive && !ex.closes && !closing_ && !server_.stopping();
  leave_body(ex, keep);
  bool head_only = ex.head.method == "HEAD";
  int64_t length = r.file.fd >= 0 ? r.file.length : int64_t(r.body.size());
  Delimiter delimiter = Delimiter::length;
  if (source && !head_only && r.content_length < 0) {
    delimiter = ex.head.http10 ? Delimiter::close : Delimiter::chunked;
    if (ex.head.http10) keep = false;
  } else if (source || ((head_only || r.status == 304) && r.content_length >= 0)) {
    length = r.content_length;
  }
  if (bodiless(r.status) && (r.status != 304 || length <= 0)) delimiter = Delimiter::none;
  if (source && head_only && r.content_length < 0) delimiter = Delimiter::none;
  if (head_only || bodiless(r.status)) {
    if (source) run_later([source] { source->aborted(); });
    source = nullptr;
    r.file = FileRange();
    r.body.clear();
  }
  ex.closes = !keep;
  std::string_view connection = !keep ? "close" : ex.head.http10 ? "keep-alive" : "";
  std::string& out = server_.out();
  append_head(out, r.status, r.fields, server_.date(), delimiter, length, connection);
  send(out, r, std::move(source), delimiter, length);
  advance();
  settle();
}

void Connection::send(std::string& bytes, Reply& r, std::shared_ptr<BodySource> source, Delimiter delimiter, int64_t length) {
  bool file = r.file.fd >= 0 && r.file.length > 0;
  bool separate = file || source || r.body.size() > kJoined;
  if (!separate && !r.body.empty()) bytes += r.body;
  size_t sent = 0;
  if (!out_ && !separate) {
    Io io = stream_.write(bytes);
    if (io.kind == Io::failed) return close();
    if (io.kind == Io::again_read) retry_flush_on_read_ = true;
    sent = io.bytes;
    progress_ = true;
    if (sent == bytes.size()) { exchange_->reply_sent = true; return; }
  }
  if (!out_) out_ = std::make_unique<Outgoing>();  // else what is left of 100 Continue goes first
  out_->head.append(bytes, sent, std::string::npos);
  if (separate) {
    if (file) out_->file = std::move(r.file);
    else if (source) {
      out_->source = std::move(source);
      out_->delimiter = delimiter;
      out_->source_left = delimiter == Delimiter::length ? length : 0;
    } else out_->body = std::move(r.body);
    flush();
  } else {
    arm_write();
  }
}

void Connection::resume_reply() {
  if (!out_) return;
  out_->resumed = true;
  if (!out_->source_waits) return;
  auto self = shared_from_this();
  out_->source_waits = false;
  progress_ = true;
  flush();
  advance();
  settle();
}

// Gives the kernel what it takes.
void Connection::flush() {
  auto self = shared_from_this();
  size_t budget = kTurn;
  while (out_ && !out_->in_pull && flush_once(budget)) {
    if (budget) continue;
    if (!write_armed_) arm_write();  // ready at once, but behind the others
    return;
  }
}

// One step. False if it cannot go on now (or never).
bool Connection::flush_once(size_t& budget) {
  Outgoing& o = *out_;
  auto head = o.head_rest(), body = o.body_rest();
  if (!head.empty() || !body.empty()) {
    bool file_follows = o.file.length > 0;
    Io io = head.empty() || body.empty() ? stream_.write(head.empty() ? body : head, file_follows) : stream_.write(head, body);
    if (io.kind != Io::ok) return blocked(io);
    size_t of_head = std::min(io.bytes, head.size());
    o.head_at += of_head;
    o.body_at += io.bytes - of_head;
    progress_ = true;
    budget -= std::min(budget, io.bytes);
    return true;
  }
  if (o.file.length > 0) return send_file_piece(budget);
  if (o.source) return pull_piece();
  bool final = exchange_ && exchange_->replied;
  out_.reset();
  if (final) reply_sent();
  return false;
}

// What to do when the kernel took nothing.
bool Connection::blocked(Io io) {
  if (io.kind == Io::again_write) arm_write();
  else if (io.kind == Io::again_read) retry_flush_on_read_ = true;
  else close();
  return false;
}

bool Connection::send_file_piece(size_t& budget) {
  FileRange& f = out_->file;
  Io io = stream_.send_file(f.fd, f.offset, size_t(std::min<int64_t>(f.length, kFilePiece)), server_.file_scratch(), ServerImpl::kFileScratch);
  if (io.kind == Io::eof) { break_off(); return false; }  // shorter than promised
  if (io.kind != Io::ok) return blocked(io);
  f.offset += int64_t(io.bytes);
  f.length -= int64_t(io.bytes);
  progress_ = true;
  budget -= std::min(budget, io.bytes);
  if (f.length == 0) f = FileRange();
  return true;
}

// Asks the source for its next piece and frames it.
bool Connection::pull_piece() {
  Outgoing& o = *out_;
  auto source = o.source;
  o.head.clear();
  o.body.clear();
  o.head_at = o.body_at = 0;
  o.in_pull = true;
  o.resumed = false;
  std::string piece = std::move(o.body);
  bool more = source->pull(piece);
  if (state_ != State::open) return false;  // it dropped the exchange; close() took out_ along
  o.body = std::move(piece);
  o.in_pull = false;
  if (o.delimiter == Delimiter::length) {
    o.source_left -= int64_t(o.body.size());
    if (o.source_left < 0 || (!more && o.source_left > 0)) { break_off(); return false; }
  } else if (o.delimiter == Delimiter::chunked) {
    if (!o.body.empty()) {
      char size[24];
      o.body.insert(0, size, size_t(std::snprintf(size, sizeof size, "%zx\r\n", o.body.size())));
      o.body += "\r\n";
    }
    if (!more) o.body += "0\r\n\r\n";
  }
  if (!more) { o.source.reset(); return true; }
  if (!o.body.empty() || o.resumed) return true;
  o.source_waits = true;
  if (eof_) close();
  return false;
}

// The reply cannot be completed and its head is out: the peer must see that it is cut off, not that it ended.
void Connection::break_off() { close(); }

void Connection::reply_sent() {
  if (exchange_) exchange_->reply_sent = true;
  if (state_ == State::open) advance();
}

// ---- the exchange's calls ----

void ExchangeImpl::read_body(size_t max, std::function<void(bool, std::string_view)> f) {
  if (connection) connection->read_body(*this, max, std::move(f));
  else f(false, {});
}

void ExchangeImpl::stream_body(std::shared_ptr<BodySink> s) {
  if (connection) connection->stream_body(*this, std::move(s));
  else s->aborted();
}

void ExchangeImpl::resume_body() {
  if (connection) connection->resume_body(*this);
}

void ExchangeImpl::reply(Reply&& r) {
  if (connection) connection->reply(*this, std::move(r), nullptr);
}

void ExchangeImpl::reply_stream(Reply&& r, std::shared_ptr<BodySource> source) {
  r.body.clear();
  r.file = FileRange();
  if (connection && !replied) connection->reply(*this, std::move(r), std::move(source));
  else source->aborted();
}

void ExchangeImpl::resume_reply() {
  if (connection) connection->resume_reply();
}

void ExchangeImpl::drop() {
  if (connection) connection->drop();
}

void ExchangeImpl::on_gone(std::function<void()> f) {
  if (replied) return;
  if (!connection) return f();
  if (peer_gone) connection->run_later(std::move(f));
  else gone_callback = std::move(f);
}

}  // namespace fogbank::http
