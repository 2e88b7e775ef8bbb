// One connection of the server: a state machine over a non-blocking socket. Lives in the server's list until close(); pending waits and
// calls made from inside a callback keep it alive longer. Loop's thread only.
//
// connection.cc has the socket's events and the order of requests, connection_body.cc request bodies, connection_reply.cc replies.
// Nothing here calls read on the socket from inside a Handler's callback: the bytes of the current event stay where they are (Input).
#pragma once
#include <memory>
#include <string>

#include "http/exchange.h"
#include "http/input.h"
#include "http/loop.h"
#include "http/message.h"
#include "http/stream.h"

namespace fogbank::http {

class ServerImpl;

/// What remains of a reply that the kernel did not take at once.
struct Outgoing {
  std::string head, body;             ///< sent in this order
  size_t head_at = 0, body_at = 0;
  FileRange file;                     ///< moves on as it is sent
  std::shared_ptr<BodySource> source;
  Delimiter delimiter = Delimiter::none;
  int64_t source_left = 0;            ///< with Delimiter::length
  bool source_waits = false;          ///< until resume_reply
  bool in_pull = false, resumed = false;

  std::string_view head_rest() const { return std::string_view(head).substr(head_at); }
  std::string_view body_rest() const { return std::string_view(body).substr(body_at); }
};

class Connection final : public Waiter, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerImpl& server, std::shared_ptr<Handler> handler, int fd, int listener, std::shared_ptr<Share> share, std::string peer_address, uint16_t peer_port);
  ~Connection() override { share_->connections.fetch_sub(1, std::memory_order_relaxed); }
  bool watched() const { return descriptor_.fd() >= 0; }
  void start();
  void ready(Wait what) override;
  /// Looks at the time limits. `tick` counts the limits' seconds.
  void sweep(int64_t tick);
  /// Ends after the current reply, at once if there is none.
  void close_when_done();
  /// Ends now; the exchange's owner is told in a later step of the loop.
  void close();
  int listener() const { return listener_; }
  size_t index = 0;  ///< in the server's list

  // What ExchangeImpl hands on.
  void read_body(ExchangeImpl& ex, size_t limit, std::function<void(bool, std::string_view)> done);
  void stream_body(ExchangeImpl& ex, std::shared_ptr<BodySink> sink);
  void resume_body(ExchangeImpl& ex);
  void reply(ExchangeImpl& ex, Reply&& r, std::shared_ptr<BodySource> source);
  void resume_reply();
  void drop();
  void run_later(std::function<void()> f);

 private:
  enum class State : uint8_t { sniff, handshake, open, linger, closed };
  enum class Limit : uint8_t { none, head, idle, stall, linger };

  // connection.cc
  void on_readable();
  void sniff();
  void handshake();
  void read_input();
  void linger_input();
  void receive(std::string_view bytes);
  void on_eof();
  void on_writable();
  void arm_read();
  void arm_write();
  bool wants_input() const;
  size_t input_size() const;
  void advance();
  bool next_request();
  void dispatch(size_t head_length);
  void finish_exchange();
  void end_connection();
  void refuse(int status);
  void begin_linger();
  void settle();
  Limit current_limit() const;
  void expire(Limit limit);
  void detach_exchange();

  // connection_body.cc
  bool feed_body();
  bool feed_chunks(ExchangeImpl& ex);
  void deliver(ExchangeImpl& ex, std::string_view piece);
  void complete_body(ExchangeImpl& ex);
  void fail_body(ExchangeImpl& ex);
  void send_continue(ExchangeImpl& ex);
  void leave_body(ExchangeImpl& ex, bool& keep);

  // connection_reply.cc
  void send(std::string& bytes, Reply& r, std::shared_ptr<BodySource> source, Delimiter delimiter, int64_t length);
  void flush();
  bool flush_once(size_t& budget);
  bool blocked(Io io);
  bool send_file_piece(size_t& budget);
  bool pull_piece();
  void break_off();
  void reply_sent();

  ServerImpl& server_;
  std::shared_ptr<Handler> handler_;
  Descriptor descriptor_;
  Stream stream_;
  State state_ = State::sniff;
  Limit limit_ = Limit::none;
  bool read_armed_ = false, write_armed_ = false, advancing_ = false;
  bool eof_ = false, closing_ = false, progress_ = false, retry_flush_on_read_ = false;
  int listener_;
  const std::shared_ptr<Share> share_;
  uint16_t peer_port_;
  std::string peer_address_;
  int64_t deadline_ = 0;
  Input in_;
  HeadScanner scanner_;
  std::shared_ptr<ExchangeImpl> exchange_;
  std::unique_ptr<Outgoing> out_;
};

}  // namespace fogbank::http
