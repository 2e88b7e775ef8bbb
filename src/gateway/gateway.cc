#include "gateway/gateway.h"

#include <unistd.h>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/body.h"
#include "gateway/decide.h"
#include "gateway/effects.h"
#include "gateway/parking.h"
#include "gateway/stream_reply.h"
#include "run/pool.h"

namespace fogbank {
namespace {

constexpr size_t kBodyLimit = 16 << 20;
constexpr size_t kSpareCalls = 64;
constexpr store::Table kPulse{"core", "pulse"};

std::string_view host_only(std::string_view host) {
  if (!host.empty() && host[0] == '[') {
    size_t end = host.find(']');
    return host.substr(0, end == std::string_view::npos ? host.size() : end + 1);
  }
  return host.substr(0, host.find(':'));
}

}  // namespace

bool own_host(std::string_view host) {
  std::string h = lower(host_only(host));
  if (h.empty() || h[0] == '[') return true;
  if (h.find_first_not_of("0123456789.") == std::string::npos) return true;  // an IPv4 address: a page of that address is our own
  if (h.find('.') == std::string::npos) return true;                        // a single label is never a public name
  for (std::string_view tail : {".localhost", ".amazonaws.com", ".amazonaws.com.cn", ".localstack.cloud", ".internal", ".on.aws"}) if (h.ends_with(tail)) return true;
  return false;
}

Gateway::Gateway(Core& core) : core_(core) {
  core_.store().on_commit([this](const store::Store::Batch& batch) {
    commits_++;
    if (batch.ok) changed_keys_.insert(changed_keys_.end(), batch.keys.begin(), batch.keys.end());
  });
  core_.store().on_applied([this] {
    applied_ = true;
    if (!on_loop_thread()) core_.wake_loop();
  });
  core_.parking().set_rerun([this](std::unique_ptr<Call> call) {
    uint64_t commits = commits_;
    auto outcome = core_.chain().run_again(*call);
    settle(std::move(call), std::move(outcome), commits);
  });
}

std::unique_ptr<Call> Gateway::take_call() {
  if (spare_.empty()) return std::make_unique<Call>();
  auto call = std::move(spare_.back());
  spare_.pop_back();
  return call;
}

void Gateway::give_back(std::unique_ptr<Call> call) {
  if (spare_.size() >= kSpareCalls) return;
  call->reset();
  spare_.push_back(std::move(call));
}

// Facts and views of the request; everything points into the Exchange, which the call keeps.
void Gateway::fill(Call& call) {
  const http::Request& r = call.exchange->request();
  call.core = &core_;
  call.epoch = core_.store().epoch();
  call.started_us = steady_micros();
  call.request_id = new_request_id(core_.random());
  call.headers.reserve(r.fields.size());
  for (const auto& f : r.fields) call.headers.push_back({f.name, f.value});
  std::string_view target = r.target;
  if (!target.starts_with('/')) {  // absolute form, from proxies
    if (size_t at = target.find("://"); at != std::string_view::npos) {
      size_t slash = target.find('/', at + 3);
      target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
  }
  size_t q = target.find('?');
  call.facts.method = r.method;
  call.facts.path = target.substr(0, q);
  call.facts.query = q == std::string_view::npos ? std::string_view() : target.substr(q + 1);
  call.facts.host = r.field("host");
  call.facts.user_agent = r.field("user-agent");
  call.facts.source_ip = r.peer_address;
  call.facts.tls = r.tls;
  call.facts.listener = r.listener;
  call.endpoint_storage = cat(r.tls ? "https://" : "http://", call.facts.host.empty() ? std::string_view("localhost:4566") : call.facts.host);
  call.facts.endpoint = call.endpoint_storage;
  call.parts = {call.facts.method, call.facts.path, call.facts.query, &call.headers, {}};
}

// A web page of a stranger may not use this server: it knows the development credentials as well as anybody.
Result<void> Gateway::admit_origin(const Call& call) {
  const http::Request& r = call.exchange->request();
  if (!own_host(call.facts.host)) return fail("AccessDenied", cat("Host ", call.facts.host, " is not a name of this server."), 403);
  bool s3_read = call.service && std::string_view(call.service->folder) == "s3" && (r.method == "GET" || r.method == "HEAD");
  std::string_view origin = r.field("origin");
  if (!origin.empty() && !s3_read) {
    size_t at = origin.find("://");
    std::string_view host = at == std::string_view::npos ? std::string_view() : origin.substr(at + 3);
    if (web_ && call.service && web_->admits_origin(call, origin)) return {};
    if (host.empty() || host != call.facts.host) return fail("AccessDenied", cat("Calls from web pages of ", origin, " are not accepted."), 403);
  }
  std::string_view site = r.field("sec-fetch-site");
  if ((site == "cross-site" || site == "same-site") && !s3_read) return fail("AccessDenied", "Cross-site calls from web pages are not accepted.", 403);
  return {};
}

void Gateway::on_request(std::shared_ptr<http::Exchange> exchange) {
  auto call = take_call();
  call->exchange = std::move(exchange);
  fill(*call);
  if (admin_ && call->facts.listener == 0 && admin_(call->exchange, call->facts.path, call->facts.query)) {
    give_back(std::move(call));
    return;
  }
  if (documents_ && call->facts.method == "GET" && call->facts.path.ends_with(".pem")) {
    if (auto text = documents_(call->facts.path)) {
      http::Reply reply;
      reply.fields = "Content-Type: application/x-pem-file\r\n";
      reply.body = std::move(*text);
      call->exchange->reply(std::move(reply));
      return give_back(std::move(call));
    }
  }
  if (web_ && call->facts.listener == 0 && own_host(call->facts.host) && answer_web(call)) return;
  auto resolved = core_.chain().resolve_head(*call);
  if (resolved) resolved = admit_origin(*call);
  if (!resolved) return answer(std::move(call), resolved);
  start(std::move(call));
}

bool Gateway::answer_web(std::unique_ptr<Call>& call) {
  wire::Message message;
  if (!web_->answer(*call, message)) return false;
  web_->on_answer(*call, {}, message);
  log_request(*call, message.status, {});
  send(std::move(call), std::move(message));
  return true;
}

void Gateway::start(std::unique_ptr<Call> call) {
  if (call->op && call->op->form == Form::body_in) {
    auto head = core_.chain().run_head(*call);
    if (!head) return answer(std::move(call), head);
    return receive_body(std::move(call));
  }
  auto exchange = call->exchange;
  if (!exchange->request().has_body()) return run(std::move(call));
  auto* raw = call.release();
  size_t limit = raw->op && raw->op->max_body ? raw->op->max_body : kBodyLimit;
  exchange->read_body(limit, [this, raw, limit](bool ok, std::string_view body) {
    std::unique_ptr<Call> c(raw);
    if (!ok) {
      if (c->exchange->gone()) return;
      if (c->op && c->op->max_body) {
        std::string text = cat("Request must be smaller than ", limit, " bytes for the ", c->op->wire->name, " operation");
        return answer(std::move(c), fail("RequestEntityTooLargeException", std::move(text), 413));
      }
      return answer(std::move(c), fail("RequestEntityTooLarge", "The request body is too large.", 413));
    }
    c->parts.body = body;
    run(std::move(c));
  });
}

void Gateway::receive_body(std::unique_ptr<Call> call) {
  auto exchange = call->exchange;
  auto receiver = std::make_shared<BodyReceiver>(core_, std::move(call), [this](std::unique_ptr<Call> c, Result<void> received) {
    if (!received) return answer(std::move(c), received);
    run(std::move(c));
  });
  if (receiver->prepare()) exchange->stream_body(receiver);
}

void Gateway::run(std::unique_ptr<Call> call) {
  uint64_t commits = commits_;
  if (!call->op) {  // the body says which: whether it is a slow one has to be known here
    if (auto resolved = core_.chain().resolve_body(*call); !resolved) return answer(std::move(call), resolved);
  }
  bool slow = call->op->slow;
  // With a payload received, all that comes before the handler has been done.
  auto step = [](Chain& chain, Call& c) { return c.op && c.op->form == Form::body_in ? chain.run_handler(c) : chain.run_all(c); };
  if (!slow) {
    auto outcome = step(core_.chain(), *call);
    return settle(std::move(call), std::move(outcome), commits);
  }
  auto* raw = call.release();
  bool posted = core_.pool().try_post([this, raw, commits, step] {
    auto outcome = std::make_shared<Result<Outcome>>(step(core_.chain(), *raw));
    if (*outcome && !(*outcome)->parked) core_.chain().finish(*raw, {});
    else if (!*outcome) core_.chain().finish(*raw, fail((*outcome).error()));
    core_.server->post([this, raw, outcome, commits] {
      raw->finished = true;
      settle(std::unique_ptr<Call>(raw), std::move(*outcome), commits);
    });
  });
  if (!posted) answer(std::unique_ptr<Call>(raw), fail("ServiceUnavailable", "The server has too much work queued.", 503));
}

void Gateway::settle(std::unique_ptr<Call> call, Result<Outcome> result, uint64_t commits_at_start) {
  if (!result) return answer(std::move(call), fail(std::move(result.error())));
  if (!result->parked) return answer(std::move(call), {});
  if (commits_ != commits_at_start) {  // something was committed since the handler looked: look again before waiting
    auto again = core_.chain().run_again(*call);
    if (!again || !again->parked) return settle(std::move(call), std::move(again), commits_);
    result = std::move(again);
  }
  call->input = call->output = nullptr;
  call->arena.release();
  core_.parking().park(std::move(call), *result);
  arm(core_.parking().on_time());
}

void Gateway::answer(std::unique_ptr<Call> call, const Result<void>& result) {
  if (!call->finished) core_.chain().finish(*call, result);
  wire::Message message;
  core_.chain().write_answer(*call, result, message);
  if (!result) call->segments.clear(), call->stream = nullptr;
  if (web_) web_->on_answer(*call, result, message);
  log_request(*call, message.status, result);
  if (call->ticket && core_.store().committed() < call->ticket) {
    held_.push_back({call->ticket, std::move(call), std::move(message)});
    return;
  }
  send(std::move(call), std::move(message));
  if (!flush_armed_ && core_.access().pending()) {  // a read's record waits at most 100 ms for a commit to join
    flush_armed_ = true;
    core_.server->after(100, [this] {
      flush_armed_ = false;
      if (!core_.access().pending()) return;
      auto done = core_.store().write([this](store::Txn& tx) -> Result<void> {
        tx.put(store::key(Scope{}.whole_partition(), kPulse), cat(core_.now()));
        return {};
      });
      if (!done) log(LogLevel::warning, cat("access records could not be written: ", done.error().message));
    });
  }
}

void Gateway::send(std::unique_ptr<Call> call, wire::Message&& message) {
  auto exchange = call->exchange;
  if (!exchange) return;
  if (call->fault_drop) {
    exchange->drop();
    return give_back(std::move(call));
  }
  http::Reply reply;
  reply.status = message.status;
  reply.fields = std::move(message.headers);
  reply.body = std::move(message.body);
  reply.content_length = call->content_length;
  if (call->stream) {
    if (auto* streamed = dynamic_cast<StreamedReply*>(call->stream.get())) {
      streamed->attach([weak = std::weak_ptr<http::Exchange>(exchange)] { if (auto x = weak.lock()) x->resume_reply(); });
    }
    exchange->reply_stream(std::move(reply), std::move(call->stream));
    return give_back(std::move(call));
  }
  if (call->segments.size() == 1 && call->segments[0].blob->fd() >= 0) {
    auto& s = call->segments[0];
    reply.file = {s.blob->fd(), s.offset, s.length, s.blob};
  } else if (!call->segments.empty()) {
    return send_segments(std::move(call), std::move(reply));
  }
  if (int64_t wait = call->fault_latency_ms) {
    auto later = std::make_shared<http::Reply>(std::move(reply));
    core_.server->after(wait, [exchange, later] { exchange->reply(std::move(*later)); });
  } else {
    exchange->reply(std::move(reply));
  }
  give_back(std::move(call));
}

namespace {
// Several ranges of blobs, one after the other, in pieces of 256 KB.
class SegmentSource : public http::BodySource {
 public:
  explicit SegmentSource(std::vector<Call::Segment> segments) : segments_(std::move(segments)) {}
  bool pull(std::string& out) override {
    while (at_ < segments_.size()) {
      auto& s = segments_[at_];
      if (s.length == 0) { at_++; continue; }
      auto piece = s.blob->read(s.offset, size_t(std::min<int64_t>(s.length, 256 << 10)));
      if (!piece || piece->empty()) return false;  // shorter than promised: the connection ends and the client sees it
      s.offset += int64_t(piece->size());
      s.length -= int64_t(piece->size());
      out += *piece;
      return true;
    }
    return false;
  }
  void aborted() override { segments_.clear(); }

 private:
  std::vector<Call::Segment> segments_;
  size_t at_ = 0;
};
}  // namespace

void Gateway::send_segments(std::unique_ptr<Call> call, http::Reply&& reply) {
  int64_t total = 0;
  for (const auto& s : call->segments) total += s.length;
  auto exchange = call->exchange;
  if (total <= int64_t(store::kInlineBlob)) {
    for (auto& s : call->segments) {
      auto piece = s.blob->read(s.offset, size_t(s.length));
      if (!piece || int64_t(piece->size()) != s.length) { exchange->drop(); return; }
      reply.body += *piece;
    }
    exchange->reply(std::move(reply));
  } else {
    reply.content_length = total;
    exchange->reply_stream(std::move(reply), std::make_shared<SegmentSource>(std::move(call->segments)));
  }
  give_back(std::move(call));
}

void Gateway::flush_held() {
  store::Ticket committed = core_.store().committed();
  while (!held_.empty() && (held_.front().ticket <= committed || core_.store().failed(held_.front().ticket))) {
    Held h = std::move(held_.front());
    held_.pop_front();
    if (core_.store().failed(h.ticket)) {
      ApiError e("ServiceUnavailable", "The write could not be made durable.", 503);
      if (h.call->protocol == wire::Protocol::json_1_0 || h.call->protocol == wire::Protocol::json_1_1) e.code = "InternalServerError", e.status = 500;
      h.call->segments.clear();
      h.message = {};
      core_.chain().write_answer(*h.call, fail(std::move(e)), h.message);
    }
    send(std::move(h.call), std::move(h.message));
  }
}

void Gateway::turn_end() {
  for (int rounds = 0; applied_.exchange(false); rounds++) {
    if (rounds == 100) {  // woken calls that write wake others: give sockets their turn in between
      applied_ = true;
      core_.wake_loop();
      break;
    }
    if (!core_.chain().commit()) {  // an effect is being recorded: the gate's holder wakes the loop
      applied_ = true;
      break;
    }
    flush_held();
    std::vector<std::string> keys;
    keys.swap(changed_keys_);
    core_.parking().on_keys(keys);
  }
  flush_held();
  if (core_.parking().size()) arm(core_.parking().on_time());
  if (!log_.empty()) {
    ssize_t ignored = ::write(2, log_.data(), log_.size());
    (void)ignored;
    log_.clear();
  }
}

void Gateway::arm(int64_t milliseconds) {
  if (milliseconds < 0 || !core_.server) return;
  int64_t due = steady_micros() + milliseconds * 1000;
  if (armed_until_us_ && armed_until_us_ <= due) return;
  armed_until_us_ = due;
  core_.server->after(milliseconds, [this] { armed_until_us_ = 0; });  // the turn that follows runs what is due
}

void Gateway::drop_parked() {
  core_.parking().drop_all([this](std::unique_ptr<Call> call) {
    answer(std::move(call), fail(epoch_ended()));
  });
}

void Gateway::log_request(const Call& call, int status, const Result<void>& result) {
  if (!log_enabled(LogLevel::info)) return;
  append(log_, iso8601(machine_now(), true), " info ", call.request_id, ' ', call.service ? call.service->folder : "-", ':',
         call.op ? call.op->wire->name : "-", ' ', call.target.account.str().empty() ? "-" : call.target.account.str(), ' ',
         call.target.region.str().empty() ? "-" : call.target.region.str(), ' ', status, ' ', steady_micros() - call.started_us, "us");
  if (!result) {
    append(log_, ' ', result.error().code);
    if (!result.error().detail.empty()) {
      std::string detail = result.error().detail;
      for (char& c : detail) if (static_cast<unsigned char>(c) < 0x20) c = ' ';
      append(log_, " (", detail, ")");
    }
  }
  log_ += '\n';
}

}  // namespace fogbank
