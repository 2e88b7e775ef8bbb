// The server's Exchange: the request, how far its body and its reply are, and the way back to the connection. Owned jointly by the
// connection and by whoever answers; after the connection has ended `connection` is null and everything is ignored.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "http/chunked.h"
#include "http/parser.h"
#include "http/server.h"

namespace fogbank::http {

class Connection;

/// What the connections of one listener have together. Exchanges may end on other threads.
struct Share {
  bool guest = false;                 ///< bounded (Limits::guest_…)
  std::atomic<size_t> connections{0}, body_bytes{0};
};

class ExchangeImpl final : public Exchange {
 public:
  /// unread: nobody asked for it; complete also if there is none; failed: too long for the reader; abandoned: will not be read.
  enum class Body : uint8_t { unread, collecting, streaming, draining, complete, failed, abandoned };

  ~ExchangeImpl() override { drop_collected(); }

  const Request& request() const override { return head; }
  void read_body(size_t limit, std::function<void(bool, std::string_view)> f) override;
  void stream_body(std::shared_ptr<BodySink> s) override;
  void resume_body() override;
  void reply(Reply&& r) override;
  void reply_stream(Reply&& r, std::shared_ptr<BodySource> source) override;
  void resume_reply() override;
  void drop() override;
  bool gone() const override { return peer_gone || !connection; }
  void on_gone(std::function<void()> f) override;

  bool reading() const { return (body == Body::collecting || body == Body::streaming || body == Body::draining) && !paused; }
  bool body_over() const { return body == Body::complete || body == Body::failed || body == Body::abandoned; }
  /// Bytes of a body of known length that have not been consumed.
  uint64_t left() const { return chunks ? 0 : remaining; }
  /// Takes a piece of a body that is collected; false if the listener's connections have too much together.
  bool collect(std::string_view piece, const Limits& limits) {
    if (share && share->guest) {
      if (share->body_bytes.load(std::memory_order_relaxed) + piece.size() > limits.guest_body_bytes) return false;
      share->body_bytes.fetch_add(piece.size(), std::memory_order_relaxed);
    }
    collected.append(piece);
    return true;
  }
  void drop_collected() {
    if (share && share->guest) share->body_bytes.fetch_sub(collected.size(), std::memory_order_relaxed);
    std::string().swap(collected);
  }

  Connection* connection = nullptr;
  std::string head_bytes;            ///< what the views of `head` point into
  Request head;
  HeadFlags flags;

  Body body = Body::complete;
  bool paused = false, resumed = false;
  bool replied = false;              ///< reply() was called
  bool reply_sent = false;           ///< and its last byte was given to the kernel
  bool peer_gone = false;
  bool closes = false;               ///< the connection ends after the reply
  bool awaits_continue = false;      ///< the client holds its body back until 100 Continue
  uint64_t remaining = 0;
  uint64_t drained = 0;
  size_t limit = 0;
  std::unique_ptr<ChunkDecoder> chunks;
  std::string collected;             ///< by collect() and drop_collected() only
  std::shared_ptr<Share> share;
  std::function<void(bool, std::string_view)> done;
  std::shared_ptr<BodySink> sink;
  std::function<void()> gone_callback;
};

}  // namespace fogbank::http
